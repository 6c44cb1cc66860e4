"""What is asked of each route when pages are measured: every visit another bill, filter or word."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode


@dataclass(frozen=True, slots=True)
class Known:
    """What there is to be visited, in an order that mixes near and far."""

    slug: str
    bills: list[str]
    credit_notes: list[str]
    credited: list[str]
    customers: list[str]
    places: list[tuple[date, int]]
    """Days and ids of bills all over the list."""
    findings: list[int]
    stakes: list[int]
    runs: list[int]
    prepared: int
    job: int
    papers: int
    sending: int
    files: list[tuple[str, int]]
    """Bills that were delivered, and the file of each."""
    messages: list[int]
    """Places all over the outbox."""
    uploads: list[int]
    person: int
    fresh: Callable[[str], int]
    """Hand a file in to be mapped, mended, taken or dropped; its number."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One request: what the address needs, its query or form, the answer that is right."""

    args: dict[str, Any] = field(default_factory=dict)
    query: dict[str, Any] = field(default_factory=dict)
    form: dict[str, Any] | None = None
    answer: int = 200


Visits = Callable[[Known, int], Visit]


def _at(things: list[Any], n: int) -> Any:
    return things[n % len(things)]


def _page(known: Known, n: int) -> Visit:
    """A page of bills: the first, some kind's, and those behind a bill anywhere in the list."""
    day, number = _at(known.places, n)
    deep = {"after": f"{day}.{number}"}
    return Visit(query=_at([{}, deep, {"kind": "credit_note"}, {**deep, "kind": "invoice"}], n))


def _searched(known: Known, n: int) -> Visit:
    """Words of few and of many: a number, a customer, the beginning of all numbers and names."""
    number, customer = _at(known.bills, n), _at(known.customers, n)
    words = (number, customer, number[:-2], "INV", "Customer", f"Customer {n}", "nobody has this")
    return Visit(query={"q": _at(list(words), n)})


_FILTERS: tuple[dict[str, Any], ...] = (
    {},
    {"all": "1"},
    {"code": "CB-CHG-006"},
    {"severity": "warn"},
    {"severity": "block", "all": "1"},
    {"owner": "master_data"},
    {"owner": "specialist"},
    {"days": "1"},
    {"put_off": "1"},
    {"mine": "1"},
)


def _queue(known: Known, n: int) -> Visit:
    """The queue: the views people have of it, and pages deep in it."""
    filters = dict(_at(list(_FILTERS), n))
    if n % 3 == 2 and not filters.keys() & {"put_off", "mine"}:
        filters["after"] = f"{_at(known.stakes, n)}.{_at(known.findings, n)}"
    return Visit(query=filters)


def _of_customer(known: Known, n: int) -> Visit:
    return Visit(query={"customer": _at(known.customers, n)})


def _decided(known: Known, n: int) -> Visit:
    """One finding is assigned, commented, confirmed or put off; the next one opens by itself."""
    until = datetime.now(UTC).date() + timedelta(days=20)
    do = _at(["assign", "comment", "confirm", "defer"], n)
    said = {
        "assign": {"assignee": "visitor@pages.test"},
        "comment": {"text": "The customer was called."},
        "defer": {"reason": "It waits for the customer.", "until": str(until)},
    }.get(do, {})
    form = {"finding": known.findings[n], "do": do, "step": "do", "one": "1", "back": ""}
    return Visit(form={**form, **said, "key": uuid.uuid4().hex}, answer=302)


def _decided_of_many(known: Known, n: int) -> Visit:
    """All findings of a page are chosen, and the form asks until when they may wait."""
    return Visit(form={"finding": known.findings[n : n + 50], "do": "defer", "back": ""})


def _undone(known: Known, n: int) -> Visit:
    return Visit(form={"decision": _last_decision(known), "back": ""}, answer=302)


def _last_decision(known: Known) -> int:
    from cleanbill.actions.access import ROLES, Actor
    from cleanbill.actions.decide_findings import defer
    from cleanbill.store.models import FindingDecision, Organisation

    own = Organisation.objects.get(slug=known.slug)
    actor = Actor(own.pk, "visitor@pages.test", ROLES["admin"])
    until = datetime.now(UTC).date() + timedelta(days=20)
    defer(actor, known.findings[200:201], reason="It waits.", until=until)
    return FindingDecision.objects.filter(organisation=own).latest("id").pk


def _view(_: Known, n: int) -> Visit:
    return Visit(form={"name": f"View {n % 5}", "back": urlencode(_FILTERS[n % 5])}, answer=302)


def _planned(known: Known, n: int) -> Visit:
    """The form for a run, and what it would do for one customer."""
    day = _at(known.places, 0)[0] + timedelta(days=30)
    asked = {"until": str(day), "issue_date": str(day), "customer": _at(known.customers, n)}
    return Visit(query=asked if n % 2 else {})


_COLUMNS = ("reference", "customer", "item", "quantity", "currency", "service_date", "order")


def _mapped(known: Known, _: int) -> Visit:
    form = {f"column.{name}": name for name in _COLUMNS}
    return Visit({"upload": known.fresh("open")}, form=form, answer=302)


def _bill(name: str = "bills", **query: Any) -> Visits:
    return lambda known, n: Visit({"number": _at(getattr(known, name), n)}, query)


def _run(answer: int = 200, *, posted: bool = False) -> Visits:
    form = {} if posted else None
    return lambda known, n: Visit({"run": _at(known.runs, n)}, form=form, answer=answer)


def _outbox(known: Known, n: int) -> Visit:
    """The outbox: what is not sent, each of its views, and pages deep in them."""
    view = _at([{}, *({"show": name} for name in ("waiting", "trouble", "withdrawn", "sent"))], n)
    return Visit(query={**view, "after": _at(known.messages, n)} if n % 2 else view)


def _sent(known: Known, n: int) -> Visit:
    """A bill goes out once more, or cannot because it waits."""
    again = {"again": "1", "reason": f"It got lost {n} times."}
    return Visit({"number": _at(known.bills, n)}, form=again, answer=302)


def _file(known: Known, n: int) -> Visit:
    number, file = _at(known.files, n)
    return Visit({"number": number, "file": file})


def _credit(known: Known, n: int) -> Visit:
    """The form for a credit, and the credit note that it would be."""
    looked = {"line": [1, 2], "reason": "Goods came back.", "look": "1"} if n % 2 else {}
    return Visit({"number": _at(known.bills, n + 1)}, looked)


def _customers(known: Known, n: int) -> Visit:
    """The list of customers: its beginning, and pages all over it."""
    return Visit(query={"after": _at(known.customers, n)} if n % 3 else {})


def _called(known: Known, n: int) -> Visit:
    """Customers by what somebody remembers: a reference, a rare word, words that many share."""
    words = (_at(known.customers, n), f"{7_000 + n}", "Customer", "GmbH customer", "nobody")
    return Visit(query={"q": _at(list(words), n)})


def _customer() -> Visits:
    return lambda known, n: Visit({"customer": _at(known.customers, n)})


def _item(_: Known, n: int) -> Visit:
    return Visit({"item": f"ITEM-{n % 60:03}"})


def _tried(known: Known, n: int) -> Visit:
    """A price that is tried out for a customer."""
    asked = {"item": f"ITEM-{n % 6:03}", "customer": _at(known.customers, n), "quantity": "7"}
    return Visit(query={**asked, "amount": "120.00"} if n % 6 == 5 else asked)


VISITS: dict[str, dict[str, Visits]] = {
    "home": {"": lambda known, n: Visit()},
    "queue": {"": _queue, "of a customer": _of_customer},
    "queue-decide": {"one": _decided, "fifty": _decided_of_many},
    "queue-undo": {"": _undone},
    "queue-views": {"": _view},
    "queue-one": {
        "": lambda known, n: Visit({"finding": _at(known.findings, n)}, dict(_FILTERS[n % 8])),
    },
    "queue-line": {"": lambda known, n: Visit({"finding": _at(known.findings, n)})},
    "runs": {"": lambda known, n: Visit()},
    "runs-new": {"": _planned},
    "runs-one": {"": _run()},
    "runs-pause": {"": _run(409, posted=True)},
    "runs-go-on": {"": _run(409, posted=True)},
    "runs-approve": {"": _run(409, posted=True)},
    "runs-withdraw": {"": _run(409, posted=True)},
    "runs-review": {"": lambda known, n: Visit({"run": known.prepared})},
    "runs-say": {
        "": lambda known, n: Visit(
            {"run": known.prepared, "place": n % 20 + 1}, form={"say": "pass"}, answer=302
        ),
    },
    "runs-papers": {"": lambda known, n: Visit({"run": known.runs[0]}, form={}, answer=302)},
    "runs-sending": {"": _run(302, posted=True)},
    "runs-send": {"": _run(302, posted=True)},
    "jobs-one": {
        "": lambda known, n: Visit({"job": known.job}),
        "what can be sent": lambda known, n: Visit({"job": known.sending}),
    },
    "jobs-fetch": {"": lambda known, n: Visit({"job": known.papers})},
    "imports": {"": lambda known, n: Visit()},
    "imports-undo": {
        "": lambda known, n: Visit({"number": 4_000_000_000}, form={}, answer=404),
    },
    "imports-one": {"": lambda known, n: Visit({"upload": _at(known.uploads, n)})},
    "imports-map": {"": _mapped},
    "imports-mend": {
        "": lambda known, n: Visit({"upload": known.fresh("checked")}, form={}, answer=302),
    },
    "imports-take": {
        "": lambda known, n: Visit({"upload": known.fresh("checked")}, form={}, answer=302),
    },
    "imports-rejects": {"": lambda known, n: Visit({"upload": _at(known.uploads, n)})},
    "imports-drop": {
        "": lambda known, n: Visit({"upload": known.fresh("open")}, form={}, answer=302),
    },
    "bills": {"": _page, "searched": _searched, "of a customer": _of_customer},
    "outbox": {"": _outbox},
    "bills-send": {"": _sent},
    "bills-letter": {"": _bill()},
    "bills-shown": {"": _bill()},
    "bills-file": {"": _file},
    "bills-pdf": {"": _bill()},
    "bills-record": {"": _bill()},
    "bills-explain": {"": _bill(), "a line": _bill(line=1)},
    "bills-credit": {"": _credit},
    "bills-one": {"": _bill(), "credited": _bill("credited"), "credit note": _bill("credit_notes")},
    "customers": {"": _customers, "searched": _called},
    "customers-one": {"": _customer()},
    "customers-edit": {"": _customer()},
    "items": {"": lambda known, n: Visit(query=_at([{}, {"q": "Article 1"}, {"q": "ITEM-0"}], n))},
    "items-one": {"": _item},
    "items-edit": {"": _item},
    "prices": {"": lambda known, n: Visit()},
    "prices-try": {"": _tried},
    "prices-one": {"": lambda known, n: Visit({"plan": _at(["-", "gold"], n)})},
    "agreements": {
        "": lambda known, n: Visit(query=_at([{}, {"customer": known.customers[0]}], n)),
    },
    "tax": {"": lambda known, n: Visit()},
    "find": {"": _searched},
    "sellers": {"": lambda known, n: Visit()},
    "sellers-look": {"": lambda known, n: Visit({"key": known.slug})},
    "sellers-look-shown": {
        "": lambda known, n: Visit({"key": known.slug}, form={"kind": "invoice"}),
    },
    "checks": {"": lambda known, n: Visit()},
    "checks-one": {"": lambda known, n: Visit({"name": _at(["CB-CHG-006", "late_days"], n)})},
    "members": {"": lambda known, n: Visit()},
    "members-let-in": {
        "": lambda known, n: Visit(
            form={"email": f"p{uuid.uuid4().hex}@pages.test", "role": "auditor"}, answer=302
        ),
    },
    "members-change": {
        "": lambda known, n: Visit(
            {"person": known.person},
            form={"role": _at(["specialist", "auditor"], n), "reason": "Other work."},
            answer=302,
        ),
    },
}
"""Of each route by its name: ways to visit it, and what each asks the n-th time."""
