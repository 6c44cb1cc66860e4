"""The tax rows of a bill, and the allowances on them, as JSON arrays of its document."""

from __future__ import annotations

from functools import cache

import polars as pl

from cleanbill.formats.bill_json_lines import Texts, maybe, tax_names
from cleanbill.formats.json_text import json_array, json_object, optional, plain, quoted_column


def groups_json(groups: pl.DataFrame) -> pl.LazyFrame:
    """Return ``draft``, ``_taxes`` and ``_allowances``: tax rows and allowances as JSON arrays."""
    named = "tax" in groups.columns and groups["tax"].null_count() < groups.height
    tax, allowance = _group_rows(Texts.of(groups), named=named, several="kind" in groups.columns)
    arrays = (
        groups.lazy()
        .select("draft", tax, allowance)
        .group_by("draft", maintain_order=True)
        .agg(
            json_array(pl.col("_taxes")).alias("_taxes"),
            json_array(pl.col("_allowances")).alias("_allowances"),
        )
    )
    allowances = pl.when(pl.col("_allowances") != "[]").then(pl.col("_allowances"))
    return arrays.with_columns(allowances.alias("_allowances"))


@cache
def _group_rows(texts: Texts, *, named: bool, several: bool) -> tuple[pl.Expr, pl.Expr]:
    """A tax row, and the allowance on it where there is one."""
    tax = json_object(
        {
            **tax_names(named=named, several=several),
            "base": texts.money("base_minor"),
            "category": plain(pl.col("tax_category")),
            "law": maybe("law"),
            "rate_percent": texts.rate("rate_percent_e6"),
            "reason": maybe("reason"),
            "reason_code": optional(plain(pl.col("reason_code"))),
            "rule": plain(pl.col("tax_rule")),
            "tax": texts.money("tax_minor"),
        }
    )
    percent = pl.col("document_discount_percent_e6")
    allowance = json_object(
        {
            "amount": texts.money("discount_minor"),
            "percent": optional(texts.rate("document_discount_percent_e6"), percent > 0),
            "reason": quoted_column("discount_reason"),
            "tax": json_object(
                {
                    "category": plain(pl.col("tax_category")),
                    "rate_percent": texts.rate("rate_percent_e6"),
                }
            ),
        }
    )
    given = pl.when(pl.col("discount_minor") != 0).then(allowance.text())
    return tax.text().alias("_taxes"), given.alias("_allowances")
