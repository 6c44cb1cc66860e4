"""The schedule of recurring terms: which part of which period is due when, and what share it is.

In: terms and two days. Out: parts in order of time, with the days (or seconds) they count of
those of their period. A part is one stretch of one period: a period without changes has one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from cleanbill.engine.exact import rounded
from cleanbill.nouns.currency import decimals_of
from cleanbill.nouns.period import Period
from cleanbill.nouns.proration import Ruler, Stub, ruler
from cleanbill.nouns.recurring import RecurringTerms, Stretch, Timing
from cleanbill.nouns.scales import PRICE_DECIMALS, QUANTITY_DECIMALS


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of one period. It counts ``counted`` of ``whole`` and comes to ``amount_minor``.

    ``so_far`` is what the parts of its period up to and including this one come to, exactly and
    in minor units; the amount is that, rounded once, less ``above_minor``: what the parts above
    come to.
    """

    period: Period
    days: Period
    item: str
    quantity_e6: int
    unit_price_e8: int
    counted: int
    whole: int
    due: date
    so_far: Fraction
    above_minor: int
    amount_minor: int

    @property
    def share(self) -> Fraction:
        """The share of its period."""
        return Fraction(self.counted, self.whole)


def parts(terms: RecurringTerms, through: date, after: date | None = None) -> Iterator[Part]:
    """Yield the parts that are due up to and including ``through``, in order of time.

    In advance a part is due on its first day; in arrears on the first day after its period, or
    after the terms if they end earlier. ``after``: leave out what was due up to and including
    that day, because it has been billed. Parts of quantity 0 (a pause) and parts that count for
    nothing are left out.
    """
    stretches = terms.stretches()
    if not stretches:
        return
    first, last = stretches[0].period.start, stretches[-1].period.end
    along = terms.grid
    index = along.index(first)
    if after is not None:
        # What is due of the periods before the one in which that day lies was due by then.
        index = max(index, along.index(after))
    while True:
        period = along.period(index)
        assert period.end is not None
        start, end = max(period.start, first), min(period.end, last or period.end)
        if end <= start or start > through:
            return
        if terms.timing is Timing.ARREARS and end > through:
            return
        paid = Period(start, end)
        measure = ruler(terms.convention, along, index, terms.zone, _counted(terms, period, paid))
        for part in _of_period(terms, period, paid, measure, stretches):
            if part.due <= through and (after is None or part.due > after):
                yield part
        index += 1


def cycles(terms: RecurringTerms, through: date) -> Fraction:
    """Return how many periods are due up to and including a day: 3/2 is one and a half."""
    return sum((part.share for part in parts(terms, through)), Fraction())


def _counted(terms: RecurringTerms, period: Period, paid: Period) -> date | None:
    """Return the day from which a broken period is counted, where the terms want that."""
    if terms.stub is Stub.GRID or paid == period:
        return None
    return paid.end if paid.start > period.start else period.start


def _of_period(
    terms: RecurringTerms,
    period: Period,
    paid: Period,
    measure: Ruler,
    stretches: Sequence[Stretch],
) -> Iterator[Part]:
    exact, above = Fraction(), 0
    scale = 10 ** (QUANTITY_DECIMALS + PRICE_DECIMALS - decimals_of(terms.currency))
    for stretch in stretches:
        if not stretch.period.overlaps(paid):
            continue
        assert paid.end is not None
        start = max(stretch.period.start, paid.start)
        end = min(stretch.period.end or paid.end, paid.end)
        counted = measure.at(end) - measure.at(start)
        if not counted or not stretch.quantity_e6:
            continue
        value = stretch.quantity_e6 * stretch.unit_price_e8 * counted
        exact += Fraction(value, measure.whole * scale)
        reached = rounded(exact)
        yield Part(
            period=period,
            days=Period(start, end),
            item=stretch.item,
            quantity_e6=stretch.quantity_e6,
            unit_price_e8=stretch.unit_price_e8,
            counted=counted,
            whole=measure.whole,
            due=start if terms.timing is Timing.ADVANCE else paid.end,
            so_far=exact,
            above_minor=above,
            amount_minor=reached - above,
        )
        above = reached
