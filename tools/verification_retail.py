"""Online Retail as evidence: its known dirt by the checks and by a count of its own, its noise."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import tempfile
from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from tests.independent.online_retail_dirt import dirt
from tools.case_online_retail import COMPANY, DATABASE, RUN, cleanbill
from tools.verification_run import prepare_history

CODES = {
    "exact duplicates": "CB-CHG-001",
    "price zero": "CB-CHG-003",
    "price below zero": "CB-CHG-004",
    "quantity below zero, no cancellation": "CB-CHG-005",
    "cancellation without an original": "CB-CHG-012",
    "customer missing": "CB-CHG-008",
}
"""Which check finds which dirt."""
_STRICT = """\
[organisation]
name = "Online Retail, nothing set aside"
slug = "online-retail"

[seller]
key = "online-retail"
name = "Online Retail (sample data)"
currency = "GBP"
timezone = "Europe/London"
tax_method = "per_group"

[seller.address]
lines = ["Name and address are not part of the data"]
country = "GB"

[policy]
price_source = "charge"
issue_dates = "service"
create_customers = true
create_items = true
customers_have_addresses = false
"""
_COUNTED = "SELECT code, severity, count(*) FROM finding WHERE closed_run_id IS NULL GROUP BY 1, 2"
_LAST = "(SELECT max(id) FROM run)"
_OF_LAST = (
    "SELECT code, count(*) FROM finding WHERE closed_run_id IS NULL AND severity = 'warn' "
    f"AND opened_run_id = {_LAST} GROUP BY 1"
)
_BILLS = f"SELECT count(*) FROM bill WHERE run_id = {_LAST}"
_BEFORE = ("run", "--until", "2011-08-31", "--issue-date", "2011-08-31", "--json")
"""Nine months go before, so that the rest of the year has a history."""
_SAMPLED = """
SELECT f.code, f.parameters, c.reference, c.customer, c.item, c.quantity_e6, c.unit_price_e8,
       c.service_date, c.description
FROM finding f JOIN charge c ON c.id = f.charge_id
WHERE f.closed_run_id IS NULL AND f.severity = 'warn' AND f.code LIKE ?
  AND f.opened_run_id = (SELECT max(id) FROM run)
ORDER BY f.id
"""
_SECTION = """
## Online Retail

The same file under two companies. First one that sets nothing aside: no cash sales, no entries
that are not billable, no credit without its sale. Its checks must find the dirt that is known to be
in the file; a script that shares no code with the product counts it row by row
([online_retail_dirt.py](../../tests/independent/online_retail_dirt.py)). Books keep days, not
times: rows that are equal but for the time of day count as equal on both sides.

| dirt | check | findings | counted apart |
|---|---|---:|---:|
{dirt}

Then the company of [the worked case](online-retail.md), whose policy settles most of that: it bills
nine months, and then, with these as its history, {bills:,} bills of September to December. These
findings of the second run ask a person to look. A hundred of those by history, drawn at random,
were read and judged one by one: [what they are worth](verification-sample.md).

| check | findings | for each 1,000 bills |
|---|---:|---:|
{noise}
"""


@dataclass(frozen=True, slots=True)
class Retail:
    """What the checks found in the file, and what is in it."""

    found: dict[str, int]
    known: dict[str, int]
    noise: Counter[str]
    """Warnings by code, under the policy of the worked case."""
    bills: int

    def differences(self) -> list[str]:
        """Return in words where the checks and the count differ."""
        return [
            f"Online Retail, {name}: {self.found[code]:,} by {code}, {self.known[name]:,} counted"
            for name, code in CODES.items()
            if self.found[code] != self.known[name]
        ]

    def section(self) -> str:
        """Return the section of the page."""
        rows = (
            f"| {name} | {code} | {self.found[code]:,} | {self.known[name]:,} |"
            for name, code in CODES.items()
        )
        noise = (
            f"| {code} | {count:,} | {1_000 * count / self.bills:.1f} |"
            for code, count in sorted(self.noise.items())
        )
        told = {"dirt": "\n".join(rows), "noise": "\n".join(noise)}
        return _SECTION.format(**told, bills=self.bills)


def counted(data: Path) -> Retail:
    """Return the findings of both companies beside the independent count."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "strict.toml").write_text(_STRICT, encoding="utf-8")
        _billed(folder, folder / "strict.toml", data)
        found = {code: count for code, _, count in _rows(folder, _COUNTED)}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _billed(folder, COMPANY, data, after=_BEFORE)
        noise = dict(_rows(folder, _OF_LAST))
        ((bills,),) = _rows(folder, _BILLS)
    shown = {code: found.get(code, 0) for code in CODES.values()}
    return Retail(shown, dirt(data), Counter(noise), bills)


def sample(data: Path, seed: str, size: int) -> str:
    """Return so many findings of the statistical checks, drawn by the seed, as a Markdown table."""
    from cleanbill.cycle.verify.catalogue import BY_CODE
    from cleanbill.nouns.finding import rendered

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _billed(folder, COMPANY, data, after=_BEFORE)
        rows = _rows(folder, _SAMPLED, "CB-HIS-%")
    told = hashlib.sha256(f"{seed}/sample".encode()).digest()
    drawn = Random(int.from_bytes(told, "big")).sample(rows, min(size, len(rows)))
    lines = [
        f"{len(drawn)} of {len(rows)} findings, seed {seed}",
        "",
        "| no. | check | row | customer | item | quantity | price | day | says |",
        "|---:|---|---|---|---|---:|---:|---|---|",
    ]
    for number, (code, facts, reference, customer, item, quantity, price, day, text) in enumerate(
        drawn, 1
    ):
        says = rendered(BY_CODE[code].reason, json.loads(facts))
        shown = f"{(quantity or 0) / 1e6:g} | {(price or 0) / 1e8:g} | {day} | {says}"
        named = f"{reference} | {customer or ''} | {item} {text or ''}"
        lines.append(f"| {number} | {code} | {named} | {shown} |")
    return "\n".join(lines)


def _billed(folder: Path, company: Path, data: Path, after: tuple[str, ...] = ()) -> None:
    """Set up, import and run, ``after`` another run whose bills become the history."""
    steps: list[tuple[str | Path, ...]] = [
        ("setup", company),
        ("import", "charges", data, "--profile", "online-retail", "--json"),
        *([after] if after else []),
        RUN,
    ]
    for words in steps:
        if after and words is RUN:
            prepare_history(folder)
        step = cleanbill(folder, str(words[0]), *words)
        if step.code:
            raise RuntimeError(f"{step.name} ended with code {step.code}:\n{step.answer[-3000:]}")


def _rows(folder: Path, query: str, *facts: Any) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(folder / DATABASE)) as store:
        return store.execute(query, facts).fetchall()
