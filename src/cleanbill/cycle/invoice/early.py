"""Discounts for early payment: what a bill asks for if it is paid by a day before it is due."""

from __future__ import annotations

from datetime import timedelta

import polars as pl

from cleanbill.engine.exact import added, percentage
from cleanbill.nouns.reduction import early_steps


def early_discounts(bills: pl.DataFrame) -> pl.DataFrame | None:
    """Return a row per invoice and step of its terms, the earliest day first; None without terms.

    In: bills with totals and, where an agreement has them, ``early_payment`` and
    ``early_payment_base``. The discount is a percent of what is payable, or of the net where the
    base is ``net``, rounded once; ``early_payable_minor`` is what is left to pay. Nothing is posted
    for it: it is an offer.
    """
    terms = "early_payment"
    if terms not in bills.columns or bills[terms].null_count() == bills.height:
        return None
    rows = [
        (text, percent, days, timedelta(days=days))
        for text in bills[terms].drop_nulls().unique(maintain_order=True)
        for percent, days in early_steps(text)
    ]
    steps = pl.DataFrame(
        rows,
        schema={terms: pl.String, "percent_e6": pl.Int64, "days": pl.Int32, "_wait": pl.Duration},
        orient="row",
    )
    base = pl.when(pl.col("early_payment_base") == "net").then("net_minor")
    return (
        bills.filter(
            (pl.col("kind") == "invoice") & (pl.col("payable_minor") > 0) & ~pl.col("cash")
        )
        .join(steps, on=terms, how="inner", maintain_order="left_right")
        .with_columns(
            (pl.col("issue_date") + pl.col("_wait")).cast(pl.Date).alias("until"),
            base.otherwise("payable_minor").alias("base_minor"),
        )
        .with_columns(percentage(pl.col("base_minor"), pl.col("percent_e6")).alias("amount_minor"))
        .select(
            *("draft", "decimals", "days", "until", "percent_e6", "base_minor", "amount_minor"),
            added(pl.col("payable_minor"), -pl.col("amount_minor")).alias("early_payable_minor"),
        )
    )
