"""Every route of the workbench, walked by every role, by strangers and by nobody."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from tests.actions.company import Company, founded
from tests.web.conftest import Visitor

from cleanbill.actions.access import ROLES
from cleanbill.store.models import Organisation

NUMBER = "INV-000001"
EVERYBODY = frozenset(ROLES)
ROUTES = {
    "home": ({}, EVERYBODY),
    "queue": ({}, EVERYBODY),
    "queue-decide": ({}, EVERYBODY - {"auditor"}),
    "queue-undo": ({}, EVERYBODY - {"auditor"}),
    "queue-views": ({}, EVERYBODY),
    "queue-one": ({"finding": 1}, EVERYBODY),
    "queue-line": ({"finding": 1}, EVERYBODY),
    "runs": ({}, EVERYBODY),
    "runs-new": ({}, EVERYBODY),
    "runs-one": ({"run": 1}, EVERYBODY),
    "runs-pause": ({"run": 1}, frozenset({"specialist", "approver", "admin"})),
    "runs-go-on": ({"run": 1}, frozenset({"specialist", "approver", "admin"})),
    "runs-approve": ({"run": 1}, frozenset({"approver", "admin"})),
    "runs-withdraw": ({"run": 1}, frozenset({"specialist", "approver", "admin"})),
    "runs-review": ({"run": 1}, EVERYBODY),
    "runs-say": ({"run": 1, "place": 1}, frozenset({"specialist", "approver", "admin"})),
    "runs-papers": ({"run": 1}, EVERYBODY),
    "jobs-one": ({"job": 2}, EVERYBODY),
    "jobs-fetch": ({"job": 2}, EVERYBODY),
    "imports": ({}, EVERYBODY),
    "imports-undo": ({"number": 4711}, frozenset({"specialist", "admin"})),
    "imports-one": ({"upload": 1}, frozenset({"specialist", "admin"})),
    "imports-map": ({"upload": 1}, frozenset({"specialist", "admin"})),
    "imports-mend": ({"upload": 1}, frozenset({"specialist", "admin"})),
    "imports-take": ({"upload": 1}, frozenset({"specialist", "admin"})),
    "imports-rejects": ({"upload": 1}, frozenset({"specialist", "admin"})),
    "imports-drop": ({"upload": 1}, frozenset({"specialist", "admin"})),
    "runs-sending": ({"run": 1}, frozenset({"specialist", "approver", "admin"})),
    "runs-send": ({"run": 1}, frozenset({"specialist", "approver", "admin"})),
    "outbox": ({}, EVERYBODY),
    "bills-send": ({"number": NUMBER}, frozenset({"specialist", "approver", "admin"})),
    "bills-letter": ({"number": NUMBER}, EVERYBODY),
    "bills-shown": ({"number": NUMBER}, EVERYBODY),
    "bills-file": ({"number": NUMBER, "file": 1}, EVERYBODY),
    "bills": ({}, EVERYBODY),
    "bills-pdf": ({"number": NUMBER}, EVERYBODY),
    "bills-record": ({"number": NUMBER}, EVERYBODY),
    "bills-explain": ({"number": NUMBER}, EVERYBODY),
    "bills-credit": ({"number": NUMBER}, frozenset({"specialist", "approver", "admin"})),
    "bills-one": ({"number": NUMBER}, EVERYBODY),
    "customers": ({}, EVERYBODY),
    "customers-one": ({"customer": "ALPHA"}, EVERYBODY),
    "customers-edit": ({"customer": "ALPHA"}, frozenset({"master_data", "admin"})),
    "items": ({}, EVERYBODY),
    "items-one": ({"item": "BOLT"}, EVERYBODY),
    "items-edit": ({"item": "BOLT"}, frozenset({"master_data", "admin"})),
    "prices": ({}, EVERYBODY),
    "prices-try": ({}, EVERYBODY),
    "prices-one": ({"plan": "-"}, EVERYBODY),
    "agreements": ({}, EVERYBODY),
    "tax": ({}, EVERYBODY),
    "find": ({}, EVERYBODY),
    "sellers": ({}, EVERYBODY),
    "sellers-look": ({"key": "acme"}, frozenset({"admin"})),
    "sellers-look-shown": ({"key": "acme"}, frozenset({"admin"})),
    "checks": ({}, EVERYBODY),
    "checks-one": ({"name": "CB-HIS-001"}, EVERYBODY),
    "members": ({}, frozenset({"admin"})),
    "members-let-in": ({}, frozenset({"admin"})),
    "members-change": ({"person": 4711}, frozenset({"admin"})),
}
"""Of each page of an organisation: what its address needs, and which roles may open it."""
MESSAGES = frozenset({"bills-shown"})
"""What is no page of ours: a message, in its customer's language and with its styles in place."""
POSTED = {
    **{"queue-decide": 302, "queue-undo": 302, "queue-views": 302},
    **{"runs-pause": 409, "runs-go-on": 409, "runs-approve": 409, "runs-withdraw": 409},
    **{"runs-say": 404, "runs-papers": 302, "imports-undo": 404, "imports-map": 302},
    **{"runs-sending": 302, "runs-send": 302, "bills-send": 302},
    **{"imports-mend": 302, "imports-take": 302, "imports-drop": 302},
    **{"sellers-look-shown": 200},
    **{"members-let-in": 409, "members-change": 404},
}
"""Pages that only take forms, and what they answer here to who may: the run is done."""


SHARED = frozenset(
    {"customers-one", "customers-edit", "items-one", "items-edit", "prices-one", "checks-one"}
)
"""Pages whose address is the same in twin organisations: each shows its own, as tested there."""


def own_routes() -> set[str]:
    """Names of the routes below an organisation; fails on one that has no name."""
    found = set()
    for entry in get_resolver().url_patterns:
        if isinstance(entry, URLResolver):
            assert str(entry.pattern) == "accounts/", f"who may open {entry.pattern}?"
            continue
        assert isinstance(entry, URLPattern)
        assert entry.name, f"{entry.pattern} has no name"
        found.add(entry.name)
    return found - {"entrance", "language"}


def address(name: str, slug: str) -> str:
    from django.urls import reverse

    return reverse(name, kwargs={"slug": slug, **ROUTES[name][0]})


def test_every_route_is_known_here():
    assert own_routes() == set(ROUTES)


@pytest.mark.parametrize("role", sorted(ROLES))
def test_each_role_opens_what_it_may(desk: Company, visitor: Visitor, role: str):
    client = visitor(role)
    for name, (_, allowed) in ROUTES.items():
        ask = client.post if name in POSTED else client.get
        answer = ask(address(name, "acme"))
        assert answer.status_code == (POSTED.get(name, 200) if role in allowed else 403), name
        if name in POSTED:
            assert client.get(address(name, "acme")).status_code == 405, name


def test_nobody_is_shown_to_the_door(billed: Company):
    client = Client()
    for name in ROUTES:
        answer = client.get(address(name, "acme"))
        assert answer.status_code == 302, name
        assert answer.headers["Location"].startswith("/accounts/login/?next=/o/acme/"), name


def test_another_organisation_is_not_there(desk: Company, visitor: Visitor):
    founded(desk.folder / "twin", "twin")
    client = visitor("admin")
    for name in ROUTES:
        answer = client.get(address(name, "twin"))
        assert answer.status_code == 404, name
        assert b"twin works" not in answer.content, name


def test_what_is_of_another_organisation_is_not_there(desk: Company, visitor: Visitor):
    founded(desk.folder / "twin", "twin")
    twin = Organisation.objects.get(slug="twin")
    client = visitor("auditor", twin)
    for name in ("bills-pdf", "bills-record", "bills-explain", "bills-one"):
        assert client.get(address(name, "twin")).status_code == 404, name
    admin = visitor("admin", twin)
    for name in set(ROUTES) - {"runs-papers"} - SHARED:
        if ROUTES[name][0]:
            ask = admin.post if name in POSTED else admin.get
            assert ask(address(name, "twin")).status_code == 404, name


def test_a_membership_that_has_ended_opens_nothing(billed: Company, visitor: Visitor):
    client = visitor("specialist", active=False)
    for name in ROUTES:
        assert client.get(address(name, "acme")).status_code == 404, name


def test_the_entrance_leads_to_the_only_organisation(billed: Company, visitor: Visitor):
    answer = visitor("specialist").get("/")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/o/acme/")


def test_the_entrance_lets_choose_among_several(billed: Company, visitor: Visitor):
    founded(billed.folder / "twin", "twin")
    visitor("admin", Organisation.objects.get(slug="twin"))
    page = visitor("admin").get("/").content.decode()
    assert "acme works" in page
    assert "twin works" in page
