"""Credits: reverse a billed line, wholly or in part, so that the parts end exactly at the whole."""

from __future__ import annotations

import polars as pl

from cleanbill.engine.exact import divided, narrow, wide
from cleanbill.engine.plan import collected

AMOUNTS = ("gross_minor", "discount_minor", "net_minor", "share_minor", "tax_minor")
INHERITED = (
    "price_id",
    "price_version",
    "price_level",
    "model",
    "tier",
    "line_price_e8",
    "discount_percent_e6",
    "decimals",
    "tax_category",
    "rate_percent_e6",
    "tax_rule",
    "treatment",
)
"""What a credit line takes over from the line it reverses."""
REVERSED = ("bill_id", "draft", "line", "number", "issue_date")
"""How a credit line names what it reverses; ``draft`` in this batch, ``number`` once issued."""


def credited(cancellations: pl.DataFrame, billed: pl.DataFrame) -> pl.DataFrame:
    """Return the cancellations with the figures of the lines they reverse.

    In: cancellations in the order of their bills, with ``original_id``, ``credited_e6`` (what
    earlier bills credit) and ``quantity_e6``; billed lines with
    ``charge_id``, ``quantity_e6``, the five amounts and what a line inherits. For gross, net, share
    and tax ``x`` of a line of quantity Q: ``round(x * (before + c) / Q) - round(x * before / Q)``;
    the discount is what lies between gross and net. Tax comes from the billed line's share,
    never from the rate again.
    """
    wanted = billed.lazy().select(
        pl.col("charge_id").alias("original_id"),
        pl.col("quantity_e6").alias("billed_e6"),
        *(pl.col(c).alias(f"billed:{c}") for c in (*AMOUNTS, *INHERITED)),
        *(pl.col(c).alias(f"credits_{c}") for c in REVERSED),
    )
    # A share of what was billed is no quantity that anybody priced.
    replaced = (*AMOUNTS, *INHERITED, "billed_quantity_e6")
    kept = cancellations.drop([c for c in replaced if c in cancellations.columns])
    joined = kept.lazy().join(wanted, on="original_id", how="inner", maintain_order="left")
    size, whole = pl.col("quantity_e6").abs(), pl.col("billed_e6").abs()
    after = pl.col("credited_e6").abs() + size.cum_sum().over("original_id")
    joined = joined.with_columns(
        after.alias("after_e6"),
        (after - size).alias("before_e6"),
        # A rebate is a line of negative quantity, and so is its reversal.
        (size * pl.col("billed_e6").sign()).alias("quantity_e6"),
    )

    def part(column: str) -> pl.Expr:
        amount = wide(pl.col(f"billed:{column}"))
        return narrow(
            divided(amount * wide(pl.col("after_e6")), whole)
            - divided(amount * wide(pl.col("before_e6")), whole)
        ).alias(column)

    return (
        joined.with_columns(
            *(part(c) for c in AMOUNTS if c != "discount_minor"),
            *(pl.col(f"billed:{c}").alias(c) for c in INHERITED),
        )
        .with_columns((pl.col("gross_minor") - pl.col("net_minor")).alias("discount_minor"))
        .drop([f"billed:{c}" for c in (*AMOUNTS, *INHERITED)], "before_e6", "after_e6")
        .pipe(collected)
    )
