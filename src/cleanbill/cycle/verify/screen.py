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
from cleanbill.engine.findings import effective_severity, findings_of
from cleanbill.engine.tables import FINDINGS, MasterData, empty
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
    row_checks: Sequence[RowCheck] = CHARGE_CHECKS,
    table_checks: Sequence[TableCheck] = TABLE_CHECKS,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the charges with ``disposition`` and the link of cancellations, and all findings.

    In: identified, priced and taxed charges sorted by service date; ``links`` from ``link``.
    ``not_billable`` and ``waiting`` charges get their info finding and, of the others, only those
    that look at what waits.
    """
    facts = with_facts(charges, links, master, policy, seller, until)
    running = [c for c in row_checks if _severity(c.check, policy) != "off"]
    wrong, failures = tried(facts, running, _LOOKED_AT)
    findings = [
        _reported(c.check, facts.filter(wrong[c.check.code]), policy)
        for c in running
        if c.check.code in wrong.columns and wrong[c.check.code].any()
    ]
    blocking = [c for c in wrong.columns if _weighs(c, running, policy) == "block"]
    blocked = wrong.select(pl.any_horizontal(blocking)).to_series() if blocking else None
    facts = facts.with_columns((pl.lit(False) if blocked is None else blocked).alias("blocked"))
    active = facts if facts.select(_ACTIVE.all()).item() else facts.filter(_ACTIVE)
    tables = tables_of(active, master, seller, policy, until)
    sought = [c for c in table_checks if _severity(c.check, policy) != "off"]
    rows, failed = searched(tables, sought, policy)
    told = failures_found(active, failures + failed, facts, policy)
    findings += [rows.findings, told.findings]
    facts = _blocked(facts, [rows.held, told.held])
    facts, orphaned = _orphans(facts, links, policy)
    findings += _left_out(facts, orphaned, policy)
    disposition = (
        pl.when(pl.col("not_billable").is_not_null())
        .then(pl.lit("not_billable"))
        .when(pl.col("waiting"))
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


def _weighs(code: str, checks: Sequence[RowCheck], policy: Policy) -> str:
    return next(_severity(c.check, policy) for c in checks if c.check.code == code)


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
        _reported(check, rows, policy)
        for check, rows in (
            (AFTER_CUT_OFF, late),
            (NOT_BILLABLE, left_out),
            (ORIGINAL_UNBILLED, orphaned),
        )
    ]


def _reported(check: Check, rows: pl.DataFrame, policy: Policy) -> pl.DataFrame:
    if rows.is_empty():
        return empty(FINDINGS)
    return findings_of(
        check,
        stated(rows.with_columns(charge_subject()), check.parameters),
        _severity(check, policy),
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
