"""Find customers: a page of the list, and what stands around one of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q

from cleanbill.actions import find_bills
from cleanbill.actions.access import Actor, action
from cleanbill.actions.look_up import told
from cleanbill.cycle.verify.catalogue import BY_CODE
from cleanbill.nouns.seal import is_sealed, read_through
from cleanbill.store.bill_search import begins
from cleanbill.store.models import Agreement, Charge, Customer, Event, Finding
from cleanbill.store.names import page_called
from cleanbill.store.party_keys import unsealer

Row = dict[str, Any]
PAGE, SHOWN = 50, 20
_LISTED = ("customer", "name", "kind", "city", "country", "blocked")
_FINDING = (
    *("id", "code", "severity", "subject_kind", "subject", "charge_id", "parameters"),
    *("currency", "at_stake_minor"),
)
_ABOUT_CUSTOMERS = [code for code, check in BY_CODE.items() if check.subject.value == "customer"]
_TERMS = ("id", "customer", "agreement", "valid_from", "valid_to", "currency", "plan")
_TERMS_MORE = ("payment_days", "grouping", "cut_off", "purchase_order")


class NoSuchCustomer(LookupError):
    """No customer of this organisation has the reference."""

    def __init__(self, customer: str) -> None:
        super().__init__(f"there is no customer {customer} in the master data")


@dataclass(frozen=True, slots=True)
class Page:
    """A page of rows; ``next`` is behind which key the next page begins, None on the last."""

    rows: list[Row]
    next: str | None


@action("look")
def find_customers(actor: Actor, *, text: str = "", after: str = "", size: int = PAGE) -> Page:
    """Return customers by reference, behind the one named ``after``.

    ``text`` is the beginning of a reference, or words that the name has, all of them.
    """
    own = Customer.objects.filter(organisation_id=actor.organisation_id)
    if text:
        own = own.filter(customer__in=page_called(actor.organisation_id, text, after, size + 1))
    elif after:
        own = own.filter(customer__gt=after)
    rows = list(own.order_by("customer").values(*_LISTED)[: size + 1])
    return Page(rows[:size], rows[size - 1]["customer"] if len(rows) > size else None)


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a customer and stands around it."""

    row: Row
    bills: list[Row]
    agreements: list[Row]
    findings: list[Row]
    history: list[Row]


@action("look")
def customer(actor: Actor, reference: str) -> Known:
    """Return a customer with its latest bills, agreements, open findings and changes.

    Changes have ``before`` and ``after`` opened; of an erased customer they say so. Raises
    NoSuchCustomer.
    """
    own = actor.organisation_id
    row = Customer.objects.filter(organisation_id=own, customer=reference).values().first()
    if row is None:
        raise NoSuchCustomer(reference)
    return Known(
        {c: v for c, v in row.items() if c not in ("id", "organisation_id")},
        find_bills.find_bills(actor, customer=reference, size=SHOWN).bills,
        agreements(actor, customer=reference),
        _findings(actor, reference),
        _history(actor, reference),
    )


def _findings(actor: Actor, reference: str) -> list[Row]:
    opened = Finding.objects.filter(organisation_id=actor.organisation_id, closed_run_id=None)
    charges = Charge.objects.filter(organisation_id=actor.organisation_id, customer=reference)
    found: dict[int, Row] = {}
    for some in (
        opened.filter(charge_id__in=charges.values("id")),
        opened.filter(code__in=_ABOUT_CUSTOMERS, subject_kind="customer", subject=reference),
    ):
        for row in some.order_by("-at_stake_minor", "id").values(*_FINDING)[:SHOWN]:
            found[row["id"]] = row
    return told(actor, sorted(found.values(), key=lambda r: (-r["at_stake_minor"], r["id"])))


def _history(actor: Actor, reference: str) -> list[Row]:
    """Changes of the customer and of what hangs from it, the latest first, opened."""
    own = Event.objects.filter(organisation_id=actor.organisation_id)
    mine = own.filter(subject=reference).filter(
        Q(action__startswith="customer.") | Q(action__startswith="party.")
    )
    terms = own.filter(begins("subject", f"{reference} ")).filter(
        Q(action="agreement.changed") | Q(action="exemption.changed")
    )
    columns = ("at", "actor", "action", "cause", "before", "after")
    rows = [
        row
        for some in (mine, terms)
        for row in some.order_by("-at", "-id").values(*columns)[:SHOWN]
    ]
    unseal = unsealer(actor.organisation_id, reference)

    def opened(value: Any) -> Any:
        sealed = isinstance(value, str) and is_sealed(value)
        return read_through(value, unseal) if sealed else value

    latest = sorted(rows, key=lambda row: row["at"], reverse=True)[:SHOWN]
    return [{**row, "changes": differences(row, opened)} for row in latest]


def differences(row: Row, opened: Any = lambda value: value) -> list[Row]:
    """Return ``column``, ``before`` and ``after`` of what an event says has changed."""
    before, after = row["before"] or {}, row["after"] or {}
    return [
        {"column": c, "before": opened(before.get(c)), "after": opened(after.get(c))}
        for c in dict.fromkeys((*before, *after))
    ]


@action("look")
def agreements(
    actor: Actor, *, customer: str | None = None, on: date | None = None, limit: int = 100
) -> list[Row]:
    """Return agreements with their days, by customer, the latest first; ``on``: in force then."""
    found = Agreement.objects.filter(organisation_id=actor.organisation_id)
    if customer:
        found = found.filter(customer=customer)
    if on:
        found = found.filter(Q(valid_to=None) | Q(valid_to__gt=on), valid_from__lte=on)
    ordered = found.order_by("customer", "-valid_from", "id")
    more = ("document_discount_percent_e6", "early_payment")
    return list(ordered.values(*_TERMS, *_TERMS_MORE, *more)[:limit])
