"""Profiles, and the settling of decimal marks and dates."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from cleanbill.formats.tabular import (
    UnreadableFile,
    WrongProfile,
    builtin_profiles,
    dump,
    load_profile,
    mapped,
    sniff,
)

CHARGES = 'kind = "charges"\nsource = "shop"\n'


def table(**columns: list[str | None]) -> pl.DataFrame:
    frame = pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String))
    rows = pl.int_range(2, frame.height + 2, dtype=pl.Int64, eager=True)
    return frame.with_columns(rows.alias("row"), pl.lit(None, pl.String).alias("damage"))


def charges(prices: list[str], dates: list[str] | None = None) -> pl.DataFrame:
    count = len(prices)
    return table(
        reference=[str(n) for n in range(count)],
        customer=["1"] * count,
        item=["A"] * count,
        quantity=["1"] * count,
        currency=["EUR"] * count,
        unit_price=list(prices),
        service_date=list(dates or ["2026-01-31"] * count),
    )


def prices_e8(values: list[str], formats: str = "") -> list[int | None]:
    profile = load_profile(CHARGES + formats)
    return mapped(charges(values), profile).accepted["unit_price_e8"].to_list()


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["1,5", "1.234,50", "1.234"], [150000000, 123450000000, 123400000000]),
        (["1.5", "1,234.50", "1,234"], [150000000, 123450000000, 123400000000]),
        (["1.234", "2"], [123400000, 200000000]),
        (["0,125", "7"], [12500000, 700000000]),
        (["1,234,567", "1"], [123456700000000, 100000000]),
        (["-2", "+3"], [-200000000, 300000000]),
    ],
)
def test_decimal_marks_told_from_values(values: list[str], expected: list[int]) -> None:
    assert prices_e8(values) == expected


@pytest.mark.parametrize("values", [["1,234", "5"], ["1,5", "2.5"], ["1,234", "1.234"]])
def test_ambiguous_decimal_mark_demands_a_profile(values: list[str]) -> None:
    with pytest.raises(UnreadableFile, match=r"decimal mark cannot be told.*\[formats\]"):
        mapped(charges(values), kind="charges")


def test_profile_decides_the_decimal_mark() -> None:
    comma = '[formats]\ndecimal = ","\ngrouping = "."\n'
    assert prices_e8(["1,234", "5"], comma) == [123400000, 500000000]
    assert prices_e8(["1.234", "5"], comma) == [123400000000, 500000000]
    assert prices_e8(["1,234"], '[formats]\ndecimal = "."\ngrouping = ","\n') == [123400000000]
    space = '[formats]\ndecimal = ","\ngrouping = "\u00a0"\n'
    assert prices_e8(["1\u00a0234,5"], space) == [123450000000]


def test_values_against_the_profile_are_rejected_or_refused() -> None:
    comma = '[formats]\ndecimal = ","\n'
    intake = mapped(charges(["1,5", "2,5", "2.5", "1.234,5"]), load_profile(CHARGES + comma))
    assert intake.rejected["row"].to_list() == [4, 5]
    assert intake.counts["unit_price:not_a_number"] == 2
    with pytest.raises(UnreadableFile, match="most values use another"):
        mapped(charges(["1,5", "2.5", "2.55"]), load_profile(CHARGES + comma))


def days(values: list[str], formats: str = "") -> list[date | None]:
    profile = load_profile(CHARGES + formats)
    intake = mapped(charges(["1"] * len(values), values), profile)
    return intake.accepted["service_date"].to_list()


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["2026-10-31", "2026-10-31T23:59:59", "2026-10-31 08:00"], [(10, 31)] * 3),
        (["31.10.2026", "1.2.2026 14:00"], [(10, 31), (2, 1)]),
        (["31/10/2026", "01/02/2026"], [(10, 31), (2, 1)]),
        (["10/31/2026", "01/02/2026 8:05 PM"], [(10, 31), (1, 2)]),
        (["20261031", "20260201"], [(10, 31), (2, 1)]),
    ],
)
def test_dates_told_from_values(values: list[str], expected: list[tuple[int, int]]) -> None:
    assert days(values) == [date(2026, month, day) for month, day in expected]


@pytest.mark.parametrize("values", [["01/02/2026", "03/04/2026"], ["31/10/2026", "10/31/2026"]])
def test_ambiguous_dates_demand_a_profile(values: list[str], tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="Days and months cannot be told apart"):
        mapped(charges(["1"] * 2, values), kind="charges")
    assert len(days(values, '[formats]\ndate = "%d/%m/%Y"\n')) >= 1
    path = tmp_path / "f.csv"
    path.write_text("day,n\n" + "\n".join(f"{value},1" for value in values))
    assert "'day'" in sniff(path).ambiguous[0]


def test_sniff_shows_ambiguous_marks(tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    path.write_text("n;m;day\n1,234;1,5;31.01.2026\n2,345;2,25;01.02.2026\n")
    look = {column.name: column for column in sniff(path).columns}
    assert (look["n"].decimal, look["m"].decimal) == ("ambiguous", ",")
    assert look["day"].dates == ("%d.%m.%Y",)
    assert len(sniff(path).ambiguous) == 1


def test_named_date_formats() -> None:
    assert days(["01/02/2026"], '[formats]\ndate = "%m/%d/%Y"\n') == [date(2026, 1, 2)]
    assert days(["02-Jan-26"], '[formats]\ndate = "%d-%b-%y"\n') == [date(2026, 1, 2)]
    per_column = '[formats.dates]\nservice_date = "%d.%m.%Y %H:%M"\n'
    assert days(["31.01.2026 23:30"], per_column) == [date(2026, 1, 31)]
    # Real date cells arrive as ISO text, whatever the profile says about text.
    assert days(["2026-01-31"], '[formats]\ndate = "%d.%m.%Y"\n') == [date(2026, 1, 31)]


def test_instants_need_a_time_zone() -> None:
    values = ["2026-03-31T22:30:00Z", "2026-03-31T22:30+00:00", "2026-03-31 22:30:00.5+0000"]
    profile = load_profile(CHARGES)
    intake = mapped(charges(["1"] * 3, values), profile)
    assert intake.counts["service_date:needs_time_zone"] == 3
    assert days(values, '[formats]\ntimezone = "Europe/Berlin"\n') == [date(2026, 4, 1)] * 3


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ('kind = "charge"', "charges, customers"),
        ('kind = "items"\ncolumn = 1', "did you mean 'columns'"),
        ('kind = "items"\n[columns]\nitm = "X"', "did you mean 'item'"),
        ('kind = "items"\n[columns]\nitem = []', "names no column"),
        ('kind = "items"\n[columns]\nitem = "A"\n[constants]\nitem = "B"', "mapped and constant"),
        ('kind = "items"\n[constants]\nblocked = true', "no text"),
        ('kind = "items"\n[formats]\ndecimal = ";"', "decimal mark"),
        ('kind = "items"\n[formats]\ndecimals = ","', "did you mean 'decimal'"),
        ('kind = "prices"\n[formats]\ndate = "%d.%m"', "no date format"),
        ('kind = "prices"\n[formats]\ntimezone = "Mars/Base"', "no time zone"),
        ('kind = "items"\n[[rules]]\ncolumn = "item"\nstarts = "C"', "starts_with"),
        ('kind = "items"\n[[rules]]\ncolumn = "item"\nset = {kind="fee"}', "exactly one of"),
        ('kind = "items"\n[values.nix]\na = "b"', "'nix'"),
        ("kind = ", "no TOML"),
        ("nowhere.toml", "cannot be read"),
    ],
)
def test_profile_errors_name_the_key_and_what_is_allowed(text: str, named: str) -> None:
    with pytest.raises(WrongProfile, match=named):
        load_profile(text)


def test_dump_reads_back() -> None:
    text = CHARGES + (
        '[columns]\nreference = ["A \\"q\\"", "B"]\ncustomer = "C"\n[constants]\ncurrency = "EUR"\n'
        '[values.ship_to_country]\n"Côte d\'Ivoire" = "CI"\n[formats]\ndecimal = ","\n'
        'joint = "-"\n[formats.dates]\nservice_end = "%Y%m%d"\n'
        '[[rules]]\ncolumn = "order"\nis_empty = true\nset = {kind = "sale"}\n'
        '[[rules]]\ncolumn = "order"\nstarts_with = "C"\nset = {kind = "cancellation", unit = ""}\n'
    )
    profile = load_profile(text)
    assert load_profile(dump(profile)) == profile
    for path in builtin_profiles().values():
        assert load_profile(dump(load_profile(path))) == load_profile(path)
