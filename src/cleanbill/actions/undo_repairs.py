"""Undo repairs: what proposals changed is as it was, if nothing was billed of it meanwhile."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime

from django.db import transaction

from cleanbill.actions.access import Actor, NotAllowed, action
from cleanbill.actions.carry_out import Kept, allowed, told
from cleanbill.actions.find_findings import about
from cleanbill.actions.mend_report import NOTHING, Report, Row, fields_of, reach_of
from cleanbill.actions.take_back import CannotUndo, taken_back
from cleanbill.actions.verify_again import days_of, touched, verified
from cleanbill.cycle.verify.mend import Change
from cleanbill.nouns.decision import Decision
from cleanbill.store import decisions, faults
from cleanbill.store.decisions import About
from cleanbill.store.models import Finding, FindingDecision, Repair
from cleanbill.store.retries import persistently
from cleanbill.store.writing import ChargesTaken


@action("findings.work")
def undo_repairs(
    actor: Actor,
    repair_ids: Sequence[int],
    *,
    dry_run: bool = False,
    until: date | None = None,
    issue_date: date | None = None,
) -> Report:
    """Undo repairs, each if nothing was billed of it and nothing of it was changed since."""
    days = days_of(actor, until, issue_date)

    def whole() -> Report:
        with transaction.atomic():
            now = datetime.now(UTC)
            ids = list(dict.fromkeys(repair_ids))
            own = Repair.objects.select_for_update().filter(organisation_id=actor.organisation_id)
            known = {r.pk: r for r in own.filter(pk__in=ids)}
            kept = [k for r in known.values() for k in json.loads(r.changes)]
            who, items = reach_of(actor, kept)
            reach = touched(actor, who, items)
            before = verified(actor, reach, items, days, keep=False)
            rows = [_undone(actor, i, known.get(i), now) for i in ids]
            after = verified(actor, reach, items, days, keep=not dry_run)
            if dry_run:
                transaction.set_rollback(True)
        return Report(rows, before, after, dry_run, (days.until, days.issue_date))

    report = persistently(whole, overtaken=(ChargesTaken,))
    faults.committed("repair")
    return report


def _undone(actor: Actor, number: int, repair: Repair | None, now: datetime) -> Row:
    if repair is None:
        return Row(0, "", "", False, f"there is no repair {number}")
    kept: list[Kept] = json.loads(repair.changes)
    one = (repair.finding_id, repair.code, repair.subject)
    if repair.undone_at is not None:
        return Row(*one, True, "undone before", repair_id=number)
    cause = f"undo of {repair.kind} for {repair.code} {repair.subject}"
    try:
        allowed(actor, [Change(k["table"], k["row"], {}, {}, {}) for k in kept])
        with transaction.atomic():
            taken_back(actor, repair, kept, cause, now)
            _withdrawn(actor, repair, now)
            with faults.write("repair.row"):
                mine = Repair.objects.filter(organisation_id=actor.organisation_id, pk=number)
                mine.update(undone_at=now, undone_by=actor.name)
            what = About(repair.finding_id, repair.code, "", repair.subject)
            found = Finding.objects.filter(
                organisation_id=actor.organisation_id, pk=repair.finding_id
            ).first()
            what = about(actor, found) if found else what
            decisions.decide(
                *(actor.organisation_id, Decision.UNDO, what, actor.name, now),
                text=cause,
                of_id=number,
            )
            told(actor, "finding.restored", f"{repair.code} {repair.subject}", NOTHING, cause, now)
    except (CannotUndo, NotAllowed) as error:
        return Row(*one, False, str(error), repair_id=number)
    back = [{**k, "before": k["after"], "after": k["before"]} for k in kept]
    return Row(*one, True, cause, tuple(fields_of(back, "")), number)


def _withdrawn(actor: Actor, repair: Repair, now: datetime) -> None:
    """Withdraw the deferral or the assignment that a repair was."""
    made = FindingDecision.objects.filter(
        organisation_id=actor.organisation_id,
        finding_id=repair.finding_id,
        at=repair.at,
        kind__in=(Decision.DEFER.value, Decision.ASSIGN.value),
    )
    for one in made:
        what = About(
            *(one.finding_id, one.code, one.subject_kind, one.subject),
            *(one.charge_id, one.customer, one.item),
        )
        decisions.decide(
            *(actor.organisation_id, Decision.WITHDRAW, what, actor.name, now), of_id=one.pk
        )
