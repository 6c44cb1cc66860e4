"""Every page that a browser can open: those of the routes' test, and those that have a state.

A new page of the organisation is looked at as soon as ``tests/web/test_routes.py`` knows it; where
its address needs something else than ``SAMPLES`` has, that has to say what there is of it in the
books of the demo, where ``hands_in.py`` has left a file and jobs.
"""

from __future__ import annotations

from urllib.parse import quote

from tests.web.test_routes import POSTED, ROUTES

SLUG = "nordlicht"
SAMPLES: dict[str, object] = {
    **{"run": 1, "number": "RE-2026-000001", "upload": 1, "job": 2, "finding": 1},
    **{"customer": "K-20002", "item": "WAR-1001", "name": "CB-HIS-001", "plan": "-"},
    "key": "nordlicht",
}
"""What stands for each part of an address."""
PIECES = frozenset(
    (
        *("bills-explain", "bills-pdf", "bills-record", "queue-line"),
        *("imports-rejects", "jobs-fetch", "bills-shown", "bills-file"),
    )
)
"""No pages of their own: what is part of another page, and files."""
STATES = {
    "queue-one-reason": "queue?code=CB-CUS-004",
    "queue-put-off": "queue?put_off=1&severity=warn",
    "queue-one-with-line": "queue/1?line=1",
    "queue-empty": "queue?code=CB-AGR-003",
    "bills-found": "bills?q=RE-2026-00001&kind=invoice",
    "bills-none": "bills?q=nothing+like+this",
    "runs-new-preview": "runs/new?until=2026-12-31&issue_date=2026-12-31",
    "runs-new-wrong": "runs/new?until=31.12.2026",
    "jobs-one-sending": "jobs/3",
    "missing": "bills/RE-0000",
}
"""Pages of the organisation in a state of their own."""
OUTSIDE = {
    "entrance-missing": "/nothing/here",
    "account-password": "/accounts/password/change/",
    "account-factors": "/accounts/2fa/",
}
DOOR = {"door": "/accounts/login/"}
"""Pages for whoever has not signed in."""


def addresses() -> dict[str, str]:
    """Return name and address of every page for people who have signed in."""
    from django.urls import reverse

    own = {}
    for name in sorted(set(ROUTES) - set(POSTED) - PIECES):
        needed = {part: SAMPLES[part] for part in ROUTES[name][0]}
        own[name] = reverse(name, kwargs={"slug": SLUG, **needed})
    states = {name: f"/o/{SLUG}/{path}" for name, path in STATES.items()}
    return {**own, **states, **OUTSIDE}


def names() -> list[str]:
    """Return the names of all pages, those at the door included."""
    return [*sorted(set(ROUTES) - set(POSTED) - PIECES), *STATES, *OUTSIDE, *DOOR]


def address_of(name: str) -> str:
    """Return a page's address."""
    return DOOR.get(name) or quote(addresses()[name], safe="/?&=+")
