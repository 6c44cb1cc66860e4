"""Grids and rulers keep their promises for every day, and refuse what means nothing."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.laws.numbers import TRIES
from tests.laws.recurring import ZONES, cadences, days

from cleanbill.cycle.price.corrected import corrections
from cleanbill.cycle.price.recurring import recurring_charges
from cleanbill.nouns.cadence import Alignment, Cadence, Grid, Unit, grid
from cleanbill.nouns.period import business_day, midnight
from cleanbill.nouns.proration import Convention, ruler
from cleanbill.nouns.recurring import Change, RecurringTerms

MONTH = Cadence(Unit.MONTH)
APIA = "Pacific/Apia"
"""Where 30 December 2011 did not take place."""


@st.composite
def grids(draw: st.DrawFn) -> Grid:
    return Grid(draw(cadences()), draw(days), draw(st.integers(1, 31)))


@TRIES
@given(along=grids(), day=days)
def test_every_day_lies_in_exactly_one_period(along: Grid, day: date) -> None:
    index = along.index(day)
    assert day in along.period(index)
    assert along.period(index).end == along.period(index + 1).start
    assert along.index(along.begins(index)) == index
    if along.cadence.months and along.begins(index).day != along.day:
        assert (along.begins(index) + timedelta(1)).day == 1


@TRIES
@given(day=days, zone=st.sampled_from([*ZONES, APIA]))
def test_midnight_is_the_first_instant_of_a_business_day(day: date, zone: str) -> None:
    begins = midnight(day, zone)
    assert business_day(begins, zone) == day
    assert business_day(begins - timedelta(microseconds=1), zone) == day - timedelta(1)


@TRIES
@given(
    along=grids(),
    day=days,
    convention=st.sampled_from(Convention),
    zone=st.sampled_from([*ZONES, APIA]),
)
def test_a_ruler_rises_from_nothing_to_the_whole(
    along: Grid, day: date, convention: Convention, zone: str
) -> None:
    if convention is Convention.THIRTY and not along.cadence.months:
        with pytest.raises(ValueError, match="months of 30 days cannot measure"):
            ruler(convention, along, 0, zone)
        return
    index = along.index(day)
    period, measure = along.period(index), ruler(convention, along, index, zone)
    assert period.end is not None
    assert measure.at(period.start) == measure.at(period.start - timedelta(9)) == 0
    assert measure.at(period.end) == measure.at(period.end + timedelta(9)) == measure.whole
    assert 0 <= measure.at(day) <= measure.at(day + timedelta(1)) <= measure.whole


def test_thirty_is_what_its_name_says() -> None:
    year = grid(Cadence(Unit.YEAR), Alignment.CALENDAR, date(2028, 1, 1))
    measure = ruler(Convention.THIRTY, year, year.index(date(2028, 6, 1)))
    assert measure.whole == 360
    assert [measure.at(date(2028, month, 1)) for month in range(1, 13)] == list(range(0, 360, 30))


def test_instants_are_placed_where_seconds_are_counted() -> None:
    march = grid(MONTH, Alignment.CALENDAR, date(2026, 3, 1))
    index = march.index(date(2026, 3, 29))
    measure = ruler(Convention.SECONDS, march, index, "Europe/Berlin")
    noon = datetime(2026, 3, 29, 10, tzinfo=UTC)
    assert measure.at(noon) - measure.at(date(2026, 3, 29)) == 11 * 3600
    assert measure.at(datetime(2026, 2, 1, tzinfo=UTC)) == 0
    assert measure.at(datetime(2027, 2, 1, tzinfo=UTC)) == measure.whole == 743 * 3600
    with pytest.raises(ValueError, match="is an instant; days are counted by days"):
        ruler(Convention.DAYS, march, index).at(noon)


def test_a_day_that_did_not_take_place_costs_nothing() -> None:
    terms = terms_of(
        cadence=Cadence(Unit.DAY), start=date(2011, 12, 29), convention=Convention.SECONDS
    )
    rows = recurring_charges([terms], date(2011, 12, 31))
    assert rows["service_date"].to_list() == [date(2011, 12, 29), date(2011, 12, 31)]
    monthly = terms_of(
        alignment=Alignment.CALENDAR, start=date(2011, 12, 30), convention=Convention.SECONDS
    )
    row = recurring_charges([monthly], date(2011, 12, 31)).row(0, named=True)
    assert (row["counted"], row["counted_whole"]) == (86_400, 30 * 86_400)


def terms_of(**fields: object) -> RecurringTerms:
    fixed = {"reference": "T", "customer": "C", "item": "it", "currency": "EUR"}
    fixed |= {"quantity_e6": 10**6, "unit_price_e8": 30 * 10**8, "cadence": MONTH, "zone": APIA}
    return RecurringTerms(**{**fixed, "start": date(2026, 1, 31), **fields})


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"end": date(2026, 1, 30)}, "T ends on 2026-01-30, before it starts on 2026-01-31"),
        ({"trial_end": date(2026, 1, 1)}, "the trial ends on 2026-01-01, before 2026-01-31"),
        ({"quantity_e6": -1}, "a quantity of -1 does not lie from 0"),
        ({"unit_price_e8": 10**19}, "a unit price of"),
        ({"changes": (Change(date(2026, 2, 1), quantity_e6=-5),)}, "a quantity of -5"),
        ({"billing_day": 32}, "billing day 32: expected a day of the month, 1 to 31"),
        ({"billing_day": 0}, "expected a day of the month, 1 to 31"),
        ({"cadence": Cadence(Unit.WEEK), "billing_day": 8}, "expected a day of the week, 1 to 7"),
        ({"cadence": Cadence(Unit.DAY), "billing_day": 1}, "a cadence of days has no billing day"),
        ({"billing_month": 4}, "billing month 4: expected 1 to 12, for calendar months"),
        ({"alignment": Alignment.CALENDAR, "billing_month": 13}, "billing month 13"),
        (
            {"cadence": Cadence(Unit.WEEK), "convention": Convention.THIRTY},
            "months of 30 days cannot measure a period of 1 week",
        ),
        ({"currency": "EUX"}, "is no ISO 4217 currency"),
    ],
)
def test_terms_that_mean_nothing_are_refused(fields: dict[str, object], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        terms_of(**fields)


def test_a_cadence_counts_something() -> None:
    with pytest.raises(ValueError, match="from 1 to 1200 units, not 0"):
        Cadence(Unit.MONTH, 0)


def test_a_correction_needs_a_higher_version_of_the_same_terms() -> None:
    for other in (terms_of(), terms_of(reference="U", version=2)):
        with pytest.raises(ValueError, match="expected the same terms with a higher version"):
            corrections(terms_of(), other, date(2026, 12, 31))


def test_terms_do_not_move_to_another_customer() -> None:
    known = terms_of(customer="D", version=2)
    with pytest.raises(ValueError, match="T was billed to C in EUR; end it there, and"):
        corrections(terms_of(), known, date(2026, 12, 31))


def test_amounts_beyond_the_bounds_are_left_for_verification() -> None:
    """A part is one piece at its amount, which a unit price must be able to hold."""
    huge = {"quantity_e6": 10**18, "unit_price_e8": 10**18, "end": date(2026, 2, 10)}
    row = recurring_charges([terms_of(**huge)], date(2026, 1, 31)).row(0, named=True)
    assert (row["unit_price_e8"], row["amount_minor"]) == (None, None)
