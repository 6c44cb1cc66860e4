"""Milestones: which have been reached, and what each comes to.

The amount of a milestone follows from its place in the schedule alone, in whatever order they are
reached: the rounded running sum of the shares up to it, less that without it. So all of them are
the contract value, exactly.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from fractions import Fraction
from typing import Any

from cleanbill.cycle.price.terms.due import Due, Reckoned
from cleanbill.engine.exact import rounded
from cleanbill.nouns.milestones import WHOLE_E6, MilestoneTerms, Release


def reckoned(terms: MilestoneTerms, releases: Iterable[Release], through: date) -> Reckoned:
    """Return the milestones that were reached up to and including ``through``.

    Raises ValueError for a release that names none of them, one that waits for a day and no
    release, or one that is released twice.
    """
    days = {one.name: one.day for one in terms.milestones if one.day is not None}
    dated = frozenset(days)
    names = [one.name for one in terms.milestones]
    for release in releases:
        name = release.milestone
        if name not in names:
            raise ValueError(
                f"{terms.reference} has no milestone {name!r}; it has {', '.join(names)}"
            )
        if name in dated:
            raise ValueError(
                f"{terms.reference}: milestone {name} is due on {days[name]} and needs no release"
            )
        if name in days:
            raise ValueError(f"{terms.reference}: milestone {name} was released on {days[name]}")
        days[name] = release.day
    dues, so_far, above = [], 0, 0
    for one in terms.milestones:
        so_far += one.percent_e6 if one.percent_e6 is not None else one.amount_minor or 0
        exact = Fraction(terms.value_minor * so_far, WHOLE_E6) if terms.by_percent else None
        reached = so_far if exact is None else rounded(exact)
        day = days.get(one.name)
        if day is not None and day <= through:
            basis: dict[str, Any] = {
                "kind": "milestone",
                "milestone": one.name,
                "currency": terms.currency,
                "value_minor": terms.value_minor,
                "percent_e6": one.percent_e6,
                "percent_so_far_e6": so_far if terms.by_percent else None,
                "reached_minor": reached,
                "above_minor": above,
                "released": one.day is None,
                "day": day.isoformat(),
            }
            dues.append(
                Due(
                    slot=one.name,
                    item=one.item or terms.item,
                    first=day,
                    last=day,
                    amount_minor=reached - above,
                    basis=basis,
                    description=one.description or terms.description,
                )
            )
        above = reached
    return Reckoned(tuple(dues))
