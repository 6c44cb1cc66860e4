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
from random import Random
from typing import Any

import pytest
from tests.cases.cycle_facts import PERIODS, Fact, UnknownFact, counted, made, terms

from cleanbill.cycle.price.schedule import cycles
from cleanbill.nouns.proration import Stub

ROOT = Path(__file__).parents[2]
OWN = Path(__file__).parent / "recurring/in_advance.csv"
PEER = Path(os.environ.get("CLEANBILL_CYCLES", ROOT.parent / "shared/data/proration/cycles.json"))


def due(fact: Fact, stub: Stub) -> Fraction:
    """Return the periods that are due by a fact's target."""
    return cycles(terms(fact, stub), date.fromisoformat(fact["target"]))


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


def test_facts_of_the_same_kind_are_counted_by_the_convention() -> None:
    """Made ones, of all periods in months: broken at both ends, on month ends and leap days."""
    rng = Random(2026)
    facts = [made(rng) for _ in range(3000)]
    wrong = [fact for fact in facts if due({**fact, "cycles": "?"}, Stub.COUNTED) != counted(fact)]
    assert wrong == []
    whole = [fact for fact in facts if counted(fact).denominator == 1]
    assert 0 < len(whole) < len(facts) / 2
    assert {fact["period"] for fact in facts} == {n for n, c in PERIODS.items() if c.months}


@pytest.mark.parametrize(
    ("fact", "said"),
    [
        ({"period": "monthly", "start": "2026-01-01", "cycles": "1"}, "target is missing"),
        ({"period": "fortnightly"}, "start is missing"),
        ({"period": "lunar", "start": "x", "target": "x", "cycles": "1"}, "period is none of"),
        (
            {"period": "monthly", "start": "x", "target": "x", "cycles": "1", "usage": "7"},
            "usage is no word of a fact",
        ),
    ],
)
def test_a_fact_that_nobody_understands_is_refused(fact: Fact, said: str) -> None:
    with pytest.raises(UnknownFact, match=said):
        terms(fact, Stub.COUNTED)


def test_a_billing_day_that_means_nothing_for_a_period_is_refused() -> None:
    fact = {"period": "weekly", "start": "2026-01-01", "target": "2026-01-31", "cycles": "1"}
    with pytest.raises(ValueError, match="billing day 15"):
        due({**fact, "billing_day": "15"}, Stub.COUNTED)
    assert due({**fact, "billing_day": "4"}, Stub.COUNTED) == 5
    assert due(fact, Stub.COUNTED) == 5


def test_every_so_many_periods_and_a_trial() -> None:
    """Every two quarters is every half year; what is free does not count."""
    fact = {"start": "2026-01-31", "target": "2027-01-30", "billing_day": "31", "cycles": "2"}
    assert due({**fact, "period": "quarterly", "count": "2"}, Stub.COUNTED) == 2
    assert due({**fact, "period": "semiannual"}, Stub.COUNTED) == 2
    free = {**fact, "period": "semiannual", "trial_end": "2026-07-31"}
    assert due(free, Stub.COUNTED) == 1
