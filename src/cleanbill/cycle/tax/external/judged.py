"""Judge an engine's answer by our own sums before a bill believes it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import NamedTuple

from cleanbill.cycle.tax.shares import HUNDRED
from cleanbill.engine.exact import Rounding, rounded
from cleanbill.nouns.tax_engine import (
    AnsweredLine,
    EngineRounding,
    EngineTax,
    NoAnswer,
    TaxAnswer,
    Ties,
    Trouble,
)

_TIES = {Ties.HALF_UP: Rounding.HALF_UP, Ties.HALF_EVEN: Rounding.HALF_EVEN}
_NOTHING = Fraction(0)
Row = tuple[str, str, str, int, bool]
"""What taxes of several lines share that an engine rounds together."""


class Due(NamedTuple):
    """What a line was asked with: its amount, and whether tax is in it."""

    amount_minor: int
    inclusive: bool


def judged(currency: str, dues: Mapping[str, Due], answer: TaxAnswer) -> NoAnswer | None:
    """Return why an answer to these lines (by reference) cannot be taken; None where it can."""
    unfit = _unfit(currency, dues, answer)
    if unfit:
        return NoAnswer(Trouble.UNFIT, unfit)
    wrong = next(_wrong(dues, answer), None)
    return NoAnswer(Trouble.SUMS, wrong) if wrong else None


def _unfit(currency: str, dues: Mapping[str, Due], answer: TaxAnswer) -> str | None:
    """Say in what the answer is one to something else."""
    if answer.currency != currency:
        return f"it is in {answer.currency} and not in {currency}"
    counted = Counter(line.reference for line in answer.lines)
    for reference in dues:
        if reference not in counted:
            return f"line {reference} is missing"
    for reference, times in counted.items():
        if reference not in dues:
            return f"line {reference} was not asked about"
        if times > 1:
            return f"line {reference} is answered {times} times"
    return next((why for line in answer.lines if (why := _unsaid(line))), None)


def _unsaid(line: AnsweredLine) -> str | None:
    """Say what a line leaves open: no tax needs a reason, and the first tax is on the net."""
    if not line.taxes and line.untaxed is None:
        return f"line {line.reference} bears no tax and no reason is given"
    if line.taxes and line.untaxed is not None:
        return f"line {line.reference} bears taxes and is untaxed ({line.untaxed})"
    if line.taxes and line.taxes[0].compound:
        return f"line {line.reference} begins with a tax on taxes"
    return None


def _wrong(dues: Mapping[str, Due], answer: TaxAnswer) -> Iterator[str]:
    """Say, sum by sum, what does not add up."""
    groups: dict[Row, list[EngineTax]] = {}
    parted: set[Row] = set()
    if answer.tax_minor != sum(line.tax_minor for line in answer.lines):
        yield f"the lines' taxes do not add up to {answer.tax_minor}"
    for line in answer.lines:
        due = dues[line.reference]
        if line.tax_minor != sum(tax.tax_minor for tax in line.taxes):
            yield f"the taxes of line {line.reference} do not add up to {line.tax_minor}"
        net = due.amount_minor - (line.tax_minor if due.inclusive else 0)
        before = 0
        for tax in line.taxes:
            named = f"line {line.reference} {tax.name}"
            if tax.base_minor != net + (before if tax.compound else 0):
                yield f"{named}: the base {tax.base_minor} is not the whole net of the line"
            exact = _exact(tax)
            if abs(tax.tax_minor - exact) >= 1:
                yield f"{named}: {tax.tax_minor} is not the rate of {tax.base_minor}"
            row = (tax.jurisdiction, tax.kind, tax.name, tax.rate_percent_e6, tax.compound)
            groups.setdefault(row, []).append(tax)
            if due.inclusive:
                parted.add(row)
            elif answer.rounding is EngineRounding.LINE and tax.tax_minor != rounded(
                exact, _TIES[answer.ties]
            ):
                yield f"{named}: {tax.tax_minor} is not the rate of {tax.base_minor}, rounded"
            before += tax.tax_minor
    if answer.rounding is EngineRounding.GROUP:
        for row, taxes in groups.items():
            # What remains of a price that includes it is no rounded rate of the net.
            whole, stated = sum(map(_exact, taxes), _NOTHING), sum(t.tax_minor for t in taxes)
            right = rounded(whole, _TIES[answer.ties])
            if abs(stated - whole) >= 1 or (row not in parted and stated != right):
                yield f"{row[2]}: {stated} over all lines is not its rate, rounded once"


def _exact(tax: EngineTax) -> Fraction:
    return Fraction(tax.base_minor * tax.rate_percent_e6, HUNDRED)
