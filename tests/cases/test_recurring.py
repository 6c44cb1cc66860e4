"""Worked cases of recurring terms: what is due, for which days, and why; one file per theme."""

from __future__ import annotations

import re
import tomllib
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from tests.laws.recurring import told
from tests.oracle.recurring import owed

from cleanbill.cycle.price.corrected import corrections
from cleanbill.cycle.price.recurring import explained, recurring_charges
from cleanbill.nouns.cadence import Alignment, Cadence, Unit
from cleanbill.nouns.currency import decimals_of
from cleanbill.nouns.proration import Convention, Stub
from cleanbill.nouns.recurring import Change, RecurringTerms, Timing
from cleanbill.nouns.scales import scaled, unscaled

FOLDER = Path(__file__).parent / "recurring"
ROW = re.compile(r"(\S+) to (\S+): (-?[\d.]+) \((\d+)/(\d+)\)(?: (\w+))?")
Case = dict[str, Any]
Line = tuple[date, date, Decimal, int, int, str]


def cases() -> list[Any]:
    """Return every case of every file, by file and place."""
    found = []
    for file in sorted(FOLDER.glob("*.toml")):
        for number, case in enumerate(tomllib.loads(file.read_text("utf-8"))["case"], start=1):
            found.append(pytest.param(case, id=f"{file.stem}-{number}"))
    return found


def price_of(text: str | None) -> int | None:
    return None if text is None else scaled(text, 8, 10**18)


def quantity_of(text: str | None) -> int | None:
    return None if text is None else scaled(text, 6, 10**18)


def changes_of(rows: list[Case]) -> tuple[Change, ...]:
    return tuple(
        Change(
            row["day"],
            row.get("item"),
            quantity_of(row.get("quantity")),
            price_of(row.get("price")),
        )
        for row in rows
    )


WORDS = {
    "every": lambda word: Cadence(Unit(word)),
    "alignment": Alignment,
    "timing": Timing,
    "convention": Convention,
    "stub": Stub,
    "changes": changes_of,
    "price": price_of,
    "quantity": quantity_of,
}
NAMES = {"every": "cadence", "price": "unit_price_e8", "quantity": "quantity_e6"}
PLAIN = ("currency", "item", "start", "end", "trial_end", "anchor", "billing_day", "billing_month")
ABOUT = ("says", "why", "through", "after", "charges", "known", "count")


def stated(case: Case) -> dict[str, Any]:
    """Return what a case says of its terms; a word that means nothing here is an error."""
    fields = {}
    for word, value in case.items():
        if word in WORDS:
            fields[NAMES.get(word, word)] = WORDS[word](value)
        elif word in (*PLAIN, "zone"):
            fields[word] = value
        else:
            assert word in ABOUT, f"{word} is no word of a case"
    if "count" in case:
        fields["cadence"] = Cadence(fields["cadence"].unit, case["count"])
    return fields


def terms_of(case: Case) -> RecurringTerms:
    fixed = {"reference": "T", "customer": "C", "item": "it", "currency": "EUR"}
    return RecurringTerms(**{**fixed, "quantity_e6": 10**6, **stated(case)})


def expected(case: Case) -> list[Line]:
    lines = []
    for text in case["charges"]:
        found = ROW.fullmatch(text)
        assert found, f"{text} is not: first to last: amount (counted/whole) item"
        first, last = (date.fromisoformat(day) for day in found.group(1, 2))
        counted, whole = (int(n) for n in found.group(4, 5))
        item = found[6] or case.get("item", "it")
        lines.append((first, last, Decimal(found[3]), counted, whole, item))
    return lines


@pytest.mark.parametrize("case", cases())
def test_a_worked_case(case: Case) -> None:
    terms = terms_of(case)
    if "known" in case:
        known = replace(terms, **stated(case["known"]), version=2)
        frame = corrections(terms, known, case["through"])
    else:
        frame = recurring_charges([terms], case["through"], case.get("after"))
    rows = frame.to_dicts()
    decimals = decimals_of(terms.currency)
    got = [
        (
            row["service_date"],
            row["service_end"],
            unscaled(row["amount_minor"], decimals),
            row["counted"],
            row["counted_whole"],
            row["item"],
        )
        for row in rows
    ]
    assert got == expected(case), [explained(row) for row in rows]
    assert case["says"].endswith(".")
    assert case["why"]
    for row in rows:
        assert str(unscaled(row["billed_minor"] or row["amount_minor"], decimals)) in explained(row)


@pytest.mark.parametrize("case", [case for case in cases() if "known" not in case.values[0]])
def test_the_oracle_says_the_same(case: Case) -> None:
    terms = terms_of(case)
    rows = owed(told(terms), case["through"])
    after = case.get("after", date.min)
    lines = [(row.first, row.last, row.minor) for row in rows if row.minor and row.due > after]
    unit = 10 ** decimals_of(terms.currency)
    assert lines == [(line[0], line[1], line[2] * unit) for line in expected(case)]


def test_there_are_enough_cases_and_none_twice() -> None:
    said = [case.values[0]["says"] for case in cases()]
    assert len(said) == len(set(said)) >= 60
