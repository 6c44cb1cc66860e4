"""Which findings are worth a person's time: blocking ones all, warnings within a budget."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import polars as pl

from cleanbill.actions.access import Actor, action
from cleanbill.actions.look_up import told
from cleanbill.actions.outcome import Outcome
from cleanbill.cycle import verify
from cleanbill.cycle.verify.catalogue import BY_CODE
from cleanbill.store.companies import policy_of
from cleanbill.store.decisions import confirmed_or_dismissed
from cleanbill.store.finding_reading import open_findings_with_customers
from cleanbill.store.models import Organisation, Run

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Worth:
    """Findings, the worthiest first, and how many smaller warnings there are beside."""

    rows: list[Row]
    counted: list[Row]
    """The same by code, severity and currency: ``count``, ``at_stake_minor``, ``title``."""
    smaller: int
    per_1000_bills: int


@action("look")
def worth_a_look(
    actor: Actor,
    *,
    code: str | None = None,
    severity: str | None = None,
    limit: int = 50,
    every: bool = False,
) -> Worth:
    """Return the open findings that are worth a look, or ``every`` one, as sentences.

    The budget is for the bills of all runs whose findings are open, and is shared by all codes.
    Each row bears ``likely_permille`` and ``expected_minor``.
    """
    own = actor.organisation_id
    found = open_findings_with_customers(own)
    ranked = verify.ranked(found, decisions(actor))
    per_1000 = _per_1000(own)
    most = verify.budget(_bills(own, found), per_1000)
    shown = ranked if every else verify.within(ranked, most)
    smaller = ranked.height - shown.height
    for column, wanted in (("code", code), ("severity", severity)):
        if wanted:
            shown = shown.filter(pl.col(column) == wanted)
    rows = told(actor, shown.head(limit).to_dicts())
    return Worth(rows, _counted(shown), smaller, per_1000)


@action("look")
def attention(actor: Actor, outcome: Outcome) -> tuple[int, int, int]:
    """Return of a run's warnings how many are worth a look, how many are not, and the budget."""
    per_1000 = _per_1000(actor.organisation_id)
    warnings = outcome.findings.filter(pl.col("severity") == "warn")["count"].sum()
    most = verify.budget(int(outcome.bills["count"].sum()), per_1000)
    shown = int(warnings) if most is None else min(int(warnings), most)
    return shown, int(warnings) - shown, per_1000


def decisions(actor: Actor) -> pl.DataFrame:
    """Return what specialists have confirmed and dismissed so far, as DECISIONS."""
    return confirmed_or_dismissed(actor.organisation_id)


def _per_1000(own: int) -> int:
    return policy_of(Organisation.objects.get(pk=own).policy).warnings_per_1000_bills


def _bills(own: int, found: pl.DataFrame) -> int:
    """How many bills the runs issued whose findings these are."""
    ids = found["opened_run_id"].drop_nulls().unique().to_list()
    totals = Run.objects.filter(organisation_id=own, pk__in=ids).values_list("totals", flat=True)
    return sum(row["count"] for each in totals for row in each.get("bills", []))


def _counted(found: pl.DataFrame) -> list[Row]:
    counted = (
        found.select("code", "severity", "currency", "at_stake_minor")
        .group_by("severity", "code", "currency")
        .agg(pl.len().alias("count"), pl.col("at_stake_minor").sum())
        .sort("severity", "code", "currency")
    )
    return [{**row, "title": BY_CODE[row["code"]].title} for row in counted.to_dicts()]
