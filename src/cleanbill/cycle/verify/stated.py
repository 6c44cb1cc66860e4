"""The facts a finding states: what type each parameter has, and how it becomes text."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from cleanbill.engine.text import money_text, trimmed_text
from cleanbill.nouns.finding import Kind
from cleanbill.nouns.scales import PRICE_DECIMALS, QUANTITY_DECIMALS, RATE_DECIMALS

KINDS: Mapping[str, Kind] = {
    **dict.fromkeys(("quantity", "total", "bound"), Kind.QUANTITY),
    **dict.fromkeys(
        ("unit_price", "line_price", "original_price", "list_low", "list_high", "floor_price"),
        Kind.PRICE,
    ),
    **dict.fromkeys(("special_price", "list_price", "lower_price", "higher_price"), Kind.PRICE),
    **dict.fromkeys(
        ("order_value", "order_left", "line_value", "line_left", "limited"), Kind.MONEY
    ),
    **dict.fromkeys(("order_quantity", "quantity_left"), Kind.QUANTITY),
    **dict.fromkeys(("order_from", "order_to", "amended_on"), Kind.DATE),
    **dict.fromkeys(("served_version", "open_orders", "order_used_percent"), Kind.COUNT),
    "ordered_price": Kind.PRICE,
    **dict.fromkeys(("net", "payable", "gross", "minimum", "maximum"), Kind.MONEY),
    **dict.fromkeys(("discount_percent", "document_discount_percent"), Kind.PERCENT),
    **dict.fromkeys(
        ("service_date", "service_end", "original_date", "valid_from", "valid_to", "due_date"),
        Kind.DATE,
    ),
    **dict.fromkeys(("issue_date", "until"), Kind.DATE),
    **dict.fromkeys(("usual_price", "common_price", "expected_price"), Kind.PRICE),
    **dict.fromkeys(("usual_quantity", "common_quantity", "most"), Kind.QUANTITY),
    **dict.fromkeys(("usual_net", "whole_net"), Kind.MONEY),
    **dict.fromkeys(("usual_bills", "common_bills", "whole_bills", "usual_gap_days"), Kind.COUNT),
    "payers": Kind.COUNT,
    **dict.fromkeys(("other_day", "order_day", "numbers_day"), Kind.DATE),
    "times": Kind.TIMES,
    **dict.fromkeys(("candidates", "rows", "version", "payment_days", "tier"), Kind.COUNT),
    **dict.fromkeys(
        (
            *("late_days", "future_days", "service_days_most", "quantity_most"),
            *("line_amount_most", "price_factor", "discount_percent_most", "payment_days_most"),
            *("price_age_days_most", "approval_amount", "small_amount", "renewal_days"),
        ),
        Kind.COUNT,
    ),
}
"""Every parameter that is more than text."""
_SUFFIXES = {
    Kind.QUANTITY: ("_e6", QUANTITY_DECIMALS),
    Kind.PRICE: ("_e8", PRICE_DECIMALS),
    Kind.PERCENT: ("_e6", RATE_DECIMALS),
    Kind.TIMES: ("_e2", 2),
}


def kinds_of(says: str) -> dict[str, Kind]:
    """Return the parameters named in a text, parted by spaces, with their types."""
    return {name: KINDS.get(name, Kind.TEXT) for name in says.split()}


def column_of(name: str, kind: Kind) -> str:
    """Return the column that a parameter is read from."""
    if kind is Kind.MONEY:
        return f"{name}_minor"
    return name + _SUFFIXES[kind][0] if kind in _SUFFIXES else name


def stated(rows: pl.DataFrame, parameters: Mapping[str, Kind]) -> pl.DataFrame:
    """Return the rows with a column of text for each parameter, under its name."""
    return rows.with_columns(_text(name, kind).alias(name) for name, kind in parameters.items())


def _text(name: str, kind: Kind) -> pl.Expr:
    value = pl.col(column_of(name, kind))
    if kind is Kind.MONEY:
        return money_text(value, pl.col("decimals"))
    if kind in _SUFFIXES:
        return trimmed_text(value, _SUFFIXES[kind][1])
    if name == "required_references":
        return value.str.replace_all("_", " ")
    return value.cast(pl.String)
