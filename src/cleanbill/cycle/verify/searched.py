"""Run the checks that are functions of tables: collected together, and met with the charges."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import polars as pl

from cleanbill.cycle.verify.declare import TableCheck
from cleanbill.cycle.verify.look import Tables
from cleanbill.cycle.verify.stated import stated
from cleanbill.cycle.verify.trial import Failure, lacking
from cleanbill.cycle.verify.verdicts import Verdicts
from cleanbill.engine.attempts import attempted, told
from cleanbill.engine.exact import narrow, wide_total
from cleanbill.engine.findings import effective_severity, findings_of
from cleanbill.engine.plan import all_collected, collected
from cleanbill.engine.tables import FINDINGS, empty
from cleanbill.nouns.decision import DEFERRED
from cleanbill.nouns.policy import Policy

_STAKE = pl.col("net_minor").abs().alias("at_stake")
"""What is at stake with a charge where the check does not know better."""
NOBODY = pl.Series("charge_id", [], dtype=pl.Int64)


@dataclass(frozen=True, slots=True)
class Found:
    """Findings, and the charges that they hold back."""

    findings: pl.DataFrame
    held: pl.Series
    waiting: pl.Series = field(default_factory=lambda: NOBODY)
    """Charges that a person has let wait."""


def searched(
    tables: Tables,
    checks: Sequence[TableCheck],
    policy: Policy,
    verdicts: Verdicts | None = None,
) -> tuple[Found, list[Failure]]:
    """Return what the checks find, and those that failed.

    What is wrong with a customer, an item, a price or an agreement is one finding, with the money
    of all charges that meet it; it bears the id of the first of them.
    """
    if tables.charges.is_empty():
        return Found(empty(FINDINGS), NOBODY), []
    failures, able = [], []
    for one in checks:
        if tables.without(one.needs):
            continue
        lacks = [lacking(tables.columns(t), t, columns) for t, columns in one.needs.items()]
        if any(lacks):
            why = "; ".join(filter(None, lacks))
            failures.append(Failure(one.check, why, missing=True))
        elif not any(tables.lacks(t, one.where.get(t, ())) for t in one.needs):
            able.append(one)
    rows, failed = attempted(able, lambda some: _rows(tables, some))
    hits = [one for one, wrong in rows.items() if not wrong.is_empty()]
    found, unmet = attempted(
        hits,
        lambda some: {one: _met(tables.charges, one, rows[one], policy, verdicts) for one in some},
    )
    failures += [Failure(one.check, told(error)) for one, error in (failed | unmet).items()]
    return (
        Found(
            pl.concat([empty(FINDINGS), *(f.findings for f in found.values())]),
            pl.concat([NOBODY, *(f.held for f in found.values())]),
            pl.concat([NOBODY, *(f.waiting for f in found.values())]),
        ),
        failures,
    )


def _rows(tables: Tables, checks: Sequence[TableCheck]) -> dict[TableCheck, pl.DataFrame]:
    plans = [one.find(tables) for one in checks]
    return dict(zip(checks, all_collected(plans), strict=True))


def _met(
    charges: pl.DataFrame,
    one: TableCheck,
    wrong: pl.DataFrame,
    policy: Policy,
    verdicts: Verdicts | None,
) -> Found:
    """Put what is wrong beside the charges that meet it."""
    key = one.about
    if not key:
        met, told_of = charges, wrong.head(1).join(_weighed(charges, ()), how="cross")
    else:
        wrong = wrong.unique(key, keep="first", maintain_order=True)
        met = charges.filter(pl.col(key).is_in(wrong[key].implode()))
        if key == "charge_id":
            brought = [c for c in met.columns if c == key or c not in wrong.columns]
            stake = [] if "at_stake" in wrong.columns else [_STAKE]
            told_of = met.select(brought).join(wrong, on=key).with_columns(charge_subject(), *stake)
        else:
            kept = [c for c in ("at_stake",) if c in wrong.columns]
            told_of = wrong.join(_weighed(met, (key,)).drop(kept), on=key)
    severity = effective_severity(one.check, policy.severities)
    decided = verdicts is not None and verdicts.speaks_of(one.check.code)
    if verdicts is not None and decided:
        told_of, weighed = _weighing(verdicts, one, severity, met, told_of)
    findings = findings_of(
        one.check,
        stated(told_of.sort("charge_id"), one.check.parameters),
        pl.col("_weight") if decided else severity,
        subject=pl.col("subject"),
        parameters=tuple(one.check.parameters),
        at_stake=pl.col("at_stake"),
    )
    if decided:
        held, waits = (weighed.filter(pl.col("_weight") == w) for w in ("block", DEFERRED))
        return Found(findings, held["charge_id"], waits["charge_id"])
    return Found(findings, met["charge_id"] if severity == "block" else NOBODY)


def _weighing(
    verdicts: Verdicts, one: TableCheck, severity: str, met: pl.DataFrame, told_of: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return what is told of with ``_weight``, and the charges that meet it with theirs.

    What is told of master data weighs as its charges do where all of them weigh alike.
    """
    single = one.about == "charge_id"
    weight = verdicts.weight(one.check.code, severity, charges=single).alias("_weight")
    if single:
        weighed = told_of.with_columns(weight).filter(pl.col("_weight") != "off")
        return weighed, weighed.select("charge_id", "_weight")
    key = [one.about] if one.about else []
    named = told_of.select(*key, "subject")
    columns = met.select(dict.fromkeys(("charge_id", "customer", *key)))
    beside = columns.join(named, on=key) if key else columns.join(named, how="cross")
    weighed = beside.with_columns(weight)
    alike = pl.col("_weight").n_unique() == 1
    usual = pl.when(alike).then(pl.col("_weight").first()).otherwise(pl.lit(severity))
    of_each = weighed.group_by("subject").agg(usual.alias("_weight"))
    told_of = told_of.join(of_each, on="subject", maintain_order="left")
    return told_of.filter(pl.col("_weight") != "off"), weighed


def charge_subject() -> pl.Expr:
    """Return what a person calls a charge, as ``subject``."""
    repeated = pl.concat_str(pl.lit(" #"), pl.col("occurrence").cast(pl.String))
    again = pl.when(pl.col("occurrence") > 1).then(repeated).otherwise(pl.lit(""))
    return pl.concat_str(pl.col("reference"), again).alias("subject")


def _weighed(charges: pl.DataFrame, keys: tuple[str, ...]) -> pl.DataFrame:
    """Return per key the first charge, its currency, and the money of all in that currency."""
    ordered = charges.lazy().select("charge_id", "currency", "net_minor", *keys).sort("charge_id")
    money = wide_total(pl.col("net_minor").abs().fill_null(0).filter(_same_currency()))
    parts = (
        pl.col("charge_id").first(),
        narrow(money).alias("at_stake"),
        pl.col("currency").first(),
    )
    grouped = (
        ordered.group_by(*keys, maintain_order=True).agg(*parts) if keys else ordered.select(*parts)
    )
    return collected(grouped)


def _same_currency() -> pl.Expr:
    return (pl.col("currency") == pl.col("currency").first()).fill_null(True)
