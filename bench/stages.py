"""The stages of `bench.million`, each called in a process of its own; prints one line of JSON."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from typing import Any

from bench.books import MONTH_END, founded
from bench.machine import peak_mib

METHODS = ("per_group", "per_line")
"""The two tax methods; a company each."""
LINES = 5


def prepare(count: int, _: str) -> dict[str, Any]:
    """Write two companies with half of the charges each, as an import leaves them."""
    from cleanbill.store.connect import open_store

    open_store(migrate=True)
    from django.db import connection

    from cleanbill.actions.seal_parties import sealed_customers
    from cleanbill.store import reading

    begun = time.perf_counter()
    for method in METHODS:
        actor = founded(method.replace("_", "-"), method, count // 2, LINES)
        own = actor.organisation_id
        sealed_customers(own, reading.master_data(own).customers)
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        cursor.execute("ANALYZE")
    return {"seconds": round(time.perf_counter() - begun, 1)}


def _actors() -> list[Any]:
    from cleanbill.store.connect import open_store

    open_store()
    from cleanbill.actions.access import ROLES, Actor
    from cleanbill.store.models import Organisation

    return [Actor(o.pk, "bench", ROLES["admin"]) for o in Organisation.objects.order_by("pk")]


def run(_: int, __: str) -> dict[str, Any]:
    """Bill both companies, start to end."""
    from django.db import connection

    actors = _actors()
    from cleanbill.actions.run_billing import run_billing

    begun = time.perf_counter()
    outcomes = [run_billing(a, until=MONTH_END, issue_date=MONTH_END) for a in actors]
    seconds = time.perf_counter() - begun
    return {
        "seconds": round(seconds, 2),
        "bills": sum(int(o.bills["count"].sum()) for o in outcomes),
        "lines": sum(int(o.charges["count"].sum()) for o in outcomes),
        "peak_mib": peak_mib(),
        "server": f"{connection.vendor} {_version()}",
    }


def _version() -> str:
    from django.db import connection

    with connection.cursor() as cursor:
        asked = "sqlite_version()" if connection.vendor == "sqlite" else "version()"
        cursor.execute(f"SELECT {asked}")
        return str(cursor.fetchone()[0]).split(" on ")[0]


def totals(_: int, __: str) -> dict[str, Any]:
    """Time the pure cycle, from charges that have been read to bills with totals."""
    actors = _actors()
    from cleanbill.actions.open_books import open_books
    from cleanbill.store import reading

    seconds, bills = 0.0, 0
    for actor in actors:
        last = reading.last_charge_id()
        books = open_books(actor, MONTH_END, MONTH_END, last, None, lambda *_: None)
        begun = time.perf_counter()
        bills += sum(batch.bills.height for batch in books.batches())
        seconds += time.perf_counter() - begun
        books.close()
    return {"seconds": round(seconds, 2), "bills": bills, "peak_mib": peak_mib()}


def floor(_: int, source: str) -> dict[str, Any]:
    """Read all charges and insert the rows that the run made, with as many commits."""
    _actors()
    from bench.floor import inserted, read_through

    reading = read_through()
    inserting, rows = inserted(source)
    return {
        "seconds": round(reading + inserting, 2),
        "reading": round(reading, 2),
        "inserting": round(inserting, 2),
        "rows": rows,
    }


def audit(_: int, __: str) -> dict[str, Any]:
    """Audit both companies as `cleanbill audit` does; the books must be clean."""
    actors = _actors()
    from cleanbill.actions.audit_books import audit_books

    begun = time.perf_counter()
    reports = [audit_books(actor) for actor in actors]
    broken = [breach for report in reports for breach in report.breaches]
    if broken:
        raise SystemExit(f"the books are broken: {broken[:5]}")
    return {
        "seconds": round(time.perf_counter() - begun, 1),
        "bills": sum(report.bills for report in reports),
        "peak_mib": peak_mib(),
    }


def single(count: int, _: str) -> dict[str, Any]:
    """Issue bills one by one, each with a commit of its own, in books of their own."""
    from cleanbill.store.connect import open_store

    open_store()
    actor = founded("single", "per_group", 8 * count, LINES)
    own = str(actor.organisation_id)
    alone = _timed([[own, "0", str(count)]])
    both = _timed([[own, str(2 * count), str(count)], [own, str(4 * count), str(count)]])
    chunks = founded("chunks", "per_group", count, LINES)
    return {
        "per_second": round(count / alone, 1),
        "per_second_two_processes": round(2 * count / both, 1),
        "per_second_in_a_run_with_chunks_of_one": _chunks_of_one(chunks),
    }


def _chunks_of_one(actor: Any) -> float:
    from cleanbill.actions.run_billing import run_billing

    begun = time.perf_counter()
    outcome = run_billing(actor, until=MONTH_END, issue_date=MONTH_END, chunk=1)
    return round(int(outcome.bills["count"].sum()) / (time.perf_counter() - begun), 1)


def _timed(jobs: list[list[str]]) -> float:
    """Return the time of the slowest of these issuers; starting the processes does not count."""
    issuers = [
        subprocess.Popen(
            [sys.executable, "-m", "bench.issuer", *job], stdout=subprocess.PIPE, text=True
        )
        for job in jobs
    ]
    times = []
    for issuer in issuers:
        out, _ = issuer.communicate()
        if issuer.returncode:
            raise SystemExit("an issuer failed")
        times.append(float(out.splitlines()[-1]))
    return max(times)


if __name__ == "__main__":
    stages = {f.__name__: f for f in (prepare, run, totals, floor, audit, single)}
    print(json.dumps(stages[sys.argv[1]](int(sys.argv[2]), sys.argv[3])))
