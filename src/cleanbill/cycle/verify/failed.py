"""Findings about checks that could not do their work, and the charges they leave unverified."""

from __future__ import annotations

import polars as pl

from cleanbill.cycle.verify.catalogue.system import CHECK_FAILS, CHECK_LACKS, FAILS_ON_CHARGE
from cleanbill.cycle.verify.searched import NOBODY, Found, charge_subject
from cleanbill.cycle.verify.trial import Failure
from cleanbill.engine.exact import narrow, wide_total
from cleanbill.engine.findings import effective_severity, findings_of
from cleanbill.engine.tables import FINDINGS, empty
from cleanbill.nouns.policy import Policy


def failures_found(
    active: pl.DataFrame, failures: list[Failure], rows: pl.DataFrame, policy: Policy
) -> Found:
    """Return a finding for each check that failed, as grave as the check itself is.

    In: the charges (or lines) that were to be looked at, and the ``rows`` that failures on single
    rows speak of. What a blocking check has not looked at is held.
    """
    findings, held = [empty(FINDINGS)], [NOBODY]
    for failure in failures:
        unseen = active if failure.rows is None else rows.filter(failure.rows)
        if unseen.is_empty():
            continue
        severity = effective_severity(failure.check, policy.severities)
        findings.append(_told(failure, unseen, severity))
        if severity == "block":
            held.append(unseen["charge_id"])
    return Found(pl.concat(findings), pl.concat(held))


def _told(failure: Failure, unseen: pl.DataFrame, severity: str) -> pl.DataFrame:
    said = unseen.with_columns(
        pl.lit(failure.check.code).alias("check"),
        pl.lit(failure.check.title).alias("title"),
        pl.lit(failure.why).alias("why"),
    )
    if failure.rows is not None:
        check, stake = FAILS_ON_CHARGE, pl.col("net_minor").abs()
        said = said.with_columns(charge_subject())
    else:
        check, stake = CHECK_LACKS if failure.missing else CHECK_FAILS, pl.col("money")
        whole = narrow(wide_total(pl.col("net_minor").abs().fill_null(0))).alias("money")
        said = said.with_columns(whole, pl.col("check").alias("subject"))
        said = said.sort("charge_id").head(1)
    return findings_of(
        check,
        said,
        severity,
        subject=pl.col("subject"),
        parameters=tuple(check.parameters),
        at_stake=stake,
    )
