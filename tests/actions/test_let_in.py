"""Letting somebody in: a role, an account, a first password; never another's password."""

from __future__ import annotations

import pytest
from tests.actions.company import Company

from cleanbill.actions.access import Actor, NotAllowed
from cleanbill.actions.let_in import let_in
from cleanbill.store.models import Event, Membership, User

PASSWORD = "a long and quiet password"


def test_a_new_person_gets_account_role_and_password(books: Company):
    let_in(books.actor, " New@Example.com ", "auditor", name="N", password=PASSWORD)
    user = User.objects.get(email="new@example.com")
    assert user.check_password(PASSWORD)
    assert user.name == "N"
    assert [m.role for m in Membership.objects.filter(user=user)] == ["auditor"]
    event = Event.objects.get(action="member.let_in")
    assert (event.subject, event.after) == ("new@example.com", {"role": "auditor"})
    assert PASSWORD not in repr(list(Event.objects.values()))


def test_another_role_keeps_the_password(books: Company):
    let_in(books.actor, "new@example.com", "auditor", password=PASSWORD)
    let_in(books.actor, "new@example.com", "approver")
    user = User.objects.get(email="new@example.com")
    assert user.check_password(PASSWORD)
    assert {m.role for m in Membership.objects.filter(user=user)} == {"auditor", "approver"}


def test_nobody_sets_anothers_password(books: Company):
    let_in(books.actor, "new@example.com", "auditor", password=PASSWORD)
    with pytest.raises(ValueError, match="only they change"):
        let_in(books.actor, "new@example.com", "admin", password=PASSWORD + "!")
    user = User.objects.get(email="new@example.com")
    assert user.check_password(PASSWORD)
    assert {m.role for m in Membership.objects.filter(user=user)} == {"auditor"}


@pytest.mark.parametrize(
    ("email", "role", "password", "told"),
    [
        ("new@example.com", "boss", None, "no role"),
        ("nobody", "auditor", None, "valid email"),
        ("new@example.com", "auditor", "short", "too short"),
        ("new@example.com", "auditor", "password1234", "too common"),
    ],
)
def test_what_is_refused(books: Company, email: str, role: str, password: str | None, told: str):
    with pytest.raises(ValueError, match=told):
        let_in(books.actor, email, role, password=password)
    assert not User.objects.filter(email=email).exists()


def test_only_an_administrator_lets_people_in(books: Company):
    other = Actor(books.actor.organisation_id, "x", books.actor.permissions - {"company.set_up"})
    with pytest.raises(NotAllowed):
        let_in(other, "new@example.com", "auditor")
