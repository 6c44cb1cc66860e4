"""Find bills: a page of the list, and what stands around one bill."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import reduce
from operator import and_
from typing import Any

from django.db.models import QuerySet

from cleanbill.actions.access import Actor, action
from cleanbill.actions.look_up import NoSuchBill
from cleanbill.store.bill_search import (
    LATEST,
    LATEST_AMOUNTS,
    Fit,
    Search,
    of_customer,
    searched,
)
from cleanbill.store.models import Bill, BillLine, Customer, Event, Posting, Run
from cleanbill.store.paging import behind

Row = dict[str, Any]
PAGE = 50
LOOKED_IN = (LATEST, LATEST_AMOUNTS)
"""In how many bills, the latest ones, items and amounts are looked for."""
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
    """A page of bills; ``next`` is where the next page begins, None on the last.

    ``bounded``: there are more bills than those in which items and amounts were looked for.
    """

    bills: list[Row]
    next: str | None
    bounded: bool = False


@action("look")
def find_bills(
    actor: Actor,
    *,
    text: str = "",
    kind: str | None = None,
    customer: str | None = None,
    since: date | None = None,
    until: date | None = None,
    after: tuple[date, int] | None = None,
    size: int = PAGE,
) -> Found:
    """Return bills, newest first, behind the bill that ``after`` names by day and id.

    ``text`` is the beginning of a number, the number without its prefix, an order, a purchase
    order, an item, an amount, or words of a customer's name; items and amounts are looked for in
    the latest of the bills that the rest chooses. ``since`` and ``until`` are days of issue, both
    inclusive.
    """
    own = Bill.objects.filter(organisation_id=actor.organisation_id)
    if since:
        own = own.filter(issue_date__gte=since)
    if until:
        own = own.filter(issue_date__lte=until)
    wanted, bounded = [], False
    if customer:
        wanted.append(of_customer(actor.organisation_id, customer))
    if text:
        found = searched(Search(actor.organisation_id, own, *wanted), text)
        wanted.append(found.fit)
        bounded = found.bounded
    if kind:
        own = own.filter(kind=kind)
    if after:
        own = own.filter(behind(("issue_date", "id"), after))
    rows = _page(own, reduce(and_, wanted) if wanted else None, size + 1)
    names = _names(actor, {row["customer"] for row in rows if row["customer"]})
    shown = [{**row, "name": names.get(row["customer"])} for row in rows[:size]]
    last = f"{shown[-1]['issue_date']}.{shown[-1]['id']}" if len(rows) > size else None
    return Found(shown, last, bounded)


def _page(own: QuerySet[Bill], fit: Fit | None, most: int) -> list[Row]:
    """Return the first rows in the order of the list, of those that fit."""
    if fit is not None and fit.many is None:
        some = own.filter(pk__in=sorted(fit.ids)).order_by().values(*_COLUMNS)
        return sorted(some, key=lambda r: (r["issue_date"], r["id"]), reverse=True)[:most]
    every = own if fit is None else own.filter(fit.condition)
    return list(every.order_by("-issue_date", "-id").values(*_COLUMNS)[:most])


def _names(actor: Actor, customers: set[str]) -> dict[str, str]:
    known = Customer.objects.filter(organisation_id=actor.organisation_id, customer__in=customers)
    return {customer: name for customer, name in known.values_list("customer", "name") if name}


@dataclass(frozen=True, slots=True)
class Around:
    """What stands around a bill: its row, its postings, who issued it, what credits it, what it
    credits itself."""

    bill: Row
    postings: list[Row]
    run: Row | None
    credits: list[Row]
    happened: list[Row]
    credited: list[Row]


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
    credited: list[Row] = []
    if bill["kind"] == "credit_note":
        its_own = BillLine.objects.filter(
            organisation_id=actor.organisation_id, bill_id=bill["id"], credits_bill_id__isnull=False
        )
        named = own.filter(
            id__in=list(its_own.values_list("credits_bill_id", flat=True).distinct())
        )
        credited = list(named.order_by("issue_date", "id").values("number", "issue_date"))
    return Around(
        bill,
        list(postings.values("account", "tax_rule", "currency", "amount_minor")),
        runs.values("id", "actor", "started_at", "until").first(),
        list(crediting.order_by("issue_date", "id").values("number", "issue_date")),
        list(events.order_by("at", "id").values("at", "actor", "action", "cause")),
        credited,
    )
