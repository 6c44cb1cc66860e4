"""A made-up company taken through the product by its command line, and what the books then say."""

from __future__ import annotations

import csv
import json
import sqlite3
import tempfile
from calendar import monthrange
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools.case_online_retail import DATABASE, cleanbill
from tools.planted import Company, Planted, company, plant, write_history, write_master, write_month
from tools.planted.company import months
from tools.planted.month import month
from tools.planted.write import MASTER

MONTH = "2026-10"
_FINDINGS = """
SELECT f.code, f.severity, f.subject_kind, f.subject, f.parameters, f.at_stake_minor,
       c.source, c.reference, c.occurrence, c.customer, c.item, c."order"
FROM finding f LEFT JOIN charge c ON c.id = f.charge_id
WHERE f.closed_run_id IS NULL AND f.opened_run_id = (SELECT max(id) FROM run)
ORDER BY f.id
"""
_CHARGES = """
SELECT source, reference, occurrence, customer, item, "order" FROM charge
WHERE source_file > ? ORDER BY id
"""


@dataclass(frozen=True, slots=True)
class Told:
    """A finding, and the row of the source that it names (none: it names no charge)."""

    code: str
    severity: str
    about: str
    subject: str
    parameters: dict[str, Any]
    at_stake: int
    row: tuple[str, str, int] | None
    customer: str
    item: str
    order: str


@dataclass(frozen=True, slots=True)
class Charged:
    """A row of the month as it was read."""

    row: tuple[str, str, int]
    customer: str
    item: str
    order: str


@dataclass(frozen=True, slots=True)
class Tried:
    """A company after its month was run."""

    made: Company
    planted: Planted
    findings: list[Told]
    charges: list[Charged]
    rejected: set[str]
    """What did not get past reading: references of rows and customers."""
    bills: int


def tried(seed: str, bills: int, history: int) -> Tried:
    """Make a company, bill ``history`` months, then run the month with the errors in it."""
    made = company(seed, bills)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_master(folder, made, made.rows)
        _done(folder, "setup", "company.toml")
        for kind in MASTER:
            _done(folder, "import", kind, f"{kind}.csv")
        for known, path in write_history(folder, made, history):
            _done(folder, "import", "charges", path)
            _run(folder, known)
            path.unlink()
        prepare_history(folder)
        before_it, tested = (month(made, *known) for known in months(max(history, 1))[-2:])
        planted = plant(made, tested, before_it if history else [])
        before = _files(folder)
        write_month(folder, made, planted)
        rejected = set(_imported(folder))
        _run(folder, MONTH)
        return _read(folder, made, planted, before, rejected)


def prepare_history(folder: Path) -> bool:
    """Have the product work out what is usual, where it has a command for that; tell whether."""
    from cleanbill.shells.cli.app import app

    known = any(group.name == "history" for group in app.registered_groups)
    if known:
        _done(folder, "history", "prepare")
    return known


def _done(folder: Path, *words: str | Path) -> str:
    step = cleanbill(folder, str(words[0]), *words)
    if step.code:
        raise RuntimeError(f"{' '.join(map(str, words))} ended with {step.code}:\n{step.answer}")
    return step.answer


def _run(folder: Path, known: str) -> None:
    year, number = map(int, known.split("-"))
    day = f"{known}-{monthrange(year, number)[1]}"
    _done(folder, "run", "--until", day, "--issue-date", day, "--json")


def _imported(folder: Path) -> Iterator[str]:
    """Import the month under test; give the references of what was rejected."""
    files = [(kind, f"{kind}.csv", ()) for kind in MASTER]
    files.append(("charges", "charges.csv", ()))
    files.append(("charges", "other.csv", ("--profile", "warehouse.toml")))
    for place, (kind, name, more) in enumerate(files):
        rejects = folder / f"rejected-{place}.csv"
        step = cleanbill(folder, "import", "import", kind, name, "--rejects", rejects, *more)
        if not rejects.exists():
            if step.code:
                raise RuntimeError(step.answer)
            continue
        with rejects.open(encoding="utf-8-sig", newline="") as file:
            key = "reference" if kind == "charges" else kind.removesuffix("s")
            yield from (row[key] for row in csv.DictReader(file))


def _files(folder: Path) -> int:
    with closing(sqlite3.connect(folder / DATABASE)) as store:
        return int(store.execute("SELECT coalesce(max(source_file), 0) FROM charge").fetchone()[0])


def _read(folder: Path, made: Company, planted: Planted, before: int, rejected: set[str]) -> Tried:
    with closing(sqlite3.connect(folder / DATABASE)) as store:
        findings = [_told(row) for row in store.execute(_FINDINGS)]
        charges = [
            Charged(tuple(row[:3]), *(text or "" for text in row[3:]))
            for row in store.execute(_CHARGES, (before,))
        ]
        query = "SELECT count(*) FROM bill WHERE run_id = (SELECT max(id) FROM run)"
        (bills,) = store.execute(query).fetchone()
    return Tried(made, planted, findings, charges, rejected, bills)


def _told(row: tuple[Any, ...]) -> Told:
    code, severity, about, subject, parameters, stake, *charge = row
    known = (charge[0], charge[1], charge[2]) if charge[1] is not None else None
    texts = [text or "" for text in charge[3:]]
    if about == "draft":
        # A draft is called by what gathers it, the order last; it names no charge.
        texts[-1] = texts[-1] or subject.rsplit("|", 1)[-1]
    told = (code, severity, about, subject, json.loads(parameters), abs(stake or 0))
    return Told(*told, known, *texts)
