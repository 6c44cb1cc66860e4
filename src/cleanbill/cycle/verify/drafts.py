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

_ASSUMED = (
    (pl.col("treatment") == "domestic")
    & pl.col("tax_place_foreign")
    & pl.col("tax_place_eu")
    & (pl.col("customer_kind") == "business")
)
"""Lines taxed at home because an EU customer gave no VAT id."""
_PARAMETERS = ("customer", "payable", "currency", "tax_place")


def review(
    drafts: pl.DataFrame, lines: pl.DataFrame, policy: Policy
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the drafts with ``held`` and the findings about them.

    In: drafts with totals, their lines with treatment. A draft with a blocking finding is held
    whole; its charges stay unbilled.
    """
    assumed = pl.Series(dtype=pl.Int64)
    if lines["tax_place_foreign"].any():
        assumed = lines.filter(_ASSUMED)["draft"].unique()
    tests = _tests(policy, assumed)
    wrong = drafts.select(test.fill_null(False).alias(check.code) for check, _, test in tests)
    payable = money_text(pl.col("payable_minor"), pl.col("decimals")).alias("payable")
    found = [
        findings_of(
            check,
            drafts.filter(wrong[check.code]).with_columns(payable),
            severity,
            subject=pl.col("draft_key"),
            parameters=_PARAMETERS,
            at_stake=pl.col("gross_minor").abs(),
        )
        for check, severity, _ in tests
        if wrong[check.code].any()
    ]
    blocking = [check.code for check, severity, _ in tests if severity == "block"]
    held = [False] * drafts.height
    if blocking:
        held = wrong.select(pl.any_horizontal(blocking)).to_series().to_list()
    return drafts.with_columns(pl.Series("held", held, dtype=pl.Boolean)), pl.concat(
        found or [empty(FINDINGS)]
    )


def _tests(policy: Policy, assumed: pl.Series) -> list[tuple[Check, str, pl.Expr]]:
    """The checks that are on, each with its severity here and the drafts it finds wrong."""
    declared = (
        (DRAFT_NEGATIVE, (pl.col("payable_minor") < 0) & (pl.col("kind") == "invoice")),
        (DRAFT_OUT_OF_BOUNDS, pl.col("payable_minor").is_null()),
        (DRAFT_ZERO, pl.col("payable_minor") == 0),
        (DRAFT_NO_VAT_ID, pl.col("draft").is_in(assumed.implode())),
    )
    weighed = [(c, effective_severity(c, policy.severities), test) for c, test in declared]
    return [entry for entry in weighed if entry[1] != "off"]
