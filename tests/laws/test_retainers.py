"""Laws of retainers, by plain sums of their own: what is left is exact, and never below zero."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.laws.retained import Retained, Retainer, back, company, sale
from tests.oracle.facts import Charge

TRIES = settings(max_examples=int(os.environ.get("CLEANBILL_RETAINERS", "40")), deadline=None)
RATES = {"ADVANCE": 19, "HOUR": 19, "TRIP": 19, "DEPOSIT": 7, "BOOK": 7}
FUNDING = {"ADVANCE": "R-1", "DEPOSIT": "R-2"}
WHOLE = 1_000_000
Document = dict[str, Any]
Key = tuple[str, str]
"""A purse: the retainer, and the bill that it was paid with."""
STEP = st.one_of(
    st.tuples(st.just("sell"), st.sampled_from(["ADVANCE", "DEPOSIT"]), st.integers(1, 90_000)),
    st.tuples(st.just("sell"), st.sampled_from(["HOUR", "TRIP", "BOOK"]), st.integers(1, 60_000)),
    st.tuples(st.just("back"), st.integers(0, 30), st.integers(1, WHOLE)),
)
STORIES = st.lists(st.lists(STEP, min_size=1, max_size=4), min_size=2, max_size=6)


def cents(text: str) -> int:
    return int(Decimal(text).scaleb(2))


def part_of(amount: int, units: int) -> int:
    """So many millionths of an amount, half a cent up."""
    return int((Decimal(amount) * units / WHOLE).quantize(Decimal(1), ROUND_HALF_UP))


@dataclass
class Purse:
    """What was paid in advance with one bill."""

    item: str
    funded: int
    drawn: int = 0

    @property
    def left(self) -> int:
        return self.funded - self.drawn


@dataclass
class Ledger:
    """A story told to the product and, beside it, to plain sums."""

    books: Retained
    purses: dict[Key, Purse] = field(default_factory=dict)
    sold: list[Charge] = field(default_factory=list)
    gone: dict[str, int] = field(default_factory=dict)
    """Millionths of each charge that were credited."""
    bill_of: dict[str, str] = field(default_factory=dict)
    day: date = date(2026, 1, 5)
    count: int = 0
    drew: bool = False

    def run(self, steps: list[tuple[Any, ...]]) -> None:
        """Bill what the steps ask for; compare what is drawn and credited with what has to be."""
        self.day += timedelta(days=7)
        charges: dict[str, Charge] = {}
        for step in steps:
            found = self.charge(step)
            if found is not None:
                # One of an item, and one credit of a charge, so that documents name them.
                charges.setdefault(found.cancels or found.item, found)
        documents = self.books.run(tuple(charges.values()), self.day)
        notes = [d for d in documents if d["kind"] == "credit_note"]
        for document in documents:
            if document["kind"] == "invoice":
                self.invoiced(document)
        asked = {name: c for name, c in charges.items() if c.kind == "cancellation"}
        accepted = {name: c for name, c in asked.items() if self.fits(c)}
        credited = [line for note in notes for line in note["lines"]]
        assert len(credited) == len(accepted)
        for charge in accepted.values():
            self.credited(charge)
        for note in notes:
            self.gave_back(note)
        for charge in charges.values():
            if charge.kind == "sale":
                self.sold.append(charge)
        self.agree()

    def charge(self, step: tuple[Any, ...]) -> Charge | None:
        """The charge that a step asks for, if it can."""
        self.count += 1
        verb, what, size = step
        if verb == "sell":
            amount = Decimal(size).scaleb(-2)
            return sale(self.count, f"C{self.count}", what, amount, self.day)
        if not self.sold:
            return None
        of = self.sold[what % len(self.sold)]
        part = min(size, WHOLE - self.gone.get(of.reference, 0))
        if not part:
            return None
        return back(self.count, f"C{self.count}", of, Decimal(part).scaleb(-6), self.day)

    def invoiced(self, document: Document) -> None:
        """A bill draws the least of what is left and what its lines come to, rate by rate."""
        wanted: dict[int, int] = {}
        for line in document["lines"]:
            if line["item"] not in FUNDING:
                rate = RATES[line["item"]]
                wanted[rate] = wanted.get(rate, 0) + cents(line["net"])
        expected = []
        for (code, number), purse in self.purses.items():
            rate = RATES[purse.item]
            amount = min(purse.left, wanted.get(rate, 0))
            if amount > 0:
                wanted[rate] -= amount
                purse.drawn += amount
                expected.append((code, number, amount, purse.left))
        rows = document.get("allowances", [])
        found = [
            (row["coupon"], row["prepaid_by"], cents(row["amount"]), cents(row["left"]))
            for row in rows
        ]
        assert sorted(found) == sorted(expected)
        self.drew = self.drew or bool(found)
        net = sum(cents(line["net"]) for line in document["lines"])
        assert cents(document["totals"]["net"]) == net - sum(row[2] for row in expected)
        for line in document["lines"]:
            if line["item"] in FUNDING:
                key = (FUNDING[line["item"]], document["number"])
                self.purses[key] = Purse(line["item"], cents(line["net"]))

    def returning(self, charge: Charge) -> int:
        """What a cancellation takes back, in cents."""
        of = next(c for c in self.sold if c.reference == charge.cancels)
        amount, before = cents(str(of.unit_price)), self.gone.get(of.reference, 0)
        after = before + int(charge.quantity.scaleb(6))
        return part_of(amount, after) - part_of(amount, before)

    def purse_of(self, charge: Charge) -> Purse:
        """The purse that a charge funded: in the order of their bills."""
        own = [c for c in self.sold if c.item == charge.item]
        place = [c.reference for c in own].index(str(charge.cancels))
        return [p for p in self.purses.values() if p.item == charge.item][place]

    def fits(self, charge: Charge) -> bool:
        """Whether no more of a retainer is credited than is left of it."""
        if charge.item not in FUNDING:
            return True
        return self.returning(charge) <= self.purse_of(charge).left

    def credited(self, charge: Charge) -> None:
        """A credit of what was paid in advance makes it less."""
        if charge.item in FUNDING:
            self.purse_of(charge).funded -= self.returning(charge)
        name = str(charge.cancels)
        self.gone[name] = self.gone.get(name, 0) + int(charge.quantity.scaleb(6))

    def gave_back(self, note: Document) -> None:
        """What a credit note gives back goes to the bill that it was paid with."""
        for row in note.get("allowances", []):
            self.purses[row["coupon"], row["prepaid_by"]].drawn -= cents(row["amount"])

    def agree(self) -> None:
        """The rows that bills leave say what the plain sums say; nothing is below zero."""
        rows = [r for r in self.books.coupons().to_dicts() if r["funding_id"] is not None]
        found = {(r["coupon"], r["prepaid_by"]): (r["funded_minor"], r["used_minor"]) for r in rows}
        assert found == {key: (p.funded, p.drawn) for key, p in self.purses.items()}
        assert all(p.drawn >= 0 and p.left >= 0 for p in self.purses.values())


@TRIES
@given(STORIES)
def test_what_is_left_is_what_was_funded_less_what_was_drawn(story: list[list[Any]]) -> None:
    terms = tuple(Retainer(code, item) for item, code in FUNDING.items())
    ledger = Ledger(Retained(company(), retainers=terms))
    for steps in story:
        ledger.run(steps)
    every = list(range(len(ledger.sold)))
    paying = [place for place in every if ledger.sold[place].item not in FUNDING]
    ledger.run([("back", place, WHOLE) for place in paying])
    assert all(purse.drawn == 0 for purse in ledger.purses.values())
    funding = [place for place in every if ledger.sold[place].item in FUNDING]
    ledger.run([("back", place, WHOLE) for place in funding])
    assert all(purse.left == 0 for purse in ledger.purses.values())
