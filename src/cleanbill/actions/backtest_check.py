"""Back-test a check: what it would have found in bills of the past, as things stood then.

Every month is judged by the history before it. Whether a finding would have been right is told by
what became of the row: credited, released, corrected by its source, or confirmed by a person.
Master data are those of today, prices and agreements those in force on the day of the service.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta
from typing import Any

import polars as pl

from cleanbill.actions.access import Actor, action
from cleanbill.actions.open_books import PARTITION, Progress, silent
from cleanbill.actions.rank_findings import decisions
from cleanbill.cycle import run as cycle
from cleanbill.cycle import verify
from cleanbill.cycle.verify.catalogue import CHARGE_CHECKS, DECLARED, DRAFT_CHECKS, TABLE_CHECKS
from cleanbill.engine.findings import effective_severity
from cleanbill.engine.history_tables import HISTORY_LINES, USUAL
from cleanbill.engine.tables import MasterData
from cleanbill.nouns.limits import Limits
from cleanbill.nouns.policy import Policy
from cleanbill.nouns.seller import Seller
from cleanbill.store import billed_charges, history, reading
from cleanbill.store.companies import policy_of, seller_of
from cleanbill.store.models import Organisation, SellerRecord
from cleanbill.store.spool import Spool

_RUNNING = {one.check.code: one for one in (*CHARGE_CHECKS, *TABLE_CHECKS, *DRAFT_CHECKS)}


@dataclass(frozen=True, slots=True)
class Backtest:
    """What a check would have found among so many rows; each by currency, rows and money."""

    judged: int
    rows: pl.DataFrame
    """``outcome`` (caught, falsely held, missed), ``currency``, ``rows``, ``money_minor``. What was
    caught or falsely held is counted in findings, what was missed in rows of mistaken bills."""


@action("look")
def checks(actor: Actor) -> list[dict[str, Any]]:
    """Return every check: code, severity that holds here, title, whether it can be back-tested."""
    policy = policy_of(Organisation.objects.get(pk=actor.organisation_id).policy)
    return [
        {
            "code": check.code,
            "severity": effective_severity(check, policy.severities),
            "title": check.title,
            "subject": check.subject.value,
            "backtested": check.code in _RUNNING,
        }
        for check in sorted(DECLARED, key=lambda one: one.code)
    ]


@action("look")
def backtest(
    actor: Actor,
    code: str,
    *,
    start: date,
    end: date,
    thresholds: Mapping[str, str] | None = None,
    progress: Progress = silent,
) -> Backtest:
    """Return what a check with these thresholds would have found in the bills of these days.

    Thresholds are limits by name, as text; what is not named is as the policy says. Raises
    LookupError for a check that cannot be run so, ValueError for what is no threshold, and where
    ``end`` lies before ``start``.
    """
    if code not in _RUNNING:
        raise LookupError(f"{code} cannot be back-tested; `cleanbill check list` says which can be")
    if end < start:
        raise ValueError(f"the last day, {end}, lies before the first, {start}")
    own = actor.organisation_id
    organisation = Organisation.objects.get(pk=own)
    kept = policy_of(organisation.policy)
    severities = {one.code: "off" for one in DECLARED} | {code: "warn"}
    limits = with_thresholds(kept.checks, thresholds or {})
    policy = replace(kept, severities=severities, checks=limits)
    seller = seller_of(SellerRecord.objects.get(organisation=organisation).profile)
    master = reading.master_data(own, None, seller.address.postcode)
    master = replace(master, twins=verify.twins(master.customers))
    said = decisions(actor).filter(pl.col("code") == code)
    judged, parts = 0, []
    for first, last in months(start, end):
        progress(f"Judging {first:%B %Y}", judged, 0)
        for charges, known in _periods(own, code, master, first, last):
            parts.append(_told(charges, _found(charges, known, seller, policy, code, last), said))
            judged += charges.height
    return Backtest(judged, _summed(parts))


def with_thresholds(limits: Limits, thresholds: Mapping[str, str]) -> Limits:
    """Return the limits with some replaced, given as text. Raises ValueError."""
    numbers = {one.name for one in fields(Limits) if one.type == "int"}
    for name, text in thresholds.items():
        if name not in numbers:
            raise ValueError(f"{name!r} is no threshold; known are {', '.join(sorted(numbers))}")
        if not text.isdecimal():
            raise ValueError(f"{name} must be a whole number, not {text!r}")
    return replace(limits, **{name: int(text) for name, text in thresholds.items()})


def months(start: date, end: date) -> Iterator[tuple[date, date]]:
    """Yield the first and last day of each month, or part of one, between two days."""
    first = start
    while first <= end:
        following = (first.replace(day=1) + timedelta(days=32)).replace(day=1)
        yield first, min(end, following - timedelta(days=1))
        first = following


def _periods(
    own: int, code: str, master: MasterData, first: date, last: date
) -> Iterator[tuple[pl.DataFrame, MasterData]]:
    """Yield the billed charges of a period in partitions, with what was usual before it."""
    charges = Spool(billed_charges.BILLED_CHARGES, PARTITION)
    lines, usual = Spool(HISTORY_LINES, PARTITION), Spool(USUAL, PARTITION)
    try:
        for batch in billed_charges.billed_charges(own, first, last):
            charges.add(batch)
        bounds = charges.bounds(PARTITION)
        if code.startswith("CB-HIS-"):
            for batch in history.billed_lines(own, before=first):
                lines.add(batch)
        rows = [verify.usual_of(part) for part in lines.parts(bounds)]
        items = verify.usual_of_items(pl.concat(rows))
        for each in rows:
            usual.add(each)
        for part, known in zip(charges.parts(bounds), usual.parts(bounds), strict=True):
            yield part, replace(master, usual=pl.concat([known, items]))
    finally:
        for spool in (charges, lines, usual):
            spool.close()


def _found(
    charges: pl.DataFrame, master: MasterData, seller: Seller, policy: Policy, code: str, day: date
) -> pl.DataFrame:
    """Return ``charge_id``, ``finding`` (a number), ``currency``, ``at_stake_minor`` of findings.

    A finding about a whole bill is about all of its charges.
    """
    batch = cycle.bill(charges.drop("mistaken"), master, seller, policy, until=day, issue_date=day)
    found = batch.findings.filter(pl.col("code") == code).with_row_index("finding")
    of_drafts = found.filter(pl.col("subject_kind") == "draft")
    drafts = batch.bills.select("draft", pl.col("draft_key").alias("subject"))
    on = of_drafts.drop("charge_id").join(drafts, on="subject")
    on = on.join(batch.lines.select("draft", "charge_id"), on="draft")
    about = ("finding", "charge_id", "currency", "at_stake_minor")
    others = found.filter(pl.col("subject_kind") != "draft")
    return pl.concat([others.select(about), on.select(about)])


def _told(charges: pl.DataFrame, found: pl.DataFrame, said: pl.DataFrame) -> pl.DataFrame:
    """Return ``outcome``, ``currency``, ``money_minor`` of each finding and each missed row."""
    confirmed, dismissed = (
        said.filter(pl.col("decision") == word)["charge_id"].drop_nulls()
        for word in ("confirmed", "dismissed")
    )
    charge = pl.col("charge_id")
    mistaken = (pl.col("mistaken") | charge.is_in(confirmed.implode())) & ~charge.is_in(
        dismissed.implode()
    )
    truth = charges.select(charge, mistaken.alias("mistaken"), "currency", "billed_minor")
    judged = found.join(truth.select("charge_id", "mistaken"), on="charge_id", how="left")
    findings = judged.group_by("finding").agg(
        pl.col("mistaken").fill_null(False).any(),
        pl.col("currency").first(),
        pl.col("at_stake_minor").first().alias("money_minor"),
    )
    right = pl.when("mistaken").then(pl.lit("caught")).otherwise(pl.lit("falsely held"))
    missed = truth.filter("mistaken").join(found, on="charge_id", how="anti")
    return pl.concat(
        [
            findings.select(right.alias("outcome"), "currency", "money_minor"),
            missed.select(
                pl.lit("missed").alias("outcome"),
                "currency",
                pl.col("billed_minor").abs().alias("money_minor"),
            ),
        ]
    )


def _summed(parts: list[pl.DataFrame]) -> pl.DataFrame:
    if not parts:
        return pl.DataFrame(
            schema={"outcome": pl.String, "currency": pl.String}
            | dict.fromkeys(("rows", "money_minor"), pl.Int64)
        )
    return (
        pl.concat(parts)
        .group_by("outcome", "currency")
        .agg(pl.len().cast(pl.Int64).alias("rows"), pl.col("money_minor").sum())
        .sort("outcome", "currency")
    )
