"""What is taken off a whole bill, and offered for paying early, as JSON arrays of its document."""

from __future__ import annotations

import polars as pl

from cleanbill.formats.bill_json_lines import Texts, maybe
from cleanbill.formats.json_text import json_array, json_object, optional, plain, quoted_column


def with_reductions(
    whole: pl.LazyFrame, allowances: pl.DataFrame | None, early: pl.DataFrame | None
) -> pl.LazyFrame:
    """Return the bills with ``_allowances`` of those with coupons, and ``_early`` where offered."""
    if allowances is not None:
        told = allowances_json(allowances)
        whole = whole.join(told, on="draft", how="left", maintain_order="left").with_columns(
            pl.coalesce("_told", "_allowances").alias("_allowances")
        )
    if early is not None:
        whole = whole.join(early_json(early), on="draft", how="left", maintain_order="left")
    return whole


def allowances_json(allowances: pl.DataFrame) -> pl.LazyFrame:
    """Return ``draft`` and ``_told``: the allowances of each bill, in the order of their rows.

    In: ``amount_minor``, ``reason``, the tax group, and ``percent_e6``, ``coupon``, ``redemption``
    where there is one; of a retainer ``prepaid_by`` and, where known, ``left_minor``.
    """
    texts = Texts.of(allowances)
    tax = {
        "category": plain(pl.col("tax_category")),
        "rate_percent": texts.rate("rate_percent_e6"),
    }
    row = json_object(
        {
            "amount": texts.money("amount_minor"),
            "coupon": maybe("coupon"),
            "left": optional(texts.money("left_minor"), pl.col("left_minor").is_not_null()),
            "percent": optional(texts.rate("percent_e6"), pl.col("percent_e6") > 0),
            "prepaid_by": maybe("prepaid_by"),
            "reason": quoted_column("reason"),
            "redemption": maybe("redemption"),
            "tax": json_object(tax),
        }
    )
    return _arrays(allowances, row.text(), "_told")


def early_json(early: pl.DataFrame) -> pl.LazyFrame:
    """Return ``draft`` and ``_early``: what each bill offers for paying early, first day first."""
    texts = Texts.of(early)
    row = json_object(
        {
            "amount": texts.money("amount_minor"),
            "base": texts.money("base_minor"),
            "date": texts.date("until"),
            "days": plain(pl.col("days").cast(pl.String)),
            "payable": texts.money("early_payable_minor"),
            "percent": texts.rate("percent_e6"),
        }
    )
    return _arrays(early, row.text(), "_early")


def _arrays(rows: pl.DataFrame, element: pl.Expr, name: str) -> pl.LazyFrame:
    return (
        rows.lazy()
        .select("draft", element.alias(name))
        .group_by("draft", maintain_order=True)
        .agg(json_array(pl.col(name)).alias(name))
    )
