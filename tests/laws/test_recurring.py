"""Recurring terms: every part agrees with the oracle, nothing is billed twice or left out."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise
from random import Random

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.laws.numbers import nearest
from tests.laws.recurring import days, horizon, length, prices, quantities, recurring_terms, told
from tests.oracle.recurring import Owed, owed
from tests.oracle.rounding import rounded

from cleanbill.cycle.price.corrected import corrections
from cleanbill.cycle.price.prorate import placed, prorated
from cleanbill.cycle.price.quote import quote
from cleanbill.cycle.price.recurring import recurring_charges
from cleanbill.cycle.price.schedule import Part, parts
from cleanbill.engine.exact import Rounding
from cleanbill.engine.exact import rounded as engine_rounded
from cleanbill.engine.tables import MasterData
from cleanbill.nouns.cadence import Unit
from cleanbill.nouns.currency import decimals_of
from cleanbill.nouns.policy import Policy, PriceSource
from cleanbill.nouns.proration import Convention, Stub
from cleanbill.nouns.recurring import Change, RecurringTerms, Timing

TRIES = settings(
    max_examples=int(os.environ.get("CLEANBILL_RECURRING_TERMS", "150")), deadline=None
)
MONTHLY = (Unit.MONTH, Unit.QUARTER, Unit.HALF_YEAR, Unit.YEAR)
DAY = timedelta(1)


def drawn(data: st.DataObject, units: tuple[Unit, ...] = tuple(Unit)) -> RecurringTerms:
    return data.draw(recurring_terms(units))


def through(data: st.DataObject, terms: RecurringTerms) -> date:
    return data.draw(st.composite(lambda draw: horizon(draw, terms))())


def as_owed(part: Part) -> Owed:
    last = part.days.last_day
    assert last is not None
    return Owed(part.days.start, last, part.item, part.due, part.share, part.amount_minor)


def unrounded(part: Part, currency: str) -> Fraction:
    minor = Fraction(part.quantity_e6 * part.unit_price_e8, 10 ** (14 - decimals_of(currency)))
    return minor * part.share


@TRIES
@given(data=st.data())
def test_every_part_agrees_with_the_oracle(data: st.DataObject) -> None:
    terms = drawn(data)
    day = through(data, terms)
    assert [as_owed(part) for part in parts(terms, day)] == owed(told(terms), day)


@TRIES
@given(data=st.data())
def test_the_parts_of_a_period_add_up_to_it(data: st.DataObject) -> None:
    """Each period's amounts are its exact sum, rounded once; none exceeds its own whole price."""
    terms = drawn(data)
    by_period: dict[date, list[Part]] = {}
    for part in parts(replace(terms, timing=Timing.ARREARS), through(data, terms)):
        by_period.setdefault(part.period.start, []).append(part)
    for found in by_period.values():
        exact = sum((unrounded(part, terms.currency) for part in found), Fraction())
        assert sum(part.amount_minor for part in found) == rounded(exact)
        assert sum(part.share for part in found) <= 1
        dearest = max(found, key=lambda part: part.quantity_e6 * part.unit_price_e8)
        whole = unrounded(replace(dearest, counted=1, whole=1), terms.currency)
        assert 0 <= sum(part.amount_minor for part in found) <= rounded(whole)
        for part in found:
            assert abs(part.amount_minor - unrounded(part, terms.currency)) < 1


@TRIES
@given(data=st.data())
def test_splitting_and_order_change_nothing(data: st.DataObject) -> None:
    """Cuts where nothing changes cut nothing; cuts by item alone leave the sums as they are."""
    terms = replace(drawn(data), convention=Convention.DAYS, timing=Timing.ARREARS)
    day = through(data, terms)
    whole = list(parts(terms, day))
    cuts = [
        Change(terms.start + timedelta(n))
        for n in data.draw(st.lists(st.integers(0, 2 * length(terms.cadence)), max_size=4))
    ]
    single = {change.day for change in terms.changes}
    shuffled = [*terms.changes, *cuts] if len(single) == len(terms.changes) else [*terms.changes]
    if len(single) == len(terms.changes):
        Random(7).shuffle(shuffled)
    assert list(parts(replace(terms, changes=tuple(shuffled)), day)) == whole
    renamed = [replace(cut, item=f"piece {n}") for n, cut in enumerate(cuts)]
    pieces = list(parts(replace(terms, changes=(*terms.changes, *renamed)), day))
    assert sums(pieces) == sums(whole)


def sums(found: list[Part]) -> dict[date, tuple[int, Fraction]]:
    result: dict[date, tuple[int, Fraction]] = {}
    for part in found:
        minor, share = result.get(part.period.start, (0, Fraction()))
        result[part.period.start] = (minor + part.amount_minor, share + part.share)
    return result


@TRIES
@given(data=st.data())
def test_no_day_is_billed_twice_or_not_at_all(data: st.DataObject) -> None:
    terms = replace(drawn(data), convention=Convention.DAYS)
    always = tuple(replace(change, quantity_e6=None) for change in terms.changes)
    terms = replace(terms, quantity_e6=terms.quantity_e6 or 1, changes=always)
    day = through(data, terms)
    found = list(parts(terms, day))
    if not found:
        paid_first = max(terms.start, terms.trial_end or terms.start)
        never = terms.end is not None and terms.end <= paid_first
        assert never or terms.timing is Timing.ARREARS or day < paid_first
        return
    assert found[0].days.start == max(terms.start, terms.trial_end or terms.start)
    for one, other in pairwise(found):
        assert one.days.end == other.days.start
    reached = found[-1].days.end
    assert reached is not None
    if terms.timing is Timing.ARREARS:
        assert reached <= day
    elif reached != terms.end:
        assert reached > day


@TRIES
@given(data=st.data())
def test_a_later_run_goes_on_where_the_earlier_stopped(data: st.DataObject) -> None:
    terms = drawn(data)
    first, second, third = sorted(through(data, terms) for _ in range(3))
    at_once = recurring_charges([terms], third)
    in_steps = pl.concat(
        [
            recurring_charges([terms], first),
            recurring_charges([terms], second, first),
            recurring_charges([terms], third, second),
        ]
    )
    key = ["service_date", "reference"]
    assert in_steps.sort(key).equals(at_once.sort(key))
    assert at_once.equals(recurring_charges([terms], third))
    assert at_once.select("source", "reference", "occurrence").is_unique().all()
    assert recurring_charges([terms], third, third).is_empty()


@TRIES
@given(data=st.data())
def test_a_correction_is_the_difference_to_the_minor_unit(data: st.DataObject) -> None:
    terms = drawn(data)
    known = replace(
        terms,
        end=data.draw(st.one_of(st.just(terms.end), st.none(), st.just(terms.start + DAY))),
        changes=(*terms.changes, *drawn(data).changes),
        unit_price_e8=data.draw(st.one_of(st.just(terms.unit_price_e8), prices)),
        quantity_e6=data.draw(st.one_of(st.just(terms.quantity_e6), quantities)),
        version=2,
    )
    day = through(data, terms)
    rows = corrections(terms, known, day)
    before = sum(part.amount_minor for part in parts(terms, day))
    after = sum(part.amount_minor for part in parts(known, day))
    if rows["amount_minor"].null_count() == 0:
        assert sum(rows["amount_minor"]) == after - before
        # However late it became known: with the next run, it is as if it had always been known.
        later = day + timedelta(length(terms.cadence))
        to_come = sum(part.amount_minor for part in parts(known, later, day))
        at_once = sum(part.amount_minor for part in parts(known, later))
        assert before + sum(rows["amount_minor"]) + to_come == at_once
    assert (rows["kind"] == "cancellation").equals(rows["amount_minor"] < 0)
    references = set(rows["reference"]) & set(recurring_charges([terms], day)["reference"])
    assert not references
    assert corrections(terms, replace(terms, version=2), day).is_empty()
    assert rows.equals(corrections(terms, known, day))


@TRIES
@given(data=st.data())
def test_rows_are_worth_what_they_say(data: st.DataObject) -> None:
    """Quantity × unit price, rounded once, is the amount: pricing a row again gives the same."""
    terms = drawn(data)
    for row in recurring_charges([terms], through(data, terms)).to_dicts():
        if row["unit_price_e8"] is None or row["amount_minor"] is None:
            assert row["basis_quantity_e6"] * row["basis_price_e8"] > 10**24
            continue
        unit = 10 ** (14 - decimals_of(row["currency"]))
        exact = Fraction(row["quantity_e6"] * row["unit_price_e8"], unit)
        assert rounded(exact) == row["amount_minor"]


@TRIES
@given(data=st.data())
def test_columns_and_schedule_agree(data: st.DataObject) -> None:
    """Many subscriptions at once: their periods and their amounts are those of the schedule."""
    batch = []
    for number in range(data.draw(st.integers(1, 6))):
        drawn_terms = replace(drawn(data, MONTHLY), convention=Convention.DAYS, stub=Stub.GRID)
        batch.append(replace(drawn_terms, reference=f"T{number}", timing=Timing.ARREARS))
    rows = [
        {
            "terms": terms.reference,
            "day": part.days.start,
            "origin": terms.grid.origin,
            "billing_day": terms.grid.day,
            "months": terms.cadence.months,
            "part_from": part.days.start,
            "part_to": part.days.end,
            "quantity_e6": part.quantity_e6,
            "unit_price_e8": part.unit_price_e8,
            "currency": terms.currency,
            "expected_from": part.period.start,
            "expected_to": part.period.end,
            "expected": (part.counted, part.whole, part.amount_minor),
        }
        for terms in batch
        for part in parts(terms, through(data, terms))
        if part.amount_minor < 10**13
    ]
    if not rows:
        return
    frame = pl.DataFrame([{k: v for k, v in row.items() if k != "expected"} for row in rows])
    got = prorated(placed(frame))
    assert got["period_from"].equals(frame["expected_from"])
    assert got["period_to"].equals(frame["expected_to"])
    figures = got.select("counted", "counted_whole", "amount_minor").rows()
    assert figures == [row["expected"] for row in rows]


@TRIES
@given(
    top=st.integers(-(10**40), 10**40),
    under=st.one_of(st.integers(1, 20), st.integers(1, 10**30)),
    mode=st.sampled_from(Rounding),
)
def test_one_fraction_rounds_like_a_column(top: int, under: int, mode: Rounding) -> None:
    exact = Fraction(top, under)
    assert engine_rounded(exact, mode) == nearest(exact, mode.value)
    assert engine_rounded(Fraction(2 * top + 1, 2), mode) == nearest(
        Fraction(2 * top + 1, 2), mode.value
    )


@TRIES
@given(start=days, data=st.data())
def test_a_run_of_many_terms_is_the_run_of_each(start: date, data: st.DataObject) -> None:
    several = [replace(drawn(data), reference=f"T{n}") for n in range(3)]
    day = start + timedelta(400)
    together = recurring_charges(several, day)
    alone = pl.concat([recurring_charges([terms], day) for terms in several])
    assert together.equals(alone.sort("service_date", maintain_order=True))


@TRIES
@given(data=st.data())
def test_the_price_stage_comes_to_the_same_amounts(data: st.DataObject) -> None:
    """Rows and their corrections go through pricing like any charge that brings its price."""
    terms = drawn(data)
    day = through(data, terms)
    known = replace(terms, changes=drawn(data).changes, version=2)
    rows = pl.concat([recurring_charges([terms], day), corrections(terms, known, day)])
    rows = rows.filter(pl.col("unit_price_e8").is_not_null(), pl.col("amount_minor").is_not_null())
    rows = rows.sort("service_date", maintain_order=True)
    priced = quote(rows, MasterData(), Policy(price_source=PriceSource.CHARGE))
    assert priced["net_minor"].equals(rows["amount_minor"].abs().alias("net_minor"))
    assert set(priced["price_level"]) <= {"charge"}
