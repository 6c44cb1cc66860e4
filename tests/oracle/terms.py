"""What spend terms, milestones and claims come to: slow, obvious, in fractions, sharing nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction

from tests.oracle.recurring import Terms, begins, period_around, weight
from tests.oracle.rounding import rounded

DAY = timedelta(1)
Slots = dict[tuple[date, date, str], int]


@dataclass(frozen=True)
class Promise:
    """``when`` gives the periods and the convention; ``check`` the months between two looks, 0
    for one look at the end. Limits and lines are in minor units."""

    when: Terms
    check: int
    minimum: int | None
    maximum: int | None


def promised(promise: Promise, lines: Sequence[tuple[date, int]], through: date) -> Slots:
    """Return what each look up to and including a day asks for or gives back."""
    found: Slots = {}
    when = promise.when
    day = when.first
    while day <= through and (when.end is None or day < when.end):
        start, end = period_around(when, day)
        stop = end if when.end is None else min(end, when.end)
        found |= of_period(promise, lines, (start, end), day, stop, through)
        day = stop
    return found


def of_period(
    promise: Promise,
    lines: Sequence[tuple[date, int]],
    period: tuple[date, date],
    first: date,
    stop: date,
    through: date,
) -> Slots:
    when, (start, end) = promise.when, period
    every = [start + n * DAY for n in range((end - start).days)]
    weights = {day: weight(when, day, start, end, when.day) for day in every}
    whole = sum(weights.values())
    lacked = exceeded = 0
    found: Slots = {}
    day = first
    while day < stop:
        day += DAY
        if day > through or not (day == stop or is_check(promise, day)):
            continue
        share = Fraction(sum(weights[d] for d in every if first <= d < day), whole)
        bought = sum(amount for on, amount in lines if first <= on < day)
        if promise.minimum is not None:
            lacks = max(0, rounded(promise.minimum * share) - bought)
            found[first, day - DAY, "shortfall"] = lacks - lacked
            lacked = lacks
        if promise.maximum is not None:
            exceeds = max(0, bought - rounded(promise.maximum * share))
            found[first, day - DAY, "excess"] = -(exceeds - exceeded)
            exceeded = exceeds
    return found


def is_check(promise: Promise, day: date) -> bool:
    if not promise.check:
        return False
    looks = replace(promise.when, step=promise.check)
    return period_around(looks, day)[0] == day == begins(replace(looks, origin=day), 0)


def shares(value: int, percents: Sequence[Fraction]) -> list[int]:
    """Return what milestones come to: each by what is left of the rounded sum up to it."""
    found: list[int] = []
    for count in range(1, len(percents) + 1):
        found.append(rounded(value * sum(percents[:count]) / 100) - sum(found))
    return found


def retained(
    scheduled: Sequence[int], claims: Sequence[tuple[Sequence[Fraction], Fraction]], to_date: bool
) -> list[tuple[list[int], int]]:
    """Return for each claim what each line adds, and what the retainage row says.

    A claim is the percent complete of each line and the percent that is retained.
    """
    found: list[tuple[list[int], int]] = []
    before = [0] * len(scheduled)
    held_exact, held = Fraction(), 0
    for percents, percent in claims:
        now = [rounded(value * p / 100) for value, p in zip(scheduled, percents, strict=True)]
        adds = [new - old for new, old in zip(now, before, strict=True)]
        held_exact = sum(now) * percent / 100 if to_date else held_exact + sum(adds) * percent / 100
        kept = max(0, rounded(held_exact))
        found.append((adds, held - kept))
        before, held = now, kept
    return found
