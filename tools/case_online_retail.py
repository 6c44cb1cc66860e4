"""Run the Online Retail year end to end, measure it, check it, and write its page.

    python -m tools.case_online_retail [--data FILE] [--page FILE]

sets up the company in an empty database, imports, runs, audits, imports and runs a second time, and
writes docs/cases/online-retail.md from the books. What the books must show comes from
tests/independent/online_retail.py; where they differ, the page says so and the exit code is 1.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.independent import online_retail as independent
from tools import online_retail_books, online_retail_page
from tools.online_retail_books import Books

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT.parent / "shared/data/online_retail/online_retail_541909.parquet"
COMPANY = ROOT / "examples/online-retail/company.toml"
PAGE = ROOT / "docs/cases/online-retail.md"
SHOWN = 40
DATABASE = "online-retail.sqlite3"
RUN = ("run", "--until", "2011-12-31", "--issue-date", "2011-12-31", "--json")


@dataclass(frozen=True, slots=True)
class Step:
    """One command of the product: what it answered, what it took."""

    name: str
    seconds: float
    cpu_seconds: float
    mebibytes: int
    code: int
    answer: str


@dataclass(frozen=True, slots=True)
class Case:
    """A year that was run: its steps, and the tables before and after the repetition."""

    database: Path
    steps: dict[str, Step]
    before: dict[str, tuple[int, str]]
    after: dict[str, tuple[int, str]]


def cleanbill(folder: Path, name: str, *words: str | Path) -> Step:
    """Run one command of the product on the database in ``folder`` and measure its process."""
    # A test's own settings mean nothing in another folder.
    kept = {k: v for k, v in os.environ.items() if k != "DJANGO_SETTINGS_MODULE"}
    environment = {
        **kept,
        "CLEANBILL_DATABASE_URL": f"sqlite:///{folder / DATABASE}",
        "CLEANBILL_USER": "specialist@example.com",
        "COLUMNS": "120",
    }
    command = [str(Path(sys.executable).with_name("cleanbill")), *map(str, words)]
    log = folder / "answer.txt"
    with log.open("w", encoding="utf-8") as out:
        start = time.monotonic()
        started = subprocess.Popen(
            command, cwd=folder, env=environment, stdout=out, stderr=subprocess.STDOUT
        )
        _, status, usage = os.wait4(started.pid, 0)
        seconds = time.monotonic() - start
    started.returncode = os.waitstatus_to_exitcode(status)
    unit = 1024**2 if sys.platform == "darwin" else 1024
    answer = log.read_text(encoding="utf-8")
    worked, peak = usage.ru_utime + usage.ru_stime, usage.ru_maxrss // unit
    return Step(name, seconds, worked, peak, started.returncode, answer)


def run_year(folder: Path, data: Path = DATA) -> Case:
    """Set up, import, run and audit; then import and run again. A command that fails ends it."""
    intake = ("import", "charges", data, "--profile", "online-retail", "--json")
    database = folder / DATABASE
    steps = {}

    def step(name: str, *words: str | Path) -> None:
        steps[name] = done = cleanbill(folder, name, *words)
        if done.code:
            raise RuntimeError(f"{name} ended with code {done.code}:\n{done.answer[-3000:]}")

    step("setup", "setup", COMPANY)
    step("import", *intake)
    step("run", *RUN)
    step("audit", "audit", "--json")
    before = online_retail_books.snapshot(database)
    step("second import", *intake)
    step("second run", *RUN)
    after = online_retail_books.snapshot(database)
    return Case(database, steps, before, after)


def disagreements(books: Books, rows: list[Any], bills: list[Any]) -> list[str]:
    """Return where the books differ from the independent script: figures, bills, rows."""
    expected = independent.figures(rows, bills)
    expected.pop("exact duplicates")  # The books keep days, not times.
    return [
        *online_retail_books.differences(expected, online_retail_books.figures(books)),
        *online_retail_books.unlike_bills(bills, books.bills),
        *online_retail_books.unlike_rows(rows, books.rows),
    ]


def machine() -> str:
    """Return the facts about this machine that the measured times depend on."""
    cpus = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return (
        f"{cpus} CPUs (load {os.getloadavg()[1]:.1f} over the last five minutes), "
        f"{platform.system()} {platform.machine()}, "
        f"{platform.python_implementation()} {platform.python_version()}, SQLite"
    )


def main() -> None:
    """Run the case and write its page."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--data", type=Path, default=DATA, help="the year as Parquet")
    parser.add_argument("--page", type=Path, default=PAGE, help="the page to write")
    chosen = parser.parse_args()
    if not chosen.data.exists():
        parser.exit(2, "The Online Retail file is not there; name it with --data.\n")
    with tempfile.TemporaryDirectory() as name:
        case = run_year(Path(name), chosen.data.resolve())
        books = online_retail_books.read(case.database)
    rows, bills = independent.settled(chosen.data)
    wrong = disagreements(books, rows, bills)
    page = online_retail_page.page(case, books, bills, wrong, machine())
    chosen.page.parent.mkdir(parents=True, exist_ok=True)
    chosen.page.write_text(page, encoding="utf-8")
    for line in wrong[:SHOWN]:
        print(line)
    print(f"{chosen.page.name}: {len(wrong):,} differences from the independent figures")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
