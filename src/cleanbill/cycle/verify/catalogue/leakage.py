"""Checks on money that slips through: supplied, but billed at nothing or not at all."""

from __future__ import annotations

import polars as pl

from cleanbill.cycle.verify.alike import alike
from cleanbill.cycle.verify.catalogue.figures import SALE
from cleanbill.cycle.verify.declare import SPECIALIST, WARN, row_check, table_check
from cleanbill.cycle.verify.look import Tables
from cleanbill.nouns.finding import Mending, Proposal

_ORDER = ("customer", "order")


def _without_companion(tables: Tables) -> pl.LazyFrame:
    """Sales of an item on an order that lacks what the policy says is billed with it."""
    pairs = dict(tables.limits.billed_together)
    if not pairs:
        return pl.LazyFrame(schema={"charge_id": pl.Int64})
    sales = tables.charges.lazy().filter(SALE & pl.col("order").is_not_null())
    wanted = pl.col("item").replace_strict(pairs, default=None, return_dtype=pl.String)
    leading = sales.select("charge_id", *_ORDER, wanted.alias("companion")).drop_nulls("companion")
    there = sales.select(*_ORDER, pl.col("item").alias("companion"))
    return leading.join(there, on=[*_ORDER, "companion"], how="anti", nulls_equal=True).select(
        "charge_id", "companion"
    )


def _split(tables: Tables) -> pl.LazyFrame:
    """The first of several rows of an order and day that together reach a higher tier."""
    together = ("customer", "price_id", "order", "service_date")
    read = ("charge_id", *together, "kind", "quantity_e6", "model", "tier")
    rows = tables.charges.select(read).filter(
        SALE
        & (pl.col("quantity_e6") > 0)
        & pl.col("order").is_not_null()
        & pl.col("model").is_in(["volume", "graduated"])
    )
    sizes = alike(rows, together).lazy()
    summed = (
        sizes.group_by(together)
        .agg(
            pl.col("charge_id").min(),
            pl.col("tier").max(),
            pl.col("quantity_e6").sum().alias("total_e6"),
            pl.len().alias("rows"),
        )
        .filter(pl.col("rows") > 1)
    )
    bounds = tables.tiers.lazy().select("price_id", "tier", pl.col("up_to_e6").alias("bound_e6"))
    last = pl.col("tier") == pl.col("tier").max().over("price_id")
    open_ended = bounds.with_columns(pl.when(~last).then(pl.col("bound_e6")).alias("bound_e6"))
    reached = summed.join(open_ended, on=["price_id", "tier"])
    return reached.filter(pl.col("total_e6") > pl.col("bound_e6")).select(
        "charge_id", "total_e6", "rows", "bound_e6"
    )


CHECKS = (
    table_check(
        "CB-CHG-036",
        WARN,
        "Split quantity misses a price tier",
        "Order {order} has {rows} rows of {item} on {service_date}, {total} together; each is "
        "priced alone, below the tier that begins above {bound}.",
        "If the agreement counts the order as a whole, send it as one row.",
        _split,
        "order rows item service_date total bound",
        about="charge_id",
        needs={
            "charges": "customer price_id order service_date kind quantity_e6 model tier",
            "tiers": "price_id tier up_to_e6",
        },
        where={"charges": "order price_id", "tiers": "up_to_e6"},
        owner=SPECIALIST,
    ),
    table_check(
        "CB-LEA-001",
        WARN,
        "What is billed together is missing",
        "Order {order} has {item}, but not {companion}, which is always billed with it.",
        "Ask whether {companion} was supplied, and add the charge; the pair stands in the policy "
        "(billed_together).",
        _without_companion,
        "order item companion",
        about="charge_id",
        needs={"charges": "customer order item kind"},
        where={"charges": "order"},
        owner=SPECIALIST,
        proposal=Proposal(Mending.ADD_CHARGE, ("order", "companion"), "quantity"),
    ),
    row_check(
        "CB-LEA-002",
        WARN,
        "Delivered, but the quantity is zero",
        "Delivery {delivery} has {item} with a quantity of {quantity}.",
        "Compare with the delivery note: what was delivered is to be billed.",
        SALE & pl.col("delivery").is_not_null() & (pl.col("quantity_e6") == 0),
        "delivery item quantity",
        where="delivery",
        proposal=Proposal(Mending.CORRECT_CHARGE, ("delivery",), change="quantity"),
    ),
    row_check(
        "CB-LEA-003",
        WARN,
        "Billed at nothing after discount",
        "{quantity} of {item} are discounted by {discount_percent} % to nothing.",
        "Ask who granted it; the line goes out at 0.",
        SALE & (pl.col("gross_minor") > 0) & (pl.col("net_minor") == 0),
        "quantity item discount_percent",
        proposal=Proposal(Mending.ASK_FOR_APPROVAL, ("item", "discount_percent"), "assignee"),
    ),
    row_check(
        "CB-LEA-004",
        WARN,
        "Amount rounds to nothing",
        "{quantity} of {item} at {line_price} come to less than the smallest coin of {currency}.",
        "Gather such charges into one row for the period, so that they add up before rounding.",
        SALE
        & (pl.col("quantity_e6") != 0)
        & (pl.col("line_price_e8") != 0)
        & (pl.col("gross_minor") == 0),
        "quantity item line_price currency",
    ),
)
