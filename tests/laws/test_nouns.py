"""Money, scales, periods and business days keep their promises for every value."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.laws.numbers import HIGHEST, TRIES, amounts, any_int64

from cleanbill.nouns.currency import DECIMALS, decimals_of
from cleanbill.nouns.money import CurrencyMismatch, Money
from cleanbill.nouns.period import Period, business_day
from cleanbill.nouns.scales import AMOUNT_MAX_MINOR, NotExact, scaled, unscaled

currencies = st.sampled_from(sorted(DECIMALS))
days = st.dates(date(1990, 1, 1), date(2090, 1, 1))


@TRIES
@given(value=any_int64, decimals=st.integers(0, 12))
def test_scaled_and_unscaled_are_inverse(value: int, decimals: int) -> None:
    decimal = unscaled(value, decimals)
    assert decimal.scaleb(decimals) == value
    assert scaled(decimal, decimals, HIGHEST + 1) == value
    assert scaled(format(decimal, "f"), decimals, HIGHEST + 1) == value


@TRIES
@given(value=st.decimals(allow_nan=True, allow_infinity=True), decimals=st.integers(0, 8))
@example(value=Decimal("0.5" + "0" * 99), decimals=2)
@example(value=Decimal("1" + "0" * 30 + "." + "0" * 90), decimals=2)
@example(value=Decimal("0E+50"), decimals=2)
@example(value=Decimal("1E-1000000"), decimals=2)
@example(value=Decimal("1E+1000000"), decimals=2)
@example(value=Decimal("0." + "0" * 6000 + "1"), decimals=2)
@example(value=Decimal("0.5" + "0" * 6000), decimals=2)
def test_scaled_keeps_or_refuses(value: Decimal, decimals: int) -> None:
    try:
        whole = scaled(value, decimals, 10**18)
    except NotExact:
        if value.is_finite() and -50 < value.adjusted() < 9:
            assert (Fraction(value) * 10**decimals).denominator != 1
    else:
        assert unscaled(whole, decimals) == value
        assert abs(whole) <= 10**18


@pytest.mark.parametrize("text", ["", "abc", "1,5", "--1", "1.2.3", "NaN", "Infinity", "sNaN"])
def test_scaled_refuses_what_is_no_number(text: str) -> None:
    with pytest.raises(NotExact):
        scaled(text, 2, 10**18)


@TRIES
@given(left=amounts, right=amounts, currency=currencies)
def test_money_adds_exactly(left: int, right: int, currency: str) -> None:
    a, b = Money(left, currency), Money(right, currency)
    assert (a + b).minor == left + right
    assert a + b - b == a
    assert a + -a == Money(0, currency)
    assert (a < b) == (left < right)
    if max(abs(left), abs(right)) <= AMOUNT_MAX_MINOR:
        assert Money.of(a.amount, currency) == a
    assert str(a) == f"{format(a.amount, 'f')} {currency}"
    assert len(format(a.amount, "f").partition(".")[2]) == decimals_of(currency)


@TRIES
@given(left=amounts, right=amounts, pair=st.tuples(currencies, currencies))
def test_two_currencies_never_mix(left: int, right: int, pair: tuple[str, str]) -> None:
    if pair[0] == pair[1]:
        return
    a, b = Money(left, pair[0]), Money(right, pair[1])
    for mixed in (lambda: a + b, lambda: a - b, lambda: a < b, lambda: sorted([a, b])):
        with pytest.raises(CurrencyMismatch):
            mixed()
    assert a != b


@TRIES
@given(start=days, length=st.integers(1, 4000), other=days, other_length=st.integers(1, 4000))
def test_period_is_half_open(start: date, length: int, other: date, other_length: int) -> None:
    end = start + timedelta(length)
    period, second = Period(start, end), Period(other, other + timedelta(other_length))
    assert start in period
    assert end not in period
    assert period.last_day == end - timedelta(1)
    assert end - timedelta(1) in period
    assert start - timedelta(1) not in period
    assert period.days == length
    assert not period.overlaps(Period(end))
    assert not Period(end, end + timedelta(1)).overlaps(period)
    shared = any(start + timedelta(n) in second for n in range(length))
    assert period.overlaps(second) == second.overlaps(period) == shared
    assert Period(start).overlaps(second) == (start < other + timedelta(other_length))
    with pytest.raises(ValueError, match="end after"):
        Period(end, start)


def test_period_of_no_days_is_refused() -> None:
    with pytest.raises(ValueError, match="end after"):
        Period(date(2026, 1, 1), date(2026, 1, 1))


ZONES = ["UTC", "Europe/Berlin", "Europe/London", "America/New_York", "Asia/Kolkata"]
ZONES += ["Pacific/Kiritimati", "Pacific/Pago_Pago", "Australia/Lord_Howe", "Africa/Casablanca"]


@TRIES
@given(day=days, zone=st.sampled_from(ZONES), source=st.sampled_from(ZONES))
def test_business_day_begins_at_the_zones_midnight(day: date, zone: str, source: str) -> None:
    local = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone))
    midnight = local.astimezone(UTC).astimezone(ZoneInfo(source))
    assert business_day(midnight, zone) == day
    before = (midnight.astimezone(UTC) - timedelta(microseconds=1)).astimezone(ZoneInfo(source))
    assert business_day(before, zone) == day - timedelta(1)


@pytest.mark.parametrize(
    ("instant", "zone", "day"),
    [
        # the night in March that lacks 02:00 to 03:00 in Berlin
        (datetime(2026, 3, 29, 0, 59, 59, tzinfo=UTC), "Europe/Berlin", date(2026, 3, 29)),
        (datetime(2026, 3, 29, 21, 59, 59, tzinfo=UTC), "Europe/Berlin", date(2026, 3, 29)),
        (datetime(2026, 3, 29, 22, 0, tzinfo=UTC), "Europe/Berlin", date(2026, 3, 30)),
        # the night in October that has 02:00 to 03:00 twice
        (datetime(2026, 10, 24, 22, 0, tzinfo=UTC), "Europe/Berlin", date(2026, 10, 25)),
        (datetime(2026, 10, 25, 22, 59, 59, tzinfo=UTC), "Europe/Berlin", date(2026, 10, 25)),
        (datetime(2026, 10, 25, 23, 0, tzinfo=UTC), "Europe/Berlin", date(2026, 10, 26)),
        # one instant, two days apart at the edges of the world
        (datetime(2026, 1, 1, 10, 30, tzinfo=UTC), "Pacific/Kiritimati", date(2026, 1, 2)),
        (datetime(2026, 1, 1, 10, 30, tzinfo=UTC), "Pacific/Pago_Pago", date(2025, 12, 31)),
        # Samoa had no 30 December 2011
        (datetime(2011, 12, 30, 9, 59, tzinfo=UTC), "Pacific/Apia", date(2011, 12, 29)),
        (datetime(2011, 12, 30, 10, 0, tzinfo=UTC), "Pacific/Apia", date(2011, 12, 31)),
    ],
)
def test_business_day_at_the_edges(instant: datetime, zone: str, day: date) -> None:
    assert business_day(instant, zone) == day


def test_business_day_needs_a_zone() -> None:
    with pytest.raises(ValueError, match="time zone"):
        business_day(datetime(2026, 1, 1), "UTC")  # noqa: DTZ001
