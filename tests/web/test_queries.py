"""How often pages ask the database: so many times at most, however much there is in it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from tests.actions.company import Company
from tests.web.conftest import Visitor
from tests.web.test_routes import POSTED, ROUTES, address

from cleanbill.actions import decide_findings, look_up, send_bills
from cleanbill.actions.find_findings import list_findings
from cleanbill.store.models import Finding

MOST = {
    "home": 10,
    "queue": 24,
    "queue-one": 35,
    "queue-line": 45,
    "runs": 4,
    "runs-new": 3,
    "runs-one": 7,
    "runs-review": 7,
    "jobs-one": 4,
    "jobs-fetch": 4,
    "outbox": 7,
    "bills-letter": 10,
    "bills-shown": 10,
    "bills-file": 6,
    "imports": 5,
    "imports-one": 5,
    "imports-rejects": 4,
    "bills": 5,
    "bills-pdf": 6,
    "bills-record": 6,
    "bills-explain": 6,
    "bills-one": 18,
    "bills-credit": 5,
    "customers": 4,
    "customers-one": 13,
    "customers-edit": 5,
    "items": 4,
    "items-one": 7,
    "items-edit": 4,
    "prices": 4,
    "prices-try": 3,
    "prices-one": 5,
    "agreements": 4,
    "tax": 4,
    "find": 3,
    "sellers": 6,
    "sellers-look": 13,
    "checks": 6,
    "checks-one": 6,
    "members": 4,
}
"""Of each page the most queries, whatever there is; three of them are session, person and role."""
ASKED = {
    "queue": ("all=1", "mine=1", "put_off=1", "days=1", "customer=ALPHA", "code=CB-CHG-006"),
    "bills": ("q=INV", "q=Alpha", "q=Alpha+AG+bolt", "kind=credit_note", "kind=invoice"),
    "runs-new": ("until=2026-10-31&issue_date=2026-10-31&customer=ALPHA",),
    "bills-explain": ("line=1",),
    "bills-credit": ("look=1&line=1&reason=Goods+came+back.",),
    "customers": ("q=alpha", "q=a", "after=ALPHA"),
    "items": ("q=bolt",),
    "prices-try": ("item=BOLT&customer=ALPHA&quantity=3",),
    "agreements": ("customer=ALPHA", "on=2026-10-31"),
    "find": ("q=alpha", "q=alpha+ag+bolt", "q=INV", "q=bolt"),
    "outbox": ("show=waiting", "show=trouble", "show=withdrawn", "show=sent", "after=20"),
}
"""Other ways to ask for a page, which cost no more than ``WAYS`` says, or than the page itself."""
WAYS = {
    **{"runs-new": 40, "bills": 36, "bills-explain": 13, "bills-credit": 18},
    **{"prices-try": 12, "find": 48, "customers": 7},
}
HEAD = "reference,customer,item,quantity,currency,service_date,order\n"


def grown(company: Company, rounds: range) -> None:
    """Let months go by: charges that are billed or held, credits, decisions, imports."""
    for n in rounds:
        rows = [f"G{n}-{k},ALPHA,BOLT,{k + 1},EUR,2026-10-12,G{n}-{k}" for k in range(12)]
        rows += [f"H{n}-{k},NOBODY,BOLT,{k + 1},EUR,2026-10-12,H{n}" for k in range(6)]
        rows += [f"I{n}-{k},BETA,NOTHING,{k + 1},EUR,2026-10-12,I{n}" for k in range(6)]
        company.take("charges", HEAD + "\n".join(rows) + "\n", name=f"more-{n}.csv")
        company.bill()
        send_bills.send_run(company.actor, look_up.runs(company.actor, limit=1)[0]["id"])
        company.take("customers", f"customer,name,country\nNEW-{n},New {n},DE\n")
        company.credit(look_up.bills(company.actor, kind="invoice", limit=1)[0]["number"])
        ids = [row["id"] for row in list_findings(company.actor)][:4]
        until = datetime.now(UTC).date() + timedelta(days=9)
        decide_findings.defer(company.actor, ids[:1], reason="It waits.", until=until)
        decide_findings.assign(company.actor, ids[1:3], assignee=company.actor.name)
        decide_findings.comment(company.actor, ids[1:2], text="Asked.")


@pytest.mark.slow
def test_no_page_asks_more_often_where_there_is_more(desk: Company, visitor: Visitor):
    assert set(MOST) == set(ROUTES) - set(POSTED), "each page says how often it asks"
    client = visitor("admin")
    grown(desk, range(2))
    few = asked(client)
    before = Finding.objects.count()
    grown(desk, range(2, 8))
    assert Finding.objects.count() > 2.5 * before
    many = asked(client)
    # One more may come where something is shown for the first time, such as a draft's subject.
    more = {p: (few[p], n) for p, n in many.items() if n > few[p] + 1}
    assert not more
    for page, times in [*few.items(), *many.items()]:
        name = page.partition("?")[0]
        assert times <= (WAYS.get(name, MOST[name]) if "?" in page else MOST[name]), page


def asked(client: Client) -> dict[str, int]:
    """Return how often each page asks, and each way to ask for it."""
    found = {}
    for name in MOST:
        for query in ("", *ASKED.get(name, ())):
            page = f"{name}?{query}" if query else name
            with CaptureQueriesContext(connection) as queries:
                answer = client.get(f"{address(name, 'acme')}?{query}")
                b"".join(answer)
            assert answer.status_code == 200, page
            found[page] = len(queries)
    return found
