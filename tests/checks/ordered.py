"""The purchase orders of an example: rows as an import file has them, kept as an import does."""

from __future__ import annotations

from typing import Any

import polars as pl

from cleanbill.cycle.verify import order_versions
from cleanbill.engine.order_tables import ORDER_HEADS, ORDER_LINES, ORDER_VERSIONS, Orders

ROW: dict[str, Any] = {
    **dict.fromkeys(("purchase_order", "customer", "currency", "calls_off"), pl.String),
    **dict.fromkeys(("amended_on", "valid_from", "valid_to"), pl.Date),
    **dict.fromkeys(("line", "item"), pl.String),
    **dict.fromkeys(("value_minor", "quantity_e6", "amount_minor", "unit_price_e8"), pl.Int64),
}
"""What a row of the file says, in the columns of the typed table."""


def orders_of(rows: pl.DataFrame) -> Orders:
    """Return the orders that the rows state, of which nothing has been drawn yet."""
    if rows.is_empty():
        return Orders()
    key = ["customer", "purchase_order"]
    stated = order_versions(rows, Orders()).drop("order_id")
    heads = stated.unique(key, keep="first", maintain_order=True).with_columns(
        (pl.int_range(pl.len(), dtype=pl.Int64) + 1).alias("order_id")
    )
    blankets = heads.select(
        "customer",
        pl.col("purchase_order").alias("calls_off"),
        pl.col("order_id").alias("blanket_id"),
    )
    named = heads.join(blankets, on=["customer", "calls_off"], how="left", maintain_order="left")
    versions = stated.join(heads.select(*key, "order_id"), on=key, maintain_order="left")
    lines = versions.select("order_id", "version", "lines").explode("lines").drop_nulls("lines")
    return Orders(
        named.select(*ORDER_HEADS),
        versions.select(*ORDER_VERSIONS),
        lines.unnest("lines").select(*ORDER_LINES),
    )
