"""Section 6: credits that reverse an invoice line, in any sequence of parts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

from tests.oracle import several
from tests.oracle.bill import (
    Bill,
    Gathering,
    Line,
    bill_of,
    finished,
    gathered,
    invoices,
    percent_of,
)
from tests.oracle.coupons import returned as coupons_returned
from tests.oracle.coupons import share_until
from tests.oracle.facts import Batch, Charge, SellerFacts
from tests.oracle.pricing import Priced
from tests.oracle.rounding import rounded


def part(figure: int, before: Decimal, credited: Decimal, quantity: Decimal) -> int:
    """Return what crediting ``credited`` units returns of a figure, ``before`` being gone."""
    whole = Fraction(quantity)
    until_now = rounded(figure * Fraction(before) / whole)
    from_now = rounded(figure * (Fraction(before) + Fraction(credited)) / whole)
    return from_now - until_now


def credited_line(original: Line, charge: Charge, before: Decimal) -> Line:
    """Return the credit line of a cancellation: the part of each figure, negative."""
    quantity, credited = original.charge.quantity, abs(charge.quantity)

    def returned(figure: int) -> int:
        return -part(figure, before, credited, quantity)

    was = original.priced
    gross, net = returned(was.gross), returned(was.net)
    share = -(share_until(original, before + credited) - share_until(original, before))
    line = Line(
        charge=charge,
        priced=Priced(was.model, was.unit_price, was.discount_percent, gross, gross - net, net),
        tax=original.tax,
        share=share,
        tax_share=returned(original.tax_share),
        coupons=tuple(
            (key, -amount) for key, amount in coupons_returned(original, before, credited)
        ),
        inclusive=original.inclusive,
        bears=original.bears,
    )
    return several.credited(original, line, returned)


class Ledger:
    """Which lines were invoiced, and how many units of each are credited already."""

    def __init__(self, issued: Iterable[Bill]) -> None:
        self.lines: dict[str, Line] = {}
        self.gone: dict[str, Decimal] = {}
        self.add(issued)

    def add(self, issued: Iterable[Bill]) -> None:
        """Take further invoices in, nothing of which is credited yet."""
        for line in (line for bill in issued for line in bill.lines):
            self.lines[line.charge.reference] = line
            self.gone[line.charge.reference] = Decimal(0)

    def credit(self, charge: Charge) -> Line:
        """Return the credit line of a cancellation and remember its units."""
        assert charge.cancels is not None
        original, before = self.lines[charge.cancels], self.gone[charge.cancels]
        self.gone[charge.cancels] = before + abs(charge.quantity)
        assert self.gone[charge.cancels] <= original.charge.quantity, "more than was sold"
        return credited_line(original, charge, before)


def credit_lines(issued: Iterable[Bill], charges: Sequence[Charge]) -> list[Line]:
    """Return a credit line per cancellation, in the order in which they are credited."""
    ledger = Ledger(issued)
    return [ledger.credit(charge) for charge in charges]


def credit_note(lines: Sequence[Line], seller: SellerFacts) -> Bill:
    """Return the credit note of these lines: its tax groups are the sums of their shares."""
    return finished(lines, seller, None, credit_note=True)


def negated(line: Line) -> Line:
    """Return the line with the other sign: a credit of its own is figured like a sale."""
    was = line.priced
    priced = replace(was, gross=-was.gross, discount=-was.discount, net=-was.net)
    return replace(
        line,
        priced=priced,
        share=-line.share,
        tax_share=-line.tax_share,
        included=None if line.included is None else -line.included,
        further=tuple(replace(b, base=-b.base, amount=-b.amount) for b in line.further),
    )


def credit_notes(batch: Batch, charges: Iterable[Charge], ledger: Ledger) -> list[Bill]:
    """Return the credit notes of a run's cancellations, gathered like sales.

    Those that name an invoiced line reverse it; the others are priced and taxed like a sale.
    """
    cancellations = [charge for charge in charges if charge.kind == "cancellation"]
    notes = []
    origins = {name: line.inclusive for name, line in ledger.lines.items()}
    for draft in gathered(batch, cancellations, origins):
        named = [line.charge for line in draft.lines if line.charge.cancels is not None]
        reversals = {charge.reference: ledger.credit(charge) for charge in named}
        alone = [negated(line) for line in draft.lines if line.charge.cancels is None]
        percent = percent_of(Gathering(draft.agreement, alone)) if alone else None
        settled = bill_of(alone, batch.seller, percent).lines if alone else ()
        shown = reversals | {line.charge.reference: negated(line) for line in settled}
        lines = [shown[line.charge.reference] for line in draft.lines]
        notes.append(credit_note(lines, batch.seller))
    return notes


def bills(batch: Batch) -> list[Bill]:
    """Return every invoice and credit note of a batch, those of its second run last."""
    issued = invoices(batch)
    ledger = Ledger(issued)
    issued += credit_notes(batch, batch.charges, ledger)
    return issued + credit_notes(batch, batch.later, ledger)


def reversed_exactly(original: Line, reversals: Sequence[Line]) -> bool:
    """Tell whether the credits of a line add up to the line's own figures, reversed."""

    def figures(line: Line) -> tuple[int, ...]:
        was = line.priced
        taxes = [b.amount for b in line.further]
        return was.gross, was.discount, was.net, line.share, line.tax_share, *taxes

    returned = [sum(column) for column in zip(*map(figures, reversals), strict=True)]
    return returned == [-figure for figure in figures(original)]
