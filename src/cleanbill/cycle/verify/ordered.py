"""Hold sales against the purchase orders they are billed on: what is wrong, and what is left.

How much may be drawn, and until when, is what the order says now (in its version of the run's last
day); what a thing costs, and whether it was ordered, is what it said on the day of the service.
"""

from __future__ import annotations

from datetime import date

import polars as pl

from cleanbill.cycle.verify.allot import open_orders
from cleanbill.cycle.verify.drawing import drawn_then, taken
from cleanbill.engine.exact import multiplied, wide
from cleanbill.engine.order_tables import Orders
from cleanbill.nouns.currency import DECIMALS
from cleanbill.nouns.policy import Policy
from cleanbill.nouns.scales import PRICE_DECIMALS, QUANTITY_DECIMALS

TROUBLES = {
    "unknown": "CB-ORD-001",
    "foreign": "CB-ORD-002",
    "expired": "CB-ORD-003",
    "early": "CB-ORD-004",
    "other_currency": "CB-ORD-005",
    "not_ordered": "CB-ORD-006",
    "other_price": "CB-ORD-007",
}
"""The column that says so of each sale, and the check that reports it."""
_BROUGHT = (
    *("charge_id", "customer", "item", "currency", "decimals", "service_date", "purchase_order"),
    *("purchase_order_id", "quantity_e6", "line_price_e8", "net_minor", "blocked"),
    *("lacks_reference", "price_level"),
)


def ordered(
    charges: pl.DataFrame, orders: Orders, policy: Policy, until: date
) -> pl.DataFrame | None:
    """Return the sales that have to do with orders, with what checks on orders read.

    In: identified, priced charges that can be billed, in the order in which they draw; ``blocked``
    ones and those that a blocking check on orders holds draw nothing. Without orders, no table.
    """
    if orders.is_empty():
        return None
    names = [orders.heads[c].unique().implode() for c in ("customer", "purchase_order")]
    about = pl.col("customer").is_in(names[0]) | pl.col("purchase_order").is_in(names[1])
    rows = charges.filter((pl.col("kind") == "sale") & about).select(_BROUGHT)
    rows = _with_lines(_with_versions(_with_heads(rows, orders), orders, until), orders)
    rows = rows.with_columns(_troubles(charges))
    held = [name for name, code in TROUBLES.items() if policy.severities.get(code) in _HOLDING]
    draws = pl.col("purchase_order_id").is_not_null() & ~pl.col("blocked")
    rows = rows.with_columns((draws & ~pl.any_horizontal(held or [pl.lit(False)])).alias("draws"))
    rows = taken(rows, orders, until)
    unnamed = open_orders(rows.filter(~pl.col("lacks_reference")), orders, until)
    counted = unnamed.group_by("charge_id").agg(pl.len().alias("open_orders"))
    rows = rows.join(counted, on="charge_id", how="left", maintain_order="left")
    near = _nearly_used(rows, orders, policy.checks.order_used_percent, until)
    return rows.join(near, on="customer", how="left", maintain_order="left")


def _nearly_used(rows: pl.DataFrame, orders: Orders, percent: int, until: date) -> pl.DataFrame:
    """Return one order of each customer of which little is left once the run is billed."""
    then, wide_value = drawn_then(rows, orders), wide(pl.col("value_minor"))
    valid = (pl.col("valid_to") > until).fill_null(True) & (pl.col("valid_from") <= until)
    used = wide(pl.col("drawn_minor")) * 100 >= wide_value * percent
    return (
        orders.heads.join(orders.current(until).filter(valid), on="order_id")
        .join(then, on="order_id")
        .filter(used & (pl.col("drawn_minor") < pl.col("value_minor")) & (percent > 0))
        .sort("customer", "purchase_order")
        .unique("customer", keep="first", maintain_order=True)
        .select(
            "customer",
            pl.col("purchase_order").alias("near_order"),
            pl.col("currency").alias("near_currency"),
            pl.col("currency")
            .replace_strict(DECIMALS, default=2, return_dtype=pl.Int8)
            .alias("near_decimals"),
            pl.col("value_minor").alias("near_value_minor"),
            (pl.col("value_minor") - pl.col("drawn_minor")).alias("near_left_minor"),
            pl.lit(percent, dtype=pl.Int64).alias("order_used_percent"),
        )
    )


_UNITS = {decimals: 10**decimals for decimals in range(5)}
_HOLDING = (None, "block")
"""Every trouble blocks unless the organisation says otherwise."""


def _with_heads(rows: pl.DataFrame, orders: Orders) -> pl.DataFrame:
    """Add the order of the customer by that number, and who else has one of it."""
    own = orders.heads.select(
        "customer", "purchase_order", "order_id", pl.col("currency").alias("order_currency")
    )
    others = orders.heads.group_by("purchase_order", maintain_order=True).agg(
        pl.col("customer").first().alias("other_customer")
    )
    having = orders.heads.select("customer", pl.lit(True).alias("has_orders")).unique("customer")
    key = ["customer", "purchase_order"]
    return (
        rows.join(own, on=key, how="left", maintain_order="left")
        .join(others, on="purchase_order", how="left", maintain_order="left")
        .join(having, on="customer", how="left", maintain_order="left")
    )


def _with_versions(rows: pl.DataFrame, orders: Orders, until: date) -> pl.DataFrame:
    """Add what the order says now, and the version that it had on the day of the service."""
    now = orders.current(until).select(
        "order_id",
        "version",
        "amended_on",
        pl.col("valid_from").alias("order_from"),
        pl.col("valid_to").alias("order_to"),
        pl.col("value_minor").alias("order_value_minor"),
    )
    begun = pl.col("amended_on").fill_null(date.min)
    then = orders.versions.select(
        "order_id", pl.col("version").alias("served_version"), begun.alias("_begun")
    ).sort("_begun")
    dated = rows.with_row_index("_place").sort("service_date", maintain_order=True)
    served = dated.join_asof(
        then,
        left_on="service_date",
        right_on="_begun",
        by="order_id",
        strategy="backward",
        check_sortedness=False,
    )
    joined = served.join(now, on="order_id", how="left", maintain_order="left")
    return joined.sort("_place").drop("_place", "_begun")


def _with_lines(rows: pl.DataFrame, orders: Orders) -> pl.DataFrame:
    """Add whether the version of the day has lines, the item's among them, and its prices."""
    listed = orders.lines.select("order_id", "version").unique()
    items = orders.lines.group_by("order_id", "version", "item").agg(
        pl.col("unit_price_e8").min().alias("ordered_price_e8"),
        pl.col("unit_price_e8").alias("_prices"),
        pl.lit(True).alias("_found"),
    )
    version = ["order_id", "served_version"]
    named = [f.rename({"version": "served_version"}) for f in (listed, items)]
    return rows.join(
        named[0].with_columns(pl.lit(True).alias("_listed")),
        on=version,
        how="left",
        maintain_order="left",
    ).join(named[1], on=[*version, "item"], how="left", maintain_order="left")


def _troubles(charges: pl.DataFrame) -> list[pl.Expr]:
    """Say what is wrong with the order of each sale. A placeholder has a check of its own."""
    given, known = pl.col("purchase_order").is_not_null(), pl.col("order_id").is_not_null()
    elsewhere = pl.col("other_customer").is_not_null()
    day = pl.col("service_date")
    price = pl.col("line_price_e8")
    priced = pl.col("_prices").list.len() == pl.col("_prices").list.drop_nulls().list.len()
    scale = 10 ** (QUANTITY_DECIMALS + PRICE_DECIMALS)
    units = pl.col("decimals").replace_strict(_UNITS, default=None, return_dtype=pl.Int64)
    asked = multiplied(wide(pl.col("quantity_e6")) * units, pl.col("ordered_price_e8"), scale)
    agreed = pl.col("_prices").list.contains(price) | (asked == pl.col("net_minor"))
    found = {
        "unknown": given & ~known & ~elsewhere & pl.col("has_orders"),
        "foreign": given & ~known & elsewhere,
        "expired": day >= pl.col("order_to"),
        "early": day < pl.col("order_from"),
        "other_currency": pl.col("order_currency") != pl.col("currency"),
        "not_ordered": pl.col("_listed") & pl.col("_found").is_null(),
        "other_price": price.is_not_null() & priced & ~agreed,
    }
    return [wrong.fill_null(False).alias(name) for name, wrong in found.items()]
