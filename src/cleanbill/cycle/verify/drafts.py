"""Review drafts: the checks that only make sense on a whole bill with its totals."""

from __future__ import annotations

import polars as pl

from cleanbill.cycle.verify.catalogue import (
    DRAFT_NEGATIVE,
    DRAFT_NO_VAT_ID,
    DRAFT_OUT_OF_BOUNDS,
    DRAFT_ZERO,
)
from cleanbill.engine.findings import effective_severity, findings_of
from cleanbill.engine.tables import FINDINGS, empty
from cleanbill.engine.text import money_text
from cleanbill.nouns.finding import Check
from cleanbill.nouns.policy import Policy

_PARAMETERS = ("customer", "payable", "currency", "tax_place")


def review(
    drafts: pl.DataFrame, lines: pl.DataFrame, policy: Policy
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the drafts with ``held`` and the findings about them.

    In: drafts with totals, their lines with treatment. A draft with a blocking finding is held
    whole; its charges stay unbilled.
    """
    assumed = lines.filter(
        (pl.col("treatment") == "domestic")
        & pl.col("tax_place_foreign")
        & pl.col("tax_place_eu")
        & (pl.col("customer_kind") == "business")
    )["draft"].unique()
    stated = drafts.with_columns(
        money_text(pl.col("payable_minor"), pl.col("decimals")).alias("payable")
    )
    checks: tuple[tuple[Check, pl.Expr], ...] = (
        (DRAFT_NEGATIVE, (pl.col("payable_minor") < 0) & (pl.col("kind") == "invoice")),
        (DRAFT_OUT_OF_BOUNDS, pl.col("payable_minor").is_null()),
        (DRAFT_ZERO, pl.col("payable_minor") == 0),
        (DRAFT_NO_VAT_ID, pl.col("draft").is_in(assumed.implode())),
    )
    found = []
    held = pl.lit(False)
    for check, condition in checks:
        wrong = condition.fill_null(False)
        severity = effective_severity(check, policy.severities)
        if severity == "off":
            continue
        if severity == "block":
            held = held | wrong
        found.append(
            findings_of(
                check,
                stated.filter(wrong),
                severity,
                subject=pl.col("draft_key"),
                parameters=_PARAMETERS,
                at_stake=pl.col("gross_minor").abs(),
            )
        )
    return drafts.with_columns(held.alias("held")), pl.concat(found or [empty(FINDINGS)])
