"""The palette finds pages, actions, customers, bills and findings, for each role what it may."""

from __future__ import annotations

import re

from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.actions.company import Company
from tests.web.conftest import Visitor

from cleanbill.actions import look_up
from cleanbill.store.models import Bill


def found(client, words: str, **headers: str) -> str:
    answer = client.get("/o/acme/find", {"q": words}, headers={"HX-Request": "true", **headers})
    assert answer.status_code == 200
    return answer.content.decode()


def test_everything_is_found_by_typing(billed: Company, visitor: Visitor):
    client = visitor("specialist")
    number = Bill.objects.filter(customer="ALPHA")[0].number
    code = look_up.findings(billed.actor)[0]["code"]
    assert "/o/acme/customers/BETA" in found(client, "beta l")
    assert f"/o/acme/bills/{number}" in found(client, number)
    assert "/o/acme/items/BOOK" in found(client, "handb")
    assert "/o/acme/runs/new" in found(client, "new run")
    assert f"/o/acme/queue?code={code}" in found(client, code)
    assert "Nothing fits" in found(client, "no such thing at all")


def test_only_what_a_role_may_do_is_offered(billed: Company, visitor: Visitor):
    assert "/o/acme/members" in found(visitor("admin"), "memb")
    assert "/o/acme/members" not in found(visitor("auditor"), "memb")
    assert "/o/acme/runs/new" not in found(visitor("auditor"), "new")


def test_it_works_in_arabic(billed: Company, visitor: Visitor):
    client = visitor("admin")
    client.cookies["language"] = "ar"
    page = client.get("/o/acme/").content.decode()
    name = re.search(r'href="/o/acme/bills"[^>]*>(?:<svg.*?</svg>)([^<]+)', page)
    assert name is not None
    assert "/o/acme/bills" in found(client, name[1][:4])


def test_without_a_script_it_is_a_page(billed: Company, visitor: Visitor):
    page = visitor("auditor").get("/o/acme/find?q=BETA").content.decode()
    assert "<html" in page
    assert "/o/acme/customers/BETA" in page


def test_an_answer_takes_few_statements(billed: Company, visitor: Visitor):
    client = visitor("admin")
    for words in ("", "a", "beta", "A-1", "a b c d e f g h"):
        with CaptureQueriesContext(connection) as said:
            found(client, words)
        assert len(said) <= 75, words
