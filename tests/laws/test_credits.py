"""A full credit is the exact reversal; parts in any sequence end at zero and never beyond."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from tests.laws.agreement import references, shown
from tests.laws.cases import chunks, varied
from tests.laws.product import in_runs
from tests.oracle.bill import Bill, Line, printed
from tests.oracle.coupons import share_until
from tests.oracle.facts import DECIMALS
from tests.oracle.generated_credits import Sequence, fully, in_parts
from tests.oracle.rounding import rounded

Document = dict[str, Any]
BILLS, SEQUENCES = 250, 1000
"""Cases of one test."""
FIGURES = ("gross", "discount", "net", "document_discount_share", "tax_share")
LINES = {"line discount": 7, "document discount": 12, "no cent": 7, "untaxed": 30}
"""Of a hundred lines, how many are so at least."""
EXCEEDS = "CB-CHG-014"


@pytest.mark.parametrize("chunk", chunks(BILLS))
def test_a_full_credit_reverses_every_line_rate_and_total(chunk: int) -> None:
    batch, issued, cancelled = fully(f"full-{chunk}", BILLS + 20)
    result = in_runs(batch, [cancelled])
    assert not set(result.held) & {charge.reference for charge in cancelled}
    notes = {
        frozenset(original(name) for name in references(document)): document
        for document in result.documents
        if document["kind"] == "credit_note"
    }
    assert len(notes) == len(issued) >= BILLS
    wrong = [found for bill in issued for found in not_reversed(bill, notes[bill.references])]
    assert wrong == []
    varied(properties(line for bill in issued for line in bill.lines), sum(
        len(bill.lines) for bill in issued), LINES)  # fmt: skip
    several = Counter("rates" for bill in issued if len(bill.groups) > 1)
    varied(several, len(issued), {"rates": 15})


def original(reference: str) -> str:
    """Return the reference of the line that a credit names."""
    return reference.rpartition("-")[0]


def not_reversed(bill: Bill, note: Document) -> Iterator[str]:
    """Yield the figures of a credit note that are not those of the invoice it reverses."""
    due = printed(bill)
    lines = {line["reference"]: line for line in due["lines"]}
    for line in note["lines"]:
        was = lines[original(line["source"]["reference"])]
        if Decimal(line["quantity"]) != was["quantity"]:
            yield f"{was['reference']}: {line['quantity']} of {was['quantity']} units"
        for figure in FIGURES:
            if Decimal(line.get(figure, "0")) != Decimal(was[figure]):
                yield f"{was['reference']} {figure}: {line.get(figure)} of {was[figure]}"
    rates = shown(note)["taxes"]
    if rates != due["taxes"]:
        yield f"{note['number']}: rates {rates} of {due['taxes']}"
    if dict(note["totals"]) != due["totals"]:
        yield f"{note['number']}: totals {note['totals']} of {due['totals']}"


def properties(lines: Iterable[Line]) -> Counter[str]:
    found: Counter[str] = Counter()
    for line in lines:
        found["line discount"] += line.priced.discount != 0
        found["document discount"] += line.share != 0
        found["no cent"] += line.priced.gross == 0
        found["untaxed"] += line.tax_share == 0
    return found


@pytest.mark.parametrize("chunk", chunks(SEQUENCES))
def test_parts_in_any_sequence_end_at_zero_and_never_beyond(chunk: int) -> None:
    batch, sequences, runs = in_parts(f"parts-{chunk}", SEQUENCES // 4)
    assert len(sequences) >= SEQUENCES
    result = in_runs(batch, runs)
    credited = defaultdict(list)
    for document in result.documents:
        if document["kind"] == "credit_note":
            for line in document["lines"]:
                credited[original(line["source"]["reference"])].append(line)
    wrong = [found for one in sequences for found in strayed(one, credited[name_of(one)])]
    assert wrong == []
    # More than is left is never credited, however little more and whatever was credited before.
    assert {one.beyond: result.held.get(one.beyond) for one in sequences} == dict.fromkeys(
        (one.beyond for one in sequences), EXCEEDS
    )
    kinds = Counter("whole" for one in sequences if one.whole)
    kinds["in several parts"] = sum(len(one.steps) > 1 for one in sequences)
    kinds["whole in several"] = sum(len(one.steps) > 1 and one.whole for one in sequences)
    varied(kinds, len(sequences), {"whole": 40, "in several parts": 30, "whole in several": 20})
    varied(properties(one.line for one in sequences), len(sequences), LINES)


def name_of(one: Sequence) -> str:
    return one.line.charge.reference


def strayed(one: Sequence, credited: list[dict[str, Any]]) -> Iterator[str]:
    """Yield where the credits of a line leave the way from nothing to the line's own figures.

    After each, what is credited is the rounded part of the line so far, so never more than the
    line has, and all of it when all units are gone.
    """
    was, quantity = one.line, Fraction(one.line.charge.quantity)
    if len(credited) != len(one.steps):
        yield f"{name_of(one)}: {len(credited)} credits of {len(one.steps)}"
    unit = 10 ** DECIMALS[was.charge.currency]
    whole = {
        "gross": was.priced.gross,
        "net": was.priced.net,
        "document_discount_share": was.share,
        "tax_share": was.tax_share,
    }
    gone = Fraction(0)
    sums = dict.fromkeys(FIGURES, 0)
    for line in credited:
        gone += Fraction(line["quantity"])
        for figure in FIGURES:
            sums[figure] += int(Decimal(line.get(figure, "0")) * unit)
        due = {figure: rounded(full * gone / quantity) for figure, full in whole.items()}
        due["discount"] = due["gross"] - due["net"]
        due["document_discount_share"] = share_until(
            was, Decimal(gone.numerator) / gone.denominator
        )
        if sums != due or gone > quantity:
            yield f"{name_of(one)} after {gone} of {quantity}: {sums}, due {due}"
    full = {**whole, "discount": whole["gross"] - whole["net"]}
    if one.whole and sums != full:
        yield f"{name_of(one)}: {sums} credited of {full}"
