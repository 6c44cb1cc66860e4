"""The tables of history: the billed lines that are looked back upon, and what is usual by them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

Schema = Mapping[str, Any]

HISTORY_LINES: Schema = {
    "customer": pl.String,
    "item": pl.String,
    "currency": pl.String,
    "unit": pl.String,
    "bill_id": pl.Int64,
    "day": pl.Date,
    "quantity_e6": pl.Int64,
    "line_price_e8": pl.Int64,
    "net_minor": pl.Int64,
    "bill_net_minor": pl.Int64,
}
"""Lines of issued invoices that nothing has taken back whole; ``day`` is that of the service, or of
the bill where the charge names none."""

_FIGURES = ("price", "quantity", "net")
_SCALES = {"price": "e8", "quantity": "e6", "net": "minor"}


def figures(name: str) -> tuple[str, str, str, str]:
    """Return the columns of a figure: the middle, the spread around it, the lowest, the highest."""
    scale = _SCALES[name]
    spread, low, high = (f"{name}_{part}_{scale}" for part in ("spread", "low", "high"))
    return f"{name}_{scale}", spread, low, high


USUAL: Schema = {
    "customer": pl.String,
    "item": pl.String,
    "currency": pl.String,
    "unit": pl.String,
    "bills": pl.Int64,
    **{column: pl.Int64 for name in _FIGURES for column in figures(name)},
    "first_day": pl.Date,
    "last_day": pl.Date,
    "gap_days": pl.Int64,
    "gap_most": pl.Int64,
    "companion": pl.String,
    "companion_bills": pl.Int64,
    "prices": pl.String,
}
"""What is usual, one row each for a customer and item, for a customer (no ``item``; ``net`` is that
of whole bills) and for an item (no ``customer``; of the middles of its customers, counted in
``bills``). ``unit`` is null where there were several; ``gap_days`` is the usual time between two
days of service, ``gap_most`` the longest; ``companion`` the item that stands on the same bills, of
an item that of most of its customers, with the bills of all these; ``prices`` what they
have paid (``paid``). No row has null in both ``customer`` and ``item``."""
MOVING = "moving "
"""Before the prices of an item whose customers do not nearly all stay with their own price."""


def paid(rows: pl.DataFrame) -> pl.DataFrame:
    """Return ``item``, ``currency``, ``line_price_e8``, ``payers``, ``most_e6`` of rows of USUAL.

    One row for each price that customers have paid for an item: how many of them, and the most that
    one has had who usually pays it. In the text they stand as three numbers with colons, parted by
    blanks.
    """
    spelled = pl.col("prices").str.strip_prefix(MOVING).str.split(" ")
    names = ("line_price_e8", "payers", "most_e6")
    parts = pl.col("prices").str.split_exact(":", 2).struct.rename_fields(names)
    told = rows.filter(pl.col("customer").is_null()).drop_nulls("prices")
    each = told.select("item", "currency", spelled).explode("prices")
    return (
        each.select("item", "currency", parts).unnest("prices").cast(dict.fromkeys(names, pl.Int64))
    )
