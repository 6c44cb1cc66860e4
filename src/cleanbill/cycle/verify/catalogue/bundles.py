"""Checks on bundles: none is billed as if it were one thing, no add-on goes out alone."""

from __future__ import annotations

import polars as pl

from cleanbill.cycle.verify.declare import BLOCK, table_check
from cleanbill.cycle.verify.look import Tables

_BUNDLE = "item bundle addon plan valid_from valid_to"


def _of_bundles(tables: Tables, *, addon: bool) -> pl.LazyFrame:
    """Charges of items that are bundles, or add-ons, on their day and with their plan."""
    known = tables.bundles.lazy().filter(pl.col("addon") == addon)
    read = ("charge_id", "item", "customer", "order", "service_date", "kind", "cancels")
    day = pl.col("service_date")
    ended = (pl.col("valid_to") <= day).fill_null(False)
    within = (pl.col("valid_from") <= day) & ~ended
    own = pl.col("bundle_plan").is_null() | (pl.col("bundle_plan") == pl.col("plan"))
    return (
        tables.charges.lazy()
        .select(*read, "plan")
        .join(known.rename({"plan": "bundle_plan"}), on="item")
        .filter(within & own.fill_null(False))
    )


def unshared(tables: Tables) -> pl.LazyFrame:
    """Charges of a bundle that stand where those of its components should."""
    # A cancellation that names its original and finds it was billed before there was a bundle.
    alone = (pl.col("kind") == "sale") | pl.col("cancels").is_null()
    return _of_bundles(tables, addon=False).filter(alone).select("charge_id").unique()


def alone(tables: Tables) -> pl.LazyFrame:
    """Sales of add-ons whose bundle the customer has not bought."""
    sold = _of_bundles(tables, addon=True).filter(pl.col("kind") == "sale")
    bought = tables.bought.lazy().select(
        "customer",
        pl.col("item").alias("bundle"),
        pl.col("order").alias("bundle_order"),
        pl.col("service_date").alias("bundle_day"),
    )
    order = pl.col("order")
    fits = (
        pl.when(order.is_not_null())
        .then(order == pl.col("bundle_order"))
        .otherwise(pl.col("bundle_day") <= pl.col("service_date"))
    )
    beside = (
        sold.join(bought, on=["customer", "bundle"], nulls_equal=True)
        .filter(fits.fill_null(False))
        .select("charge_id")
    )
    lacking = sold.join(beside, on="charge_id", how="anti")
    return (
        lacking.sort("charge_id", "bundle")
        .unique("charge_id", keep="first")
        .select("charge_id", "bundle")
    )


CHECKS = (
    table_check(
        "CB-PRC-016",
        BLOCK,
        "A bundle is not shared over its components",
        "{item} is a bundle, and its price could not be shared over what it is made of.",
        "Look at the finding on the bundle, mend it and run again. A cancellation of a bundle has "
        "to name the charge that it cancels.",
        unshared,
        "item",
        about="charge_id",
        needs={"charges": "service_date kind cancels item plan", "bundles": _BUNDLE},
    ),
    table_check(
        "CB-PRC-017",
        BLOCK,
        "An add-on stands alone",
        "{item} is sold only beside the bundle {bundle}, and the customer has not bought that.",
        "Bill {bundle} in the same order, or before; or sell {item} as an item of its own.",
        alone,
        "item bundle",
        about="charge_id",
        needs={"charges": "service_date kind item plan customer order", "bundles": _BUNDLE},
    ),
)
