"""What a hostile visitor, a hostile name and garbage get: nothing."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.actions.company import Company
from tests.web.conftest import Visitor
from tests.web.test_routes import MESSAGES, POSTED, ROUTES, address

from cleanbill.store.models import Customer, User

PASSWORD = "a long and quiet password"


@pytest.fixture
def page_texts(desk: Company, visitor: Visitor) -> dict[str, str]:
    """Every page that is HTML."""
    client = visitor("admin")
    answers = {
        name: client.get(address(name, "acme")) for name in set(ROUTES) - set(POSTED) - MESSAGES
    }
    return {
        name: answer.content.decode()
        for name, answer in answers.items()
        if answer.headers["Content-Type"].startswith("text/html")
    }


def test_no_page_needs_more_than_the_policy_allows(page_texts: dict[str, str]):
    for name, page in page_texts.items():
        assert not re.search(r"<script(?![^>]*\ssrc=)", page), name
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=", page), name
        assert not re.search(r'(?:src|href)="(?:https?:)?//', page), name


def test_every_answer_states_the_policy(billed: Company, visitor: Visitor):
    for client, path in ((visitor("admin"), "/o/acme/"), (Client(), "/accounts/login/")):
        headers = client.get(path).headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["X-Content-Type-Options"] == "nosniff"


def test_a_hostile_name_stays_text(billed: Company, visitor: Visitor):
    evil = '<script>alert("x")</script><img src=x onerror=alert(1)>'
    Customer.objects.filter(customer="BETA").update(name=evil)
    page = visitor("admin").get("/o/acme/bills").content.decode()
    assert evil not in page
    assert "&lt;script&gt;" in page


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    name=st.sampled_from(sorted(set(ROUTES) - set(POSTED))),
    fields=st.dictionaries(
        st.sampled_from(
            [
                *("q", "kind", "after", "code", "severity", "line", "until", "issue_date", "key"),
                *("customer", "job", "draft", "x", "since", "item", "quantity", "day", "on"),
                *("currency", "amount", "look", "reason", "start", "end"),
            ]
        ),
        st.text(max_size=60)
        | st.sampled_from(["9999-99-99.1", "0000-00-00.9", "1e9", "-1", "٣", "\x00", "9" * 40]),
        max_size=4,
    ),
    number=st.text(min_size=1, max_size=40).filter(lambda text: text.strip("/. ") != ""),
)
def test_garbage_never_breaks_a_page(
    desk: Company, visitor: Visitor, name: str, fields: dict[str, str], number: str
):
    from django.urls import NoReverseMatch, reverse

    client = visitor("admin")
    answer = client.get(address(name, "acme"), fields)
    assert answer.status_code in (200, 400, 404, 409)
    if "number" in ROUTES[name][0]:
        try:
            path = reverse(name, kwargs={"slug": "acme", "number": number})
        except NoReverseMatch:
            return
        assert client.get(path, fields).status_code in (200, 302, 400, 404)


@pytest.fixture
def person(billed: Company, visitor: Visitor) -> User:
    """Somebody with a password."""
    visitor("specialist")
    user = User.objects.get(email="specialist@example.com")
    user.set_password(PASSWORD)
    user.save()
    return user


def sign_in(client: Client, password: str = PASSWORD, path: str = "/accounts/login/"):
    return client.post(path, {"login": "specialist@example.com", "password": password})


def test_signing_in_changes_the_session(person: User):
    client = Client()
    client.get("/accounts/login/")
    session = client.session
    session["seen"] = "before"
    session.save()
    before = client.cookies["sessionid"].value if "sessionid" in client.cookies else None
    answer = sign_in(client)
    assert answer.status_code == 302
    assert client.cookies["sessionid"].value != before


def test_signing_in_leaves_no_message_for_a_later_page(person: User):
    client = Client()
    assert sign_in(client).status_code == 302
    page = client.get("/accounts/password/change/").content.decode()
    assert "<form" in page
    assert 'role="status"' not in page


def test_a_wrong_password_does_not_say_what_was_wrong(person: User):
    wrong = sign_in(Client(), "something else entirely").content.decode()
    unknown = Client().post(
        "/accounts/login/", {"login": "nobody@example.com", "password": PASSWORD}
    )

    def told(page: str) -> list[str]:
        return re.findall(r'role="alert">([^<]*)<', page)

    assert told(wrong)
    assert told(wrong) == told(unknown.content.decode())


def test_signing_in_leads_nowhere_else(person: User):
    for elsewhere in ("https://evil.example/", "//evil.example", "javascript:alert(1)"):
        answer = sign_in(Client(), path=f"/accounts/login/?next={elsewhere}")
        assert answer.status_code == 302
        assert answer.headers["Location"].startswith("/")
        assert not answer.headers["Location"].startswith("//")


def test_nobody_signs_up(billed: Company):
    answer = Client().post("/accounts/signup/", {"email": "new@example.com", "password1": PASSWORD})
    assert answer.status_code in (200, 302, 403)
    assert not User.objects.filter(email="new@example.com").exists()


def test_a_form_without_its_token_is_refused(person: User):
    client = Client(enforce_csrf_checks=True)
    assert sign_in(client).status_code == 403
