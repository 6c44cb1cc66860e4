"""The tax of a draft: groups of equal category and rate, rounded once, shared per line."""

from __future__ import annotations

import polars as pl

from cleanbill.cycle.tax import external, several
from cleanbill.cycle.tax.rules import Rules
from cleanbill.cycle.tax.shares import by_group
from cleanbill.engine.exact import percentage, total
from cleanbill.engine.plan import collected
from cleanbill.engine.tables import LINE_TAXES, empty
from cleanbill.nouns.seller import Seller
from cleanbill.nouns.tax import Inclusive, Kind

GROUP = ("draft", "tax_category", "rate_percent_e6")
"""One tax row per category and rate, as EN 16931 has it (BR-S-08 and its kin)."""
FURTHER = ("tax", "kind", "tax_category", "rate_percent_e6", "tax_rule", "compound")
"""What further taxes of a bill's lines must share to be one row."""
NAMED = (*GROUP, "tax", "_rule")
"""Taxes by another name than VAT have a row per name and rule as well."""


def assess(
    lines: pl.DataFrame, tax_method: str, inclusive: str = Inclusive.NET
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Return the lines with ``tax_minor``, the tax groups of their drafts, and LINE_TAXES.

    In: lines with ``draft``, category, rate, rule, ``net_minor`` and ``share_minor`` (of the
    document discount). ``per_group`` rounds a group's tax once and gives lines their part by
    largest remainder; ``per_line`` rounds each line and adds up. Groups have ``base_minor``,
    ``discount_minor``, ``tax_minor``. Drafts with further taxes or prices that include tax have
    more, see ``several``; ``inclusive`` is the rule by which tax is taken out of a price.
    """
    own = several.special(lines)
    if own is None:
        return *_single(lines, tax_method), empty(LINE_TAXES)
    lines = lines.with_row_index("_place")
    parted, taxes = several.assessed(lines.filter(own), tax_method, inclusive)
    plain, groups = _single(lines.filter(~own), tax_method)
    both = pl.concat([parted, plain], how="diagonal_relaxed").sort("_place").drop("_place")
    groups = pl.concat([groups, summed(parted, taxes)], how="diagonal_relaxed")
    return both, groups.sort("draft", maintain_order=True), taxes


def drafted(
    lines: pl.DataFrame, seller: Seller, answers: external.Answers, *, crediting: bool = False
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Return what ``assess`` does, of lines about which engines are asked as well.

    These take the taxes of the ``answers``; where there is none that holds, they say why in
    ``engine_trouble`` and ``engine_says`` and bear no tax yet. ``crediting``: the lines credit
    nothing that was billed, about which no engine is asked.
    """
    methods = (seller.tax_method, seller.inclusive_method)
    if not external.asks(lines):
        return assess(lines, *methods)
    own, theirs = external.parted(lines.with_row_index("_order"))
    own, groups, taxes = assess(own, *methods)
    told, more = (
        external.unlinked(theirs) if crediting else external.answered(theirs, seller, answers)
    )
    both = pl.concat([own, told], how="diagonal_relaxed").sort("_order").drop("_order")
    groups = pl.concat([groups, summed(told, more)], how="diagonal_relaxed")
    taxes = pl.concat([taxes, more], how="diagonal_relaxed")
    return (
        both,
        groups.sort("draft", maintain_order=True),
        taxes.sort("draft", "line", "tax_no", maintain_order=True),
    )


def _single(lines: pl.DataFrame, tax_method: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Lines that bear one tax each, added to their price."""
    base = _base(lines)
    if tax_method == "per_line":
        lines = lines.with_columns(percentage(base, pl.col("rate_percent_e6")).alias("tax_minor"))
        return lines, _groups(lines, total(pl.col("tax_minor")))
    rate = pl.col("rate_percent_e6").first()
    groups = _groups(lines, percentage(total(base), rate))
    if groups.height == lines.height:
        alone = percentage(base, pl.col("rate_percent_e6"))
        return lines.with_columns(alone.alias("tax_minor")), groups
    # Shares are worked out per group: numbers tell groups apart more quickly than their texts.
    own, ruled = _named(lines)
    keys = _named(groups)[1].select(*own, pl.col("tax_minor").alias("_whole"))
    placed = ruled.select(*own, "net_minor", "share_minor").join(
        keys.with_row_index("_group"),
        on=list(own),
        how="left",
        nulls_equal=True,
        maintain_order="left",
    )
    share = by_group(
        pl.col("net_minor") - pl.col("share_minor"), pl.col("rate_percent_e6"), pl.col("_whole")
    )
    return lines.with_columns(placed.select(share.alias("tax_minor")).to_series()), groups


def _base(lines: pl.DataFrame) -> pl.Expr:
    """What a line's first tax is worked out from."""
    base = pl.col("net_minor") - pl.col("share_minor")
    if several.has(lines, "included_minor"):
        return base - pl.col("included_minor").fill_null(0)
    return base


def _named(rows: pl.DataFrame) -> tuple[tuple[str, ...], pl.DataFrame]:
    """Return what tells the groups of these rows apart, and the rows with it."""
    if not several.has(rows, "tax"):
        return GROUP, rows
    rule = pl.when(pl.col("tax").is_not_null()).then(pl.col("tax_rule"))
    return NAMED, rows.with_columns(rule.alias("_rule"))


def _groups(lines: pl.DataFrame, tax: pl.Expr) -> pl.DataFrame:
    own, ruled = _named(lines)
    return (
        ruled.lazy()
        .group_by(own, maintain_order=True)
        .agg(
            pl.col("tax_rule").first(),
            total(_base(lines)).alias("base_minor"),
            total(pl.col("share_minor")).alias("discount_minor"),
            tax.alias("tax_minor"),
        )
        .drop("_rule", strict=False)
        .sort(
            "draft",
            "tax_category",
            pl.col("rate_percent_e6").neg(),
            maintain_order=True,
        )
        .pipe(collected)
    )


def summed(lines: pl.DataFrame, taxes: pl.DataFrame) -> pl.DataFrame:
    """Return the tax groups of lines whose taxes are settled; further taxes stand behind.

    Rows of further taxes have ``kind`` and ``compound``, which are null for first ones.
    """
    groups = _groups(lines, total(pl.col("tax_minor")))
    if taxes.is_empty():
        return groups
    further = taxes.group_by("draft", *FURTHER, maintain_order=True).agg(
        total(pl.col("base_minor")).alias("base_minor"),
        pl.lit(0, dtype=pl.Int64).alias("discount_minor"),
        total(pl.col("tax_minor")).alias("tax_minor"),
        pl.col("tax_no").min(),
    )
    kinds = pl.col("kind").cast(pl.Enum([str(kind) for kind in Kind]))
    ordered = further.sort(
        "draft", kinds, "tax_no", pl.col("rate_percent_e6").neg(), maintain_order=True
    )
    both = pl.concat([groups, ordered.drop("tax_no")], how="diagonal_relaxed")
    return both.sort("draft", maintain_order=True)


def worded(groups: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """Return the groups with ``law``, ``reason`` and ``reason_code``, in each row's ``language``.

    A rate's law comes from the rates; a treatment's law, VATEX code and text from the treatments.
    """
    said = groups.select("tax_rule", "language").unique(maintain_order=True)
    rows = []
    for rule, language in said.iter_rows():
        free = rules.treatments.get(rule) or external.treatment_of(rule or "")
        text = (free.text.get(language) or free.text["en"]) if free else None
        rows.append((rules.law_of(rule), text or None, free.reason_code or None if free else None))
    schema = {"law": pl.String, "reason": pl.String, "reason_code": pl.String}
    words = pl.concat([said, pl.DataFrame(rows, schema=schema, orient="row")], how="horizontal")
    return groups.join(words, on=["tax_rule", "language"], how="left", maintain_order="left")
