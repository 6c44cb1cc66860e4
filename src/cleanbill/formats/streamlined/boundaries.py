"""Boundary files: which jurisdictions tax an address, a nine-digit or a five-digit ZIP code.

Twenty-nine fields and up to twenty special districts of three fields each. Records are of type
``A`` (a range of house numbers in a street), ``4`` (a range of nine-digit ZIP codes) or ``Z``
(of five-digit ones). A range of ZIP codes becomes one row for each.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import polars as pl

from cleanbill.engine.us_tables import US_BOUNDARIES
from cleanbill.formats.streamlined.fields import code, days, refuse, rows_of

PLACE = [
    *(
        "record",
        "begin",
        "end",
        "low",
        "high",
        "parity",
        "before",
        "street_name",
        "suffix",
        "after",
    ),
    *("secondary", "secondary_low", "secondary_high", "secondary_parity", "city", "zip", "plus4"),
    *("zip_low", "extension_low", "zip_high", "extension_high", "composite", "state", "indicator"),
    *("county", "place", "place_class", "longitude", "latitude"),
]
DISTRICTS = 20
FIELDS = [
    *PLACE,
    *(f"{part}_{n}" for n in range(1, DISTRICTS + 1) for part in ("source", "district", "kind")),
]
LEAST = PLACE.index("place") + 1
WIDEST = 1000
"""A range may span so many ZIP codes; a state has fewer than three thousand."""


def boundaries(path: Path, states: Mapping[str, str]) -> pl.DataFrame:
    """Return US_BOUNDARIES of a boundary file; ``states`` gives postal codes by FIPS number.

    Raises RefusedFile.
    """
    table = rows_of(path, FIELDS, LEAST).with_columns(
        pl.col("state").str.zfill(2), pl.col("zip", "zip_low", "zip_high").str.zfill(5)
    )
    refuse(path, table.filter(~pl.col("record").is_in(["A", "4", "Z"])), "a record of type A, 4, Z")
    refuse(path, table.filter(~pl.col("state").is_in(list(states))), "a state by its FIPS number")
    dated = days(path, table, "begin", "end")
    placed = _zips(path, dated)
    return (
        placed.with_columns(
            pl.col("state").replace_strict(states),
            (pl.col("indicator").fill_null("45").str.zfill(2) != "00").alias("state_taxed"),
            code("county"),
            code("place"),
            _districts().alias("districts"),
            pl.concat_str(
                ["before", "street_name", "suffix", "after"], separator=" ", ignore_nulls=True
            )
            .str.to_uppercase()
            .alias("street"),
            pl.col("low").cast(pl.Int64, strict=False).alias("number_low"),
            pl.col("high").cast(pl.Int64, strict=False).alias("number_high"),
        )
        .with_columns(
            pl.when(pl.col("record") == "A").then(pl.col(c)).alias(c)
            for c in ("street", "number_low", "number_high", "parity")
        )
        .select(US_BOUNDARIES.keys())
    )


def _districts() -> pl.Expr:
    """Special districts as ``kind:code``, parted by blanks; null where there are none."""
    named = [
        pl.when(code(f"district_{n}").is_not_null() & pl.col(f"kind_{n}").is_not_null()).then(
            pl.concat_str(pl.col(f"kind_{n}").str.zfill(2), pl.lit(":"), code(f"district_{n}"))
        )
        for n in range(1, DISTRICTS + 1)
    ]
    joined = pl.concat_str(named, separator=" ", ignore_nulls=True)
    return pl.when(joined != "").then(joined)


def _zips(path: Path, table: pl.DataFrame) -> pl.DataFrame:
    """Return one row for each ZIP code, with the last four digits that a record of type 4 has."""
    address = pl.col("record") == "A"
    low = pl.when(address).then(pl.col("zip")).otherwise(pl.coalesce("zip_low", "zip"))
    high = pl.when(address).then(pl.col("zip")).otherwise(pl.coalesce("zip_high", low))
    ranged = table.with_columns(low.alias("from"), high.alias("to"))
    five = r"^\d{5}$"
    unread = ~(pl.col("from").str.contains(five) & pl.col("to").str.contains(five))
    refuse(path, ranged.filter(unread.fill_null(True)), "ZIP codes of five digits")
    numbers = ranged.with_columns(pl.col("from", "to").cast(pl.Int64))
    span = pl.col("to") - pl.col("from")
    refuse(
        path, numbers.filter((span < 0) | (span >= WIDEST)), f"up to {WIDEST} ZIP codes in a row"
    )
    each = numbers.with_columns(
        pl.int_ranges(pl.col("from"), pl.col("to") + 1).alias("each")
    ).explode("each")
    nine = pl.col("record") == "4"
    first = pl.when(pl.col("each") == pl.col("from")).then(pl.col("extension_low"))
    last = pl.when(pl.col("each") == pl.col("to")).then(
        pl.coalesce("extension_high", "extension_low")
    )
    return each.with_columns(
        pl.col("each").cast(pl.String).str.zfill(5).alias("zip"),
        pl.when(nine).then(first.fill_null("0").str.zfill(4)).alias("plus4_low"),
        pl.when(nine).then(last.fill_null("9999").str.zfill(4)).alias("plus4_high"),
    )
