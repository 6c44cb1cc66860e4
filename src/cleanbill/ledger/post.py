"""Postings of invoices and credit notes."""

from __future__ import annotations

import polars as pl

from cleanbill.engine.plan import collected
from cleanbill.nouns.tax import Kind

ACCOUNTS = ("receivable", "revenue", "tax_payable", "rounding", "tax_withheld")
"""Tax accounts are one per tax: ``tax_rule`` says whose."""


def post(bills: pl.DataFrame, groups: pl.DataFrame) -> pl.DataFrame:
    """Return the bills' postings: ``draft, entry_line, account, tax_rule, currency, amount_minor``.

    An invoice debits the receivable with what is payable and credits revenue and tax per tax
    group; what the customer withholds is debited to ``tax_withheld``, because it is to be had from
    the state. Tax that is stated only is not posted. A credit note posts all with the other sign.
    Zero amounts are not posted, except the receivable, so that every bill has an entry.
    """
    sign = pl.when(pl.col("kind") == "credit_note").then(-1).otherwise(1).cast(pl.Int64)
    heads = bills.lazy().select(
        "draft", "currency", sign.alias("sign"), "payable_minor", "rounding_minor"
    )
    several = "kind" in groups.columns
    kind = pl.col("kind") if several else pl.lit(None, dtype=pl.String).alias("kind")
    rated = (
        groups.lazy()
        .select("draft", "tax_rule", "base_minor", "tax_minor", kind)
        .join(heads.select("draft", "currency", "sign"), on="draft", maintain_order="left")
    )

    def rows(frame: pl.LazyFrame, account: int, amount: pl.Expr, rule: pl.Expr) -> pl.LazyFrame:
        return frame.select(
            "draft",
            pl.lit(account, dtype=pl.Int32).alias("account_order"),
            pl.lit(ACCOUNTS[account]).alias("account"),
            rule.alias("tax_rule"),
            "currency",
            (amount * pl.col("sign")).alias("amount_minor"),
        )

    none = pl.lit(None, dtype=pl.String)
    rounding = heads.filter(pl.col("rounding_minor") != 0)
    tax, rule = pl.col("tax_minor"), pl.col("tax_rule")
    first, taxed = rated, rated.filter(tax != 0)
    parts = []
    if several:
        first = rated.filter(pl.col("kind").is_null())
        withheld = taxed.filter(pl.col("kind") == Kind.RETAINED)
        taxed = taxed.filter(pl.col("kind").is_null() | (pl.col("kind") == Kind.ADDED))
        parts.append(rows(withheld, 4, tax, rule))
    parts += [
        rows(heads, 0, pl.col("payable_minor"), none),
        rows(first.filter(pl.col("base_minor") != 0), 1, -pl.col("base_minor"), rule),
        rows(taxed, 2, -tax, rule),
        rows(rounding, 3, -pl.col("rounding_minor"), none),
    ]
    posted = pl.concat(parts).sort("draft", "account_order", maintain_order=True)
    place = (pl.int_range(pl.len()).over("draft") + 1).cast(pl.Int32)
    return posted.with_columns(place.alias("entry_line")).drop("account_order").pipe(collected)
