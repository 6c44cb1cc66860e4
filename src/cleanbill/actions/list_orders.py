"""List purchase orders: what each is for, what bills have drawn of it, what is left, until when."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl

from cleanbill.actions.access import Actor, action
from cleanbill.nouns.currency import decimals_of
from cleanbill.nouns.scales import PRICE_DECIMALS, QUANTITY_DECIMALS, unscaled
from cleanbill.store.order_reading import orders_numbered

Row = dict[str, Any]


@action("look")
def orders(actor: Actor, *, customer: str | None = None, day: date = date.max) -> list[Row]:
    """Return one row per purchase order, as it is in force on a day (its last word, if none).

    ``drawn`` is what issued bills have drawn less what credits gave back, of a blanket order what
    its call-offs drew, too; ``left`` is null where an order has no value to be measured by.
    """
    found = orders_numbered(actor.organisation_id)
    heads = found.heads
    if customer is not None:
        heads = heads.filter(pl.col("customer") == customer)
    counted = found.versions.group_by("order_id").agg(pl.len().alias("versions"))
    table = (
        heads.join(found.current(day), on="order_id")
        .join(counted, on="order_id")
        .join(found.spent(), on="order_id", how="left")
        .sort("customer", "purchase_order")
    )
    return [_order(row) for row in table.iter_rows(named=True)]


def _order(row: Row) -> Row:
    decimals = decimals_of(row["currency"])
    drawn, value = row["drawn_minor"] or 0, row["value_minor"]
    return {
        "purchase_order": row["purchase_order"],
        "customer": row["customer"],
        "currency": row["currency"],
        "version": row["version"],
        "versions": row["versions"],
        "amended_on": _day(row["amended_on"]),
        "valid_from": str(row["valid_from"]),
        "valid_to": _day(row["valid_to"]),
        "calls_off": row["calls_off"],
        "value": None if value is None else str(unscaled(value, decimals)),
        "drawn": str(unscaled(drawn, decimals)),
        "left": None if value is None else str(unscaled(value - drawn, decimals)),
    }


@action("look")
def order_lines(actor: Actor, number: str, *, customer: str | None = None) -> list[Row]:
    """Return the lines of all versions of the orders of that number, with what was drawn by item.

    Raises LookupError where there is no such order.
    """
    found = orders_numbered(actor.organisation_id, [number])
    heads = found.heads
    if customer is not None:
        heads = heads.filter(pl.col("customer") == customer)
    if heads.is_empty():
        raise LookupError(f"there is no purchase order {number}; `cleanbill orders` lists them")
    versions = found.versions.rename({"value_minor": "_value"})
    drawn = found.drawn.rename({"quantity_e6": "drawn_e6", "net_minor": "drawn_minor"})
    table = (
        heads.join(versions, on="order_id")
        .join(found.lines, on=["order_id", "version"], how="left")
        .join(drawn, on=["order_id", "item"], how="left")
        .sort("customer", "version", "line")
    )
    return [_line(row) for row in table.iter_rows(named=True)]


def _line(row: Row) -> Row:
    decimals = decimals_of(row["currency"])
    scales = {
        "quantity": ("quantity_e6", QUANTITY_DECIMALS),
        "unit_price": ("unit_price_e8", PRICE_DECIMALS),
        "drawn_quantity": ("drawn_e6", QUANTITY_DECIMALS),
    }
    figures = {
        name: None if row[column] is None else f"{unscaled(row[column], places).normalize():f}"
        for name, (column, places) in scales.items()
    }
    for name, column in (("amount", "value_minor"), ("drawn", "drawn_minor")):
        figures[name] = None if row[column] is None else str(unscaled(row[column], decimals))
    named = ("purchase_order", "customer", "currency", "version", "line", "item")
    return {
        **{name: row[name] for name in named},
        "amended_on": _day(row["amended_on"]),
        "valid_from": str(row["valid_from"]),
        "valid_to": _day(row["valid_to"]),
        **figures,
    }


def _day(day: date | None) -> str | None:
    return None if day is None else str(day)
