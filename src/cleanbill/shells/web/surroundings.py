"""What every page needs around it: the organisation, the person, where in the house it is."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

WORK, DOCUMENTS = _("Work"), _("Documents")
MASTER_DATA, SETTINGS = _("Master data"), _("Settings")
NAVIGATION = (
    (
        WORK,
        (
            ("home", _("Home"), "home", "look"),
            ("queue", _("Work queue"), "queue", "look"),
            ("imports", _("Import"), "import", "look"),
            ("runs", _("Runs"), "run", "look"),
        ),
    ),
    (
        DOCUMENTS,
        (("bills", _("Bills"), "bill", "look"), ("outbox", _("Outbox"), "send", "look")),
    ),
    (
        MASTER_DATA,
        (
            ("customers", _("Customers"), "customer", "look"),
            ("items", _("Items"), "item", "look"),
            ("prices", _("Prices"), "price", "look"),
            ("agreements", _("Agreements"), "agreement", "look"),
            ("tax", _("Tax registrations"), "tax", "look"),
        ),
    ),
    (
        SETTINGS,
        (
            ("sellers", _("Sellers"), "settings", "look"),
            ("checks", _("Checks"), "check", "look"),
            ("members", _("Members"), "people", "company.set_up"),
        ),
    ),
)
"""Title, and of each link: the page's name, its words, its icon, what one must be allowed."""
AT_HAND = ("home", "queue", "imports", "runs", "bills")
"""Pages in the bar of a narrow screen; the others stand in the menu there."""


def surroundings(request: HttpRequest) -> dict[str, Any]:
    """Return the organisation, the visitor's initials and the navigation; nothing at the door."""
    organisation = getattr(request, "organisation", None)
    if organisation is None:
        return {}
    actor = request.actor
    groups = [
        (title, [link for link in links if link[3] in actor.permissions])
        for title, links in NAVIGATION
    ]
    here = request.resolver_match.url_name if request.resolver_match else ""
    return {
        "organisation": organisation,
        "navigation": [(title, links) for title, links in groups if links],
        "at_hand": AT_HAND,
        "here": (here or "").partition("-")[0],
        "person": _name(request.user),
        "initials": _initials(_name(request.user)),
    }


def _name(user: Any) -> str:
    return user.name or user.email.partition("@")[0]


def _initials(name: str) -> str:
    words = [word for word in name.replace(".", " ").replace("-", " ").split() if word]
    return "".join(word[0] for word in words[:2]).upper()
