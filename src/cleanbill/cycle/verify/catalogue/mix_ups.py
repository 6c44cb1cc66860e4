"""Checks on rows that say of one thing what belongs to another, or say the same again."""

from __future__ import annotations

import polars as pl

from cleanbill.cycle.verify.alike import alike
from cleanbill.cycle.verify.declare import SPECIALIST, WARN, table_check
from cleanbill.cycle.verify.look import Tables
from cleanbill.nouns.drawn import DRAWN
from cleanbill.nouns.finding import Mending, Proposal

_ACCESSORY = ("freight", "discount", "fee", "manual")
"""Kinds of item that every order may have alike."""
_DAYS = 14
"""So many days apart a second order may still be the first, sent again."""
_SAME = ("customer", "item", "quantity_e6", "currency", "unit_price_e8")
_AGAIN_ROWS = 3
"""So many rows alike make two orders one; with fewer, customers order the same again."""
_OFTEN = 3
"""On so many bills a quantity must have been before it is a habit."""
_CREDIT = (*_SAME, "cancels")


def _described_as_another(tables: Tables) -> pl.LazyFrame:
    """Rows whose text is that of one other item that has been billed, and not that of their own.

    Cash sales are none: history knows no items of theirs.
    """
    known = tables.described.lazy()
    texts = known.group_by("description").agg(
        pl.len().alias("items"), pl.col("item").first().alias("described")
    )
    own = known.select("item", own_text="description")
    named = tables.charges.lazy().filter(pl.col("customer").is_not_null())
    rows = named.select("charge_id", "item", "description")
    met = rows.join(texts.filter(pl.col("items") == 1), on="description")
    others = met.filter(pl.col("item") != pl.col("described")).join(own, on="item", how="left")
    return others.select("charge_id", "described")


def _sent_again(tables: Tables) -> pl.LazyFrame:
    """Orders with all rows of another of the customer's orders, of a day not long before.

    Who orders the same more than twice in a run does so as a habit.
    """
    read = tables.charges.select(
        "charge_id", "order", "kind", "item_kind", "net_minor", "service_date", "source", *_SAME
    )
    supplies = ~pl.col("item_kind").is_in(_ACCESSORY) & ~pl.col("source").is_in(list(DRAWN))
    named = pl.col("order").is_not_null() & pl.col("customer").is_not_null()
    rows = read.filter((pl.col("kind") == "sale") & supplies & named)
    few = _habitual(alike(rows, _SAME), tables).lazy()
    whose = ("customer", "order")
    sizes = (
        rows.lazy()
        .group_by(*whose)
        .agg(pl.len().alias("size"), pl.col("service_date").min().alias("day"))
    )
    one = few.unique([*whose, *_SAME[1:]]).select("order", "habitual", *_SAME)
    pairs = (
        one.join(one, on=_SAME, suffix="_twin", nulls_equal=True)
        .filter(pl.col("order") != pl.col("order_twin"))
        .group_by("customer", "order", twin="order_twin")
        .agg(pl.len().alias("rows"), (~pl.col("habitual")).sum().alias("telling"))
        .filter(pl.col("telling") >= _AGAIN_ROWS)
    )
    other = sizes.rename({"order": "twin", "size": "twin_size", "day": "twin_day"})
    met = pairs.join(sizes, on=whose).join(other, on=["customer", "twin"])
    later = (pl.col("day") > pl.col("twin_day")) & (
        pl.col("day") - pl.col("twin_day") <= pl.duration(days=_DAYS)
    )
    whole = pl.col("rows") >= pl.min_horizontal("size", "twin_size")
    once = pl.len().over("customer", "twin") == 1
    again = met.filter(later & whole).filter(once & (pl.len().over(*whose) == 1))
    dearest = rows.lazy().sort(
        pl.col("net_minor").abs(), "charge_id", descending=[True, False], nulls_last=True
    )
    first = dearest.unique(whose, keep="first", maintain_order=True)
    money = rows.lazy().group_by(*whose).agg(pl.col("net_minor").abs().sum().alias("at_stake"))
    return (
        again.join(first.select("charge_id", *whose), on=whose)
        .join(money, on=whose)
        .select("charge_id", "twin", "rows", "at_stake", other_day="twin_day")
    )


def _habitual(rows: pl.DataFrame, tables: Tables) -> pl.DataFrame:
    """Add whether the customer usually has just so much of the item: then it says nothing."""
    if tables.judged is None or "usual_bills" not in tables.judged.columns:
        return rows.with_columns(habitual=pl.lit(False))
    usual = tables.judged.filter(
        (pl.col("usual_bills") >= _OFTEN) & (pl.col("usual_quantity_e6") == pl.col("quantity_e6"))
    )
    told = pl.col("charge_id").is_in(usual["charge_id"].implode())
    return rows.with_columns(told.alias("habitual"))


def _credited_again(tables: Tables) -> pl.LazyFrame:
    """Cancellations that equal an earlier one of another order in all that they take back."""
    read = tables.charges.select(
        *("charge_id", "order", "reference", "kind", "service_date"), *_CREDIT
    )
    rows = read.filter(
        (pl.col("kind") == "cancellation")
        & pl.col("order").is_not_null()
        & pl.col("customer").is_not_null()
    )
    few = alike(rows, _CREDIT).lazy().sort("service_date", "charge_id")
    first = {c: pl.col(c).first().over(_CREDIT) for c in ("order", "reference", "service_date")}
    near = pl.col("service_date") - first["service_date"] <= pl.duration(days=_DAYS)
    return (
        few.with_columns(twin=first["reference"], other_day=first["service_date"])
        .filter((pl.col("order") != first["order"]) & near)
        .select("charge_id", "twin", "other_day")
    )


CHECKS = (
    table_check(
        "CB-CHG-058",
        WARN,
        "Order sent again",
        "Order {order} of {customer} on {service_date} has the rows of {twin} of {other_day}: "
        "{rows} rows alike, and none besides in the smaller of the two.",
        "Ask whether both were meant; if the order was only sent again, write its rows off.",
        _sent_again,
        "order customer service_date twin other_day rows",
        about="charge_id",
        needs={"charges": " ".join((*_SAME, "kind", "order", "item_kind", "net_minor"))},
        where={"charges": "order"},
        owner=SPECIALIST,
        proposal=Proposal(Mending.MERGE_DUPLICATE, ("order", "twin")),
    ),
    table_check(
        "CB-CHG-059",
        WARN,
        "Credited twice",
        "{reference} takes back {quantity} of {item} for {customer}, as {twin} of "
        "{other_day} does.",
        "Ask whether two were returned; if the credit was only entered again, write {reference} "
        "off.",
        _credited_again,
        "reference quantity item customer twin other_day",
        about="charge_id",
        needs={"charges": " ".join((*_CREDIT, "kind", "order", "reference", "service_date"))},
        where={"charges": "order"},
        owner=SPECIALIST,
        proposal=Proposal(Mending.MERGE_DUPLICATE, ("reference", "twin")),
    ),
    table_check(
        "CB-CHG-060",
        WARN,
        "Described as another item",
        "{reference} charges {item} and describes it as \u201c{description}\u201d, which is what "
        "{described} is called.",
        "Look which of the two was supplied, and correct item or description in {source}.",
        _described_as_another,
        "reference item description described source",
        about="charge_id",
        needs={"charges": "customer item description reference", "described": "item description"},
        where={"charges": "description", "described": "description"},
        owner=SPECIALIST,
        proposal=Proposal(Mending.CORRECT_CHARGE, ("described",), "item description"),
    ),
)
