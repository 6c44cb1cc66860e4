"""Checks on purchase orders: known, the customer's, in force, ordered so, and enough left."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from cleanbill.cycle.verify.catalogue.references import PLACEHOLDER
from cleanbill.cycle.verify.declare import BLOCK, MASTER_DATA, WARN, TableCheck, table_check
from cleanbill.cycle.verify.look import Tables
from cleanbill.nouns.finding import Mending, Owner, Proposal, Severity

_ORDER = "purchase_order customer"


def _amend(change: str) -> Proposal:
    """The charge is corrected in one of these, or a colleague asks the customer to amend."""
    told = ("purchase_order", "customer")
    return Proposal(Mending.ASK_FOR_AMENDMENT, told, f"{change} assignee".strip())


_AMEND = _amend("purchase_order")
_OTHER = Proposal(Mending.ASK_FOR_REFERENCE, ("customer",), change="purchase_order")


def _sales(tables: Tables) -> pl.LazyFrame:
    assert tables.orders is not None
    return tables.orders.lazy()


def _where(wrong: pl.Expr) -> Callable[[Tables], pl.LazyFrame]:
    return lambda tables: _sales(tables).filter(wrong)


def _refused(why: str) -> Callable[[Tables], pl.LazyFrame]:
    return _where(pl.col("refused") == why)


def _check(
    code: str,
    severity: Severity,
    title: str,
    reason: str,
    repair: str,
    find: Callable[[Tables], pl.LazyFrame],
    says: str,
    needs: str,
    proposal: Proposal,
    owner: Owner = Owner.SPECIALIST,
) -> TableCheck:
    return table_check(
        *(code, severity, title, reason, repair, find, says),
        about="charge_id",
        needs={"orders": f"charge_id {needs}"},
        where={"orders": needs.partition(" ")[0]},
        owner=owner,
        proposal=proposal,
    )


def _unnamed(tables: Tables) -> pl.LazyFrame:
    customer = pl.col("customer").alias("subject")
    found = _sales(tables).filter(pl.col("open_orders") > 0)
    return found.select("customer", customer, "open_orders").unique("customer", keep="first")


def _nearly_used(tables: Tables) -> pl.LazyFrame:
    found = _sales(tables).filter(pl.col("near_order").is_not_null())
    named = {
        "near_order": "purchase_order",
        "near_currency": "order_currency",
        "near_decimals": "decimals",
        "near_value_minor": "order_value_minor",
        "near_left_minor": "order_left_minor",
    }
    chosen = [pl.col(c).alias(name) for c, name in named.items()]
    customer = pl.col("customer").alias("subject")
    told = found.select("customer", customer, "order_used_percent", *chosen)
    return told.unique("customer", keep="first")


_UNKNOWN = pl.col("unknown") & ~pl.col("purchase_order").str.strip_chars().str.contains(PLACEHOLDER)

CHECKS = (
    _check(
        "CB-ORD-001",
        BLOCK,
        "Unknown purchase order",
        "{customer} has purchase orders, but none with the number {purchase_order}.",
        "Correct the number, or import the order with `cleanbill import orders FILE`.",
        _where(_UNKNOWN),
        _ORDER,
        "purchase_order unknown",
        _OTHER,
    ),
    _check(
        "CB-ORD-002",
        BLOCK,
        "Purchase order of another customer",
        "Purchase order {purchase_order} is one of {other_customer}, not of {customer}.",
        "Correct the number or the customer; where both have an order of this number, import that "
        "of {customer}, too.",
        _where(pl.col("foreign")),
        f"{_ORDER} other_customer",
        "other_customer foreign purchase_order",
        _OTHER,
    ),
    _check(
        "CB-ORD-003",
        BLOCK,
        "Purchase order had expired",
        "Purchase order {purchase_order} of {customer} is in force only before {order_to}; the "
        "service is of {service_date}.",
        "Ask {customer} for a longer order or for the number of its successor.",
        _where(pl.col("expired")),
        f"{_ORDER} order_to service_date",
        "order_to expired",
        _AMEND,
    ),
    _check(
        "CB-ORD-004",
        BLOCK,
        "Purchase order is not yet in force",
        "Purchase order {purchase_order} of {customer} is in force from {order_from} on; the "
        "service is of {service_date}.",
        "Ask {customer} which order the service belongs to, or for an earlier start.",
        _where(pl.col("early")),
        f"{_ORDER} order_from service_date",
        "order_from early",
        _AMEND,
    ),
    _check(
        "CB-ORD-005",
        BLOCK,
        "Purchase order is in another currency",
        "Purchase order {purchase_order} of {customer} is in {order_currency}, the charge in "
        "{currency}.",
        "Bill in {order_currency}, or ask {customer} for an order in {currency}.",
        _where(pl.col("other_currency")),
        f"{_ORDER} order_currency currency",
        "order_currency other_currency currency",
        _amend("purchase_order currency"),
    ),
    _check(
        "CB-ORD-006",
        BLOCK,
        "Item is not on the purchase order",
        "Purchase order {purchase_order} of {customer} has no line for {item}.",
        "Correct the item or the order's number, or ask {customer} to amend the order.",
        _where(pl.col("not_ordered")),
        f"{_ORDER} item",
        "purchase_order not_ordered item",
        _amend("purchase_order item"),
    ),
    _check(
        "CB-ORD-007",
        BLOCK,
        "Price differs from the purchase order",
        "{item} is billed at {line_price}, and ordered at {ordered_price} in {purchase_order}.",
        "Bill the ordered price, or ask {customer} to amend the order before the bill comes back.",
        _where(pl.col("other_price")),
        f"{_ORDER} item line_price ordered_price price_level",
        "ordered_price_e8 other_price line_price_e8 item price_level",
        Proposal(
            *(Mending.USE_AGREED_PRICE, ("purchase_order", "ordered_price")),
            *("unit_price", "ordered_price"),
        ),
    ),
    _check(
        "CB-ORD-008",
        BLOCK,
        "Purchase order is used up",
        "Of purchase order {limited_by} over {limited} {currency} nothing is left for {net}.",
        "Ask {customer} for an amendment or for a new order.",
        _refused("exhausted"),
        f"{_ORDER} limited_by limited currency net",
        "refused limited_minor limited_by net_minor currency",
        _AMEND,
    ),
    _check(
        "CB-ORD-009",
        BLOCK,
        "Purchase order would be exceeded",
        "Of purchase order {limited_by} over {limited} {currency} only {order_left} is left; this "
        "is {net}.",
        "Ask {customer} to raise the order, or for a further one.",
        _refused("exceeded"),
        f"{_ORDER} limited_by limited order_left currency net",
        "refused limited_minor order_left_minor limited_by net_minor currency",
        _AMEND,
    ),
    _check(
        "CB-ORD-010",
        BLOCK,
        "More than was ordered",
        "Purchase order {purchase_order} is for {order_quantity} of {item}, of which "
        "{quantity_left} is left; this is {quantity}.",
        "Correct the quantity, or ask {customer} to raise the order's line.",
        _refused("quantity"),
        f"{_ORDER} item order_quantity quantity_left quantity",
        "refused order_quantity_e6 quantity_left_e6 quantity_e6 item",
        _amend("quantity purchase_order"),
    ),
    _check(
        "CB-ORD-011",
        BLOCK,
        "Value of an order's line would be exceeded",
        "Purchase order {purchase_order} is for {line_value} {currency} of {item}, of which "
        "{line_left} is left; this is {net}.",
        "Ask {customer} to raise the order's line, or to name another one.",
        _refused("line_value"),
        f"{_ORDER} item line_value line_left currency net",
        "refused line_value_minor line_left_minor net_minor item currency",
        _AMEND,
    ),
    table_check(
        "CB-ORD-012",
        WARN,
        "Purchase order is nearly used up",
        "Of purchase order {purchase_order} of {customer} over {order_value} {order_currency}, "
        "{order_used_percent} % or more are used; {order_left} is left.",
        "Tell {customer} now, so that the next bill does not wait for a new order.",
        _nearly_used,
        f"{_ORDER} order_used_percent order_value order_left order_currency",
        about="customer",
        needs={"orders": "customer near_order near_value_minor near_left_minor"},
        where={"orders": "near_order"},
        proposal=_amend(""),
    ),
    _check(
        "CB-ORD-013",
        WARN,
        "Purchase order was amended after the service",
        "The service of {service_date} falls under version {served_version} of purchase order "
        "{purchase_order}; since {amended_on} version {version} is in force.",
        "Check with {customer} what holds for it: prices are compared with the earlier version, "
        "value and validity with the present one.",
        _where(pl.col("served_version") != pl.col("version")),
        f"{_ORDER} service_date served_version version amended_on",
        "amended_on served_version version",
        Proposal(
            Mending.ASK_FOR_AMENDMENT, ("purchase_order", "customer", "amended_on"), "assignee"
        ),
    ),
    table_check(
        "CB-ORD-014",
        WARN,
        "No purchase order named although one is open",
        "{customer} has open purchase orders ({open_orders}), but charges name none.",
        "Name the order in the charges or in the agreement, or let the only open one be used "
        "(`purchase_orders` in the policy).",
        _unnamed,
        "customer open_orders",
        about="customer",
        needs={"orders": "customer open_orders"},
        where={"orders": "open_orders"},
        owner=MASTER_DATA,
        proposal=_OTHER,
    ),
)
