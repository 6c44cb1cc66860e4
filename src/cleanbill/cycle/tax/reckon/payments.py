"""What is paid already, what is due, and instalments: of what is payable."""

from __future__ import annotations

import polars as pl

from cleanbill.cycle.tax.reckon.groups import minor
from cleanbill.cycle.tax.reckon.rows import WHOLE_PERCENT
from cleanbill.cycle.tax.reckon.sheet import Sheet, Sums
from cleanbill.engine.exact import added, fraction, multiplied, narrow, total


def paid(sheet: Sheet, figures: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the payments with ``amount_minor``, and the bills with ``prepaid`` and ``due``.

    In: figures with ``payable_e8`` and ``unit_e8`` too, which do not go out.

    Where sums are PRINTED, percentages add up: the amount of each is what the percentages up to
    it come to, less what those before it came to. Elsewhere each is rounded for itself; where
    digits are CARRIED, each is taken of what is payable with all its digits.
    """
    known = sheet.payments.join(
        figures.select("bill", "payable_minor", "sums", "payable_e8", "unit_e8", "decimals"),
        on="bill",
        how="left",
        maintain_order="left",
    ).sort("bill", "prepaid", "payment", maintain_order=True)
    percent = pl.col("percent_e6").fill_null(0)
    until = percent.cum_sum().over("bill", "prepaid")
    payable = pl.col("payable_minor")
    alone = multiplied(payable, percent, WHOLE_PERCENT)
    reached = multiplied(payable, until, WHOLE_PERCENT)
    before = multiplied(payable, until - percent, WHOLE_PERCENT)
    carried = fraction(pl.col("payable_e8"), percent, WHOLE_PERCENT, pl.col("unit_e8"))
    of_percent = (
        pl.when(pl.col("sums") == Sums.PRINTED)
        .then(narrow(reached - before))
        .when(pl.col("sums") == Sums.CARRIED)
        .then(minor(carried))
        .otherwise(alone)
    )
    payments = known.with_columns(
        pl.when(percent != 0).then(of_percent).otherwise("amount_minor").alias("amount_minor")
    ).select("bill", "payment", "prepaid", "amount_minor")
    advance = payments.filter(pl.col("prepaid"))
    advances = advance.group_by("bill").agg(total(pl.col("amount_minor")).alias("prepaid_minor"))
    there = advances["bill"].implode()
    printed = figures.drop("payable_e8", "unit_e8")
    bills = printed.join(advances, on="bill", how="left", maintain_order="left").with_columns(
        pl.when(pl.col("bill").is_in(there))
        .then("prepaid_minor")
        .otherwise(pl.lit(0, dtype=pl.Int64))
        .alias("prepaid_minor")
    )
    return payments, bills.with_columns(added(payable, -pl.col("prepaid_minor")).alias("due_minor"))
