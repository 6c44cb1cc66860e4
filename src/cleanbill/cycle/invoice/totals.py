"""Totals: what a bill adds up to, from its lines and tax groups."""

from __future__ import annotations

import polars as pl

from cleanbill.cycle.invoice.draft import REFERENCES, due_days
from cleanbill.engine.exact import added, divided, narrow, total
from cleanbill.engine.plan import collected
from cleanbill.nouns.policy import Policy
from cleanbill.nouns.seller import Seller
from cleanbill.nouns.tax import Kind

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
EARLY = ("early_payment", "early_payment_base")
"""Terms that few agreements have: brought along only where some line has them."""


def totals(
    lines: pl.DataFrame, groups: pl.DataFrame, seller: Seller, policy: Policy
) -> pl.DataFrame:
    """Return one row per draft: head, references that all its lines share, and totals.

    Columns ``lines_net_minor``, ``discount_minor``, ``net_minor``, ``tax_minor``, ``gross_minor``,
    ``rounding_minor`` (to the seller's cash unit, and what tax by rate leaves of inclusive
    prices), ``payable_minor``. Where any line has it, ``included_minor``: the tax inside the
    lines' prices, null for bills whose prices do not include tax; where any tax is withheld,
    ``withheld_minor``, null for bills without.
    """
    shared = [
        pl.when(pl.col(c).n_unique() == 1).then(pl.col(c).first()).alias(c) for c in REFERENCES
    ]
    offered = EARLY[0] in lines.columns and lines[EARLY[0]].null_count() < lines.height
    heads = (
        lines.lazy()
        .group_by("draft", maintain_order=True)
        .agg(
            *(pl.col(c).first() for c in (*HEAD, *(EARLY if offered else ()))),
            due_days(seller, policy).first().alias("payment_days"),
            pl.col("service_date").min().alias("period_start"),
            pl.coalesce("service_end", "service_date").max().alias("period_end"),
            *shared,
            pl.len().cast(pl.Int32).alias("line_count"),
            total(pl.col("net_minor")).alias("lines_net_minor"),
            total(pl.col("share_minor")).alias("discount_minor"),
            *_included(lines),
        )
    )
    settled = _taxes(groups)
    summed = (
        heads.join(settled, on="draft", how="left", maintain_order="left")
        .with_columns(_net(lines).alias("net_minor"))
        .with_columns(added(pl.col("net_minor"), pl.col("tax_minor")).alias("gross_minor"))
    )
    asked = _asked(lines, groups)
    unit = seller.cash_unit_minor
    payable = narrow(divided(asked, unit) * unit) if unit > 1 else asked
    days = pl.concat_str(pl.col("payment_days").cast(pl.String), pl.lit("d"))
    return (
        summed.with_columns(payable.alias("payable_minor"))
        .with_columns(
            _rounding(groups).alias("rounding_minor"),
            pl.col("issue_date").dt.offset_by(days).alias("due_date"),
        )
        .pipe(collected)
    )


def _includes(lines: pl.DataFrame) -> bool:
    return "included_minor" in lines.columns and lines["included_minor"].null_count() < lines.height


def _withholds(groups: pl.DataFrame) -> bool:
    return "kind" in groups.columns and bool((groups["kind"] == Kind.RETAINED).any())


def _included(lines: pl.DataFrame) -> list[pl.Expr]:
    """The tax that the prices of a draft include; no column where no price includes any."""
    included = pl.col("included_minor")
    return [total(included).alias("included_minor")] if _includes(lines) else []


def _taxes(groups: pl.DataFrame) -> pl.LazyFrame:
    """What the tax rows of each draft add to it, and what of them is withheld."""
    tax = pl.col("tax_minor")
    if "kind" not in groups.columns:
        sums = [total(tax).alias("tax_minor")]
    else:
        added_tax = pl.col("kind").is_null() | (pl.col("kind") == Kind.ADDED)
        sums = [total(tax.filter(added_tax)).alias("tax_minor")]
    if _withholds(groups):
        kept = pl.col("kind") == Kind.RETAINED
        sums.append(pl.when(kept.any()).then(total(tax.filter(kept))).alias("withheld_minor"))
    return groups.lazy().group_by("draft", maintain_order=True).agg(sums)


def _net(lines: pl.DataFrame) -> pl.Expr:
    """Lines less document discount, less the tax that their prices include."""
    parts = [pl.col("lines_net_minor"), -pl.col("discount_minor")]
    if _includes(lines):
        parts.append(-pl.col("included_minor").fill_null(0))
    return added(*parts)


def _asked(lines: pl.DataFrame, groups: pl.DataFrame) -> pl.Expr:
    """What a draft asks for before it is rounded to cash: what prices include is asked for whole,
    and what the customer withholds is not.
    """
    whole = pl.col("gross_minor")
    if _includes(lines):
        priced = added(pl.col("lines_net_minor"), -pl.col("discount_minor"))
        whole = pl.when(pl.col("included_minor").is_not_null()).then(priced).otherwise(whole)
    return added(whole, -pl.col("withheld_minor").fill_null(0)) if _withholds(groups) else whole


def _rounding(groups: pl.DataFrame) -> pl.Expr:
    parts = [pl.col("payable_minor"), -pl.col("gross_minor")]
    if _withholds(groups):
        parts.append(pl.col("withheld_minor").fill_null(0))
    return added(*parts)
