"""The tax of a draft: groups of equal category and rate, rounded once, shared per line."""

from __future__ import annotations

import polars as pl

from cleanbill.cycle.tax.rules import Rules
from cleanbill.engine.exact import apportioned, percentage, total, wide
from cleanbill.engine.plan import collected

GROUP = ("draft", "tax_category", "rate_percent_e6")
"""One tax row per category and rate, as EN 16931 has it (BR-S-08 and its kin)."""


def assess(lines: pl.DataFrame, tax_method: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the lines with ``tax_minor``, and the tax groups of their drafts.

    In: lines with ``draft``, category, rate, rule, ``net_minor`` and ``share_minor`` (of the
    document discount). ``per_group`` rounds a group's tax once and gives lines their part by
    largest remainder; ``per_line`` rounds each line and adds up. Groups have ``base_minor``,
    ``discount_minor``, ``tax_minor``.
    """
    base = pl.col("net_minor") - pl.col("share_minor")
    if tax_method == "per_line":
        lines = lines.with_columns(percentage(base, pl.col("rate_percent_e6")).alias("tax_minor"))
        return lines, _groups(lines, total(pl.col("tax_minor")))
    rate = pl.col("rate_percent_e6").first()
    groups = _groups(lines, percentage(total(base), rate))
    if groups.height == lines.height:
        alone = percentage(base, pl.col("rate_percent_e6"))
        return lines.with_columns(alone.alias("tax_minor")), groups
    # Shares are worked out per group: numbers tell groups apart more quickly than their texts.
    keys = groups.select(*GROUP, pl.col("tax_minor").alias("_whole")).with_row_index("_group")
    exact = wide(base) * wide(pl.col("rate_percent_e6"))
    share = apportioned(exact, 10**8, pl.col("_whole"), ["_group"])
    placed = lines.select(*GROUP, "net_minor", "share_minor").join(
        keys, on=list(GROUP), how="left", nulls_equal=True, maintain_order="left"
    )
    return lines.with_columns(placed.select(share.alias("tax_minor")).to_series()), groups


def _groups(lines: pl.DataFrame, tax: pl.Expr) -> pl.DataFrame:
    base = pl.col("net_minor") - pl.col("share_minor")
    return (
        lines.lazy()
        .group_by(GROUP, maintain_order=True)
        .agg(
            pl.col("tax_rule").first(),
            total(base).alias("base_minor"),
            total(pl.col("share_minor")).alias("discount_minor"),
            tax.alias("tax_minor"),
        )
        .sort(
            "draft",
            "tax_category",
            pl.col("rate_percent_e6").neg(),
            maintain_order=True,
        )
        .pipe(collected)
    )


def summed(lines: pl.DataFrame) -> pl.DataFrame:
    """Return the tax groups of lines whose tax is settled already (credits of billed lines)."""
    return _groups(lines, total(pl.col("tax_minor")))


def worded(groups: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """Return the groups with ``law``, ``reason`` and ``reason_code``, in each row's ``language``.

    A rate's law comes from the rates; a treatment's law, VATEX code and text from the treatments.
    """
    said = groups.select("tax_rule", "language").unique(maintain_order=True)
    rows = []
    for rule, language in said.iter_rows():
        free = rules.treatments.get(rule)
        text = (free.text.get(language) or free.text["en"]) if free else None
        rows.append(
            (rules.laws.get(rule), text or None, free.reason_code or None if free else None)
        )
    schema = {"law": pl.String, "reason": pl.String, "reason_code": pl.String}
    words = pl.concat([said, pl.DataFrame(rows, schema=schema, orient="row")], how="horizontal")
    return groups.join(words, on=["tax_rule", "language"], how="left", maintain_order="left")
