"""Act on findings: apply the repair that they propose, having looked first at what it would do.

One or many at once, in one transaction and each for itself: one that cannot be mended says why and
stops no other. What was touched is verified again at once, so that what is mended is closed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from django.db import transaction

from cleanbill.actions.access import Actor, NotAllowed, action
from cleanbill.actions.carry_out import Kept, allowed, carried_out, told
from cleanbill.actions.find_findings import about, open_findings
from cleanbill.actions.mend_report import NOTHING, Report, Row, fields_of, plain, reach
from cleanbill.actions.verify_again import Days, days_of, touched, verified
from cleanbill.cycle.verify.catalogue import BY_CODE
from cleanbill.cycle.verify.mend import READS, Cannot, Change, Known, mended, several
from cleanbill.nouns.decision import Decision
from cleanbill.nouns.finding import Mending, worded
from cleanbill.store import decisions, faults, repairs
from cleanbill.store.decisions import About, facts_json
from cleanbill.store.models import Finding, Repair
from cleanbill.store.numbers import take_ids
from cleanbill.store.retries import persistently
from cleanbill.store.writing import ChargesTaken


@action("findings.work")
def apply_proposals(
    actor: Actor,
    finding_ids: Sequence[int],
    *,
    said: Mapping[str, str] | None = None,
    dry_run: bool = False,
    idempotency_key: str | None = None,
    until: date | None = None,
    issue_date: date | None = None,
) -> Report:
    """Apply what these findings propose; with ``dry_run`` do the same and keep nothing.

    ``said`` answers what proposals ask for (see ``Proposal.asks``), by the columns of import
    files. Changing charges needs ``charges.import``, master data ``master.import``. Called again
    with the same key it answers with what was done.
    """
    days = days_of(actor, until, issue_date)

    def whole() -> Report:
        with transaction.atomic():
            now = datetime.now(UTC)
            ids = list(dict.fromkeys(finding_ids))
            known = {f.pk: f for f in open_findings(actor, ids)}
            plans = [
                _planned(actor, i, known.get(i), said or {}, days, idempotency_key) for i in ids
            ]
            who, items = _touched(plans)
            reach = touched(actor, who, items)
            before = verified(actor, reach, items, days, keep=False)
            rows = [_applied(actor, plan, idempotency_key, now) for plan in plans]
            after = verified(actor, reach, items, days, keep=not dry_run)
            if dry_run:
                transaction.set_rollback(True)
        return Report(rows, before, after, dry_run, (days.until, days.issue_date))

    report = persistently(whole, overtaken=(ChargesTaken,))
    faults.committed("repair")
    return report


@dataclass(frozen=True, slots=True)
class _Plan:
    """A finding with the changes that mend it, or the row that says why there are none."""

    finding: Finding | None
    about: About | None
    changes: tuple[Change, ...] = ()
    row: Row | None = None
    currency: str = ""


def _planned(
    actor: Actor,
    number: int,
    finding: Finding | None,
    said: Mapping[str, str],
    days: Days,
    key: str | None,
) -> _Plan:
    done = _done_before(actor, number, key)
    if done is not None:
        return _Plan(None, None, row=done)
    if finding is None:
        why = f"no finding {number} is open; `cleanbill findings` lists them"
        return _Plan(None, None, row=Row(number, "", "", False, why))
    what = about(actor, finding)
    check = BY_CODE[finding.code]
    proposal = check.proposal
    if proposal is None:
        mend = worded(check, check.repair, json.loads(finding.parameters))
        why = f"{finding.code} proposes nothing that could be carried out. {mend}"
        return _Plan(finding, what, row=_failed(finding, why))
    known = _known(actor, finding, what, proposal.kind, days)
    try:
        changes = tuple(mended(proposal, known, said))
        allowed(actor, changes)
    except (Cannot, NotAllowed) as error:
        return _Plan(finding, what, row=_failed(finding, str(error)))
    return _Plan(finding, what, changes, currency=known.currency)


def _known(actor: Actor, finding: Finding, what: About, kind: Mending, days: Days) -> Known:
    """Read what the finding is about, as it is now."""
    own, facts = actor.organisation_id, json.loads(finding.parameters)
    charge = repairs.charge(own, finding.charge_id)
    # A finding on a bill, or on a charge that was closed meanwhile, still names its customer.
    customer = facts.get("customer") or (charge or {}).get("customer") or what.customer
    item = facts.get("item") or (charge or {}).get("item") or what.item
    reads: Mapping[str, Callable[[], Any]] = {
        "customer": lambda: repairs.master_row(own, "customer", customer),
        "item": lambda: repairs.master_row(own, "item", item),
        "prices": lambda: repairs.prices_of(own, item),
        "agreements": lambda: repairs.agreements_of(own, customer),
    }
    others = []
    if customer and several(kind, facts, finding.subject_kind):
        # What a later run bills is left to that, unless the customer goes to another for good.
        until = None if kind is Mending.MERGE_CUSTOMERS else days.until
        others = repairs.open_charges_of(own, customer, until)
    return Known(
        facts=facts,
        subject_kind=finding.subject_kind,
        subject=finding.subject,
        currency=finding.currency or "EUR",
        charge=charge,
        charges=others,
        **{name: reads[name]() for name in READS.get(kind, ())},
    )


def _done_before(actor: Actor, number: int, key: str | None) -> Row | None:
    """Return what an earlier call with the same key did to the finding."""
    if key is None:
        return None
    done = Repair.objects.filter(
        organisation_id=actor.organisation_id, finding_id=number, idempotency_key=key
    ).first()
    if done is None:
        return None
    fields = tuple(fields_of(json.loads(done.changes), ""))
    return Row(number, done.code, done.subject, True, "done before", fields, done.pk)


def _failed(finding: Finding, why: str) -> Row:
    return Row(finding.pk, finding.code, finding.subject, False, why)


def _touched(plans: Sequence[_Plan]) -> tuple[set[str | None], set[str]]:
    """Customers and items that must be verified again after the changes."""
    who: set[str | None] = set()
    items: set[str] = set()
    for plan in plans:
        for change in plan.changes:
            if plan.about is not None and (change.table == "charge" or plan.about.charge_id):
                who.add(plan.about.customer)
            reach(who, items, change.table, change.key, (change.before, change.after))
    return who, items


def _applied(actor: Actor, plan: _Plan, key: str | None, now: datetime) -> Row:
    if plan.row is not None or plan.finding is None or plan.about is None:
        assert plan.row is not None
        return plan.row
    finding, proposal = plan.finding, BY_CODE[plan.finding.code].proposal
    assert proposal is not None
    cause = f"{proposal.kind.value} for {finding.code} {finding.subject}"
    try:
        with transaction.atomic():
            number = take_ids(decisions.COUNTER, 1)
            kept = carried_out(actor, plan.changes, cause, now)
            for one in kept:
                if one["table"] == "decision":
                    _decided(actor, plan.about, one["after"], cause, now)
            _keep(actor, finding, number, proposal.kind.value, kept, key, now)
            decisions.decide(
                *(actor.organisation_id, Decision.APPLY, plan.about, actor.name, now),
                text=cause,
                of_id=number,
            )
            told(
                actor, "finding.repaired", f"{finding.code} {finding.subject}", NOTHING, cause, now
            )
    except (repairs.Taken, LookupError, NotAllowed) as error:
        return _failed(finding, str(error))
    fields = tuple(fields_of([plain(c) for c in plan.changes], plan.currency))
    return Row(finding.pk, finding.code, finding.subject, True, cause, fields, number)


def _keep(
    actor: Actor,
    finding: Finding,
    number: int,
    kind: str,
    kept: list[Kept],
    key: str | None,
    now: datetime,
) -> None:
    with faults.write("repair.row"):
        Repair.objects.create(
            id=number,
            organisation_id=actor.organisation_id,
            finding_id=finding.pk,
            code=finding.code,
            subject=finding.subject,
            kind=kind,
            changes=facts_json(kept),
            marks=repairs.marks(actor.organisation_id),
            at=now,
            actor=actor.name,
            idempotency_key=key,
        )


def _decided(
    actor: Actor, what: About, after: Mapping[str, Any], cause: str, now: datetime
) -> None:
    """What changes no row: somebody is asked, or it waits."""
    if "until" in after:
        day = date.fromisoformat(after["until"])
        said: dict[str, Any] = {"day": day}
        kind = Decision.DEFER
    else:
        said, kind = {"assignee": after["assignee"]}, Decision.ASSIGN
    decisions.decide(actor.organisation_id, kind, what, actor.name, now, text=cause, **said)
