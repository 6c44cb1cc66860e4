"""Screen charges: run the catalogue in one pass, collect findings, decide what becomes of each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import polars as pl

from cleanbill.cycle.verify.catalogue import (
    AFTER_CUT_OFF,
    CHARGE_CHECKS,
    CORRECTION_OF_BILLED,
    NOT_BILLABLE,
    ORIGINAL_UNBILLED,
    TABLE_CHECKS,
)
from cleanbill.cycle.verify.declare import RowCheck, TableCheck
from cleanbill.cycle.verify.facts import with_facts
from cleanbill.cycle.verify.failed import failures_found
from cleanbill.cycle.verify.look import tables_of
from cleanbill.cycle.verify.searched import charge_subject, searched
from cleanbill.cycle.verify.stated import stated
from cleanbill.cycle.verify.trial import tried
from cleanbill.cycle.verify.verdicts import Verdicts, hits, weights
from cleanbill.engine.findings import effective_severity, findings_of
from cleanbill.engine.tables import FINDINGS, MasterData, empty
from cleanbill.nouns.decision import DEFERRED
from cleanbill.nouns.finding import Check
from cleanbill.nouns.policy import Policy
from cleanbill.nouns.seller import Seller

_STAKE = pl.col("net_minor").abs()
_BILLABLE = pl.col("not_billable").is_null()
_ACTIVE = _BILLABLE & ~pl.col("waiting")
_LOOKED_AT = {False: _ACTIVE, True: _BILLABLE}


def screen(
    charges: pl.DataFrame,
    links: pl.DataFrame,
    master: MasterData,
    policy: Policy,
    until: date,
    seller: Seller,
    *,
    verdicts: Verdicts | None = None,
    row_checks: Sequence[RowCheck] = CHARGE_CHECKS,
    table_checks: Sequence[TableCheck] = TABLE_CHECKS,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the charges with ``disposition`` and the link of cancellations, and all findings.

    In: identified, priced and taxed charges sorted by service date; ``links`` from ``link``.
    ``not_billable`` and ``waiting`` charges get their info finding and, of the others, only those
    that look at what waits. ``verdicts`` are what people decided, where they did. What is
    ``settled``, being billed by this run, is there to be compared with: it draws and holds nothing.
    """
    facts = with_facts(charges, links, master, policy, seller, until, verdicts)
    running = [c for c in row_checks if _runs(c.check, policy, verdicts)]
    severities = {c.check.code: _severity(c.check, policy) for c in running}
    wrong, failures = tried(facts, running, _LOOKED_AT)
    weighed = weights(verdicts, severities, facts, charges=True)
    findings = [
        _reported(c.check, facts, wrong[c.check.code], policy, weighed.get(c.check.code))
        for c in running
        if c.check.code in wrong.columns and wrong[c.check.code].any()
    ]
    blocked = hits(wrong, severities, weighed, "block")
    deferred = hits(wrong, {}, weighed, DEFERRED) if weighed else None
    settled = pl.col("settled") if "settled" in facts.columns else pl.lit(False)
    blocking = pl.lit(False) if blocked is None else pl.lit(blocked)
    facts = facts.with_columns((blocking | settled).alias("blocked"))
    active = facts if facts.select(_ACTIVE.all()).item() else facts.filter(_ACTIVE)
    tables = tables_of(active, master, seller, policy, until)
    sought = [c for c in table_checks if _runs(c.check, policy, verdicts)]
    rows, failed = searched(tables, sought, policy, verdicts)
    told = failures_found(active, failures + failed, facts, policy)
    findings += [rows.findings, told.findings]
    facts = _blocked(facts, [rows.held, told.held])
    facts, orphaned = _orphans(facts, links, policy)
    findings += _left_out(facts, orphaned, policy)
    disposition = (
        pl.when(settled)
        .then(pl.lit("settled"))
        .when(pl.col("not_billable").is_not_null())
        .then(pl.lit("not_billable"))
        .when(pl.col("waiting") | _put_off(facts, deferred, rows.waiting))
        .then(pl.lit("waiting"))
        .when(pl.col("blocked"))
        .then(pl.lit("held"))
        .otherwise(pl.lit("clear"))
    )
    return facts.with_columns(disposition.alias("disposition")), pl.concat(findings)


def corrections(charges: pl.DataFrame) -> pl.DataFrame:
    """Return the findings on corrected charges (with ``version``) whose earlier one is billed."""
    return findings_of(
        CORRECTION_OF_BILLED,
        charges.with_columns(pl.col("version").cast(pl.String)),
        CORRECTION_OF_BILLED.severity.value,
        subject=pl.col("reference"),
        parameters=tuple(CORRECTION_OF_BILLED.parameters),
    )


def _severity(check: Check, policy: Policy) -> str:
    return effective_severity(check, policy.severities)


def _runs(check: Check, policy: Policy, verdicts: Verdicts | None) -> bool:
    severity = _severity(check, policy)
    return severity != "off" or (verdicts is not None and verdicts.wanted(check.code, severity))


def _put_off(facts: pl.DataFrame, deferred: pl.Series | None, ids: pl.Series) -> pl.Expr:
    """Which charges a person has let wait."""
    named = pl.col("charge_id").is_in(ids.implode()) if len(ids) else pl.lit(False)
    return named if deferred is None else named | pl.lit(deferred)


def _blocked(facts: pl.DataFrame, held: list[pl.Series]) -> pl.DataFrame:
    """Hold further charges, named by their ids."""
    several = [ids for ids in held if len(ids)]
    if not several:
        return facts
    more = pl.col("charge_id").is_in(pl.concat(several).implode())
    return facts.with_columns((pl.col("blocked") | more).alias("blocked"))


def _left_out(facts: pl.DataFrame, orphaned: pl.DataFrame, policy: Policy) -> list[pl.DataFrame]:
    """Say of what is not billed now why it is not."""
    left_out = late = facts.clear()
    if facts["not_billable"].null_count() < facts.height:
        left_out = facts.filter(pl.col("not_billable").is_not_null())
    if facts["waiting"].any():
        late = facts.filter(pl.col("waiting") & pl.col("not_billable").is_null())
    return [
        _reported(check, rows, None, policy)
        for check, rows in (
            (AFTER_CUT_OFF, late),
            (NOT_BILLABLE, left_out),
            (ORIGINAL_UNBILLED, orphaned),
        )
    ]


def _reported(
    check: Check,
    rows: pl.DataFrame,
    wrong: pl.Series | None,
    policy: Policy,
    weight: pl.Series | None = None,
) -> pl.DataFrame:
    if weight is not None:
        rows = rows.with_columns(weight.alias("_weight"))
        wrong = wrong if wrong is None else wrong & (weight != "off")
    if wrong is not None:
        rows = rows.filter(wrong)
    if rows.is_empty():
        return empty(FINDINGS)
    return findings_of(
        check,
        stated(rows.with_columns(charge_subject()), check.parameters),
        _severity(check, policy) if weight is None else pl.col("_weight"),
        subject=pl.col("subject"),
        parameters=tuple(check.parameters),
        at_stake=_STAKE,
    )


def _orphans(
    facts: pl.DataFrame, links: pl.DataFrame, policy: Policy
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Hold cancellations whose one original is itself not billed by now."""
    if links["original_id"].null_count() == links.height:
        return facts, facts.clear()
    stuck = facts.filter(
        (pl.col("blocked") | pl.col("waiting") | pl.col("not_billable").is_not_null())
        & (pl.col("kind") == "sale")
        & ~(pl.col("settled") if "settled" in facts.columns else pl.lit(False))
    )["charge_id"]
    unbilled = (
        pl.col("original_id").is_not_null()
        & (pl.col("original_id").is_in(stuck.implode()) | (pl.col("original_state") == "unbilled"))
        & ~pl.col("blocked")
        & ~pl.col("waiting")
    ).fill_null(False)
    orphaned = facts.filter(unbilled)
    if _severity(ORIGINAL_UNBILLED, policy) == "block":
        facts = facts.with_columns((pl.col("blocked") | unbilled).alias("blocked"))
    return facts, orphaned
