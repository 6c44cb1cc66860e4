"""How a source's orders always are, as a whole run shows it, and the few that are otherwise.

Most sources send an order for one customer, of one day, to one country, and number their orders in
the order of their days. A source that does so in nearly all orders of a run does so always; the
rest are mistakes. A source that does otherwise more often has its reasons, and nothing is said.
Counted over all customers of a run, before it is parted. What an order's cancellations say is held
against each other, not against its sales: they come later.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from cleanbill.engine.habit_tables import ODD_ORDERS, SHARED_PRICES
from cleanbill.engine.tables import CHARGES, empty
from cleanbill.nouns.drawn import DRAWN

ENOUGH = 200
"""So many orders of several rows show what a source always does."""
ODD = 10
"""It does so always where no more than one order in so many is otherwise."""
AROUND = 15
"""So many orders numbered around one tell when it should have been."""
DAYS_OFF = 3
"""An order lies further from those around it than this many days: then its day is odd."""
_ORDER = ("source", "order", "kind")
_TRAITS = ("customer", "service_date", "ship_to_country")
_COUNTED = {**{c: CHARGES[c] for c in (*_ORDER, *_TRAITS)}, "rows": pl.Int64}


def orders_counted(charges: pl.DataFrame) -> pl.DataFrame:
    """Return how many rows each order has of each customer, day and country. In: CHARGES."""
    if charges["order"].null_count() == charges.height:
        return pl.DataFrame(schema=_COUNTED)
    named = charges.lazy().filter(
        pl.col("order").is_not_null() & ~pl.col("source").is_in(list(DRAWN))
    )
    counted = named.group_by(*_ORDER, *_TRAITS).agg(pl.len().cast(pl.Int64).alias("rows"))
    return counted.collect()


def odd_orders(parts: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Return ODD_ORDERS. In: ``orders_counted`` of all parts of a run."""
    filled = [part for part in parts if part.height]
    if not filled:
        return empty(ODD_ORDERS)
    counted = pl.concat(filled)
    if len(filled) > 1:
        counted = counted.group_by(*_ORDER, *_TRAITS).agg(pl.col("rows").sum())
    if counted.height < ENOUGH:
        return empty(ODD_ORDERS)
    # Most orders are one group: only the others are looked at closely.
    parted = counted.filter(pl.struct(*_ORDER).is_duplicated())
    orders = (
        counted.lazy()
        .group_by(*_ORDER)
        .agg(pl.col("rows").sum().alias("order_rows"), pl.col("service_date").min().alias("day"))
        .collect()
    )
    several = orders.filter(pl.col("order_rows") > 1).group_by("source").agg(pl.len().alias("all"))
    odd = orders.select(*_ORDER, "order_rows")
    for trait, name in zip(_TRAITS, ("order_customer", "order_day", "order_country"), strict=True):
        odd = odd.join(_of_most(parted, several, trait, name), on=_ORDER, how="left")
    odd = odd.join(_misnumbered(parted, orders), on=_ORDER, how="left").with_columns(
        pl.col("one_customer").fill_null(False)
    )
    told = pl.any_horizontal(
        "one_customer",
        *(pl.col(c).is_not_null() for c in ("order_day", "order_country")),
        pl.col("numbers_day").is_not_null(),
    )
    return odd.filter(told).select(*ODD_ORDERS).sort(*_ORDER)


def _of_most(parted: pl.DataFrame, several: pl.DataFrame, trait: str, name: str) -> pl.DataFrame:
    """Orders that differ in a trait where their source's hardly ever do, with that of most rows."""
    by_value = parted.group_by(*_ORDER, trait).agg(pl.col("rows").sum())
    mixed = by_value.filter(pl.struct(*_ORDER).is_duplicated())
    if trait == "ship_to_country":
        mixed = mixed.filter(pl.col(trait).is_not_null().all().over(*_ORDER))
    seldom = (
        mixed.select(*_ORDER)
        .unique()
        .group_by("source")
        .agg(pl.len().alias("mixed"))
        .join(several, on="source")
        .filter((pl.col("all") >= ENOUGH) & (pl.col("mixed") * ODD <= pl.col("all")))
    )
    rows = mixed.join(seldom.select("source"), on="source", how="semi")
    most = rows.sort("rows", trait, descending=[True, False], nulls_last=True)
    told = most.unique(_ORDER, keep="first", maintain_order=True)
    marks = [pl.lit(True).alias("one_customer")] if trait == "customer" else []
    return told.select(*_ORDER, pl.col(trait).alias(name), *marks)


def _misnumbered(parted: pl.DataFrame, orders: pl.DataFrame) -> pl.DataFrame:
    """Orders whose day lies far from those of the orders numbered around them, with that day.

    Only where nearly all orders of the source, numbered alike but for their digits, fit.
    """
    one_day = orders.join(_several_days(parted), on=_ORDER, how="anti").drop_nulls("day")
    digits = pl.col("order").str.extract(r"(\d{3,15})\D*$").cast(pl.Int64, strict=False)
    form = pl.col("order").str.replace_all(r"\d+", "#")
    numbered = (
        one_day.with_columns(digits.alias("number"), form.alias("form"))
        .drop_nulls("number")
        .sort("source", "form", "number", "order")
    )
    line = ["source", "form"]
    days = numbered.with_columns(pl.col("day").cast(pl.Int32).cast(pl.Int64).alias("at"))
    usual = pl.col("at").rolling_median(AROUND, min_samples=AROUND // 2, center=True).over(line)
    beside = days.with_columns(usual.round(0).cast(pl.Int64).alias("around"))
    away = (pl.col("at") - pl.col("around")).abs() > DAYS_OFF
    fits = (pl.len().over(line) >= ENOUGH) & (away.sum().over(line) * ODD <= pl.len().over(line))
    return beside.filter(away & fits).select(
        *_ORDER, pl.col("around").cast(pl.Int32).cast(pl.Date).alias("numbers_day")
    )


def _several_days(parted: pl.DataFrame) -> pl.DataFrame:
    return (
        parted.group_by(*_ORDER)
        .agg(pl.col("service_date").n_unique().alias("days"))
        .filter(pl.col("days") > 1)
        .select(*_ORDER)
    )


_PRICE = ["item", "currency", "line_price_e8"]
_CHARGED = {
    **{name: SHARED_PRICES[name] for name in _PRICE},
    **{"first": pl.String, "last": pl.String, "charges": pl.Int64},
}


def prices_charged(charges: pl.DataFrame) -> pl.DataFrame:
    """Return the prices that sales bring along, with first and last customer and how many charges.

    In: CHARGES.
    """
    if charges["unit_price_e8"].null_count() == charges.height:
        return empty(_CHARGED)
    key = (pl.col("item"), pl.col("currency"), pl.col("unit_price_e8").alias("line_price_e8"))
    ends = (pl.col("customer").min().alias("first"), pl.col("customer").max().alias("last"))
    sales = charges.lazy().filter(
        (pl.col("kind") == "sale")
        & pl.col("customer").is_not_null()
        & pl.col("unit_price_e8").is_not_null()
    )
    return sales.group_by(key).agg(*ends, pl.len().cast(pl.Int64).alias("charges")).collect()


def shared_prices(parts: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Return SHARED_PRICES. In: ``prices_charged`` of all parts of a run."""
    filled = [part for part in parts if part.height]
    if not filled:
        return empty(SHARED_PRICES)
    ends = (pl.col("first").min(), pl.col("last").max(), pl.col("charges").sum())
    charged = pl.concat(filled).group_by(_PRICE).agg(*ends)
    of_all = pl.col("charges").sum().over("item", "currency")
    main = charged.with_columns((pl.col("charges") * 2 > of_all).alias("main"))
    return main.filter(pl.col("first") != pl.col("last")).select(*SHARED_PRICES).sort(_PRICE)
