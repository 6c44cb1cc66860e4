"""Prices from the file to the audited bill: conditions, increments, limits, discounts."""

from __future__ import annotations

import json

import pytest
from jsonschema import Draft202012Validator
from tests.actions.company import Company
from tests.actions.test_documents import SCHEMA, part

from cleanbill.actions import look_up
from cleanbill.actions.erase_party import erase_party
from cleanbill.formats import pdf, terminal
from cleanbill.nouns.seal import is_sealed
from cleanbill.store.models import Charge, Price

HEAD = "item,customer,currency,model,valid_from,up_to,unit_price,flat_amount,minimum,maximum,"
MORE = "discount_percent,volume_discount_percent,included,conditions,increment,increment_rounding"
COLUMNS = HEAD + MORE + "\n"
RATES = (
    COLUMNS
    + """\
WORK,,EUR,unit,2026-01-01,,100,,,,,,,,0.1,
WORK,,EUR,unit,2026-01-01,,125,,,,,,,role=senior,0.1,up
WORK,,EUR,unit,2026-01-01,,62.50,,40,,,,, activity = travel ;role=senior,0.25,nearest
WORK,BETA,EUR,unit,2026-01-01,,110,,,,5,,,role=senior,,
"""
)
ITEM = "item,description,kind,unit,tax_category\nWORK,Engineering,service,HUR,standard\n"
CHARGES = """\
reference,customer,item,quantity,currency,service_date,role,activity,who
W-1,ALPHA,WORK,1.23,EUR,2026-10-01,junior,,E. Example
W-2,ALPHA,WORK,2,EUR,2026-10-01,senior,advice,E. Example
W-3,ALPHA,WORK,0.3,EUR,2026-10-01,senior,travel,E. Example
W-4,BETA,WORK,1,EUR,2026-10-01,senior,advice,E. Example
W-5,ALPHA,WORK,1,EUR,2026-10-01,,,
"""


def worked(books: Company) -> dict[str, dict]:
    """Take rates and hours in, bill them; return the printed lines by reference."""
    books.take("items", ITEM)
    report = books.take("prices", RATES)
    assert report.intake.rejected.is_empty(), report.intake.rejected
    books.take("charges", CHARGES)
    books.bill()
    return lines(books)


def lines(books: Company) -> dict[str, dict]:
    papers = map(json.loads, books.bills().values())
    return {n["source"]["reference"]: n for paper in papers for n in paper["lines"]}


def test_a_rate_card_reads_what_charges_say(books: Company):
    printed = worked(books)
    nets = {name: line["net"] for name, line in printed.items()}
    assert nets == {
        "W-1": "130.00",
        "W-2": "250.00",
        "W-3": "40.00",
        "W-4": "104.50",
        "W-5": "100.00",
    }
    assert printed["W-1"]["billed_quantity"] == "1.3"
    assert printed["W-1"]["quantity"] == "1.23"
    assert "billed_quantity" not in printed["W-2"]
    assert printed["W-2"]["unit_price"] == "125"
    assert books.breaches() == []
    # What no price asks for stays closed, and nothing of it reaches a bill.
    assert all(
        map(is_sealed, Charge.objects.exclude(attributes=None).values_list("attributes", flat=True))
    )
    assert not any("Example" in text or "senior" in text for text in books.bills().values())


def test_documents_with_such_prices_follow_the_schema_and_print(books: Company):
    worked(books)
    validator = Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))
    renderer = pdf.Renderer()
    for number in books.records():
        paper = books.document(number)
        assert list(validator.iter_errors(paper)) == []
        assert renderer.render(paper).startswith(b"%PDF")
        assert number in terminal.bill_text(paper)


def explained(books: Company, reference: str) -> list[tuple[str, str, str]]:
    for number in books.records():
        for line in books.document(number)["lines"]:
            if line["source"]["reference"] == reference:
                tree = look_up.explain_bill(books.actor, number, int(line["line"]))
                gross = part(tree, "gross")
                return [(s.label, s.value, s.how) for s in (gross, *gross.parts)]
    raise AssertionError(reference)


def test_every_step_is_explained(books: Company):
    worked(books)
    assert explained(books, "W-1") == [
        ("gross", "130.00", "list price, version 1, in force since 2026-01-01"),
        ("quantity that is priced", "1.3", "1.23 rounded up to a multiple of 0.1"),
        ("quantity × unit price", "130", "1.3 HUR × 100, rounded to 130.00"),
    ]
    gross, stepped, product, held = explained(books, "W-3")
    assert gross[2].endswith("because activity=travel; role=senior")
    assert stepped[1:] == ("0.25", "0.3 rounded nearest to a multiple of 0.25")
    assert product[1:] == ("15.625", "0.25 HUR × 62.5")
    assert held == ("minimum of a line", "40.00", "instead of 15.625")


def test_a_partial_credit_of_a_rounded_quantity_says_what_came_back(books: Company):
    worked(books)
    head = "reference,customer,item,kind,quantity,currency,service_date,role,cancels\n"
    books.take("charges", head + "X-1,ALPHA,WORK,cancellation,0.23,EUR,2026-10-05,junior,W-1\n")
    books.bill()
    (credit,) = [line for line in lines(books).values() if "credits" in line]
    assert (credit["quantity"], credit["net"]) == ("0.23", "24.31")
    assert "billed_quantity" not in credit
    assert books.breaches() == []


def test_a_new_rate_leaves_issued_bills_as_they_replay(books: Company):
    before = worked(books)
    report = books.take("prices", RATES.replace(",125,", ",130,"))
    assert (report.created, report.changed, report.unchanged) == (0, 1, 3)
    senior = Price.objects.filter(conditions='{"role":"senior"}', customer=None)
    assert sorted(senior.values_list("version", "current")) == [(1, False), (2, True)]
    assert lines(books) == before
    assert books.breaches() == []


def test_the_same_rates_again_are_known(books: Company):
    worked(books)
    report = books.take(
        "prices", RATES.replace(" activity = travel ;role=senior", "role=senior;activity=travel")
    )
    assert (report.created, report.changed, report.unchanged) == (0, 0, 4)


def test_a_preview_of_one_customer_reads_attributes_too(books: Company):
    books.take("items", ITEM)
    books.take("prices", RATES)
    books.take("charges", CHARGES)
    (text,) = books.preview(customer="BETA", documents=5).documents
    assert [line["net"] for line in json.loads(text)["lines"]] == ["104.50"]


def test_a_charge_that_says_nothing_its_prices_ask_for_is_noticed(books: Company):
    worked(books)
    assert {f for f in books.findings() if f[0] == "CB-PRC-005"} == {("CB-PRC-005", "W-5")}
    (found,) = look_up.findings(books.actor, code="CB-PRC-005")
    assert found["reason"] == (
        "Item WORK is priced by activity, role, and the charge says nothing of it."
    )


def test_two_prices_that_fit_equally_well_hold_the_charge(books: Company):
    books.take("items", ITEM)
    tied = COLUMNS + (
        "WORK,,EUR,unit,2026-01-01,,100,,,,,,,role=senior,,\n"
        "WORK,,EUR,unit,2026-01-01,,90,,,,,,,activity=advice,,\n"
    )
    books.take("prices", tied)
    books.take("charges", CHARGES)
    books.bill()
    found = books.findings()
    assert {("CB-PRC-004", "W-2"), ("CB-PRC-004", "W-4"), ("CB-PRC-001", "W-5")} <= found
    assert set(lines(books)) == {"W-3"}


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("WORK,,EUR,unit,2026-01-01,,100,,9,8,,,,,,", "maximum:below_minimum"),
        ("WORK,,EUR,flat,2026-01-01,,,100,9,8,,,,,,", "maximum:below_minimum"),
        ("WORK,,EUR,unit,2026-01-01,,100,,-1,,,,,,,", "minimum:negative"),
        ("WORK,,EUR,unit,2026-01-01,,100,,,,100.5,,,,,", "discount_percent:no_share"),
        ("WORK,,EUR,unit,2026-01-01,,100,,,,-1,,,,,", "discount_percent:no_share"),
        ("WORK,,EUR,unit,2026-01-01,,100,,,,,101,,,,", "volume_discount_percent:no_share"),
        ("WORK,,EUR,unit,2026-01-01,,100,,,,,,,role,,", "conditions:unreadable"),
        ("WORK,,EUR,unit,2026-01-01,,100,,,,,,,a=1;a=2,,", "conditions:unreadable"),
        ("WORK,,EUR,unit,2026-01-01,,100,,,,,,,,0,", "increment:not_positive"),
        ("WORK,,EUR,unit,2026-01-01,,100,,,,,,,,,up", "increment_rounding:unused"),
        ("WORK,,EUR,unit,2026-01-01,,100,,,,,,,,0.1,sideways", "increment_rounding:unknown_value"),
        ("WORK,,EUR,flat,2026-01-01,,,100,,,,,5,,,", "included:unused"),
        ("WORK,,EUR,unit,2026-01-01,,1,,,,,,0,,,", "included:not_positive"),
        ("WORK,,EUR,dynamic,2026-01-01,,1,,,,,,,,,", "unit_price:unused"),
        ("WORK,,EUR,unit,2026-01-01,,1,5,,,,,,,,", "flat_amount:unused"),
    ],
)
def test_prices_that_make_no_sense_are_rejected_with_what_to_do(
    books: Company, row: str, problem: str
):
    report = books.take("prices", COLUMNS + row + "\n")
    assert report.intake.rejected["problem"].to_list() == [problem]
    assert len(report.intake.rejected["what_to_do"][0]) > 20
    assert not Price.objects.filter(item="WORK").exists()


def test_terms_that_stand_on_one_row_hold_for_all_tiers_and_may_not_differ(books: Company):
    tiers = (
        COLUMNS
        + "WORK,,EUR,volume,2026-01-01,10,2,,,,,,,,,\nWORK,,EUR,volume,2026-01-01,,1,,{},,,,,,,\n"
    )
    books.take("prices", tiers.format("3.00"))
    assert Price.objects.get(item="WORK").minimum_minor == 300
    differing = tiers.format("3.00").replace("10,2,,,", "10,2,,4.00,")
    report = books.take("prices", differing)
    assert report.intake.rejected["problem"].to_list() == ["minimum:differs"] * 2


def test_a_price_comes_in_with_all_of_its_tiers_or_not_at_all(books: Company):
    tiers = (
        "WORK,,EUR,volume,2026-01-01,10,2,,,,,,,{0},,\nWORK,,EUR,volume,2026-01-01,,,,,,,,,{0},,\n"
    )
    other = "WORK,,EUR,unit,2026-01-01,,5,,,,,,,{},,\n"
    text = COLUMNS + tiers.format("region=EU") + other.format("") + other.format("region=US")
    report = books.take("prices", text)
    assert report.intake.rejected["problem"].to_list() == ["price:incomplete", "unit_price:missing"]
    assert report.created == 2


def test_included_quantities_become_tiers(books: Company):
    books.take("items", ITEM)
    books.take("prices", COLUMNS + "WORK,,EUR,unit,2026-01-01,,0.05,10.00,,,,,100,,,\n")
    rows = "K-{0},ALPHA,WORK,{0},EUR,2026-10-01"
    head = "reference,customer,item,quantity,currency,service_date\n"
    books.take("charges", head + "\n".join(rows.format(q) for q in (99, 100, 150)) + "\n")
    books.bill()
    assert [line["net"] for line in lines(books).values()] == ["10.00", "10.00", "12.50"]
    assert [step[1] for step in explained(books, "K-150")] == ["12.50", "10", "2.5"]
    assert books.breaches() == []


def test_a_discount_by_quantity_is_printed_and_explained(books: Company):
    books.take("items", ITEM)
    two = "WORK,,EUR,unit,2026-01-01,10,2,,,,,,,,,\nWORK,,EUR,unit,2026-01-01,,2,,,,,7.5,,,,\n"
    books.take("prices", COLUMNS + two)
    books.take(
        "charges",
        "reference,customer,item,quantity,currency,service_date\nK,ALPHA,WORK,20,EUR,2026-10-01\n",
    )
    books.bill()
    line = lines(books)["K"]
    assert (line["unit_price"], line["gross"], line["discount"]) == ("2", "40.00", "3.00")
    tree = look_up.explain_bill(books.actor, "INV-000001", 1)
    assert part(tree, "discount").how == "7.5 % of 40.00 = 3, rounded; for the quantity, by tier 2"
    assert books.breaches() == []


def test_a_charge_whose_customer_was_erased_brings_no_facts(books: Company):
    """Nothing of it can be read; it is priced as one that says nothing, and held as erased."""
    from tests.actions.company import END

    books.take("items", ITEM)
    books.take("prices", RATES)
    erase_party(books.actor, "BETA", reason="asked for", today=END)
    books.take("charges", CHARGES)
    books.bill()
    assert "W-4" not in lines(books)
    assert books.breaches() == []
