"""Worked cases of prices, discounts and credits: printed amounts as a specialist reckons them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from tests.cases.priced_bills import LINES, TOTALS, Printed, answer
from tests.cases.worked_prices import Case, batch_of, cancellations_of, cases
from tests.oracle.bill import Bill, invoices
from tests.oracle.bill import printed as shown
from tests.oracle.credits import Ledger, credit_notes
from tests.oracle.facts import DECIMALS
from tests.oracle.rounding import amount_text

CASES = dict(cases())
WORDS = {*LINES, *TOTALS, "taxes", "further", "allowances", "coupons", "early", "held"}
KINDS = ("", "added", "retained", "informative")
"""Kinds of taxes in the order of their rows; first taxes of lines have none."""
GAVE_BACK = ("gross", "discounts", "nets", "shares", "tax_shares")


def known_wrong(case: Case) -> Any:
    """Return the mark of a case: one that is wrong today must fail, and by its figures."""
    if "fails" not in case:
        return ()
    return pytest.mark.xfail(reason=case["fails"], raises=AssertionError, strict=True)


def parameters() -> list[Any]:
    """Return every case by name; where the engine is known to be wrong, it has to fail."""
    return [pytest.param(case, id=name, marks=known_wrong(case)) for name, case in CASES.items()]


@pytest.mark.parametrize("case", parameters())
def test_it_is_printed_as_told(case: Case) -> None:
    expected, notes = case["expect"], case.get("notes", [])
    found = answer(case)
    assert found.held == expected.get("held", [])
    assert (found.invoice is None) == (expected.keys() == {"held"})
    assert len(found.notes) == len(notes)
    if found.invoice is not None:
        assert chosen(found.invoice, expected) == chosen(expected, expected)
        adds_up(found.invoice)
    for note, wanted in zip(found.notes, notes, strict=True):
        assert chosen(note, wanted) == wanted
        adds_up(note)
    if found.invoice is not None and case.get("credits") and whole(case):
        for word in GAVE_BACK:
            assert total(*(note[word] for note in found.notes)) == total(found.invoice[word])
        for word in ("sum", "discount", "net", "tax", "total"):
            assert total([note[word] for note in found.notes]) == Decimal(found.invoice[word])


def chosen(figures: Printed, wanted: Case) -> Case:
    """Return those figures that a case speaks of."""
    return {word: figures[word] for word in wanted if word != "held"}


def total(*lists: list[str]) -> Decimal:
    return sum((Decimal(text) for texts in lists for text in texts), Decimal(0))


def adds_up(of: Printed) -> None:
    """Every printed row and column adds up, on every bill of every case."""
    rows = zip(of["gross"], of["discounts"], of["nets"], strict=True)
    assert all(Decimal(g) - Decimal(d) == Decimal(n) for g, d, n in rows)
    assert total(of["nets"]) == Decimal(of["sum"])
    assert total(of["shares"]) == Decimal(of["discount"])
    assert total(of["inside"]) == Decimal(of["included"])
    before_tax = Decimal(of["sum"]) - Decimal(of["discount"])
    assert before_tax - Decimal(of["included"]) == Decimal(of["net"])
    assert Decimal(of["net"]) + Decimal(of["tax"]) == Decimal(of["total"])
    asked = Decimal(of["total"]) + Decimal(of["rounding"]) - Decimal(of["withheld"])
    assert asked == Decimal(of["payable"])
    taxes = [row.split(": ")[1].split(" + ") for row in of["taxes"]]
    shares = [text.split(" + ")[1] for line in of["further"] for text in line]
    if not shares:
        assert total([base for base, _ in taxes]) == Decimal(of["net"])
        assert total([tax for _, tax in taxes]) == Decimal(of["tax"])
    # What further taxes add or withhold, their kind tells; the rows of all are the lines' shares.
    assert total([tax for _, tax in taxes]) == total(of["tax_shares"], shares)


def whole(case: Case) -> bool:
    """Tell whether the credits of a case take back all that was sold."""
    if case["credits"][-1] == "rest":
        return True
    batch = batch_of(case)
    gone = [c for run in case["credits"] for c in cancellations_of(run, batch, 0)]
    return sum(c.quantity for c in gone) == sum(c.quantity for c in batch.charges)


ORACLE = {
    name: case
    for name, case in CASES.items()
    if case.get("seller", "DE") == "DE" and "held" not in case["expect"]
    if "rest" not in case.get("credits", []) and "unasked" not in case
}
"""The cases that the oracle can tell, those that the engine gets wrong too; it knows neither
findings nor the tax of other countries."""


@pytest.mark.parametrize("name", ORACLE)
def test_the_oracle_says_the_same(name: str) -> None:
    case = ORACLE[name]
    batch = batch_of(case)
    made = invoices(batch)
    ledger = Ledger(made)
    after = len(batch.charges)
    for run in case.get("credits", []):
        rows = cancellations_of(run, batch, after)
        after += len(rows)
        made += credit_notes(batch, rows, ledger)
    wanted = [case["expect"], *case.get("notes", [])]
    assert [chosen(told(b), w) for b, w in zip(made, wanted, strict=True)] == wanted


def told(bill: Bill) -> Printed:
    """Return the oracle's figures under the words of the cases."""
    document = shown(bill)

    def row(category: str, rate: Decimal, *amounts: str, name: str = "") -> str:
        return f"{name or category} {rate:f}: {' + '.join(amounts)}"

    def printed_order(tax: tuple[Any, ...]) -> tuple[Any, ...]:
        return KINDS.index(tax[5]), tax[0], -tax[1]

    coupons: dict[str, int] = {}
    for line in bill.lines:
        for key, amount in line.coupons:
            code = key.partition(" ")[0]
            coupons[code] = coupons.get(code, 0) + abs(amount)
    places = DECIMALS[bill.currency]
    zero = f"{Decimal(0):.{places}f}"
    return {
        "coupons": [f"{code} {amount_text(amount, places)}" for code, amount in coupons.items()],
        **{
            word: [str(line[key] or zero) for line in document["lines"]]
            for word, key in LINES.items()
        },
        **{word: document["totals"].get(key, zero) for word, key in TOTALS.items()},
        "taxes": [
            row(*tax[:4], name=tax[4]) for tax in sorted(document["taxes"], key=printed_order)
        ],
        "further": [
            [f"{name} {base} + {tax}" for name, _, _, base, tax in line["further"]]
            for line in document["lines"]
        ],
        "allowances": [
            row(*r) for r in sorted(document["allowances"], key=lambda r: (r[0], -r[1]))
        ],
    }


def test_every_case_says_what_and_why_in_words_that_mean_something() -> None:
    said = [case["says"] for case in CASES.values()]
    assert len(set(said)) == len(said) >= 90
    for case in CASES.values():
        assert case["says"].endswith(".")
        assert case["why"]
        assert case["expect"].keys() <= WORDS
        assert all(note.keys() <= WORDS for note in case.get("notes", []))
