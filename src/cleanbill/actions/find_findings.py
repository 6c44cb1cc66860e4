"""Find findings: which are open, how old, what money waits on them, who was asked."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

import polars as pl

from cleanbill.actions.access import Actor, action
from cleanbill.actions.rank_findings import decisions as decided_on
from cleanbill.cycle import verify
from cleanbill.cycle.verify.catalogue import BY_CODE
from cleanbill.cycle.verify.firm import FIRM
from cleanbill.nouns.decision import DEFERRED, WAIVED, Decision
from cleanbill.nouns.finding import Proposal, worded
from cleanbill.nouns.seal import MARK, read_through
from cleanbill.store import decisions
from cleanbill.store.decisions import About
from cleanbill.store.finding_reading import open_findings_with_customers
from cleanbill.store.models import Charge, Finding, FindingDecision, Repair, Run, SourceFile
from cleanbill.store.party_keys import unsealers

Row = dict[str, Any]
MOST = 2_000
"""So many findings are looked at before they are filtered by what was decided about them."""


def open_findings(actor: Actor, ids: Sequence[int]) -> list[Finding]:
    """Return those of the findings that are open, in the order of their ids."""
    found = Finding.objects.filter(
        organisation_id=actor.organisation_id, closed_run_id=None, pk__in=list(ids)
    )
    return list(found.order_by("id"))


def about(actor: Actor, finding: Finding, charge: Row | None = None) -> About:
    """Return what a decision on the finding is about: its charge, customer and item, too.

    ``charge`` gives the charge's ``customer`` and ``item`` where they have been read before.
    """
    facts = json.loads(finding.parameters)
    if finding.charge_id is not None and charge is None:
        charge = (
            Charge.objects.filter(organisation_id=actor.organisation_id, pk=finding.charge_id)
            .values("customer", "item")
            .first()
        )
    named = {finding.subject_kind: finding.subject}
    own = charge or {}
    single = finding.subject_kind in ("charge", "draft")
    customer = (
        named.get("customer") or facts.get("customer") or (own.get("customer") if single else None)
    )
    item = named.get("item") or facts.get("item") or (own.get("item") if single else None)
    return About(
        finding.pk,
        finding.code,
        finding.subject_kind,
        finding.subject,
        finding.charge_id if finding.subject_kind == "charge" else None,
        customer,
        item,
    )


@action("look")
def list_findings(
    actor: Actor,
    *,
    code: str | None = None,
    severity: str | None = None,
    owner: str | None = None,
    assignee: str | None = None,
    customer: str | None = None,
    put_off: bool = False,
    ids: Sequence[int] | None = None,
    today: date | None = None,
    limit: int = 50,
) -> list[Row]:
    """Return open findings, the worthiest first, each with what a person needs to act on it.

    Only those of ``ids`` where these are given, in their order.
    What was waived or deferred and still is comes only with ``put_off``. A row has ``id``,
    ``code``, ``severity``, ``title``, ``subject``, ``reason``, ``repair``, ``owner``,
    ``assignee``, ``age_days``, ``at_stake_minor``, ``currency``, ``proposal`` with what it
    ``asks``, ``decided`` (why it is put off, until when, by whom), ``may_not_be_waived``.
    """
    day = today or datetime.now(UTC).date()
    found = Finding.objects.filter(organisation_id=actor.organisation_id, closed_run_id=None)
    if code:
        found = found.filter(code=code)
    if ids is None:
        ids = _first(actor, code, owner, max(limit, MOST))
    by_id = found.in_bulk(ids)
    rows = [by_id[one] for one in ids if one in by_id]
    told = told_of(actor, rows, day)
    wanted = [
        row
        for row in told
        if (put_off or row["decided"] is None)
        and severity in (None, row["severity"])
        and assignee in (None, row["assignee"])
        and customer in (None, row["customer"])
    ]
    return wanted[:limit]


def _first(actor: Actor, code: str | None, owner: str | None, most: int) -> list[int]:
    """Return the numbers of the worthiest open findings, of a code or an owner."""
    ranked = verify.ranked(open_findings_with_customers(actor.organisation_id), decided_on(actor))
    if code:
        ranked = ranked.filter(pl.col("code") == code)
    if owner:
        own = [c for c, check in BY_CODE.items() if check.owner.value == owner]
        ranked = ranked.filter(pl.col("code").is_in(own))
    return ranked["id"].head(most).to_list()


@action("look")
def finding_history(actor: Actor, finding_id: int) -> list[Row]:
    """Return all that was decided and said about a finding, and what was repaired, oldest first.

    Raises LookupError for a finding that is not there.
    """
    own = actor.organisation_id
    if not Finding.objects.filter(organisation_id=own, pk=finding_id).exists():
        raise LookupError(f"there is no finding {finding_id}; `cleanbill findings` lists them")
    return decisions.said_of(own, [finding_id])


@action("look")
def list_repairs(actor: Actor, *, standing: bool = True, limit: int = 50) -> list[Row]:
    """Return the latest repairs, newest first; only those not undone unless told otherwise."""
    found = Repair.objects.filter(organisation_id=actor.organisation_id)
    if standing:
        found = found.filter(undone_at=None)
    columns = ("id", "finding_id", "code", "subject", "kind", "at", "actor", "undone_at")
    return list(found.order_by("-id").values(*columns)[:limit])


def told_of(
    actor: Actor, rows: Sequence[Finding], day: date, *, none_put_off: bool = False
) -> list[Row]:
    """Return findings as ``list_findings`` does, in so many queries however many they are.

    ``none_put_off`` says that it is known already that none of them is waived or deferred.
    """
    own = actor.organisation_id
    last = decisions.last_decision_id()
    put_off = decisions.in_force(own, day, last).to_dicts() if last and not none_put_off else []
    asked = _assigned(own, rows) if last else {}
    since = _opened(own, rows)
    charges = _charges(own, rows)
    whole = [about(actor, finding, charges.get(finding.charge_id)) for finding in rows]
    subjects = _subjects(own, rows, whole)
    return [
        _row(finding, what, subject, day, put_off, asked, since)
        for finding, what, subject in zip(rows, whole, subjects, strict=True)
    ]


def _charges(own: int, rows: Sequence[Finding]) -> dict[int | None, Row]:
    ids = {f.charge_id for f in rows if f.charge_id is not None}
    found = Charge.objects.filter(organisation_id=own, pk__in=ids)
    return {row.pop("id"): row for row in found.values("id", "customer", "item")}


def _row(
    finding: Finding,
    what: About,
    subject: str,
    day: date,
    put_off: Sequence[Mapping[str, Any]],
    asked: Mapping[int | None, str],
    since: Mapping[int, date],
) -> Row:
    check, facts = BY_CODE[finding.code], json.loads(finding.parameters)
    customer = _customer(finding, what)
    decided = next((d for d in reversed(put_off) if _meets(d, finding, customer)), None)
    # What a run has put off is judged anew from the day on which that ends.
    severity = finding.severity
    if decided is None and severity in (WAIVED, DEFERRED):
        severity = check.severity.value
    return {
        "id": finding.pk,
        "code": finding.code,
        "severity": decided["effect"] if decided else severity,
        "subject_kind": finding.subject_kind,
        "subject": subject,
        "customer": customer,
        "charge_id": finding.charge_id,
        "currency": finding.currency,
        "at_stake_minor": finding.at_stake_minor,
        "age_days": (day - since[finding.pk]).days if finding.pk in since else None,
        "facts": facts,
        "title": check.title,
        "reason": worded(check, check.reason, facts),
        "repair": worded(check, check.repair, facts),
        "owner": check.owner.value,
        "assignee": asked.get(finding.pk),
        "proposal": _proposal(check.proposal, facts),
        "may_not_be_waived": FIRM.get(finding.code, ""),
        "decided": None
        if decided is None
        else {k: decided[k] for k in ("effect", "day", "text", "actor")},
    }


def _proposal(proposal: Proposal | None, facts: Mapping[str, Any]) -> Row | None:
    if proposal is None:
        return None
    return {**proposal.filled(facts), "asks": list(proposal.asks)}


def _meets(decision: Mapping[str, Any], finding: Finding, customer: str | None) -> bool:
    if decision["code"] != finding.code:
        return False
    if decision["customer"] is not None:
        return bool(decision["customer"] == customer)
    if finding.subject_kind == "charge":
        return bool(decision["charge_id"] == finding.charge_id)
    return (decision["subject_kind"], decision["subject"]) == (
        finding.subject_kind,
        finding.subject,
    )


def _subjects(own: int, rows: Sequence[Finding], whole: Sequence[About]) -> list[str]:
    """Their subjects, opened where they are sealed: in a draft's key, what parts it may be."""
    sealed = [f.subject_kind == "draft" and MARK in f.subject for f in rows]
    if not any(sealed):
        return [f.subject for f in rows]
    parties = [_customer(f, what) for f, what in zip(rows, whole, strict=True)]
    opened = unsealers(own, [p for p, one in zip(parties, sealed, strict=True) if one])
    return [
        read_through(f.subject, opened(party)) if one else f.subject
        for f, party, one in zip(rows, parties, sealed, strict=True)
    ]


def _customer(finding: Finding, what: About) -> str | None:
    return json.loads(finding.parameters).get("customer") or what.customer


def _assigned(own: int, rows: Sequence[Finding]) -> dict[int | None, str]:
    """Who was asked last about each finding, withdrawn requests apart."""
    made = FindingDecision.objects.filter(
        organisation_id=own, kind=Decision.ASSIGN.value, finding_id__in=[f.pk for f in rows]
    )
    requests = list(made.order_by("id").values_list("id", "finding_id", "assignee"))
    gone = FindingDecision.objects.filter(
        organisation_id=own,
        kind=Decision.WITHDRAW.value,
        of_id__in=[number for number, _, _ in requests],
    )
    withdrawn = set(gone.values_list("of_id", flat=True))
    return {finding: assignee for number, finding, assignee in requests if number not in withdrawn}


def _opened(own: int, rows: Sequence[Finding]) -> dict[int, date]:
    """The day since which each finding is open: that of its run, or of the file it came by."""
    runs = dict(
        Run.objects.filter(
            organisation_id=own, pk__in={f.opened_run_id for f in rows if f.opened_run_id}
        ).values_list("id", "started_at")
    )
    others = [f.charge_id for f in rows if f.opened_run_id is None and f.charge_id]
    came = dict(
        Charge.objects.filter(organisation_id=own, pk__in=others).values_list("id", "source_file")
    )
    files = dict(
        SourceFile.objects.filter(organisation_id=own, pk__in=set(came.values())).values_list(
            "id", "imported_at"
        )
    )
    days: dict[int, date] = {}
    for finding in rows:
        at = runs.get(finding.opened_run_id) or files.get(came.get(finding.charge_id))
        if at is not None:
            days[finding.pk] = at.date()
    return days
