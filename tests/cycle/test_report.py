"""The figures of the house: months, runs, ages and shares, in whole numbers."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from cleanbill.cycle.report.figures import (
    BilledDay,
    Left,
    Month,
    RunEnd,
    by_month,
    currencies,
    first_of_months,
    run_end,
)
from cleanbill.cycle.report.unbilled import NOTHING_LEFT, left_unbilled, waited_days

TODAY = date(2026, 3, 15)
CHARGES = {
    "charge_id": pl.Int64,
    "disposition": pl.String,
    "currency": pl.String,
    "net_minor": pl.Int64,
    "service_date": pl.Date,
}
FINDINGS = {"charge_id": pl.Int64, "at_stake_minor": pl.Int64}


def test_twelve_months_end_with_that_of_today():
    months = first_of_months(TODAY)
    assert (len(months), months[0], months[-1]) == (12, date(2025, 4, 1), date(2026, 3, 1))
    assert first_of_months(date(2026, 12, 31))[0] == date(2026, 1, 1)


def test_days_are_gathered_by_their_month_from_the_first_that_has_any():
    days = [
        BilledDay(date(2025, 3, 31), "invoice", "EUR", 9, 9, 9),
        BilledDay(date(2026, 1, 1), "invoice", "EUR", 2, 1000, 10),
        BilledDay(date(2026, 1, 31), "invoice", "CHF", 1, 700, 5),
        BilledDay(date(2026, 1, 31), "credit_note", "EUR", 1, 300, 0),
        BilledDay(date(2026, 1, 31), "credited", "EUR", 1, 0, 0),
        BilledDay(date(2026, 3, 1), "invoice", "EUR", 1, 50, 0),
        BilledDay(date(2026, 4, 1), "invoice", "EUR", 9, 9, 9),
    ]
    january, february, march = by_month(days, [(date(2026, 3, 2), 1)], TODAY)
    assert (january.first, january.invoices, january.right) == (date(2026, 1, 1), 3, 2)
    assert (january.right_permille, january.days_tenths) == (666, 50)
    eur = january.billed("EUR")
    assert (eur.invoices, eur.payable_minor, eur.credit_notes) == (2, 1000, 1)
    assert (eur.credited_minor, january.billed("CHF").payable_minor) == (300, 700)
    assert (february.invoices, february.right_permille, february.days_tenths) == (0, None, None)
    assert february.billed("EUR").payable_minor == 0
    assert (march.whole, march.right, march.right_permille) == (2, 1, 500)
    assert currencies([january], [], "USD") == ["USD", "CHF", "EUR"]


def test_where_there_is_nothing_there_are_no_months():
    assert by_month([], [], TODAY) == []


def test_all_were_right_only_where_all_were():
    month = Month(TODAY, invoices=100_000, touched=1)
    assert month.right_permille == 999
    assert Month(TODAY, invoices=100_000).right_permille == 1000
    assert Month(TODAY, invoices=3, waited_days=2).days_tenths == 7


@pytest.mark.parametrize(
    ("issued", "served", "days"),
    [
        (date(2024, 3, 1), date(2024, 2, 28), 2),
        (date(2026, 3, 1), date(2026, 3, 1), 0),
        (date(2026, 3, 1), date(2026, 3, 31), 0),
        (date(2026, 3, 1), None, 0),
    ],
)
def test_a_bill_waits_from_the_last_service(issued: date, served: date | None, days: int):
    frame = pl.DataFrame({"i": [issued], "s": [served]}, schema={"i": pl.Date, "s": pl.Date})
    assert frame.select(waited_days("i", "s")).item() == days


def test_each_charge_that_stays_counts_once_with_what_is_known_of_its_worth():
    charges = pl.DataFrame(
        [
            (1, "held", "EUR", 500, date(2026, 1, 9)),
            (2, "held", "EUR", None, date(2026, 1, 3)),
            (3, "held", "EUR", None, None),
            (4, "waiting", "EUR", 70, date(2026, 1, 20)),
            (5, "held", "CHF", -40, date(2026, 1, 31)),
            (6, "held", None, None, None),
            (7, "not_billable", "EUR", 900, date(2020, 1, 1)),
        ],
        schema=CHARGES,
        orient="row",
    )
    findings = pl.DataFrame([(1, 800), (2, 30), (2, 90), (None, 5)], schema=FINDINGS, orient="row")
    left = left_unbilled(charges, findings, date(2026, 1, 31))
    earlier = left_unbilled(charges, findings, date(2026, 1, 30))
    assert (earlier["count"], earlier["middle"]) == (5, "2026-01-09")
    assert earlier["worth"] == left["worth"]
    assert (left["count"], left["oldest"], left["middle"]) == (6, "2026-01-03", "2026-01-09")
    end = run_end(4, date(2026, 1, 31), left)
    assert (end.unbilled, end.oldest_days, end.middle_days) == (6, 28, 22)
    assert end.left("held", "EUR") == Left(3, 590)
    assert end.left("waiting", "EUR") == Left(1, 70)
    assert end.left("held", "CHF") == Left(1, -40)
    assert end.left("held", "USD") == Left(0, 0)
    assert currencies([], [end], "EUR") == ["EUR", "CHF"]
    assert run_end(5, date(2026, 1, 10), left).middle_days == 1
    assert run_end(6, date(2026, 1, 1), left).middle_days == 0


def test_nothing_left_has_no_age_and_what_was_not_kept_is_not_known():
    nothing = pl.DataFrame(schema=CHARGES)
    assert left_unbilled(nothing, pl.DataFrame(schema=FINDINGS), TODAY) == NOTHING_LEFT
    end = run_end(1, TODAY, NOTHING_LEFT)
    assert (end.unbilled, end.middle_days, end.left("held", "EUR")) == (0, 0, Left(0, 0))
    before = run_end(1, TODAY, None)
    assert before == RunEnd(1, TODAY)
    assert before.left("held", "EUR") is None
    undated = run_end(1, TODAY, {**NOTHING_LEFT, "count": 2})
    assert (undated.unbilled, undated.oldest_days) == (2, None)
