"""Terms that are corrected and drawn again: nothing is lost, doubled or linked wrongly."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from datetime import timedelta
from typing import Any

import polars as pl
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from tests.laws.recurring import horizon, prices, quantities, recurring_terms, told
from tests.oracle.recurring import owed

from cleanbill.cycle import draw as drawing
from cleanbill.engine.tables import MasterData
from cleanbill.formats import recurring_json
from cleanbill.nouns.policy import Policy
from cleanbill.nouns.recurring import RecurringTerms
from cleanbill.nouns.seller import Address, Seller

TRIES = settings(max_examples=int(os.environ.get("CLEANBILL_DRAWN_TERMS", "120")), deadline=None)
SELLER = Seller("s", "S", "EUR", Address(("Way 1",), "Town", "1", "DE"))
MASTER = MasterData()


class Books:
    """One set of terms with its versions, its state and all that was drawn from it."""

    def __init__(self) -> None:
        self.versions: dict[int, str] = {}
        self.state: dict[str, Any] = {"version": None, "through": None, "memory": None}
        self.history: list[dict[str, Any]] = []

    def wanted(self) -> drawing.Wanted:
        version = max(self.versions)
        return drawing.Wanted(
            reference="T",
            version=version,
            body=self.versions[version],
            drawn_version=self.state["version"],
            through=self.state["through"],
            memory=self.state["memory"],
            history=self.history,
        )

    def draw(self, through: Any, master: MasterData = MASTER) -> drawing.Draw:
        context = drawing.Context(lambda: master, SELLER, Policy(), through)
        wanted = self.wanted()
        found = drawing.draw(
            "recurring", [wanted if wanted.changed else replace(wanted, history=())], context
        )
        (self.state,) = found.states.to_dicts()
        rows = found.charges.to_dicts()
        self.history += [{**row, "basis": json.loads(row["basis"])} for row in rows]
        return found

    def problems(self) -> list[str]:
        return list(drawing.replayed("recurring", self.wanted(), self.versions))


def version_of(data: st.DataObject, before: RecurringTerms) -> RecurringTerms:
    """Learn something new of terms: an end, changes, a price, a quantity."""
    other = data.draw(recurring_terms((before.cadence.unit,)))
    ends = st.sampled_from([before.end, None, before.start + timedelta(20)])
    return replace(
        before,
        end=data.draw(ends),
        changes=data.draw(st.sampled_from([before.changes, other.changes, ()])),
        unit_price_e8=data.draw(st.one_of(st.just(before.unit_price_e8), prices)),
        quantity_e6=data.draw(st.one_of(st.just(before.quantity_e6), quantities)),
        timing=data.draw(st.sampled_from([before.timing, other.timing])),
        version=before.version + 1,
    )


@TRIES
@given(data=st.data())
def test_what_was_drawn_is_what_is_known(data: st.DataObject) -> None:
    books, terms = Books(), data.draw(recurring_terms())
    days = sorted(data.draw(st.composite(lambda draw: horizon(draw, terms))()) for _ in range(3))
    for day in days:
        books.versions[terms.version] = recurring_json.written(terms)
        found = books.draw(day)
        assume(found.findings.is_empty())
        assert books.draw(day).charges.is_empty()
        expected = sum(o.minor for o in owed(told(terms), day))
        assert sum(row["amount_minor"] for row in books.history) == expected
        assert books.problems() == []
        terms = version_of(data, terms)
    rows = pl.DataFrame([{k: v for k, v in row.items() if k != "basis"} for row in books.history])
    if rows.is_empty():
        return
    assert not rows["reference"].is_duplicated().any()
    sales = set(rows.filter(pl.col("kind") == "sale")["reference"])
    assert set(rows.filter(pl.col("kind") == "cancellation")["cancels"]) <= sales


@TRIES
@given(data=st.data())
def test_a_next_day_leaves_nothing_out(data: st.DataObject) -> None:
    """Nothing is due before the day that the state names: looking earlier finds nothing."""
    books, terms = Books(), data.draw(recurring_terms())
    books.versions[1] = recurring_json.written(terms)
    first = data.draw(st.composite(lambda draw: horizon(draw, terms))())
    assume(books.draw(first).findings.is_empty())
    due = [o.due for o in owed(told(terms), first + timedelta(800)) if o.due > first and o.minor]
    if due:
        assert books.state["next_day"] is not None
        assert books.state["next_day"] <= min(due)


@TRIES
@given(terms=recurring_terms())
def test_terms_read_as_they_were_written(terms: RecurringTerms) -> None:
    text = recurring_json.written(terms)
    assert recurring_json.read(text, 7) == replace(terms, version=7)
    assert recurring_json.written(recurring_json.read(text, 7)) == text
