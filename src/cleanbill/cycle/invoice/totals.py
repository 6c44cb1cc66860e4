"""Totals: what a bill adds up to, from its lines and tax groups."""

from __future__ import annotations

import polars as pl

from cleanbill.cycle.invoice.draft import REFERENCES, due_days
from cleanbill.engine.exact import added, divided, narrow, total
from cleanbill.engine.plan import collected
from cleanbill.nouns.policy import Policy
from cleanbill.nouns.seller import Seller

HEAD = (
    "draft_key",
    "kind",
    "customer",
    "currency",
    "decimals",
    "tax_place",
    "issue_date",
    "agreement",
    "cash",
    "customer_language",
    "document_discount_percent_e6",
)
"""What all lines of a draft have in common."""


def totals(
    lines: pl.DataFrame, groups: pl.DataFrame, seller: Seller, policy: Policy
) -> pl.DataFrame:
    """Return one row per draft: head, references that all its lines share, and totals.

    Columns ``lines_net_minor``, ``discount_minor``, ``net_minor``, ``tax_minor``, ``gross_minor``,
    ``rounding_minor`` (to the seller's cash unit), ``payable_minor``.
    """
    shared = [
        pl.when(pl.col(c).n_unique() == 1).then(pl.col(c).first()).alias(c) for c in REFERENCES
    ]
    heads = (
        lines.lazy()
        .group_by("draft", maintain_order=True)
        .agg(
            *(pl.col(c).first() for c in HEAD),
            due_days(seller, policy).first().alias("payment_days"),
            pl.col("service_date").min().alias("period_start"),
            pl.coalesce("service_end", "service_date").max().alias("period_end"),
            *shared,
            pl.len().cast(pl.Int32).alias("line_count"),
            total(pl.col("net_minor")).alias("lines_net_minor"),
            total(pl.col("share_minor")).alias("discount_minor"),
        )
    )
    taxes = (
        groups.lazy()
        .group_by("draft", maintain_order=True)
        .agg(total(pl.col("tax_minor")).alias("tax_minor"))
    )
    summed = (
        heads.join(taxes, on="draft", how="left", maintain_order="left")
        .with_columns(
            added(pl.col("lines_net_minor"), -pl.col("discount_minor")).alias("net_minor"),
        )
        .with_columns(added(pl.col("net_minor"), pl.col("tax_minor")).alias("gross_minor"))
    )
    unit = seller.cash_unit_minor
    payable = (
        narrow(divided(pl.col("gross_minor"), unit) * unit) if unit > 1 else pl.col("gross_minor")
    )
    days = pl.concat_str(pl.col("payment_days").cast(pl.String), pl.lit("d"))
    return (
        summed.with_columns(payable.alias("payable_minor"))
        .with_columns(
            added(pl.col("payable_minor"), -pl.col("gross_minor")).alias("rounding_minor"),
            pl.col("issue_date").dt.offset_by(days).alias("due_date"),
        )
        .pipe(collected)
    )
