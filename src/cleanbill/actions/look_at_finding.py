"""One finding: what it says, the row that it came with, the line it would become, its history."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any

from cleanbill.actions.access import Actor, action
from cleanbill.actions.find_findings import told_of
from cleanbill.actions.open_books import open_books, silent
from cleanbill.actions.verify_again import days_of
from cleanbill.store import decisions, reading
from cleanbill.store.models import Charge, Finding, Membership, Repair, SourceFile

Row = dict[str, Any]
_SOURCE = (
    *("reference", "kind", "customer", "item", "description", "quantity_e6", "unit"),
    *("unit_price_e8", "amount_minor", "discount_percent_e6", "currency", "service_date"),
    *("service_end", "order", "delivery", "purchase_order", "cost_centre", "ship_to", "cancels"),
)
_LINE = (
    *("reference", "kind", "customer", "item", "description", "quantity_e6", "unit"),
    *("line_price_e8", "gross_minor", "discount_minor", "net_minor", "currency"),
    *("tax_category", "rate_percent_e6", "service_date", "service_end", "order", "delivery"),
    *("purchase_order", "cost_centre"),
)


@action("look")
def look_at(actor: Actor, finding_id: int, *, today: date | None = None) -> Row:
    """Return a finding as ``list_findings`` does, with ``open``, ``again`` (the finding
    that says the same now, if this one is closed), ``source`` and ``history``.

    ``source`` is the row of the charge as it came, with ``file`` and ``row``; None where the
    finding is about no charge. In ``history`` what can be taken back has ``lasts``. Raises
    LookupError for a finding that is not there.
    """
    own, day = actor.organisation_id, today or datetime.now(UTC).date()
    known = 0 < finding_id < 2**63
    found = Finding.objects.filter(organisation_id=own, pk=finding_id).first() if known else None
    if found is None:
        raise LookupError(f"there is no finding {finding_id}")
    told = told_of(actor, [found], day)[0]
    return {
        **told,
        "open": found.closed_run_id is None,
        "again": _again(own, found),
        "source": _source(own, found.charge_id),
        "history": _history(own, finding_id),
    }


@action("look")
def draft_line(actor: Actor, finding_id: int) -> Row | None:
    """Return the line that the finding's charge would become now; None where it is about none.

    Where it would be held, only ``disposition`` and ``net_minor`` are known. Nothing is written.
    """
    own = actor.organisation_id
    found = Finding.objects.filter(organisation_id=own, pk=finding_id).first()
    if found is None:
        raise LookupError(f"there is no finding {finding_id}")
    charge = Charge.objects.filter(organisation_id=own, pk=found.charge_id).first()
    if charge is None:
        return None
    days = days_of(actor)
    books = open_books(
        *(actor, days.until, days.issue_date, reading.last_charge_id(), None, silent),
        among={charge.customer},
        looking=True,
    )
    try:
        for batch in books.batches():
            own_rows = batch.charges.filter(charge_id=charge.pk).to_dicts()
            if not own_rows:
                continue
            lines = batch.lines.filter(charge_id=charge.pk).to_dicts()
            shown = {c: lines[0].get(c) for c in _LINE} if lines else {}
            outcome = own_rows[0]
            return {
                "currency": charge.currency,
                "net_minor": outcome["net_minor"],
                **shown,
                "disposition": outcome["disposition"],
            }
    finally:
        books.close()
    return None


@action("look")
def colleagues(actor: Actor) -> list[str]:
    """Return the addresses of those who work in the organisation, to be asked or mentioned."""
    members = Membership.objects.filter(
        organisation_id=actor.organisation_id, is_active=True, user__is_active=True
    )
    return sorted(set(members.values_list("user__email", flat=True)))


@action("look")
def what_was_done(
    actor: Actor, *, repair_id: int | None = None, decision_id: int | None = None
) -> Row | None:
    """Return a repair or a decision that can still be taken back; None where there is none.

    It has ``kind``, ``code``, ``subject``, ``finding_id``, and ``repair`` or ``decision``.
    """
    own = actor.organisation_id
    if repair_id is not None:
        repair = Repair.objects.filter(organisation_id=own, pk=repair_id, undone_at=None).values(
            "code", "subject", "finding_id"
        )
        return next(({**row, "kind": "apply", "repair": repair_id} for row in repair), None)
    if decision_id is None:
        return None
    made = decisions.lasting(own, decision_id)
    return None if made is None else {**made, "decision": decision_id}


def _again(own: int, finding: Finding) -> int | None:
    if finding.closed_run_id is None:
        return None
    same = Finding.objects.filter(
        organisation_id=own,
        code=finding.code,
        subject_kind=finding.subject_kind,
        subject=finding.subject,
        closed_run_id=None,
    )
    return same.order_by("-id").values_list("id", flat=True).first()


def _source(own: int, charge_id: int | None) -> Row | None:
    charge = Charge.objects.filter(organisation_id=own, pk=charge_id).first()
    if charge is None:
        return None
    file = SourceFile.objects.filter(organisation_id=own, pk=charge.source_file).first()
    return {
        "file": file.name if file else charge.source,
        "row": charge.row,
        "version": charge.version,
        "fields": {name: getattr(charge, name) for name in _SOURCE},
        "attributes": json.loads(charge.attributes) if charge.attributes else {},
    }


def _history(own: int, finding_id: int) -> list[Row]:
    said = decisions.said_of(own, [finding_id])
    gone = {row["of_id"] for row in said if row["kind"] == "withdraw"}
    undone = {row["of_id"] for row in said if row["kind"] == "undo"}
    return [
        {
            **row,
            "lasts": (row["kind"] in decisions.LASTING and row["id"] not in gone)
            or (row["kind"] == "apply" and row["of_id"] not in undone),
        }
        for row in said
    ]
