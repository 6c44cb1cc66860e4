"""How many periods are due in advance: our own cases, and the facts taken from a peer's tests.

The peer's facts lie outside the repository; where they are absent, their test is skipped. Another
file of the same kind is tried with CLEANBILL_CYCLES=path/to/cycles.json.
"""

from __future__ import annotations

import csv
import json
import os
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from cleanbill.cycle.price.schedule import cycles
from cleanbill.nouns.cadence import Cadence, Unit
from cleanbill.nouns.proration import Stub
from cleanbill.nouns.recurring import RecurringTerms

ROOT = Path(__file__).parents[2]
OWN = Path(__file__).parent / "recurring/in_advance.csv"
PEER = Path(os.environ.get("CLEANBILL_CYCLES", ROOT.parent / "shared/data/proration/cycles.json"))
UNITS = {"monthly": Unit.MONTH, "quarterly": Unit.QUARTER, "annual": Unit.YEAR}


def due(fact: dict[str, Any], stub: Stub) -> Fraction:
    """Return the periods that are due by a fact's target: one unit at 1.00, on its billing day."""
    terms = RecurringTerms(
        reference="T",
        customer="C",
        item="plan",
        currency="EUR",
        quantity_e6=10**6,
        unit_price_e8=10**8,
        cadence=Cadence(UNITS[fact["period"]]),
        start=date.fromisoformat(fact["start"]),
        end=date.fromisoformat(fact["change"]) if fact.get("change") else None,
        billing_day=int(fact["billing_day"]),
        stub=stub,
    )
    return cycles(terms, date.fromisoformat(fact["target"]))


def own() -> list[Any]:
    rows = list(csv.DictReader(OWN.read_text("utf-8").splitlines()))
    return [pytest.param(row, id=f"{n}: {row['says']}") for n, row in enumerate(rows, start=2)]


@pytest.mark.parametrize("fact", own())
def test_our_own_cases(fact: dict[str, str]) -> None:
    assert due(fact, Stub.COUNTED) == Fraction(fact["cycles"])
    assert due(fact, Stub.GRID) == Fraction(fact["by_grid"] or fact["cycles"])


@pytest.mark.skipif(
    not PEER.exists(), reason="cycles.json is not at ../shared/data/proration; see CLEANBILL_CYCLES"
)
def test_all_facts_of_the_peer() -> None:
    """The peer counts broken periods from the day they meet: Stub.COUNTED."""
    facts = json.loads(PEER.read_text("utf-8"))
    wrong = [
        (fact, str(due(fact, Stub.COUNTED)))
        for fact in facts
        if due(fact, Stub.COUNTED) != Fraction(fact["cycles"])
    ]
    assert wrong == []
    assert facts


@pytest.mark.skipif(
    not PEER.exists(), reason="cycles.json is not at ../shared/data/proration; see CLEANBILL_CYCLES"
)
def test_by_the_grid_only_few_differ() -> None:
    """Our default differs only where a month is too short for the day, or for an early end."""
    facts = json.loads(PEER.read_text("utf-8"))
    differing = [fact for fact in facts if due(fact, Stub.GRID) != Fraction(fact["cycles"])]
    assert all(int(fact["billing_day"]) > 28 or fact.get("change") for fact in differing)
    assert len(differing) * 10 < len(facts)
