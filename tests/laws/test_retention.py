"""How long bills are kept: at the edges of years, by law, and never too short."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleanbill.nouns import retention as room
from cleanbill.nouns.country import COUNTRIES
from cleanbill.nouns.retention import COUNTED_FROM, checked_year_end, last_day, retention

DATA = Path(room.__file__).parent / "data" / "retention.csv"
TODAY = date(2026, 11, 3)


def until(country: str, issued: date, year_end: str = "12-31", on: date = TODAY) -> date:
    return last_day(retention(country, "invoice", on), issued, year_end)


@pytest.mark.parametrize(
    ("country", "issued", "year_end", "last"),
    [
        ("DE", date(2026, 1, 1), "12-31", date(2034, 12, 31)),
        ("DE", date(2026, 12, 31), "12-31", date(2034, 12, 31)),
        ("DE", date(2027, 1, 1), "12-31", date(2035, 12, 31)),
        # Germany counts from the calendar year, whatever the business year.
        ("DE", date(2026, 12, 31), "06-30", date(2034, 12, 31)),
        ("AT", date(2026, 5, 5), "12-31", date(2033, 12, 31)),
        ("FR", date(2026, 6, 30), "06-30", date(2036, 6, 30)),
        ("FR", date(2026, 7, 1), "06-30", date(2037, 6, 30)),
        ("GB", date(2026, 3, 31), "03-31", date(2032, 3, 31)),
        ("GB", date(2026, 4, 1), "03-31", date(2033, 3, 31)),
        ("CH", date(2026, 12, 31), "12-31", date(2036, 12, 31)),
        # A business year that ends with February, in leap years and others.
        ("CH", date(2026, 3, 1), "02-29", date(2037, 2, 28)),
        ("CH", date(2028, 2, 29), "02-29", date(2038, 2, 28)),
        ("NO", date(2023, 3, 1), "02-29", date(2029, 2, 28)),
        # Sweden and Finland count from the calendar year in which the business year ends.
        ("SE", date(2026, 6, 30), "06-30", date(2033, 12, 31)),
        ("SE", date(2026, 7, 1), "06-30", date(2034, 12, 31)),
        # Nothing is known of Bulgaria: as long as anywhere.
        ("BG", date(2026, 7, 1), "06-30", date(2038, 12, 31)),
    ],
)
def test_the_last_day(country: str, issued: date, year_end: str, last: date) -> None:
    assert until(country, issued, year_end) == last


def test_the_law_of_the_day_of_asking_counts() -> None:
    issued = date(2020, 5, 5)
    assert until("DE", issued, on=date(2024, 12, 31)) == date(2030, 12, 31)
    assert until("DE", issued, on=date(2025, 1, 1)) == date(2028, 12, 31)
    assert until("BE", issued, on=date(2022, 12, 31)) == date(2027, 12, 31)
    assert until("BE", issued, on=date(2023, 1, 1)) == date(2030, 12, 31)


def test_a_date_of_issue_counts_by_the_day() -> None:
    rule = room.Retention("XX", "bill", 6, "issue_date", date.min, "law")
    assert last_day(rule, date(2026, 5, 5)) == date(2032, 5, 5)
    assert last_day(rule, date(2028, 2, 29)) == date(2034, 2, 28)


def test_a_document_of_its_own_goes_before_any_bill(monkeypatch: pytest.MonkeyPatch) -> None:
    any_bill = room.Retention("XX", "bill", 5, "calendar_year", date(2020, 1, 1), "general")
    own = room.Retention("XX", "credit_note", 9, "calendar_year", date(2010, 1, 1), "special")
    monkeypatch.setattr(room, "_rules", lambda: (own, any_bill))
    assert retention("XX", "credit_note", TODAY) is own
    assert retention("XX", "invoice", TODAY) is any_bill
    assert retention("XX", "credit_note", date(2015, 1, 1)) is own


def test_every_country_and_day_has_a_rule_with_its_law() -> None:
    for country in COUNTRIES:
        for day in (date(1990, 1, 1), TODAY):
            rule = retention(country, "invoice", day)
            assert rule.law
            assert 5 <= rule.years <= 11


@given(
    st.sampled_from(sorted(COUNTRIES)),
    st.dates(date(1990, 1, 1), date(2100, 1, 1)),
    st.dates(date(2000, 1, 1), date(2000, 12, 31)),
)
def test_never_shorter_than_the_years_nor_much_longer(
    country: str, issued: date, year_end: date
) -> None:
    rule = retention(country, "invoice", TODAY)
    last = last_day(rule, issued, f"{year_end:%m-%d}")
    assert last.year - issued.year >= rule.years
    assert last >= issued.replace(year=issued.year + rule.years, day=min(issued.day, 28))
    assert last.year - issued.year <= rule.years + 1


def test_the_table_is_sorted_sourced_and_well_formed() -> None:
    with DATA.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    keys = [(r["country"], r["document"], r["valid_from"]) for r in rows]
    assert keys == sorted(set(keys))
    for row in rows:
        assert row["country"] in COUNTRIES
        assert row["counted_from"] in COUNTED_FROM
        assert row["law"]
    assert {"DE", "AT", "FR", "IT", "ES", "NL", "BE", "GB", "CH", "NO"} <= {k[0] for k in keys}


@pytest.mark.parametrize("text", ["13-01", "02-30", "00-10", "6-30", "0630", "", "ab-cd", "-1-30"])
def test_what_is_no_year_end_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="month and day, such as 06-30"):
        checked_year_end(text)
    assert checked_year_end("02-29") == "02-29"
