"""Settings: checks and limits are set with a reason, members let in, changed and let go."""

from __future__ import annotations

import pytest
from tests.actions.company import Company
from tests.web.conftest import Visitor
from tests.web.test_pages import text

from cleanbill.actions import keep_members
from cleanbill.actions.access import Actor
from cleanbill.store.models import CheckSetting, Event, Membership, Organisation, User


def test_a_limit_is_set_with_a_reason(billed: Company, visitor: Visitor):
    client = visitor("approver")
    there = "/o/acme/checks/late_days"
    asked = {"value": "30", "valid_from": "2026-11-01", "reason": "<i>we bill monthly</i>"}
    assert client.post(there, asked).status_code == 302
    kept = CheckSetting.objects.get()
    assert (kept.name, kept.value, kept.actor) == ("late_days", "30", "approver@example.com")
    page = text(client, there)
    assert "&lt;i&gt;we bill monthly&lt;/i&gt;" in page
    assert "late_days" in text(client, "/o/acme/checks")
    for wrong in (
        {"value": "many"},
        {"reason": " "},
        {"valid_from": "soon"},
        {"customer": "NOPE"},
        {"value": "-1"},
    ):
        assert client.post(there, {**asked, **wrong}).status_code == 409, wrong
    assert CheckSetting.objects.count() == 1


def test_a_firm_check_stays_firm(billed: Company, visitor: Visitor):
    answer = visitor("admin").post(
        "/o/acme/checks/CB-CHG-003", {"value": "off", "valid_from": "2026-11-01", "reason": "no"}
    )
    assert answer.status_code == 409
    assert "may not be softened" in answer.content.decode()


@pytest.mark.parametrize("role", ["specialist", "master_data", "auditor"])
def test_who_may_not_set_checks_cannot(billed: Company, visitor: Visitor, role: str):
    client = visitor(role)
    asked = {"value": "30", "valid_from": "2026-11-01", "reason": "x"}
    assert client.post("/o/acme/checks/late_days", asked).status_code == 403
    assert 'name="reason"' not in text(client, "/o/acme/checks/late_days")


def test_a_check_is_tried_on_the_past(billed: Company, visitor: Visitor):
    page = text(visitor("auditor"), "/o/acme/checks/CB-CHG-011?start=2026-10-01&end=2026-10-31")
    assert "Charges judged:" in page
    long = visitor("auditor").get("/o/acme/checks/CB-CHG-011?start=2020-01-01&end=2026-10-31")
    assert long.status_code == 400
    assert visitor("auditor").get("/o/acme/checks/nothing").status_code == 404


def test_somebody_is_let_in_changed_and_let_go(billed: Company, visitor: Visitor):
    client = visitor("admin")
    asked = {"email": "New@Example.com", "name": "<b>New</b>", "role": "auditor"}
    assert client.post("/o/acme/members/let-in", asked).status_code == 302
    user = User.objects.get(email="new@example.com")
    assert "&lt;b&gt;New&lt;/b&gt;" in text(client, "/o/acme/members")
    assert client.post(f"/o/acme/members/{user.pk}", {"role": "approver"}).status_code == 409
    why = {"reason": "stands in for a colleague"}
    assert client.post(f"/o/acme/members/{user.pk}", {"role": "approver", **why}).status_code == 302
    roles = Membership.objects.filter(user=user, is_active=True).values_list("role", flat=True)
    assert list(roles) == ["approver"]
    event = Event.objects.get(action="member.changed")
    assert (event.before, event.after) == ({"roles": ["auditor"]}, {"roles": ["approver"]})
    assert event.cause == "stands in for a colleague"
    assert client.post(f"/o/acme/members/{user.pk}", {"role": "-", **why}).status_code == 302
    organisation = Organisation.objects.get(slug="acme")
    assert Actor.of_user(user, organisation).permissions == frozenset()
    assert "No longer here" in text(client, "/o/acme/members")
    assert billed.breaches() == []


def test_garbage_lets_nobody_in(billed: Company, visitor: Visitor):
    client = visitor("admin")
    for asked in (
        {},
        {"email": "no address", "role": "auditor"},
        {"email": "a@example.com", "role": "owner"},
        {"email": "a@example.com", "role": "auditor", "password": "short"},
    ):
        assert client.post("/o/acme/members/let-in", asked).status_code == 409
    boss = User.objects.get(email="admin@example.com")
    assert client.post(f"/o/acme/members/{boss.pk}", {"role": "owner"}).status_code == 409
    assert client.post("/o/acme/members/99999999", {"role": "admin"}).status_code == 404


def test_the_last_administrator_stays(books: Company):
    boss = User.objects.get()
    with pytest.raises(ValueError, match="last administrator"):
        keep_members.change_member(books.actor, boss.pk, None, reason="leaves")
    with pytest.raises(ValueError, match="last administrator"):
        keep_members.change_member(books.actor, boss.pk, "auditor", reason="leaves")
    second = User.objects.create(email="second@example.com")
    Membership.objects.create(
        user=second, organisation_id=books.actor.organisation_id, role="admin"
    )
    keep_members.change_member(books.actor, boss.pk, "auditor", reason="leaves")
    assert {row["email"]: row["roles"] for row in keep_members.members(books.actor)} == {
        boss.email: ["auditor"],
        "second@example.com": ["admin"],
    }
