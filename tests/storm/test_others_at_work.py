"""Others at work in the middle of a run: runs, credits, imports, deadlocks, a clock that jumps."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from tests.actions.company import MONTH, Company
from tests.store.contents import execute, value
from tools import storm_work
from tools.storm_books import HEAD, corrections
from tools.storm_compare import contents, differences
from tools.storm_kills import Scene, Storm, scenes

from cleanbill.actions import begin_run, issue_bills, run_billing
from cleanbill.cycle import price
from cleanbill.store import faults, retries

TWINS = re.compile("'CB-CHG-05[03]'")
on_postgresql = pytest.mark.parametrize(
    "backend", [pytest.param("postgresql", marks=pytest.mark.slow)], indirect=True
)


@pytest.fixture
def run(storm: Storm, tmp_path: Path) -> Scene:
    """A run in chunks and partitions, done once without accident."""
    scene = scenes(tmp_path)[0]
    storm.calm(scene, apart=False)
    return scene


def company(facts: dict[str, Any], folder: Path) -> Company:
    folder.mkdir(exist_ok=True)
    return Company(folder, storm_work._actor(facts["organisation"]))


def meanwhile(monkeypatch, point: str, times: int, others: Callable[[], None]) -> None:
    """Let others work once a point has been reached; what they reach counts for nothing."""

    def at_work() -> None:
        monkeypatch.setattr(faults, "armed", None)
        others()

    monkeypatch.setattr(faults, "armed", storm_work.dying(point, times, at_work))


def unlike(scene: Scene, *but: str) -> list[str]:
    """Return where the books differ from the calm ones."""
    wanted = {part: rows for part, rows in scene.kept.items() if part not in but}
    return differences(wanted, contents())


@pytest.mark.parametrize("times", [1, 3, 17])
def test_two_workers_on_one_run(storm: Storm, run: Scene, monkeypatch, times: int):
    with storm.clone(run) as (_, facts):
        meanwhile(monkeypatch, "chunk.committed", times, lambda: storm_work.work(run.task, facts))
        storm_work.work(run.task, facts)
        storm.sound(run, "two workers", facts)
        assert unlike(run) == []


def besides_twins(findings: list[str]) -> list[str]:
    """Findings but for deliveries that two sources report: two runs may each bill one of them."""
    return [each for each in findings if not TWINS.search(each)]


@pytest.mark.parametrize("times", [1, 3, 17])
def test_two_runs_on_one_series(storm: Storm, run: Scene, monkeypatch, tmp_path: Path, times: int):
    with storm.clone(run) as (_, facts):
        works = company(facts, tmp_path)
        meanwhile(monkeypatch, "chunk.committed", times, lambda: works.bill(key="other", chunk=3))
        storm_work.work(run.task, facts)
        storm.sound(run, "two runs", facts)
        assert unlike(run, "totals", "findings") == []
        assert besides_twins(contents()["findings"]) == besides_twins(run.kept["findings"])
        states = value("SELECT COUNT(*) FROM run WHERE state = 'done'")
        assert states == 2


@pytest.mark.parametrize("key", ["own", "other"])
def test_runs_that_end_one_after_the_other_find_things_once(books: Company, monkeypatch, key: str):
    """All bills are out when another worker, or another run, comes and is quicker to the end."""
    books.take("charges", MONTH)
    told = []

    def quicker() -> None:
        books.bill(key=key, chunk=2)
        told.append(value("SELECT totals FROM run WHERE idempotency_key = %s", key))

    meanwhile(monkeypatch, "chunk.committed", 5, quicker)
    books.bill(key="own", chunk=2)
    assert len(told) == 1
    assert value("SELECT totals FROM run WHERE idempotency_key = %s", key) == told[0]
    assert value("SELECT COUNT(*) FROM finding") == len(books.findings()) == 3
    assert books.breaches() == []


def test_what_others_held_and_this_run_bills_is_held_no_more(books: Company, monkeypatch):
    """Others fail with OMEGA while this run, which read the books before, has yet to bill it."""
    books.take("charges", MONTH)

    def fail(*arguments: Any) -> Any:
        raise ValueError("out of range")

    def failing() -> None:
        with monkeypatch.context() as spoiled:
            spoiled.setattr(price, "quote", fail)
            books.bill(key="other", customer="OMEGA")
        assert ("CB-CHG-023", "S-09") in books.findings()

    meanwhile(monkeypatch, "chunk.committed", 1, failing)
    books.bill(key="own", chunk=2)
    assert len(books.findings()) == 3
    assert {subject for _, subject in books.findings()} == {"S-12", "S-13", "S-14"}


def test_a_correction_comes_in_while_its_charge_waits_to_be_billed(
    storm: Storm, run: Scene, monkeypatch, tmp_path: Path
):
    late = HEAD + "K11-2a,K11,BOLT,,500,,EUR,2026-10-05,K11-2,\n"
    with storm.clone(run) as (_, facts):
        works = company(facts, tmp_path)
        meanwhile(monkeypatch, "chunk.committed", 1, lambda: works.take("charges", late))
        storm_work.work(run.task, facts)
        storm.sound(run, "a correction", facts)
        assert _billed("K11-2a") == []
        works.bill(key="next")
        storm.sound(run, "the run after a correction", facts)
        assert _billed("K11-2a") == [(2, 500_000_000)]


def test_a_line_is_credited_while_a_run_is_about_to_credit_it(
    storm: Storm, run: Scene, monkeypatch, tmp_path: Path
):
    with storm.clone(run) as (_, facts):
        works = company(facts, tmp_path)
        own = _invoice(run, "K01-0a")
        meanwhile(monkeypatch, "chunk.committed", 2, lambda: works.credit(own))
        storm_work.work(run.task, facts)
        storm.sound(run, "a credit", facts)
        held = {subject for code, subject in works.findings() if subject in ("K01-c", "K01-d")}
        assert held == {"K01-c", "K01-d"}


def _invoice(run: Scene, reference: str) -> str:
    """The number under which the calm run billed a charge; found in its documents."""
    found = [row for row in run.kept["documents"] if f'"reference":"{reference}"' in row]
    return found[0].split("'")[1]


def _billed(reference: str) -> list[tuple[int, int]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.version, n.quantity_e6 FROM charge c JOIN bill_line n ON n.charge_id = c.id "
            "WHERE c.reference = %s",
            [reference],
        )
        return [tuple(row) for row in cursor.fetchall()]


class Jumping(datetime):
    """A clock that stands a year back, then a year ahead, at every look."""

    looks = 0

    @classmethod
    def now(cls, tz: Any = None) -> datetime:
        cls.looks += 1
        return datetime.now(tz) + timedelta(days=365 if cls.looks % 2 else -365)


def test_a_clock_that_jumps_changes_nothing(storm: Storm, run: Scene, monkeypatch):
    for module in (begin_run, issue_bills, run_billing):
        monkeypatch.setattr(module, "datetime", Jumping)
    with storm.clone(run) as (_, facts):
        storm_work.work(run.task, facts)
        assert Jumping.looks > 10
        storm.sound(run, "a jumping clock", facts)
        assert unlike(run) == []


def _link() -> Any:
    import psycopg

    known = connection.get_connection_params()
    return psycopg.connect(
        **{k: v for k, v in known.items() if k in ("dbname", "user", "host", "port")}
    )


def passed(monkeypatch) -> list[str]:
    """Collect the codes of what was tried again."""
    seen: list[str] = []
    real = retries.passing

    def noted(error: Any) -> bool:
        seen.append(error.__cause__.sqlstate)
        return real(error)

    monkeypatch.setattr(retries, "passing", noted)
    return seen


@on_postgresql
def test_a_deadlock_is_tried_again(storm: Storm, run: Scene, monkeypatch):
    codes = passed(monkeypatch)
    threads = []

    def crossing() -> None:
        """Hold the run, then want the series that we hold: we shall want the run next."""
        other = _link()
        other.execute("SET deadlock_timeout = '60s'")
        other.execute("SELECT id FROM run FOR UPDATE")

        def wanting() -> None:
            other.execute("SELECT id FROM series FOR UPDATE")
            other.close()

        threads.append(threading.Thread(target=wanting))
        threads[0].start()

    with storm.clone(run) as (_, facts):
        meanwhile(monkeypatch, "chunk.numbers.after", 2, crossing)
        storm_work.work(run.task, facts)
        threads[0].join()
        assert codes == ["40P01"]
        storm.sound(run, "a deadlock", facts)
        assert unlike(run) == []


@on_postgresql
def test_a_serialisation_failure_is_tried_again(storm: Storm, run: Scene, monkeypatch):
    codes = passed(monkeypatch)

    def faster() -> None:
        value("SELECT COUNT(*) FROM series")  # From here on we see this state of the books.
        with _link() as other:
            other.execute("UPDATE series SET prefix = prefix")

    with storm.clone(run) as (_, facts):
        execute("SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL SERIALIZABLE")
        meanwhile(monkeypatch, "chunk.numbers.before", 2, faster)
        storm_work.work(run.task, facts)
        assert codes == ["40001"]
        storm.sound(run, "a serialisation failure", facts)
        assert unlike(run) == []


@on_postgresql
def test_a_run_bills_what_an_import_is_about_to_correct(
    storm: Storm, run: Scene, monkeypatch, tmp_path: Path
):
    """The import has seen the charge unbilled; when it writes, it must see that it is billed."""
    errors: list[BaseException] = []

    def billing(facts: dict[str, Any]) -> None:
        thread = threading.Thread(
            target=storm_work._one, args=(facts["organisation"], "K00", 100, errors)
        )
        thread.start()
        thread.join()

    with storm.clone(run) as (_, facts):
        works = company(facts, tmp_path)
        meanwhile(monkeypatch, "import.charges.after", 1, lambda: billing(facts))
        report = works.take("charges", corrections())
        assert errors == []
        assert (report.proposed, report.created, report.changed) == (1, 1, 2)
        storm.sound(run, "an import", facts)
