"""Many issuers at once on one series: no gap, no double, no going back, and nobody is turned away.

Every issuer bills one customer of its own, in chunks so small that the transactions of all mix.
Issuers are threads with a connection each, spread over a few processes.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from pathlib import Path

from django.db import connection
from tests.actions.company import Company, founded
from tests.store.databases import Backend, build, opened
from tools import storm_work

from cleanbill.actions.audit_books import audit_books
from cleanbill.store.chain import text_hash


@dataclass(frozen=True, slots=True)
class Crowd:
    """How many issue how much."""

    issuers: int
    bills: int
    processes: int
    chunk: int = 10

    @property
    def customers(self) -> list[str]:
        """Each issuer's own customer."""
        return [f"K{n:03}" for n in range(self.issuers)]


@dataclass(frozen=True, slots=True)
class Seen:
    """What came of it."""

    faults: list[str]
    seconds: float
    changes: int
    """How often, from one chunk to the next, the series passed to another issuer."""


def prepared(folder: Path, crowd: Crowd) -> Company:
    """Set a company up in the open store whose customers have ``bills`` orders each."""
    company = founded(folder, "crowd")
    head = "customer,name,street,city,postcode,country\n"
    company.take(
        "customers",
        head + "".join(f"{c},Company {c},Hafenweg 9,Stuttgart,70173,DE\n" for c in crowd.customers),
    )
    head = "reference,customer,item,quantity,currency,service_date,order\n"
    rows = (
        f"{c}-{n},{c},BOLT,1,EUR,2026-10-01,{c}-{n}\n"
        for c in crowd.customers
        for n in range(crowd.bills)
    )
    company.take("charges", head + "".join(rows))
    return company


def gather(backend: Backend, crowd: Crowd, folder: Path) -> Seen:
    """Let the crowd issue in a clone of prepared books; return what is wrong with them then."""
    template = f"storm_crowd_{crowd.issuers}_{crowd.bills}"
    company = build(backend, template, lambda: prepared(folder, crowd))
    name = f"{template}_issued"
    url = backend.clone(name, template)
    faults, seconds = _issued(url, crowd, company.actor.organisation_id)
    with opened(url):
        faults += _wrong(company, crowd)
        changes = _changes()
    backend.drop(name)
    return Seen(faults, seconds, changes)


def _issued(url: str, crowd: Crowd, organisation: int) -> tuple[list[str], float]:
    """Run the crowd; return the errors that any of them saw, and how long all took."""
    processes = [storm_work.ready() for _ in range(crowd.processes)]
    start = time.monotonic()
    for place, process in enumerate(processes):
        own = crowd.customers[place :: crowd.processes]
        facts = {"organisation": organisation, "customers": own, "chunk": crowd.chunk}
        storm_work.order(process, url, "issue", facts)
    answers = [process.communicate() for process in processes]
    seconds = time.monotonic() - start
    return [f"an issuer failed: {e[-2000:]}" for out, e in answers if out != "done\n"], seconds


def _wrong(company: Company, crowd: Crowd) -> list[str]:
    """Return what is wrong with the books: counted here, and what the audit finds."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT b.sequence, b.number, b.issue_date, b.document_hash, d.body "
            "FROM bill b JOIN document d ON d.bill_id = b.id ORDER BY b.sequence"
        )
        rows = cursor.fetchall()
    whole = crowd.issuers * crowd.bills
    orders = {json.loads(row[4])["references"]["order"] for row in rows}
    dates = [row[2] for row in rows]
    found = {
        f"{len(rows)} bills instead of {whole}": len(rows) != whole,
        f"{len(orders)} orders billed instead of {whole}": len(orders) != whole,
        "a gap or a double": [row[0] for row in rows] != list(range(1, len(rows) + 1)),
        "numbers that are not the sequence": any(r[1] != f"INV-{r[0]:06}" for r in rows),
        "dates that go back": dates != sorted(dates),
        "a document under another's hash": any(text_hash(row[4]) != row[3] for row in rows),
    }
    audit = [f"audit {b.code}: {b.row}" for b in audit_books(company.actor).breaches]
    return [words for words, wrong in found.items() if wrong] + audit


def _changes() -> int:
    """Count how often a bill stands behind one of another run."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT COUNT(*) FROM (SELECT run_id, LAG(run_id) OVER (ORDER BY sequence) AS before "
            "FROM bill) x WHERE run_id <> before"
        )
        return int(cursor.fetchone()[0])
