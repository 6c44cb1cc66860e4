"""Minimum and maximum spend, and commitments: what is lacking or beyond by the end of some days.

In: terms, the billed lines of their customer by day, and charges that are not settled. Out: for
each check, the shortfall and the excess. Within a period the ladder is cumulative: each check asks
for what is lacking by then less what is lacking by the check above, so a shortfall that is caught
up with is given back, and in the end

    spend + shortfall - excess  =  spend, but not below the minimum and not above the maximum
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from cleanbill.cycle.price.terms.due import Due, Reckoned, Waiting
from cleanbill.engine.exact import rounded
from cleanbill.nouns.period import Period
from cleanbill.nouns.proration import ruler
from cleanbill.nouns.spend import SpendTerms, Unsettled

NAMED = 5
"""So many unsettled charges are named; the others are counted."""


@dataclass(frozen=True, slots=True)
class Spent:
    """What was billed for an item on a service day: net, after discounts, credits taken off."""

    day: date
    item: str
    net_minor: int


@dataclass(frozen=True, slots=True)
class Unbilled:
    """A charge that is open or held; without a day or an item it may be any."""

    day: date | None
    item: str | None
    reference: str


@dataclass(frozen=True, slots=True)
class Check:
    """A look at the spend of ``days``: ``counted`` of the ``whole`` period have passed."""

    period: Period
    days: Period
    counted: int
    whole: int

    def share_of(self, limit_minor: int) -> int:
        """Return the share of a limit that has passed by now, rounded once."""
        return rounded(Fraction(limit_minor * self.counted, self.whole))


def reckoned(
    terms: SpendTerms, spent: Sequence[Spent], unbilled: Sequence[Unbilled], through: date
) -> Reckoned:
    """Return what the terms come to by the checks up to and including ``through``.

    ``spent`` and ``unbilled`` are those of the customer in the currency of the terms; which items
    count is seen to here. A check is due on the first day after its days.
    """
    lines = [line for line in spent if counts(terms, line.item)]
    open_ones = [one for one in unbilled if one.item is None or counts(terms, one.item)]
    dues: list[Due] = []
    waiting: list[Waiting] = []
    for ladder in _ladders(terms, through):
        above = {"shortfall": 0, "excess": 0}
        for check in ladder:
            sum_minor = sum(line.net_minor for line in lines if line.day in check.days)
            late = [x.reference for x in open_ones if x.day is None or x.day in check.days]
            for due in _sides(terms, check, sum_minor, above, len(late)):
                if late and terms.unsettled is Unsettled.WAIT:
                    waiting.append(_waiting(terms, due, late))
                else:
                    dues.append(due)
    return Reckoned(tuple(dues), tuple(waiting))


def counts(terms: SpendTerms, item: str) -> bool:
    """Tell whether lines of an item count; what the terms themselves charge never does."""
    if item in (terms.shortfall_item, terms.excess_item):
        return False
    return not terms.items or item in terms.items


def _ladders(terms: SpendTerms, through: date) -> Iterator[list[Check]]:
    """Yield the checks that are due, period by period."""
    along = terms.grid
    index = along.index(terms.start)
    while True:
        period = along.period(index)
        assert period.end is not None
        start = max(period.start, terms.start)
        end = min(period.end, terms.end or period.end)
        if end <= start or start > through:
            return
        measure = ruler(terms.convention, along, index, terms.zone)
        first = measure.at(start)
        checks = [
            Check(period, Period(start, day), measure.at(day) - first, measure.whole)
            for day in terms.checks(Period(start, end))
            if day <= through
        ]
        yield checks
        index += 1


def _sides(
    terms: SpendTerms, check: Check, spent_minor: int, above: dict[str, int], late: int
) -> Iterator[Due]:
    """Yield shortfall and excess of a check, and note in ``above`` what they have come to."""
    for side, limit, item in (
        ("shortfall", terms.minimum_minor, terms.shortfall_item),
        ("excess", terms.maximum_minor, terms.excess_item),
    ):
        if limit is None:
            continue
        assert item is not None
        reached = check.share_of(limit)
        beyond = reached - spent_minor if side == "shortfall" else spent_minor - reached
        amount = max(0, beyond)
        owing = amount - above[side]
        basis = _basis(terms, check, side, limit, reached, spent_minor)
        basis |= {"so_far_minor": amount, "above_minor": above[side], "unsettled": late}
        above[side] = amount
        last = check.days.last_day
        assert last is not None
        yield Due(
            slot=f"{check.days.start}/{last}/{side}",
            item=item,
            first=check.days.start,
            last=last,
            amount_minor=owing if side == "shortfall" else -owing,
            basis=basis,
            description=terms.description,
        )


def _basis(
    terms: SpendTerms, check: Check, side: str, limit: int, reached: int, spent_minor: int
) -> dict[str, Any]:
    assert check.period.end is not None
    return {
        "kind": "spend",
        "side": side,
        "currency": terms.currency,
        "items": list(terms.items),
        "days_from": check.days.start.isoformat(),
        "days_to": check.days.last_day.isoformat() if check.days.last_day else None,
        "period_from": check.period.start.isoformat(),
        "period_to": (check.period.end - timedelta(1)).isoformat(),
        "convention": terms.convention.value,
        "counted": check.counted,
        "whole": check.whole,
        "limit_minor": limit,
        "reached_minor": reached,
        "spent_minor": spent_minor,
    }


def _waiting(terms: SpendTerms, due: Due, late: Sequence[str]) -> Waiting:
    return Waiting(
        terms=terms.reference,
        customer=terms.customer,
        slot=due.slot,
        first=due.first,
        last=due.last,
        unsettled=len(late),
        references=tuple(late[:NAMED]),
    )
