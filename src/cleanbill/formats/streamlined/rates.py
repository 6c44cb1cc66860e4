"""Rate files: what each jurisdiction of a state levies, and from when until when.

Nine fields: state (FIPS), jurisdiction type (X12 element 1721), jurisdiction code, general rate
within the state and into it, rate on food and drugs within and into, first and last day. Rates are
fractions: 0.055 is 5.5 %.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import polars as pl

from cleanbill.engine.us_tables import US_RATES
from cleanbill.formats.streamlined.fields import code, days, refuse, rows_of

FIELDS = [
    *("state", "kind", "code", "general_within", "general_into", "food_within", "food_into"),
    *("begin", "end"),
]
RATES = FIELDS[3:7]
NAME_LETTERS = 50
"""A bill prints them with the words "sales tax"."""
_FRACTION = r"^0*(\d?)(?:\.(\d{0,8}?)0*)?$"


def rates(path: Path, states: Mapping[str, str]) -> pl.DataFrame:
    """Return US_RATES of a rate file; ``states`` gives the postal code of each FIPS number.

    Raises RefusedFile.
    """
    table = rows_of(path, FIELDS, len(FIELDS))
    table = table.with_columns(pl.col("state", "kind").str.zfill(2))
    refuse(path, table.filter(~pl.col("state").is_in(list(states))), "a state by its FIPS number")
    refuse(path, table.filter(pl.col("code").is_null()), "a jurisdiction code")
    dated = days(path, table, "begin", "end")
    percent = dated.with_columns(_percent(name).alias(f"{name}_e6") for name in RATES)
    unread = pl.any_horizontal(pl.col(f"{name}_e6").is_null() for name in RATES)
    refuse(path, percent.filter(unread), "rates as fractions, such as 0.055")
    found = percent.with_columns(
        pl.col("state").replace_strict(states),
        pl.coalesce(code("code"), pl.lit("0")),
        pl.lit(None, dtype=pl.String).alias("name"),
    )
    key = ["state", "kind", "code"]
    later = pl.col("valid_from").shift(-1).over(key)
    ended = pl.col("valid_to").fill_null(pl.date(9999, 12, 31))
    ordered = found.sort(*key, "valid_from", maintain_order=True)
    refuse(path, ordered.filter(later < ended), "rates of a jurisdiction that do not overlap")
    return found.select(US_RATES.keys())


def _percent(name: str) -> pl.Expr:
    """A fraction as millionths of a percent, read digit by digit: 0.055 is 5 500 000."""
    whole = pl.col(name).fill_null("0").str.extract(_FRACTION, 1)
    after = pl.col(name).fill_null("0").str.extract(_FRACTION, 2).fill_null("")
    digits = pl.concat_str(whole, after.str.pad_end(8, "0"))
    return digits.cast(pl.Int64, strict=False)


def names(path: Path, states: Mapping[str, str]) -> pl.DataFrame:
    """Return ``state, kind, code, name`` of a file with these four fields; raises RefusedFile."""
    table = rows_of(path, ["state", "kind", "code", "name"], 4)
    table = table.with_columns(pl.col("state", "kind").str.zfill(2))
    refuse(path, table.filter(~pl.col("state").is_in(list(states))), "a state by its FIPS number")
    refuse(path, table.filter(pl.col("name").is_null()), "a name")
    long = pl.col("name").str.len_chars() > NAME_LETTERS
    refuse(path, table.filter(long), f"a name of at most {NAME_LETTERS} letters")
    return table.select(
        pl.col("state").replace_strict(states),
        "kind",
        pl.coalesce(code("code"), pl.lit("0")).alias("code"),
        "name",
    ).unique(["state", "kind", "code"], keep="last", maintain_order=True)
