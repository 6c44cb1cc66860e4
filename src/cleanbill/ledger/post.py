"""Postings of invoices and credit notes."""

from __future__ import annotations

import polars as pl

from cleanbill.engine.plan import collected

ACCOUNTS = ("receivable", "revenue", "tax_payable", "rounding")


def post(bills: pl.DataFrame, groups: pl.DataFrame) -> pl.DataFrame:
    """Return the bills' postings: ``draft, entry_line, account, tax_rule, currency, amount_minor``.

    An invoice debits the receivable with what is payable and credits revenue and tax per tax
    group; a credit note posts the same with the other sign. Zero amounts are not posted, except
    the receivable, so that every bill has an entry.
    """
    sign = pl.when(pl.col("kind") == "credit_note").then(-1).otherwise(1).cast(pl.Int64)
    heads = bills.lazy().select(
        "draft", "currency", sign.alias("sign"), "payable_minor", "rounding_minor"
    )
    rated = (
        groups.lazy()
        .select("draft", "tax_rule", "base_minor", "tax_minor")
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
    parts = [
        rows(heads, 0, pl.col("payable_minor"), none),
        rows(rated.filter(pl.col("base_minor") != 0), 1, -pl.col("base_minor"), pl.col("tax_rule")),
        rows(rated.filter(pl.col("tax_minor") != 0), 2, -pl.col("tax_minor"), pl.col("tax_rule")),
        rows(rounding, 3, -pl.col("rounding_minor"), none),
    ]
    posted = pl.concat(parts).sort("draft", "account_order", maintain_order=True)
    place = (pl.int_range(pl.len()).over("draft") + 1).cast(pl.Int32)
    return posted.with_columns(place.alias("entry_line")).drop("account_order").pipe(collected)
