"""The tables of purchase orders: what customers have ordered, as amended, and what bills drew."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import polars as pl

ORDER_HEADS: Mapping[str, Any] = {
    "order_id": pl.Int64,
    "customer": pl.String,
    "purchase_order": pl.String,
    "currency": pl.String,
    "calls_off": pl.String,
    "blanket_id": pl.Int64,
}
"""A purchase order; ``calls_off`` is the blanket order of the customer that it draws on, too."""

ORDER_VERSIONS: Mapping[str, Any] = {
    "order_id": pl.Int64,
    "version": pl.Int32,
    "amended_on": pl.Date,
    "valid_from": pl.Date,
    "valid_to": pl.Date,
    "value_minor": pl.Int64,
}
"""What an order says from ``amended_on`` on (null: from the beginning); ``valid_to`` is the first
day after, ``value_minor`` null no bound."""

ORDER_LINES: Mapping[str, Any] = {
    "order_id": pl.Int64,
    "version": pl.Int32,
    "line": pl.String,
    "item": pl.String,
    "quantity_e6": pl.Int64,
    "value_minor": pl.Int64,
    "unit_price_e8": pl.Int64,
}
"""What a version orders, line by line; an order without lines is for anything."""

ORDER_DRAWN: Mapping[str, Any] = {
    "order_id": pl.Int64,
    "item": pl.String,
    "quantity_e6": pl.Int64,
    "net_minor": pl.Int64,
}
"""What issued bills, less their credits, have drawn of each order, by item."""


@dataclass(frozen=True, slots=True)
class Orders:
    """The purchase orders of a run, with what was drawn of them before it."""

    heads: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=dict(ORDER_HEADS)))
    versions: pl.DataFrame = field(
        default_factory=lambda: pl.DataFrame(schema=dict(ORDER_VERSIONS))
    )
    lines: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=dict(ORDER_LINES)))
    drawn: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=dict(ORDER_DRAWN)))
    """What was drawn up to now, of a run that goes on its own invoices, too."""
    before: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=dict(ORDER_DRAWN)))
    """What was drawn before the run began."""

    def is_empty(self) -> bool:
        """Tell whether there is no order at all: nothing then needs to be looked at."""
        return self.heads.is_empty()

    def current(self, day: date) -> pl.DataFrame:
        """Return the version of each order that is in force on a day; before all, the first."""
        begun = (pl.col("amended_on") <= day) | pl.col("amended_on").is_null()
        return (
            self.versions.filter(begun)
            .sort("order_id", "version")
            .unique("order_id", keep="last", maintain_order=True)
        )

    def spent(self, drawn: pl.DataFrame | None = None) -> pl.DataFrame:
        """Return ``order_id`` and ``drawn_minor``: what was drawn of each order in all.

        By what ``drawn`` says, if given. A blanket order is drawn by those that call it off.
        """
        own = (
            (self.drawn if drawn is None else drawn)
            .group_by("order_id")
            .agg(pl.col("net_minor").sum().alias("drawn_minor"))
        )
        blankets = self.heads.select("order_id", "blanket_id").drop_nulls()
        called = own.join(blankets, on="order_id").select(
            pl.col("blanket_id").alias("order_id"), "drawn_minor"
        )
        return pl.concat([own, called]).group_by("order_id").agg(pl.col("drawn_minor").sum())
