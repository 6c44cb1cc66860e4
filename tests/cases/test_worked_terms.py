"""Worked cases of charges from terms: spend, commitments, milestones, progress, step by step."""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from cleanbill.cycle.price.terms import (
    Application,
    Drawn,
    Reckoned,
    Spent,
    Unbilled,
    applications,
    charges,
    explained,
    milestones,
    progress,
    replayed,
    spend,
)
from cleanbill.nouns.cadence import Alignment, Cadence, Unit
from cleanbill.nouns.currency import decimals_of
from cleanbill.nouns.milestones import Milestone, MilestoneTerms, Release
from cleanbill.nouns.progress import (
    Claim,
    Complete,
    ProgressTerms,
    RetainageRelease,
    Retained,
    Step,
    Value,
)
from cleanbill.nouns.proration import Convention
from cleanbill.nouns.scales import scaled, unscaled
from cleanbill.nouns.spend import SpendTerms, Unsettled

FOLDER = Path(__file__).parent / "terms"
Case = dict[str, Any]
Terms = SpendTerms | MilestoneTerms | ProgressTerms
CHANGING = ("minimum", "maximum", "end", "value")
ABOUT = {
    *("says", "why", "steps", "refused", "g702", "currency", "through", "charges", "waits"),
    *("spent", "open", "released", "claims", "again", "releases"),
    *("minimum", "maximum", "every", "count", "check", "start", "end", "items", "alignment"),
    *("convention", "unsettled", "value", "milestones", "values", "retainage", "retained"),
}


def cases() -> list[Any]:
    """Return every case of every file, by file and place."""
    found = []
    for file in sorted(FOLDER.glob("*.toml")):
        for number, case in enumerate(tomllib.loads(file.read_text("utf-8"))["case"], start=1):
            found.append(pytest.param(case, id=f"{file.stem}-{number}"))
    return found


def spend_of(case: Case, version: int) -> SpendTerms:
    def minor(word: str) -> int | None:
        return money(case, case[word]) if word in case else None

    return SpendTerms(
        reference="T",
        customer="C",
        currency=case.get("currency", "EUR"),
        cadence=Cadence(Unit(case["every"]), case.get("count", 1)),
        start=case["start"],
        end=case.get("end"),
        minimum_minor=minor("minimum"),
        maximum_minor=minor("maximum"),
        shortfall_item="lack" if "minimum" in case else None,
        excess_item="beyond" if "maximum" in case else None,
        items=tuple(case.get("items", ())),
        check=Cadence(Unit(case["check"])) if "check" in case else None,
        unsettled=Unsettled(case.get("unsettled", "wait")),
        alignment=Alignment(case.get("alignment", "anniversary")),
        convention=Convention(case.get("convention", "days")),
        version=version,
    )


def milestones_of(case: Case, version: int) -> MilestoneTerms:
    listed = [
        Milestone(
            name=one["name"],
            percent_e6=scaled(one["percent"], 6, 10**11) if "percent" in one else None,
            amount_minor=money(case, one["amount"]) if "amount" in one else None,
            day=one.get("day"),
            item=one.get("item"),
        )
        for one in case["milestones"]
    ]
    return MilestoneTerms(
        reference="T",
        customer="C",
        item="it",
        currency=case.get("currency", "EUR"),
        value_minor=money(case, case["value"]),
        milestones=tuple(listed),
        version=version,
    )


VALUE = re.compile(r"(\S+) (\S+) (\S+)(?: since (\S+) order (\S+))?")
STEP = re.compile(r"(\S+) %(?: from (\S+))?")
CLAIM = re.compile(r"(\d+) (\S+): (.+)")


def progress_of(case: Case, version: int) -> ProgressTerms:
    values = []
    for text in case["values"]:
        found = VALUE.fullmatch(text)
        assert found, text
        since = date.fromisoformat(found[4]) if found[4] else date(1, 1, 1)
        values.append(
            Value(
                line=found[1],
                item=found[3],
                scheduled_minor=money(case, found[2]),
                since=since,
                change_order=found[5],
            )
        )
    steps = []
    for text in case.get("retainage", ()):
        found = STEP.fullmatch(text)
        assert found, text
        since = date.fromisoformat(found[2]) if found[2] else date(1, 1, 1)
        steps.append(Step(since, scaled(found[1], 6, 10**11)))
    return ProgressTerms(
        reference="T",
        customer="C",
        currency=case.get("currency", "EUR"),
        values=tuple(values),
        retainage=tuple(steps),
        retained=Retained(case.get("retained", "to_date")),
        retainage_item="held" if steps else None,
        version=version,
    )


def money(case: Case, text: str) -> int:
    decimals = decimals_of(case.get("currency", "EUR"))
    return scaled(text, decimals, 10**16)


def terms_of(case: Case, version: int = 1) -> Terms:
    assert case.keys() <= ABOUT, case.keys() - ABOUT
    kind = spend_of if "every" in case else milestones_of if "value" in case else progress_of
    return kind(case, version)


@dataclass
class Facts:
    """What is known by a step of a case, from this one and those above it."""

    spent: list[Spent] = field(default_factory=list)
    unbilled: list[Unbilled] = field(default_factory=list)
    released: list[Release] = field(default_factory=list)
    claims: dict[int, Claim] = field(default_factory=dict)
    releases: list[RetainageRelease] = field(default_factory=list)

    def learn(self, case: Case, step: Case) -> None:
        assert step.keys() <= ABOUT, step.keys() - ABOUT
        for text in step.get("spent", ()):
            day, item, amount = text.split()
            self.spent.append(Spent(date.fromisoformat(day), item, money(case, amount)))
        if "open" in step:
            self.unbilled = []
        for text in step.get("open", ()):
            day, item, name = text.split()
            item = None if item == "?" else item
            self.unbilled.append(Unbilled(date.fromisoformat(day), item, name))
        for text in step.get("released", ()):
            name, day = text.split()
            self.released.append(Release(name, date.fromisoformat(day)))
        for text in (*step.get("claims", ()), *step.get("again", ())):
            claim = claim_of(case, text)
            assert ("again" in step) == (claim.number in self.claims)
            self.claims[claim.number] = claim
        for text in step.get("releases", ()):
            name, day, amount = text.split()
            minor = None if amount == "all" else money(case, amount)
            self.releases.append(
                RetainageRelease(name=name, day=date.fromisoformat(day), amount_minor=minor)
            )

    def reckoned(self, terms: Terms, through: date) -> Reckoned:
        if isinstance(terms, SpendTerms):
            return spend.reckoned(terms, self.spent, self.unbilled, through)
        if isinstance(terms, MilestoneTerms):
            return milestones.reckoned(terms, self.released, through)
        return progress.reckoned(terms, self.claims.values(), self.releases, through)


def claim_of(case: Case, text: str) -> Claim:
    found = CLAIM.fullmatch(text)
    assert found, text
    lines = []
    for part in found[3].split(", "):
        line, size, *percent = part.split()
        lines.append(
            Complete(line=line, percent_e6=scaled(size, 6, 10**11))
            if percent
            else Complete(line=line, amount_minor=money(case, size))
        )
    return Claim(number=int(found[1]), day=date.fromisoformat(found[2]), lines=tuple(lines))


def walked(case: Case) -> None:
    """Go through the steps of a case; each has to charge what it says, and say why."""
    decimals = decimals_of(case.get("currency", "EUR"))
    facts = Facts()
    before: list[Drawn] = []
    terms = terms_of(case)
    stated = dict(case)
    for version, step in enumerate(case["steps"], start=1):
        facts.learn(case, step)
        if step.keys() & set(CHANGING):
            stated |= {word: step[word] for word in CHANGING if word in step}
            terms = terms_of(stated, version)
        reckoned = facts.reckoned(terms, step["through"])
        rows, before = charges(terms, reckoned, before, step["through"])
        got = [
            f"{row['service_date']} {row['item']} {unscaled(row['amount_minor'], decimals)}"
            for row in rows.to_dicts()
        ]
        told = [explained(json.loads(row["basis"]), row["currency"]) for row in rows.to_dicts()]
        assert got == step["charges"], told
        waits = [
            f"{one.last}: {one.unsettled} of {', '.join(one.references)}"
            for one in reckoned.waiting
        ]
        assert waits == step.get("waits", [])
        consistent(rows, told, decimals)
    if "g702" in case:
        assert isinstance(terms, ProgressTerms)
        forms, _ = applications(terms, facts.claims.values(), facts.releases)
        assert [form(forms[-1], decimals)] == case["g702"]


def consistent(rows: pl.DataFrame, told: list[str], decimals: int) -> None:
    """Quantity, price and amount of each row agree, and its explanation ends with the amount."""
    for row, text in zip(rows.to_dicts(), told, strict=True):
        size = row["unit_price_e8"] * abs(row["quantity_e6"])
        assert size == abs(row["amount_minor"]) * 10 ** (14 - decimals)
        sign = -1 if row["kind"] == "cancellation" or row["quantity_e6"] < 0 else 1
        assert sign * abs(row["amount_minor"]) == row["amount_minor"]
        assert replayed(json.loads(row["basis"])) == row["amount_minor"]
        assert text.endswith(f": {unscaled(row['amount_minor'], decimals)}"), text


def form(one: Application, decimals: int) -> str:
    def shown(minor: int) -> Decimal:
        return unscaled(minor, decimals)

    return (
        f"{shown(one.payment_minor)} due of {shown(one.contract_minor)}: completed "
        f"{shown(one.completed_minor)}, retained {shown(one.retained_minor)}, earned "
        f"{shown(one.earned_minor)}, before {shown(one.certified_before_minor)}, balance "
        f"{shown(one.balance_minor)}"
    )


@pytest.mark.parametrize("case", cases())
def test_a_worked_case(case: Case) -> None:
    assert case["says"].endswith(".")
    assert case["why"]
    if "refused" in case:
        with pytest.raises(ValueError, match=re.escape(case["refused"])):
            walked(case)
    else:
        walked(case)


def test_there_are_enough_cases_and_none_twice() -> None:
    said = [case.values[0]["says"] for case in cases()]
    assert len(said) == len(set(said)) >= 80
