"""Master data on pages: looked at by everybody, changed by few, with before and after."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest
from tests.actions.company import END, PLAN, Company, founded
from tests.web.conftest import Visitor
from tests.web.test_pages import text

from cleanbill.actions import find_customers, keep_master, look_up
from cleanbill.actions.access import Actor
from cleanbill.actions.erase_party import erase_party
from cleanbill.actions.simulate_price import simulate_price
from cleanbill.store.models import Customer, Event, Item, Organisation

EVIL = '"><script>alert(1)</script>'


def test_a_customer_has_all_that_hangs_from_it(billed: Company, visitor: Visitor):
    page = text(visitor("auditor"), "/o/acme/customers/BETA")
    for bill in look_up.bills(billed.actor, customer="BETA"):
        assert bill["number"] in page
    for said in ("Beta Ltd", "RV-2", "Market Lane 2", "Nothing has been changed so far."):
        assert said in page
    assert "customers/edit/" not in page
    held = text(visitor("auditor"), "/o/acme/customers/DELTA")
    wanted = {row["title"] for row in find_customers.customer(billed.actor, "DELTA").findings}
    assert wanted
    assert all(title in held for title in wanted)


def test_customers_and_items_are_found(billed: Company, visitor: Visitor):
    client = visitor("specialist")
    page = text(client, "/o/acme/customers?q=gmbh")
    assert "DELTA" in page
    assert "ALPHA" not in page
    assert "No customer fits" in text(client, "/o/acme/customers?q=%25")
    assert "BOOK" in text(client, "/o/acme/items?q=hand")
    assert "No item fits" in text(client, "/o/acme/items?q=nothing")


def test_lists_go_on_page_by_page(billed: Company):
    every = set(Customer.objects.values_list("customer", flat=True))
    seen: list[str] = []
    after = ""
    while True:
        page = find_customers.find_customers(billed.actor, after=after, size=2)
        seen += [row["customer"] for row in page.rows]
        if page.next is None:
            break
        after = page.next
    assert seen == sorted(every)


def form_of(page: str) -> dict[str, str]:
    """Return the fields of a form as a browser would send them back."""
    from html import unescape

    fields = {
        name: unescape(value)
        for name, value in re.findall(r'<input [^>]*name="([\w-]+)" value="([^"]*)"', page)
    }
    for name, options in re.findall(r'<select [^>]*name="(\w+)">(.*?)</select>', page, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', options)
        fields[name] = chosen[1] if chosen else ""
    fields.pop("csrfmiddlewaretoken", None)
    return fields


def test_a_customer_is_changed_with_before_and_after(billed: Company, visitor: Visitor):
    before = billed.records(), billed.bills()
    client = visitor("master_data")
    there = "/o/acme/customers/edit/BETA"
    fields = form_of(text(client, there))
    assert fields["name"] == "Beta Ltd"
    answer = client.post(there, {**fields, "city": "Kiel", "reason": "they moved"})
    assert answer.headers["Location"] == "/o/acme/customers/BETA"
    row = Customer.objects.get(customer="BETA")
    assert (row.city, row.name, row.country) == ("Kiel", "Beta Ltd", "DE")
    event = Event.objects.get(action="customer.changed")
    assert (event.subject, event.cause) == ("BETA", "they moved")
    assert set(event.after) == {"city"}
    assert "Kiel" not in str(event.after), "the trail keeps private data under the party's key"
    page = text(client, "/o/acme/customers/BETA")
    assert re.search(r"Hamburg.*Kiel", page, re.DOTALL)
    assert "they moved" in page
    assert (billed.records(), billed.bills()) == before
    assert billed.breaches() == []


def test_what_an_import_would_reject_a_page_rejects(billed: Company, visitor: Visitor):
    client = visitor("master_data")
    there = "/o/acme/customers/edit/BETA"
    fields = form_of(text(client, there))
    for wrong in (
        {"country": "Atlantis"},
        {"kind": "martian"},
        {"reason": " "},
        {"city": "x" * 300},
    ):
        answer = client.post(there, {**fields, "reason": "because", **wrong})
        assert answer.status_code == 409, wrong
        assert 'role="alert"' in answer.content.decode()
    assert not Event.objects.filter(action="customer.changed").exists()


def test_nobody_overwrites_what_another_has_changed(billed: Company, visitor: Visitor):
    client = visitor("master_data")
    there = "/o/acme/customers/edit/BETA"
    fields = form_of(text(client, there))
    Customer.objects.filter(customer="BETA").update(city="Bremen")
    answer = client.post(there, {**fields, "street": "Elsewhere 1", "reason": "moved"})
    assert answer.status_code == 409
    assert "changed by somebody else" in answer.content.decode()
    assert Customer.objects.get(customer="BETA").street == "Market Lane 2"


def test_an_item_is_changed_and_blocked(billed: Company, visitor: Visitor):
    client = visitor("admin")
    there = "/o/acme/items/edit/BOOK"
    fields = form_of(text(client, there))
    client.post(there, {**fields, "blocked": "yes", "reason": "sold out"})
    assert Item.objects.get(item="BOOK").blocked is True
    page = text(client, "/o/acme/items/BOOK")
    assert "Blocked" in page
    assert "sold out" in page
    same = form_of(text(client, there))
    client.post(there, {**same, "reason": "nothing"})
    assert Event.objects.filter(action="item.changed").count() == 1


@pytest.mark.parametrize("role", ["specialist", "approver", "auditor"])
def test_who_may_not_change_cannot(billed: Company, visitor: Visitor, role: str):
    answer = visitor(role).post("/o/acme/customers/edit/BETA", {"city": "x", "reason": "y"})
    assert answer.status_code == 403
    assert not Event.objects.filter(action="customer.changed").exists()


def test_an_erased_customer_is_not_changed_back(billed: Company, visitor: Visitor):
    keep_master.change_row(billed.actor, "customers", "GAMMA", {"city": "Lyon"}, reason="moved")
    erase_party(billed.actor, "GAMMA", reason="asked for", today=date(2060, 1, 1))
    client = visitor("admin")
    page = text(client, "/o/acme/customers/GAMMA")
    assert "Lyon" not in page
    assert "[erased]" in page
    assert client.get("/o/acme/customers/edit/GAMMA").status_code == 404


def test_hostile_master_data_stays_text(billed: Company, visitor: Visitor):
    keep_master.change_row(billed.actor, "customers", "BETA", {"name": EVIL}, reason=EVIL)
    keep_master.change_row(billed.actor, "items", "BOLT", {"description": EVIL}, reason=EVIL)
    client = visitor("admin")
    for path in (
        *("customers", "customers/BETA", "customers/edit/BETA", "items", "items/BOLT"),
        *("items/edit/BOLT", "bills", "find?q=beta", f"customers?q={EVIL}", f"find?q={EVIL}"),
        *(f"prices/try?item={EVIL}", f"agreements?customer={EVIL}", f"bills?customer={EVIL}"),
    ):
        answer = client.get(f"/o/acme/{path}")
        assert EVIL not in answer.content.decode(), path


def test_a_price_says_what_and_why(billed: Company, visitor: Visitor):
    listed = simulate_price(billed.actor, "BOLT", "100", day=END)
    assert (listed.level, listed.net_minor, listed.discount_minor) == ("list", 13300, 0)
    own = simulate_price(billed.actor, "BOLT", "7", day=END, customer="BETA")
    assert (own.level, own.gross_minor, own.discount_minor) == ("customer", 875, 88)
    tiered = simulate_price(billed.actor, "HOUR", "12.5", day=END)
    assert (tiered.tier, tiered.net_minor) == (2, 95000 + 20125 + 1500)
    assert len(tiered.steps) == 2
    share = simulate_price(billed.actor, "CARD", "1", day=END, amount="1234.56")
    assert share.net_minor == 2000, "the price's maximum holds"
    early = simulate_price(billed.actor, "BOLT", "1", day=date(2025, 1, 1))
    assert not early.found
    assert "in force on that day" in early.why
    page = text(visitor("auditor"), "/o/acme/prices/try?item=BOLT&quantity=100&day=2026-10-31")
    assert "133.00" in page
    assert "list price, version 1" in page


def test_a_simulation_agrees_with_the_bill(billed: Company):
    """The same item, customer, quantity and day give the net of the line that was issued."""
    seen = 0
    for number in billed.records():
        paper = billed.document(number)
        if paper["kind"] != "invoice":
            continue
        for line in paper["lines"]:
            if line["keys"]["model"] == "percentage":
                continue
            told = simulate_price(
                billed.actor,
                line["item"],
                line["quantity"],
                day=END,
                customer=paper["customer"]["reference"],
            )
            assert f"{told.net_minor / 100:.2f}" == line["net"], line
            seen += 1
    assert seen > 5


def test_a_plan_of_the_agreement_is_simulated(billed: Company, visitor: Visitor):
    billed.take_plan(PLAN)
    billed.take(
        "agreements",
        "customer,agreement,valid_from,valid_to,plan\nALPHA,RV-9,2026-11-01,,gold\n",
    )
    before = simulate_price(billed.actor, "BOLT", "10", day=END, customer="ALPHA")
    after = simulate_price(billed.actor, "BOLT", "10", day=date(2026, 11, 1), customer="ALPHA")
    assert (before.level, after.level, after.net_minor) == ("list", "plan", 1100)
    client = visitor("auditor")
    assert "gold" in text(client, "/o/acme/prices")
    assert "BOLT" in text(client, "/o/acme/prices/plan/gold")
    assert client.get("/o/acme/prices/plan/silver").status_code == 404
    page = text(client, "/o/acme/agreements?on=2026-11-02&customer=ALPHA")
    assert "RV-9" in page
    assert "RV-9" not in text(client, "/o/acme/agreements?on=2026-10-02&customer=ALPHA")


@pytest.mark.parametrize(
    "asked",
    [
        {"item": "NOPE"},
        {"item": "BOLT", "quantity": "many"},
        {"item": "BOLT", "quantity": "1e40"},
        {"item": "BOLT", "customer": "NOPE"},
        {"item": "BOLT", "currency": "XXQ"},
        {"item": "BOLT", "day": "soon"},
        {"item": "CARD", "amount": "NaN"},
    ],
)
def test_what_cannot_be_simulated_is_told(billed: Company, visitor: Visitor, asked: dict):
    answer = visitor("auditor").get("/o/acme/prices/try", asked)
    assert answer.status_code == 400
    assert 'role="alert"' in answer.content.decode()


def test_registrations_and_sellers_are_shown(billed: Company, visitor: Visitor):
    client = visitor("auditor")
    text(client, "/o/acme/tax")
    page = text(client, "/o/acme/sellers")
    assert "Acme Works GmbH" in page
    assert "INV-" in page


def test_each_twin_sees_its_own(billed: Company, visitor: Visitor, tmp_path: Path):
    founded(tmp_path / "twin", "twin")
    twin = Organisation.objects.get(slug="twin")
    actor = Actor(twin.pk, "boss@twin.example", billed.actor.permissions)
    keep_master.change_row(actor, "customers", "ALPHA", {"name": "Twin AG"}, reason="twin")
    keep_master.change_row(actor, "items", "BOLT", {"description": "Twin bolt"}, reason="twin")
    client = visitor("admin")
    for path in ("customers/ALPHA", "customers", "items", "items/BOLT", "find?q=twin"):
        page = text(client, f"/o/acme/{path}")
        assert "Twin AG" not in page
        assert "Twin bolt" not in page
