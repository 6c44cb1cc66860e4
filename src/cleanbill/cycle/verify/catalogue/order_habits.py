"""Checks on rows that are otherwise than their source's orders always are (``verify.habits``)."""

from __future__ import annotations

import polars as pl

from cleanbill.cycle.verify.declare import SPECIALIST, WARN, row_check, table_check
from cleanbill.cycle.verify.look import Tables
from cleanbill.engine.exact import narrow, wide_total
from cleanbill.nouns.finding import Mending, Proposal

_ORDER = ("source", "order", "kind")


def _misnumbered(tables: Tables) -> pl.LazyFrame:
    """The dearest row of each order whose day does not fit its number, for all of them."""
    rows = tables.charges.lazy().filter(pl.col("numbers_day").is_not_null())
    money = pl.col("net_minor").abs().fill_null(0)
    whole = wide_total(money).over(*_ORDER)
    return (
        rows.with_columns(narrow(whole).alias("at_stake"), money.alias("_money"))
        .sort("_money", "charge_id", descending=[True, False])
        .unique(_ORDER, keep="first", maintain_order=True)
        .select("charge_id", "at_stake")
    )


CHECKS = (
    row_check(
        "CB-CHG-054",
        WARN,
        "Order of several customers",
        "{reference} is a charge for {customer}; the other rows of order {order} are for "
        "{order_customer}, and orders of {source} are always for one customer.",
        "Correct the customer, or the order, in {source}.",
        pl.col("one_customer").fill_null(False)
        & pl.col("customer").ne_missing(pl.col("order_customer")),
        "reference customer order order_customer source",
        where="one_customer",
        waiting=True,
        proposal=Proposal(
            Mending.CORRECT_CHARGE, ("order_customer",), "customer", "order_customer"
        ),
    ),
    row_check(
        "CB-CHG-055",
        WARN,
        "Order of several days",
        "{reference} is of {service_date}, the other rows of order {order} of {order_day}; orders "
        "of {source} are always of one day.",
        "Correct the day in {source}; look for day and month that have changed places.",
        pl.col("service_date") != pl.col("order_day"),
        "reference service_date order order_day source",
        where="order_day",
        waiting=True,
        proposal=Proposal(Mending.CORRECT_CHARGE, ("order_day",), "service_date", "order_day"),
    ),
    row_check(
        "CB-CHG-056",
        WARN,
        "Order to several countries",
        "{reference} goes to {ship_to_country}, the other rows of order {order} to "
        "{order_country}; orders of {source} always go to one country.",
        "Correct the country of delivery in {source}: the tax depends on it.",
        pl.col("ship_to_country") != pl.col("order_country"),
        "reference ship_to_country order order_country source",
        where="order_country",
        waiting=True,
        proposal=Proposal(
            Mending.CORRECT_CHARGE, ("order_country",), "ship_to_country", "order_country"
        ),
    ),
    table_check(
        "CB-CHG-057",
        WARN,
        "Number and day of the order do not fit",
        "Order {order} is of {service_date}; those that {source} has numbered around it are of "
        "about {numbers_day}.",
        "Look for a wrong day, month or year in {source}.",
        _misnumbered,
        "order service_date numbers_day source",
        about="charge_id",
        needs={"charges": "source order kind service_date numbers_day net_minor"},
        where={"charges": "numbers_day"},
        owner=SPECIALIST,
        proposal=Proposal(Mending.CORRECT_CHARGE, ("numbers_day",), change="service_date"),
    ),
)
