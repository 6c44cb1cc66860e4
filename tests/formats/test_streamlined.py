"""Rate and boundary files as states publish them: read exactly, or refused with the row."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from tests.cases.sample_sales_tax import RATES, boundary, tables

from cleanbill.engine.us_tables import US_BOUNDARIES, US_RATES
from cleanbill.formats import streamlined

STATES = {"31": "NE", "39": "OH", "20": "KS"}
STATE_RATE = "31,45,31,0.055,0.055,0,0,20061001,29991231"


def written(folder: Path, text: str) -> Path:
    place = folder / "file.csv"
    place.write_bytes(text.encode())
    return place


def test_the_tables_have_their_schema() -> None:
    rates, boundaries = tables()
    assert rates.schema == US_RATES
    assert boundaries.schema == US_BOUNDARIES
    assert rates.height == len(RATES.splitlines())


def test_a_rate_is_read_digit_by_digit(tmp_path: Path) -> None:
    """Fractions enter by their text: 0.00125 is 0.125 %, whatever stands around it."""
    text = "31,01,00042,.0725,0.07250000,1,0.00125,2020-01-01,20201231\r\n"
    row = streamlined.rates(written(tmp_path, f"\ufeff{text}"), STATES).row(0, named=True)
    percents = [row[f"{c}_e6"] for c in ("general_within", "general_into")]
    assert percents == [7_250_000, 7_250_000]
    assert (row["food_within_e6"], row["food_into_e6"]) == (100_000_000, 125_000)
    assert (row["state"], row["kind"], row["code"]) == ("NE", "01", "42")
    assert (row["valid_from"], row["valid_to"]) == (date(2020, 1, 1), date(2021, 1, 1))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty"),
        (f"{STATE_RATE}\n31,45,31,0.06,0.06,0,0,20250101,29991231", "do not overlap"),
        (STATE_RATE.replace("0.055,", "5.5%,", 1), "row 1: expected rates as fractions"),
        (STATE_RATE.replace("0.055,", "-0.055,", 1), "rates as fractions"),
        (STATE_RATE.replace("0.055,", "0.0555555555,", 1), "rates as fractions"),
        (STATE_RATE.replace("20061001", "20061301"), "days as 20241001"),
        (STATE_RATE.replace("20061001", "30001001"), "begin before end"),
        (STATE_RATE.replace("31,45", "99,45"), "a state by its FIPS number"),
        (STATE_RATE.replace("31,45,31", "31,45,"), "a jurisdiction code"),
        (f"{STATE_RATE}\n\n31,45\n", "row 3: expected 9 to 9 fields"),
        (f"{STATE_RATE},more", "9 to 9 fields"),
    ],
)
def test_a_wrong_rate_file_is_refused_whole(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(streamlined.RefusedFile, match=said):
        streamlined.rates(written(tmp_path, text), STATES)


def test_many_wrong_rows_are_counted(tmp_path: Path) -> None:
    with pytest.raises(streamlined.RefusedFile, match=r"row 1, 2, 3, 4, 5 and 15 more"):
        streamlined.rates(written(tmp_path, "31,45\n" * 20), STATES)


def test_no_text_and_no_file(tmp_path: Path) -> None:
    zipped = tmp_path / "rates.zip"
    zipped.write_bytes(b"PK\x03\x04\xff\xfe")
    with pytest.raises(streamlined.RefusedFile, match="unpack it first"):
        streamlined.rates(zipped, STATES)
    with pytest.raises(streamlined.RefusedFile, match="is no file"):
        streamlined.rates(tmp_path / "missing.csv", STATES)


def test_a_range_of_zip_codes_is_a_row_for_each(tmp_path: Path) -> None:
    text = boundary("4", "68902+1500-68904+0250", "31 900 90200 63:00007 69:12")
    found = streamlined.boundaries(written(tmp_path, text), STATES)
    assert found.select("zip", "plus4_low", "plus4_high").rows() == [
        ("68902", "1500", "9999"),
        ("68903", "0000", "9999"),
        ("68904", "0000", "0250"),
    ]
    assert set(found["districts"]) == {"63:7 69:12"}
    assert set(found["place"]) == {"90200"}


def test_an_address_is_spelt_as_it_is_looked_up(tmp_path: Path) -> None:
    text = boundary("A", "68902+1500", "31 900 -", house="101,199,O", street="N|Oak|St|W")
    row = streamlined.boundaries(written(tmp_path, text), STATES).row(0, named=True)
    assert (row["street"], row["number_low"], row["number_high"]) == ("N OAK ST W", 101, 199)
    assert (row["zip"], row["parity"], row["state_taxed"]) == ("68902", "O", True)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (boundary("X", "68901", "31 - -"), "a record of type A, 4, Z"),
        (boundary("Z", "6890x", "31 - -"), "ZIP codes of five digits"),
        (boundary("Z", "68901-60000", "31 - -"), "ZIP codes in a row"),
        (boundary("Z", "00001-99999", "31 - -"), "ZIP codes in a row"),
        (boundary("Z", "68901", "77 - -"), "a state by its FIPS number"),
    ],
)
def test_a_wrong_boundary_file_is_refused_whole(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(streamlined.RefusedFile, match=said):
        streamlined.boundaries(written(tmp_path, text), STATES)


def test_names(tmp_path: Path) -> None:
    text = "31,00,00900,Sample County\n31,00,900,Sample County again\n"
    found = streamlined.names(written(tmp_path, text), STATES)
    assert found.rows() == [("NE", "00", "900", "Sample County again")]
    with pytest.raises(streamlined.RefusedFile, match="at most 50 letters"):
        streamlined.names(written(tmp_path, f"31,00,900,{'x' * 51}\n"), STATES)
    with pytest.raises(streamlined.RefusedFile, match="a name"):
        streamlined.names(written(tmp_path, "31,00,900,\n"), STATES)
