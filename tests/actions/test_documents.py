"""Documents are canonical and follow their schema; every amount on them can be explained."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from tests.actions.company import Company

from cleanbill.actions import look_up
from cleanbill.cycle.explain import Step
from cleanbill.formats import bill_json

SCHEMA = Path(__file__).resolve().parents[2] / "docs" / "schema" / "bill-1.json"
VALIDATOR = Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))
LINES = {
    "S-01": ("133", "100 C62 × 1.33, rounded to 133.00"),
    "S-02": ("950", "from 0 to 10: 10 × 95"),
    "S-03": ("49.95", "150 × 0.333"),
    "S-04": ("8.75", "7 C62 × 1.25, rounded to 8.75"),
    "S-06": ("23.31", "25 in packages of 12: 3 begun × 7.77"),
    "S-09": ("49.90", "whatever the quantity"),
    "S-10": ("23.70664", "1.9 % of 1234.56 + 0.25"),
}
"""Value and wording of the first step below gross, for a line of each price model."""


def steps(step: Step) -> list[Step]:
    return [step, *(s for part in step.parts for s in steps(part))]


def part(step: Step, label: str) -> Step:
    return next(s for s in steps(step) if s.label == label)


def place_of(books: Company, reference: str) -> tuple[str, int, dict]:
    for number, text in books.bills().items():
        for line in json.loads(text)["lines"]:
            if line["source"]["reference"] == reference:
                return number, int(line["line"]), line
    raise AssertionError(f"{reference} is on no bill")


def test_every_document_follows_the_schema(billed: Company):
    billed.credit("INV-000002")
    for number, text in billed.bills().items():
        document = json.loads(text)
        errors = [f"{e.json_path}: {e.message}" for e in VALIDATOR.iter_errors(document)]
        assert errors == [], number
        assert document["number"] == number


def test_every_document_is_the_one_canonical_text(billed: Company):
    billed.credit("INV-000002")
    for text in billed.bills().values():
        assert bill_json.canonical(json.loads(text)) == text


def test_previews_follow_the_schema_too(books: Company):
    books.take("charges", (books.folder / "charges.csv").read_text(encoding="utf-8"))
    for text in books.preview(documents=100).documents:
        assert list(VALIDATOR.iter_errors(json.loads(text))) == []


def test_printed_figures_add_up(billed: Company):
    billed.credit("INV-000003")
    for text in billed.bills().values():
        paper = json.loads(text)
        totals = {name: Decimal(value) for name, value in paper["totals"].items()}
        lines = paper["lines"]
        assert sum(Decimal(n["net"]) for n in lines) == totals["lines_net"]
        assert sum(Decimal(n["tax_share"]) for n in lines) == totals["tax"]
        assert sum(Decimal(t["tax"]) for t in paper["taxes"]) == totals["tax"]
        assert sum(Decimal(t["base"]) for t in paper["taxes"]) == totals["net"]
        shares = sum(Decimal(n.get("document_discount_share", "0")) for n in lines)
        assert shares == totals["document_discount"]
        assert totals["net"] + totals["tax"] == totals["gross"]
        for line in lines:
            taken = Decimal(line.get("discount", "0"))
            assert Decimal(line["gross"]) - taken == Decimal(line["net"])


@pytest.mark.parametrize("reference", sorted(LINES))
def test_a_line_of_each_model_is_explained_down_to_its_row(billed: Company, reference: str):
    number, line, printed = place_of(billed, reference)
    tree = look_up.explain_bill(billed.actor, number, line)
    assert tree.value == printed["net"]
    gross = part(tree, "gross")
    assert gross.value == printed["gross"]
    assert (gross.parts[0].value, gross.parts[0].how) == LINES[reference]
    source = part(tree, "source")
    assert source.value == f"file · {reference}"
    row = int(reference.removeprefix("S-")) + 1
    assert source.how == f"charges.csv, row {row}, occurrence 1, version 1"
    assert part(tree, "rule").how


def test_tiers_add_up_to_the_gross(billed: Company):
    number, line, printed = place_of(billed, "S-02")
    gross = part(look_up.explain_bill(billed.actor, number, line), "gross")
    assert sum(Decimal(s.value) for s in gross.parts) == Decimal(printed["gross"])


def test_a_bill_is_explained_down_to_its_lines_and_tax_rows(billed: Company):
    paper = billed.document("INV-000002")
    tree = look_up.explain_bill(billed.actor, "INV-000002")
    assert tree.value == paper["totals"]["payable"]
    for name in ("gross", "net", "tax", "lines"):
        key = "lines_net" if name == "lines" else name
        assert part(tree, name).value == paper["totals"][key]
    assert part(tree, "document discount").value == paper["totals"]["document_discount"]
    assert part(tree, "tax S 19 %").value == paper["taxes"][0]["tax"]


def test_a_credit_line_is_explained_by_what_it_reverses(billed: Company):
    number, line, printed = place_of(billed, "S-11")
    tree = look_up.explain_bill(billed.actor, number, line)
    assert tree.value == printed["net"]
    assert part(tree, "reverses").value == "INV-000002 line 1"
    assert part(tree, "source").value == "file · S-11"


def test_a_whole_credit_is_explained_without_a_charge(billed: Company):
    note = billed.credit("INV-000001")
    tree = look_up.explain_bill(billed.actor, note, 1)
    assert part(tree, "reverses").value == "INV-000001 line 1"
    assert not [s for s in steps(tree) if s.label == "source"]


def test_the_steps_of_a_tiered_credit_add_up_to_its_gross(books: Company):
    head = "reference,customer,item,kind,quantity,currency,service_date,cancels\n"
    books.take("charges", head + "A,ALPHA,HOUR,,12.5,EUR,2026-10-02,\n")
    books.bill()
    books.take("charges", head + "B,ALPHA,HOUR,cancellation,2.5,EUR,2026-10-02,A\n")
    books.bill()
    gross = part(look_up.explain_bill(books.actor, "CN-000001", 1), "gross")
    assert sum(Decimal(s.value) for s in gross.parts) == Decimal(gross.value)


def test_a_line_that_does_not_exist_is_said_plainly(billed: Company):
    with pytest.raises(LookupError, match="bill INV-000004 has 1 lines; there is no line 5"):
        look_up.explain_bill(billed.actor, "INV-000004", 5)


def test_looking_finds_what_was_asked_for(billed: Company):
    newest = look_up.bills(billed.actor, limit=2)
    assert [b["number"] for b in newest] == ["CN-000001", "INV-000007"]
    assert {b["customer"] for b in look_up.bills(billed.actor, customer="BETA")} == {"BETA"}
    assert [b["kind"] for b in look_up.bills(billed.actor, kind="credit_note")] == ["credit_note"]
    assert [f["code"] for f in look_up.findings(billed.actor, code="CB-CHG-006")] == ["CB-CHG-006"]
    assert {f["severity"] for f in look_up.findings(billed.actor, severity="block")} == {"block"}
    summary = {f["code"]: (f["count"], f["at_stake_minor"]) for f in findings_of(billed)}
    assert summary == {
        "CB-CHG-006": (1, 665),
        "CB-CHG-010": (1, 133),
        "CB-CUS-003": (1, 665),
    }
    (run,) = look_up.runs(billed.actor)
    assert (run["state"], run["totals"]["bills"][1]["count"]) == ("done", 7)


def findings_of(books: Company) -> list[dict]:
    return look_up.findings_summary(books.actor)
