"""Recurring terms, many of them: the oracle agrees, and runs in steps are one run."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise
from random import Random

import polars as pl
import pytest
from tests.laws import generated_terms
from tests.laws.cases import chunks, varied
from tests.laws.recurring import length, told
from tests.oracle.recurring import Owed, owed
from tests.oracle.rounding import rounded

from cleanbill.cycle.price.recurring import recurring_charges
from cleanbill.cycle.price.schedule import Part, parts
from cleanbill.nouns.currency import decimals_of
from cleanbill.nouns.proration import Convention
from cleanbill.nouns.recurring import Change, RecurringTerms, Timing

CHUNK, TOGETHER = 500, 25
"""Terms of one test, and of one run."""
KINDS = {"due": 40, "broken": 25, "changed": 5, "ends": 25, "trial": 10, "several parts": 20}
"""Of a hundred terms, how many have or are that at least."""


def as_owed(part: Part) -> Owed:
    last = part.days.last_day
    assert last is not None
    return Owed(part.days.start, last, part.item, part.due, part.share, part.amount_minor)


def exact(part: Part, currency: str) -> Fraction:
    minor = Fraction(part.quantity_e6 * part.unit_price_e8, 10 ** (14 - decimals_of(currency)))
    return minor * part.share


@pytest.mark.parametrize("chunk", chunks(CHUNK))
def test_every_part_agrees_with_the_oracle_and_periods_add_up(chunk: int) -> None:
    rng = Random(f"terms-{chunk}")
    found: Counter[str] = Counter()
    for _ in range(CHUNK):
        terms = generated_terms.terms(rng)
        day = generated_terms.horizon(rng, terms)
        made = list(parts(terms, day))
        assert [as_owed(part) for part in made] == owed(told(terms), day), (terms, day)
        found["due"] += bool(made)
        found["several parts"] += len(made) > 1
        found["broken"] += any(part.counted < part.whole for part in made)
        found["changed"] += len({(part.item, part.unit_price_e8) for part in made}) > 1
        found["ends"] += terms.end is not None
        found["trial"] += terms.trial_end is not None
        found.update((terms.cadence.unit, terms.convention, terms.alignment, terms.timing))
        whole_periods(replace(terms, timing=Timing.ARREARS), day)
        uncut(rng, terms, day)
    varied(found, CHUNK, KINDS)
    assert (
        min(found[unit] for unit in ("day", "week", "month", "quarter", "half_year", "year")) > 30
    )
    assert min(found[convention] for convention in Convention) > 30


def whole_periods(terms: RecurringTerms, day: date) -> None:
    """Each period's amounts are its exact sum, rounded once; no day stands in two parts."""
    made = list(parts(terms, day))
    assert all(one.days.end <= other.days.start for one, other in pairwise(made)), terms
    sums: dict[date, tuple[Fraction, int]] = {}
    for part in made:
        due, minor = sums.get(part.period.start, (Fraction(), 0))
        due += exact(part, terms.currency)
        sums[part.period.start] = (due, minor + part.amount_minor)
    assert all(minor == rounded(due) for due, minor in sums.values()), terms


def uncut(rng: Random, terms: RecurringTerms, day: date) -> None:
    """Changes that change nothing cut nothing, in whatever order all of them are known."""
    dated = {change.day for change in terms.changes}
    if len(dated) < len(terms.changes):
        return
    span = 2 * length(terms.cadence)
    cuts = [Change(terms.start + timedelta(rng.randint(0, span))) for _ in range(2)]
    known = [*terms.changes, *cuts]
    rng.shuffle(known)
    again = parts(replace(terms, changes=tuple(known)), day)
    assert list(again) == list(parts(terms, day)), (terms, cuts)


@pytest.mark.parametrize("chunk", chunks(CHUNK))
def test_runs_in_steps_are_one_run_and_many_terms_are_each(chunk: int) -> None:
    rng = Random(f"runs-{chunk}")
    rows = 0
    for number in range(0, CHUNK, TOGETHER):
        near = generated_terms.day(rng)
        several = [
            generated_terms.terms(rng, f"T{number + place}", near) for place in range(TOGETHER)
        ]
        first, second, third = sorted(near + timedelta(rng.randint(-60, 400)) for _ in range(3))
        at_once = recurring_charges(several, third)
        in_steps = pl.concat(
            [
                recurring_charges(several, first),
                recurring_charges(several, second, first),
                recurring_charges(several, third, second),
            ]
        )
        key = ["service_date", "source", "reference"]
        assert in_steps.sort(key).equals(at_once.sort(key)), several
        assert recurring_charges(several, third, third).is_empty()
        assert at_once.select("source", "reference", "occurrence").is_unique().all()
        rng.shuffle(several)
        assert recurring_charges(several, third).sort(key).equals(at_once.sort(key))
        halves = [recurring_charges(several[place::2], third) for place in (0, 1)]
        assert pl.concat(halves).sort(key).equals(at_once.sort(key))
        rows += at_once.height
    assert rows > CHUNK
