"""Runs in processes of their own: killed at any point, or two at once on one series."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection
from tests.actions.company import MONTH, Company, founded

from cleanbill.store.models import Run

ROOT = Path(__file__).resolve().parents[2]


def started(url: str, company: Company, key: str, chunk: int, death: str) -> subprocess.Popen[str]:
    """Start a run elsewhere; it waits, with everything imported, for a line on its input."""
    module = ["-m", "tests.actions.billing_elsewhere"]
    return subprocess.Popen(
        [sys.executable, *module, str(company.actor.organisation_id), key, str(chunk), death],
        cwd=ROOT,
        env={**os.environ, "CLEANBILL_DATABASE_URL": url},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ready(*runs: subprocess.Popen[str]) -> None:
    """Wait until all have imported everything, then let all go at once."""
    for run in runs:
        assert run.stdout is not None
        assert run.stdout.readline() == "ready\n", run.communicate()[1]
    for run in runs:
        assert run.stdin is not None
        run.stdin.write("go\n")
        run.stdin.flush()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("death", "issued"),
    [
        ("chunk.numbers.after:2", 2),
        ("chunk.event.after:2", 2),
        ("chunk.committed:2", 4),
        ("chunk.event.after:5", 7),
        ("run.close.before:1", 8),
        ("run.close.after:1", 8),
    ],
)
def test_a_killed_run_is_resumed_without_loss_or_double(
    books: Company, store_url: str, tmp_path: Path, death: str, issued: int
):
    twin = founded(tmp_path / "twin", "acme2")
    for company in (twin, books):
        company.take("charges", MONTH)
    twin.bill(chunk=2)
    run = started(store_url, books, "october", 2, death)
    ready(run)
    out, err = run.communicate()
    assert (run.returncode, out) == (-signal.SIGKILL, ""), err
    assert len(books.bills()) == issued
    assert books.breaches() == []
    books.bill(key="october", chunk=2)
    wanted = {n: t.replace('"acme2"', '"acme"') for n, t in twin.bills().items()}
    assert books.bills() == wanted
    assert books.breaches() == []
    assert Run.objects.get(idempotency_key="october").state == "done"


def many(prefix: str, count: int) -> str:
    head = "reference,customer,item,quantity,currency,service_date,order\n"
    rows = [f"{prefix}{n},OMEGA,BOLT,1,EUR,2026-10-01,O-{prefix}{n}\n" for n in range(count)]
    return head + "".join(rows)


@pytest.mark.slow
@pytest.mark.parametrize("keys", [("one", "two"), ("same", "same")])
def test_two_processes_on_one_series_leave_no_gap_and_no_double(
    books: Company, store_url: str, keys: tuple[str, str]
):
    books.take("charges", many("X", 60))
    runs = [started(store_url, books, key, 3, "nowhere") for key in keys]
    ready(*runs)
    for run in runs:
        out, err = run.communicate()
        assert (run.returncode, out) == (0, "done\n"), err
    connection.close()
    assert list(books.bills()) == [f"INV-{n:06}" for n in range(1, 61)]
    orders = [json.loads(t)["references"]["order"] for t in books.bills().values()]
    assert len(set(orders)) == 60
    assert books.breaches() == []
    states = Run.objects.values_list("idempotency_key", "state")
    assert sorted(states) == [(key, "done") for key in sorted(set(keys))]


@pytest.mark.slow
def test_two_organisations_bill_at_once(books: Company, store_url: str, tmp_path: Path):
    twin = founded(tmp_path / "twin", "twin")
    for company in (twin, books):
        company.take("charges", many("X", 40))
    runs = [started(store_url, company, "k", 2, "nowhere") for company in (books, twin)]
    ready(*runs)
    for run in runs:
        out, err = run.communicate()
        assert (run.returncode, out) == (0, "done\n"), err
    for company in (books, twin):
        assert list(company.bills()) == [f"INV-{n:06}" for n in range(1, 41)]
        assert company.breaches() == []
