"""Decisions about findings, in and out: what holds on a day, and one row for each new fact."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import polars as pl
from django.db import connection

from cleanbill.nouns.decision import DEFERRED, WAIVED, Decision, Scope
from cleanbill.store.bulk import read
from cleanbill.store.models import CheckSetting, FindingDecision
from cleanbill.store.numbers import take_ids

COUNTER = "finding_decision"
"""One counter for decisions, repairs and settings: a run notes it, and later ones do not count."""

LASTING = (
    *(Decision.WAIVE.value, Decision.DEFER.value),
    *(Decision.ASSIGN.value, Decision.DISMISS.value, Decision.CONFIRM.value),
)
"""What can be taken back."""


_STANDS = (
    "NOT EXISTS (SELECT 1 FROM finding_decision w WHERE w.organisation_id = d.organisation_id "
    f"AND w.kind = '{Decision.WITHDRAW.value}' AND w.of_id = d.id AND w.id <= %s)"
)
"""In SQL: the decision ``d`` was not withdrawn by a decision up to the one that is given."""


@dataclass(frozen=True, slots=True)
class About:
    """What a decision is about: a finding as it stood, with whom and what it concerns."""

    finding_id: int | None
    code: str
    subject_kind: str
    subject: str
    charge_id: int | None = None
    customer: str | None = None
    item: str | None = None


def last_decision_id() -> int:
    """Return the highest id that a decision of anybody has, 0 without decisions."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT next_id - 1 FROM id_block WHERE name = %s", [COUNTER])
        row = cursor.fetchone()
    return int(row[0]) if row else 0


def decide(
    organisation_id: int,
    kind: Decision,
    about: About,
    actor: str,
    at: datetime,
    **said: Any,
) -> int:
    """Keep one decision; ``said`` are further columns. Return its id. Runs in a transaction."""
    number = take_ids(COUNTER, 1)
    FindingDecision.objects.create(
        id=number,
        organisation_id=organisation_id,
        kind=kind.value,
        **{"scope": Scope.ROW.value, **said},
        finding_id=about.finding_id,
        code=about.code,
        subject_kind=about.subject_kind,
        subject=about.subject,
        charge_id=about.charge_id,
        customer=about.customer,
        item=about.item,
        actor=actor,
        at=at,
    )
    return number


def in_force(organisation_id: int, day: date, last_id: int) -> pl.DataFrame:
    """Return the waivers and deferrals that hold on a day, of decisions up to ``last_id``.

    Columns: id, effect, code, subject_kind, subject, charge_id, customer (null where the decision
    is about a row), day, text, actor. Of several about the same, the latest counts.
    """
    columns = {
        "id": pl.Int64,
        "kind": pl.String,
        "scope": pl.String,
        "code": pl.String,
        "subject_kind": pl.String,
        "subject": pl.String,
        "charge_id": pl.Int64,
        "customer": pl.String,
        "day": pl.Date,
        "text": pl.String,
        "actor": pl.String,
    }
    names = ", ".join(f"d.{c} || ''" if t == pl.Date else f"d.{c}" for c, t in columns.items())
    waive, defer = Decision.WAIVE.value, Decision.DEFER.value
    rows = read(
        f"SELECT {names} FROM finding_decision d WHERE d.organisation_id = %s AND d.id <= %s "
        f"AND ((d.kind = '{waive}' AND d.day >= %s) OR (d.kind = '{defer}' AND d.day > %s)) "
        f"AND {_STANDS} ORDER BY d.id",
        [organisation_id, last_id, day, day, last_id],
        columns,
    )
    effect = pl.when(pl.col("kind") == waive).then(pl.lit(WAIVED)).otherwise(pl.lit(DEFERRED))
    whole = pl.col("scope") == Scope.CUSTOMER.value
    return (
        rows.with_columns(effect.alias("effect"))
        .with_columns(pl.when(whole).then("customer").alias("customer"))
        .drop("kind", "scope")
        .unique(
            ["code", "subject_kind", "subject", "charge_id", "customer"],
            keep="last",
            maintain_order=True,
        )
    )


def settings_in_force(organisation_id: int, day: date, last_id: int) -> list[Mapping[str, Any]]:
    """Return the settings of checks that hold on a day, oldest first."""
    found = CheckSetting.objects.filter(
        organisation_id=organisation_id, id__lte=last_id, valid_from__lte=day
    ).order_by("id")
    rows = found.values("id", "seller", "customer", "name", "value", "valid_from", "valid_to")
    return [row for row in rows if row["valid_to"] is None or day < row["valid_to"]]


def said_of(organisation_id: int, finding_ids: list[int]) -> list[dict[str, Any]]:
    """Return all that was decided or said about these findings, oldest first."""
    found = FindingDecision.objects.filter(
        organisation_id=organisation_id, finding_id__in=finding_ids
    )
    return [dict(row) for row in found.order_by("id").values()]


def lasting(organisation_id: int, decision_id: int) -> dict[str, Any] | None:
    """Return kind, code, subject and finding of a decision that can still be taken back."""
    own = FindingDecision.objects.filter(organisation_id=organisation_id)
    if own.filter(kind=Decision.WITHDRAW.value, of_id=decision_id).exists():
        return None
    made = own.filter(pk=decision_id, kind__in=LASTING)
    return made.values("kind", "code", "subject", "finding_id").first()


def facts_json(facts: Mapping[str, Any]) -> str:
    """Return facts as JSON text, as columns of text keep them."""
    return json.dumps(facts, ensure_ascii=False, separators=(",", ":"), default=str)


def confirmed_or_dismissed(organisation_id: int) -> pl.DataFrame:
    """Return ``code``, ``customer``, ``charge_id`` and ``decision`` of every finding that somebody
    confirmed or dismissed and did not withdraw; of several words on one finding, the latest counts.
    """
    said = read(
        "SELECT d.finding_id, d.code, d.customer, d.charge_id, d.kind FROM finding_decision d "
        f"WHERE d.organisation_id = %s AND d.kind IN ('{Decision.CONFIRM.value}', "
        f"'{Decision.DISMISS.value}') AND {_STANDS} ORDER BY d.id",
        [organisation_id, last_decision_id()],
        {
            "finding_id": pl.Int64,
            "code": pl.String,
            "customer": pl.String,
            "charge_id": pl.Int64,
            "kind": pl.String,
        },
    )
    words = {Decision.CONFIRM.value: "confirmed", Decision.DISMISS.value: "dismissed"}
    latest = said.unique("finding_id", keep="last", maintain_order=True)
    return latest.select(
        "code", "customer", "charge_id", pl.col("kind").replace_strict(words).alias("decision")
    )
