"""Differences of a parallel run as rows for people: amounts in major units, causes by their name.

Read by specialists in a spreadsheet, and by programs as JSON.
"""

from __future__ import annotations

from typing import Any

import polars as pl

from cleanbill.engine.text import fixed_text
from cleanbill.nouns.currency import DECIMALS, decimals_of
from cleanbill.nouns.scales import unscaled

_AMOUNTS = ("difference", "concerned", "old_amount", "our_amount")


def shown_rows(differences: pl.DataFrame) -> pl.DataFrame:
    """Return the differences with exact amounts, for ``tabular.write_rows``.

    The file has the decimals of its finest currency; days are ISO text.
    """
    places = max((decimals_of(code) for code in differences["currency"].unique()), default=2)
    finer = {code: 10 ** max(places - own, 0) for code, own in DECIMALS.items()}
    scale = pl.col("currency").replace_strict(finer, return_dtype=pl.Int64)
    amounts = [_decimal(pl.col(f"{name}_minor") * scale, places).alias(name) for name in _AMOUNTS]
    certain = pl.when("certain").then(pl.lit("yes")).otherwise(pl.lit("no"))
    columns = [
        *("cause", "currency", "difference", "concerned", "says", "what_to_do", "certain"),
        *("customer", "item", "description", "day", "reference", "old_bill", "old_row"),
        *("old_quantity", "our_quantity", "old_price", "our_price", "old_amount", "our_amount"),
    ]
    day = pl.col("day").cast(pl.String)
    return differences.with_columns(*amounts, certain.alias("certain"), day).select(columns)


def _decimal(minor: pl.Expr, places: int) -> pl.Expr:
    return fixed_text(minor, places).str.to_decimal(scale=places)


def json_rows(frame: pl.DataFrame) -> list[dict[str, Any]]:
    """Return the rows as JSON values: amounts as text with the decimals of their currency."""
    rows = []
    for row in frame.iter_rows(named=True):
        decimals = decimals_of(row["currency"])
        values: dict[str, Any] = {}
        for name, value in row.items():
            if name.endswith("_minor"):
                told = None if value is None else str(unscaled(value, decimals))
                values[name.removesuffix("_minor")] = told
            elif value is None or isinstance(value, bool | int | str):
                values[name] = value
            else:
                values[name] = str(value)
        rows.append(values)
    return rows
