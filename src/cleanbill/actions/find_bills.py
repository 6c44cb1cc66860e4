"""Find bills: a page of the list, and what stands around one bill."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q

from cleanbill.actions.access import Actor, action
from cleanbill.actions.look_up import NoSuchBill
from cleanbill.store.models import Bill, BillLine, Customer, Event, Posting, Run

Row = dict[str, Any]
PAGE = 50
_COLUMNS = (
    "id",
    "number",
    "kind",
    "customer",
    "issue_date",
    "due_date",
    "line_count",
    "currency",
    "net_minor",
    "tax_minor",
    "payable_minor",
)


@dataclass(frozen=True, slots=True)
class Found:
    """A page of bills; ``next`` is where the next page begins, None on the last."""

    bills: list[Row]
    next: str | None


@action("look")
def find_bills(
    actor: Actor,
    *,
    text: str = "",
    kind: str | None = None,
    after: tuple[date, int] | None = None,
    size: int = PAGE,
) -> Found:
    """Return bills, newest first, behind the bill that ``after`` names by day and id.

    ``text`` is the beginning of a number, of a customer's reference or of a customer's name.
    """
    own = Bill.objects.filter(organisation_id=actor.organisation_id)
    if kind:
        own = own.filter(kind=kind)
    if text:
        known = Customer.objects.filter(organisation_id=actor.organisation_id)
        named = known.filter(Q(name__istartswith=text) | Q(customer__istartswith=text))
        own = own.filter(
            Q(number__startswith=text)
            | Q(customer__in=list(named.values_list("customer", flat=True)[:PAGE]))
        )
    if after:
        own = own.filter(Q(issue_date__lt=after[0]) | Q(issue_date=after[0], id__lt=after[1]))
    rows = list(own.order_by("-issue_date", "-id").values(*_COLUMNS)[: size + 1])
    names = _names(actor, {row["customer"] for row in rows if row["customer"]})
    shown = [{**row, "name": names.get(row["customer"])} for row in rows[:size]]
    last = f"{shown[-1]['issue_date']}.{shown[-1]['id']}" if len(rows) > size else None
    return Found(shown, last)


def _names(actor: Actor, customers: set[str]) -> dict[str, str]:
    known = Customer.objects.filter(organisation_id=actor.organisation_id, customer__in=customers)
    return {customer: name for customer, name in known.values_list("customer", "name") if name}


@dataclass(frozen=True, slots=True)
class Around:
    """What stands around a bill: its row, its postings, who issued it, what credits it."""

    bill: Row
    postings: list[Row]
    run: Row | None
    credits: list[Row]
    happened: list[Row]


@action("look")
def around(actor: Actor, number: str) -> Around:
    """Return what stands around a bill. Raises NoSuchBill."""
    own = Bill.objects.filter(organisation_id=actor.organisation_id)
    bill = own.filter(number=number).values(*_COLUMNS, "run_id", "chain_hash").first()
    if bill is None:
        raise NoSuchBill(number)
    postings = Posting.objects.filter(
        organisation_id=actor.organisation_id, bill_id=bill["id"]
    ).order_by("entry_line")
    runs = Run.objects.filter(organisation_id=actor.organisation_id, pk=bill["run_id"])
    lines = BillLine.objects.filter(
        organisation_id=actor.organisation_id, credits_bill_id=bill["id"]
    )
    crediting = own.filter(id__in=list(lines.values_list("bill_id", flat=True).distinct()))
    events = Event.objects.filter(organisation_id=actor.organisation_id, subject=number)
    return Around(
        bill,
        list(postings.values("account", "tax_rule", "currency", "amount_minor")),
        runs.values("id", "actor", "started_at", "until").first(),
        list(crediting.order_by("issue_date", "id").values("number", "issue_date")),
        list(events.order_by("at", "id").values("at", "actor", "action", "cause")),
    )
