"""Findings as tables: from the rows a check found wrong to rows of FINDINGS."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from cleanbill.engine.tables import FINDINGS, empty
from cleanbill.nouns.finding import Check


def effective_severity(check: Check, overrides: Mapping[str, str]) -> str:
    """Return the severity that holds here: the organisation's own, else the declared one.

    Nobody can make a check block that only advises.
    """
    wanted = overrides.get(check.code, check.severity.value)
    return check.severity.value if check.advises and wanted == "block" else wanted


Faults = Sequence[tuple[str, pl.Expr, str]]
"""Code, the rows it holds for, what to do; the first that holds is the one that is named."""


def first_faults(rows: pl.DataFrame, faults: Faults) -> pl.DataFrame:
    """Return ``row``, ``problem`` and ``what_to_do`` of the rows for which one of the faults holds.

    For rows of a file that read well and still cannot be used.
    """
    code: pl.Expr = pl.lit(None, dtype=pl.String)
    remedy: pl.Expr = pl.lit(None, dtype=pl.String)
    for name, wrong, what_to_do in reversed(faults):
        code = pl.when(wrong).then(pl.lit(name)).otherwise(code)
        remedy = pl.when(wrong).then(pl.lit(what_to_do)).otherwise(remedy)
    named = rows.select("row", code.alias("problem"), remedy.alias("what_to_do"))
    return named.filter(pl.col("problem").is_not_null())


def findings_of(
    check: Check,
    wrong: pl.DataFrame,
    severity: str | pl.Expr,
    *,
    subject: pl.Expr,
    parameters: Sequence[str] = (),
    at_stake: pl.Expr | None = None,
) -> pl.DataFrame:
    """Return one finding per row of ``wrong``. Parameter columns become JSON text, as they are.

    ``wrong`` needs ``currency`` and, for charges, ``charge_id``; ``severity`` is one for all, or
    told by its columns.
    """
    if wrong.is_empty():
        return empty(FINDINGS)
    facts = [pl.col(p).cast(pl.String) for p in parameters]
    stated = pl.struct(facts).struct.json_encode() if facts else pl.lit("{}")
    charge = pl.col("charge_id") if "charge_id" in wrong.columns else pl.lit(None, dtype=pl.Int64)
    money = pl.lit(0, dtype=pl.Int64) if at_stake is None else at_stake.fill_null(0)
    return wrong.select(
        pl.lit(check.code).alias("code"),
        (pl.lit(severity) if isinstance(severity, str) else severity).alias("severity"),
        pl.lit(check.subject.value).alias("subject_kind"),
        subject.cast(pl.String).alias("subject"),
        charge.alias("charge_id"),
        stated.alias("parameters"),
        pl.col("currency"),
        money.alias("at_stake_minor"),
    )
