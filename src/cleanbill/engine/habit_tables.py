"""The table of orders that are not as their source's orders always are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

ODD_ORDERS: Mapping[str, Any] = {
    "source": pl.String,
    "order": pl.String,
    "kind": pl.String,
    "order_rows": pl.Int64,
    "order_customer": pl.String,
    "one_customer": pl.Boolean,
    "order_day": pl.Date,
    "order_country": pl.String,
    "numbers_day": pl.Date,
}
"""An order, its sales apart from its cancellations (``kind``), that has rows of several customers
where the source's orders have one: then ``one_customer``, and ``order_customer`` is that of most
rows, null for cash sales. In the same way ``order_day`` and ``order_country`` are those of most
rows. ``numbers_day`` is the day of the orders that are numbered around it, where the whole order is
of another. Null: nothing is odd about it."""

SHARED_PRICES: Mapping[str, Any] = {
    "item": pl.String,
    "currency": pl.String,
    "line_price_e8": pl.Int64,
    "main": pl.Boolean,
}
"""Prices that charges of a run bring for an item and that several customers are charged; the
``main`` one is that of more than half of the item's charges."""

DESCRIBED: Mapping[str, Any] = {"item": pl.String, "description": pl.String}
"""Items that have been billed, with their descriptions in the master data."""
