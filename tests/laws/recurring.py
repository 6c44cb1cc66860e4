"""Generated recurring terms: every cadence, alignment and convention, at the edges of the calendar.

Terms are made for the product; ``told`` puts them into the oracle's words.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from hypothesis import strategies as st
from tests.oracle.recurring import Terms

from cleanbill.nouns.cadence import Alignment, Cadence, Unit
from cleanbill.nouns.proration import Convention, Stub
from cleanbill.nouns.recurring import Change, RecurringTerms, Timing

CURRENCIES = ("EUR", "JPY", "KWD", "CLF")
ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Havana")
EDGES = """
2023-02-28 2023-12-31 2024-01-01 2024-01-31 2024-02-29 2024-03-31 2024-10-27 2025-01-30
"""
edges = st.sampled_from([date.fromisoformat(day) for day in EDGES.split()])
days = st.one_of(edges, st.dates(date(2022, 1, 1), date(2026, 12, 31)))
quantities = st.one_of(st.integers(0, 5).map(lambda n: n * 10**6), st.integers(1, 10**10))
prices = st.one_of(
    st.integers(0, 2000).map(lambda n: n * 5 * 10**5),
    st.integers(0, 10**6).map(lambda n: n * 10**8),
    st.integers(1, 10**13),
)
MOST = {Unit.DAY: 90, Unit.WEEK: 13, Unit.MONTH: 14, Unit.QUARTER: 3, Unit.HALF_YEAR: 3}
LENGTHS = {Unit.DAY: 1, Unit.WEEK: 7, Unit.MONTH: 30, Unit.QUARTER: 91, Unit.HALF_YEAR: 182}


@st.composite
def cadences(draw: st.DrawFn, units: tuple[Unit, ...] = tuple(Unit)) -> Cadence:
    unit = draw(st.sampled_from(units))
    count = draw(st.one_of(st.just(1), st.integers(1, MOST.get(unit, 2))))
    return Cadence(unit, count)


def length(cadence: Cadence) -> int:
    """About how many days a period has."""
    return LENGTHS.get(cadence.unit, 365) * cadence.count


@st.composite
def changes(draw: st.DrawFn, around: date, span: int) -> Change:
    day = around + timedelta(draw(st.integers(-span // 4, span)))
    return Change(
        day,
        draw(st.sampled_from([None, None, "other"])),
        draw(st.one_of(st.none(), quantities)),
        draw(st.one_of(st.none(), prices)),
    )


@st.composite
def recurring_terms(
    draw: st.DrawFn, units: tuple[Unit, ...] = tuple(Unit), stubs: tuple[Stub, ...] = tuple(Stub)
) -> RecurringTerms:
    cadence = draw(cadences(units))
    start, size = draw(days), length(cadence)
    alignment = draw(st.sampled_from(Alignment))
    conventions = [c for c in Convention if cadence.months or c is not Convention.THIRTY]
    spans = st.integers(0, 3 * size)
    later = st.one_of(st.none(), spans.map(lambda n: start + timedelta(n)))
    billing_days = {Unit.DAY: st.none(), Unit.WEEK: st.integers(1, 7)}
    in_month = st.sampled_from([*range(1, 32), 28, 29, 30, 31, 31])
    calendar = bool(cadence.months) and alignment is Alignment.CALENDAR
    return RecurringTerms(
        reference="T",
        customer="C",
        item="one",
        currency=draw(st.sampled_from(CURRENCIES)),
        quantity_e6=draw(quantities),
        unit_price_e8=draw(prices),
        cadence=cadence,
        start=start,
        end=draw(later),
        trial_end=draw(later),
        alignment=alignment,
        anchor=draw(st.one_of(st.none(), days)),
        billing_day=draw(st.one_of(st.none(), billing_days.get(cadence.unit, in_month))),
        billing_month=draw(st.one_of(st.none(), st.integers(1, 12))) if calendar else None,
        timing=draw(st.sampled_from(Timing)),
        convention=draw(st.sampled_from(conventions)),
        zone=draw(st.sampled_from(ZONES)),
        stub=draw(st.sampled_from(stubs)),
        changes=tuple(draw(st.lists(changes(start, 2 * size), max_size=3))),
    )


def horizon(draw: st.DrawFn, terms: RecurringTerms) -> date:
    """Draw a day from before the terms to some periods after their start."""
    return terms.start + timedelta(draw(st.integers(-2, min(4 * length(terms.cadence), 1600))))


def told(terms: RecurringTerms) -> Terms:
    """Return the terms in the oracle's words."""
    cadence, first = terms.cadence, max(terms.start, terms.trial_end or terms.start)
    anchor = terms.anchor or first
    calendar = terms.alignment is Alignment.CALENDAR
    if cadence.months:
        origin = date(2000, terms.billing_month or 1, 1) if calendar else anchor
        day = terms.billing_day or (1 if calendar else anchor.day)
    else:
        day = 0
        origin = date(2000, 1, 1) if calendar else anchor
        if cadence.unit is Unit.WEEK:
            monday = date(2000, 1, 3) if calendar else anchor - timedelta(anchor.weekday())
            weekday = terms.billing_day or (1 if calendar else anchor.weekday() + 1)
            origin = monday + timedelta(weekday - 1)
    return Terms(
        step=cadence.months or cadence.days,
        unit="months" if cadence.months else "days",
        origin=origin,
        day=day,
        first=first,
        end=terms.end,
        in_advance=terms.timing is Timing.ADVANCE,
        convention=terms.convention.value,
        zone=terms.zone,
        currency=terms.currency,
        item=terms.item,
        quantity=Decimal(terms.quantity_e6).scaleb(-6),
        price=Decimal(terms.unit_price_e8).scaleb(-8),
        counted=terms.stub is Stub.COUNTED,
        changes=tuple(
            (
                change.day,
                change.item,
                None if change.quantity_e6 is None else Decimal(change.quantity_e6).scaleb(-6),
                None if change.unit_price_e8 is None else Decimal(change.unit_price_e8).scaleb(-8),
            )
            for change in terms.changes
        ),
    )
