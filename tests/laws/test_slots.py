"""Charges from terms: they agree with the oracle, and every way to the end ends at one sum."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.laws.recurring import days, recurring_terms, told
from tests.oracle import terms as oracle

from cleanbill.cycle.price.terms import (
    Drawn,
    Reckoned,
    Spent,
    applications,
    charges,
    milestones,
    progress,
    replayed,
    spend,
)
from cleanbill.formats import terms_json
from cleanbill.nouns.cadence import Cadence, Unit
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
from cleanbill.nouns.proration import Stub
from cleanbill.nouns.spend import SpendTerms

TRIES = settings(
    max_examples=int(os.environ.get("CLEANBILL_RECURRING_TERMS", "150")), deadline=None
)
MONTHLY = (Unit.MONTH, Unit.QUARTER, Unit.HALF_YEAR, Unit.YEAR)
FIRST = date(2026, 1, 1)
amounts = st.one_of(st.integers(0, 200), st.integers(0, 10**9))
shares = st.one_of(st.integers(0, 10).map(lambda n: n * 10**7), st.integers(0, 10**8))


@st.composite
def promises(draw: st.DrawFn) -> tuple[SpendTerms, oracle.Promise]:
    """Draw spend terms on the grid of generated recurring terms, and what the oracle is told."""
    base = draw(recurring_terms(MONTHLY, (Stub.GRID,)))
    end = None if base.end is None else max(base.end, base.start + timedelta(1))
    base = replace(base, trial_end=None, end=end)
    checks = [n for n in range(1, base.cadence.months) if base.cadence.months % n == 0]
    check = draw(st.sampled_from([0, *checks]))
    minimum = draw(st.one_of(st.none(), amounts))
    least = minimum or 0
    maximum = draw(st.integers(least, least + 10**6) if minimum is None else st.none() | amounts)
    if maximum is not None:
        maximum = max(maximum, least)
    terms = SpendTerms(
        reference="S",
        customer="C",
        currency=base.currency,
        cadence=base.cadence,
        start=base.start,
        end=base.end,
        minimum_minor=minimum,
        maximum_minor=maximum,
        shortfall_item=None if minimum is None else "lack",
        excess_item=None if maximum is None else "beyond",
        check=Cadence(Unit.MONTH, check) if check else None,
        alignment=base.alignment,
        anchor=base.anchor,
        billing_day=base.billing_day,
        billing_month=base.billing_month,
        convention=base.convention,
        zone=base.zone,
    )
    return terms, oracle.Promise(told(base), check, minimum, maximum)


def bought(data: st.DataObject, terms: SpendTerms, count: int = 8) -> list[Spent]:
    around = st.integers(-20, 900).map(lambda n: terms.start + timedelta(n))
    sizes = st.one_of(amounts, amounts.map(lambda n: -n))
    line = st.builds(Spent, around, st.just("it"), sizes)
    return data.draw(st.lists(line, max_size=count))


@TRIES
@given(pair=promises(), data=st.data())
def test_every_look_at_the_spend_is_the_oracles(
    pair: tuple[SpendTerms, oracle.Promise], data: st.DataObject
) -> None:
    terms, promise = pair
    lines = bought(data, terms)
    through = terms.start + timedelta(data.draw(st.integers(0, 800)))
    got = spend.reckoned(terms, lines, [], through).dues
    said = oracle.promised(promise, [(line.day, line.net_minor) for line in lines], through)
    assert {(d.first, d.last, d.slot.split("/")[2]): d.amount_minor for d in got} == said


@TRIES
@given(pair=promises(), data=st.data())
def test_spend_and_true_up_lie_between_the_limits(
    pair: tuple[SpendTerms, oracle.Promise], data: st.DataObject
) -> None:
    """Whole periods: spend + shortfalls - excesses = max(minimum, min(maximum, spend))."""
    terms, _ = pair
    lines = bought(data, terms)
    sums: dict[date, int] = {}
    for due in spend.reckoned(terms, lines, [], terms.start + timedelta(900)).dues:
        sums[due.first] = sums.get(due.first, 0) + due.amount_minor
        if due.basis["counted"] < due.basis["whole"]:
            continue
        total = wanted = sum(x.net_minor for x in lines if due.first <= x.day <= due.last)
        if terms.minimum_minor is not None:
            wanted = max(wanted, terms.minimum_minor)
        if terms.maximum_minor is not None:
            wanted = min(wanted, terms.maximum_minor)
        # With two limits there are two rows, the excess behind the shortfall.
        if terms.maximum_minor is None or due.slot.endswith("excess"):
            assert total + sums[due.first] == wanted


def ends_alike(
    terms: SpendTerms | MilestoneTerms | ProgressTerms, ways: list[tuple[Reckoned, date]]
) -> pl.DataFrame:
    """Charge along several states of what is known; all must add up to what the last one says."""
    before: list[Drawn] = []
    found = []
    for reckoned, through in ways:
        rows, before = charges(terms, reckoned, before, through)
        found.append(rows)
    last, through = ways[-1]
    assert charges(terms, last, before, through)[0].is_empty()
    rows = pl.concat(found)
    assert all(
        replayed(json.loads(basis)) == amount
        for basis, amount in rows.select("basis", "amount_minor").iter_rows()
    )
    assert rows["reference"].is_unique().all()
    slot = pl.col("basis").str.json_path_match("$.slot").alias("slot")
    by_slot = dict(rows.group_by(slot).agg(pl.col("amount_minor").sum()).iter_rows())
    told_now = {due.slot: due.amount_minor for due in last.dues}
    assert {s: n for s, n in by_slot.items() if n} == {s: n for s, n in told_now.items() if n}
    return rows


@TRIES
@given(pair=promises(), data=st.data())
def test_late_lines_and_repeated_runs_end_at_the_same_sum(
    pair: tuple[SpendTerms, oracle.Promise], data: st.DataObject
) -> None:
    terms, _ = pair
    lines: list[Spent] = []
    ways, through = [], terms.start
    for _ in range(data.draw(st.integers(1, 4))):
        lines = lines + bought(data, terms, 3)
        through += timedelta(data.draw(st.integers(0, 300)))
        ways.append((spend.reckoned(terms, lines, [], through), through))
    ends_alike(terms, ways)


@TRIES
@given(value=st.integers(1, 10**9), data=st.data())
def test_milestones_in_any_order_are_the_contract_value(value: int, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.sets(st.integers(1, 10**8 - 1), max_size=6)))
    percents = [b - a for a, b in zip([0, *cuts], [*cuts, 10**8], strict=True)]
    names = [f"m{n}" for n in range(len(percents))]
    terms = MilestoneTerms(
        reference="M",
        customer="C",
        item="it",
        currency="EUR",
        value_minor=value,
        milestones=tuple(
            Milestone(name=name, percent_e6=p) for name, p in zip(names, percents, strict=True)
        ),
    )
    order = data.draw(st.permutations(names))
    releases = [Release(name, FIRST + timedelta(n)) for n, name in enumerate(order)]
    ways = []
    for count in range(1, len(releases) + 1):
        day = releases[count - 1].day
        ways.append((milestones.reckoned(terms, releases[:count], day), day))
    rows = ends_alike(terms, ways)
    assert rows["amount_minor"].sum() == value
    said = oracle.shares(value, [Fraction(p, 10**6) for p in percents])
    slot = pl.col("basis").str.json_path_match("$.slot")
    got = dict(rows.select(slot, "amount_minor").iter_rows())
    assert [got.get(name, 0) for name in names] == said


@st.composite
def contracts(draw: st.DrawFn) -> tuple[ProgressTerms, list[Claim], list[RetainageRelease]]:
    """Draw a contract and claims that end with everything complete and free."""
    sizes = draw(st.lists(st.integers(-(10**6), 10**9).filter(bool), min_size=1, max_size=4))
    steps = draw(st.lists(shares, max_size=3))
    names = [str(n) for n in range(len(sizes))]
    terms = ProgressTerms(
        reference="P",
        customer="C",
        currency="EUR",
        values=tuple(
            Value(line=n, item="it", scheduled_minor=size)
            for n, size in zip(names, sizes, strict=True)
        ),
        retainage=tuple(Step(FIRST + timedelta(7 * n), p) for n, p in enumerate(steps)),
        retained=draw(st.sampled_from(Retained)),
        retainage_item="held",
    )
    claims = []
    for number in range(1, draw(st.integers(1, 5)) + 1):
        lines = [Complete(line=n, percent_e6=draw(shares)) for n in names]
        claims.append(Claim(number=number, day=FIRST + timedelta(5 * number), lines=tuple(lines)))
    whole = tuple(Complete(line=n, percent_e6=10**8) for n in names)
    end = FIRST + timedelta(60)
    claims.append(Claim(number=len(claims) + 1, day=end, lines=whole))
    return terms, claims, [RetainageRelease(name="end", day=end)]


@TRIES
@given(contract=contracts())
def test_claims_end_exactly_at_the_contract_value(
    contract: tuple[ProgressTerms, list[Claim], list[RetainageRelease]],
) -> None:
    terms, claims, releases = contract
    value = sum(one.scheduled_minor for one in terms.values)
    if value < 0:
        return
    ways = [
        (progress.reckoned(terms, claims[:count], [], claims[count - 1].day), claims[count - 1].day)
        for count in range(1, len(claims) + 1)
    ]
    day = releases[0].day
    rows = ends_alike(terms, [*ways, (progress.reckoned(terms, claims, releases, day), day)])
    assert rows["amount_minor"].sum() == value


@TRIES
@given(contract=contracts())
def test_applications_are_the_oracles_and_carry_on(
    contract: tuple[ProgressTerms, list[Claim], list[RetainageRelease]],
) -> None:
    terms, claims, _ = contract
    forms, _ = applications(terms, claims, [])
    percents = [
        (
            [Fraction(line.percent_e6 or 0, 10**6) for line in claim.lines],
            Fraction(terms.retainage_on(claim.day), 10**6),
        )
        for claim in claims
    ]
    sizes = [value.scheduled_minor for value in terms.values]
    said = oracle.retained(sizes, percents, terms.retained is Retained.TO_DATE)
    got = [
        ([line.this_minor for line in form.lines], form.held_before_minor - form.retained_minor)
        for form in forms
    ]
    assert got == said
    paid = 0
    for form in forms:
        assert form.certified_before_minor == paid
        paid += form.payment_minor
        assert form.balance_minor == form.contract_minor - paid
        assert form.earned_minor == paid


@TRIES
@given(start=days)
def test_years_without_a_line_owe_the_minimum_of_each_year(start: date) -> None:
    terms = SpendTerms(
        reference="S",
        customer="C",
        currency="EUR",
        cadence=Cadence(Unit.YEAR),
        check=Cadence(Unit.MONTH),
        start=start,
        minimum_minor=12_345,
        shortfall_item="lack",
    )
    through = terms.grid.begins(3)
    assert sum(d.amount_minor for d in spend.reckoned(terms, [], [], through).dues) == 3 * 12_345


@TRIES
@given(pair=promises(), contract=contracts())
def test_terms_are_read_as_they_were_written(
    pair: tuple[SpendTerms, oracle.Promise],
    contract: tuple[ProgressTerms, list[Claim], list[RetainageRelease]],
) -> None:
    for kind, terms in (("spend", pair[0]), ("progress", contract[0])):
        text = terms_json.written(terms)
        assert terms_json.read(kind, text, 1) == terms
        assert terms_json.written(terms_json.read(kind, text, 7)) == text
