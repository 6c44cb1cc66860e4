"""Look things up: bills, documents, findings, runs, and the derivation of an amount."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from cleanbill.actions.access import Actor, action
from cleanbill.cycle import draw, explain
from cleanbill.cycle.verify.catalogue import BY_CODE
from cleanbill.formats import bill_json
from cleanbill.nouns.finding import worded
from cleanbill.nouns.seal import read_through
from cleanbill.store.models import (
    Bill,
    BillLine,
    Charge,
    ChargeBasis,
    Document,
    Finding,
    Price,
    PriceTier,
    PurchaseOrder,
    Run,
    SourceFile,
)
from cleanbill.store.opening import opened_document
from cleanbill.store.party_keys import unsealer
from cleanbill.store.totals import open_counts

Row = dict[str, Any]


class NoSuchBill(LookupError):
    """No bill of this organisation has the number."""

    def __init__(self, number: str) -> None:
        super().__init__(f"there is no bill {number}; `cleanbill bills` lists them")


@action("look")
def bills(
    actor: Actor, *, customer: str | None = None, kind: str | None = None, limit: int = 50
) -> list[Row]:
    """Return the latest bills, newest first."""
    found = Bill.objects.filter(organisation_id=actor.organisation_id)
    if customer:
        found = found.filter(customer=customer)
    if kind:
        found = found.filter(kind=kind)
    columns = (
        "number",
        "kind",
        "customer",
        "issue_date",
        "due_date",
        "line_count",
        "currency",
        "decimals",
        "net_minor",
        "tax_minor",
        "payable_minor",
    )
    return list(found.order_by("-issue_date", "-id").values(*columns)[:limit])


@action("look")
def document(actor: Actor, number: str) -> bill_json.Document:
    """Return a bill's document as people read it, its customer's data opened.

    Of an erased customer the name is ``[erased]``. Raises NoSuchBill, also for another
    organisation's bill, and MasterKeyError, BrokenSeal.
    """
    return _opened(_bill(actor, number))


def _bill(actor: Actor, number: str) -> Bill:
    bill = Bill.objects.filter(organisation_id=actor.organisation_id, number=number).first()
    if bill is None:
        raise NoSuchBill(number)
    return bill


def _body(bill: Bill) -> str:
    return Document.objects.get(organisation_id=bill.organisation_id, bill_id=bill.pk).body


def _opened(bill: Bill) -> bill_json.Document:
    return opened_document(bill.organisation_id, bill.customer, bill_json.read(_body(bill)))


@action("look")
def document_text(actor: Actor, number: str) -> str:
    """Return the canonical JSON of a bill with its customer's data opened."""
    return bill_json.canonical(document(actor, number))


@action("look")
def record(actor: Actor, number: str) -> str:
    """Return the record of a bill byte for byte as it was hashed, with what is sealed in it."""
    return _body(_bill(actor, number))


@action("look")
def findings(
    actor: Actor, *, code: str | None = None, severity: str | None = None, limit: int = 50
) -> list[Row]:
    """Return open findings, most money first, with reason and repair as sentences."""
    found = Finding.objects.filter(organisation_id=actor.organisation_id, closed_run_id=None)
    if code:
        found = found.filter(code=code)
    if severity:
        found = found.filter(severity=severity)
    rows = found.order_by("-at_stake_minor", "id").values(
        "code",
        "severity",
        "subject_kind",
        "subject",
        "charge_id",
        "parameters",
        "currency",
        "at_stake_minor",
    )[:limit]
    return told(actor, list(rows))


def told(actor: Actor, rows: list[Row]) -> list[Row]:
    """Return rows of findings with their subject opened, and reason and repair as sentences."""
    return [{**row, "subject": _subject(actor, row), **_worded(row)} for row in rows]


def _subject(actor: Actor, row: Row) -> str:
    """The finding's subject; in a draft's key, what the draft is parted by may be sealed."""
    if row["subject_kind"] != "draft":
        return str(row["subject"])
    party = json.loads(row["parameters"]).get("customer")
    return read_through(row["subject"], unsealer(actor.organisation_id, party))


def _worded(row: Row) -> Row:
    check = BY_CODE[row["code"]]
    facts = json.loads(row["parameters"])
    proposal = check.proposal
    return {
        "facts": facts,
        "title": check.title,
        "reason": worded(check, check.reason, facts),
        "repair": worded(check, check.repair, facts),
        "owner": check.owner.value,
        "proposal": proposal.filled(facts) if proposal else None,
    }


@action("look")
def findings_summary(actor: Actor) -> list[Row]:
    """Return open findings counted by code, with the money at stake per currency."""
    return [
        {
            "code": code,
            "severity": severity,
            "currency": currency,
            "count": count,
            "at_stake_minor": stake,
            "title": BY_CODE[code].title,
        }
        for code, severity, currency, count, stake in sorted(
            open_counts(actor.organisation_id), key=lambda row: (row[1], row[0], row[2] or "")
        )
    ]


@action("look")
def runs(
    actor: Actor,
    *,
    limit: int = 20,
    run_id: int | None = None,
    state: str | None = None,
    billing: bool = False,
) -> list[Row]:
    """Return the latest runs with their totals, those in a ``state``, or the one of this number.

    ``billing`` leaves out those that only verified what is open and were never to issue a bill.
    """
    found = Run.objects.filter(organisation_id=actor.organisation_id).order_by("-id")
    if state is not None:
        found = found.filter(state=state)
    if run_id is not None:
        found = found.filter(pk=run_id)
    if billing:
        found = found.exclude(selection=Run.VERIFYING)
    return list(
        found.values(
            "id",
            "state",
            "until",
            "issue_date",
            "actor",
            "started_at",
            "finished_at",
            "totals",
            "message",
            "charges_done",
            "charges_whole",
            "heartbeat_at",
        )[:limit]
    )


@action("look")
def explain_bill(actor: Actor, number: str, line: int | None = None) -> explain.Step:
    """Return the derivation of a bill's payable amount, or of one line's net, as a tree."""
    bill = _bill(actor, number)
    paper = _opened(bill)
    if line is None:
        return explain.bill_steps(paper)
    shown = next((n for n in paper["lines"] if n["line"] == str(line)), None)
    if shown is None:
        raise LookupError(f"bill {number} has {len(paper['lines'])} lines; there is no line {line}")
    kept = BillLine.objects.get(organisation_id=actor.organisation_id, bill_id=bill.pk, line=line)
    charge = (
        Charge.objects.filter(organisation_id=actor.organisation_id, pk=kept.charge_id)
        .values()
        .first()
    )
    price = (
        Price.objects.filter(organisation_id=actor.organisation_id, pk=kept.price_id)
        .values()
        .first()
    )
    tiers = (
        list(
            PriceTier.objects.filter(organisation_id=actor.organisation_id, price_id=kept.price_id)
            .order_by("tier")
            .values()
        )
        if price
        else []
    )
    source = (
        SourceFile.objects.filter(organisation_id=actor.organisation_id, pk=charge["source_file"])
        .values()
        .first()
        if charge
        else None
    )
    drawn = _drawn(actor, charge) if charge else None
    steps = explain.line_steps(paper, shown, charge, price, tiers, source, drawn)
    order = PurchaseOrder.objects.filter(
        organisation_id=actor.organisation_id, pk=kept.purchase_order_id
    ).first()
    if order is None:
        return steps
    step = explain.order_step(order.purchase_order, kept.order_by, bill.kind)
    return replace(steps, parts=(*steps.parts, step))


def _drawn(actor: Actor, charge: Row) -> explain.Drawn | None:
    """Which terms a charge was drawn from, and how its amount came about; None for others."""
    kept = ChargeBasis.objects.filter(
        organisation_id=actor.organisation_id, charge_id=charge["id"]
    ).first()
    if kept is None:
        return None
    return explain.Drawn(
        kept.terms, kept.terms_version, draw.explained(kept.kind, charge, kept.basis)
    )
