"""Where a budget of attention ends in the queue, and what lies within: not one by one, where it is
tens of thousands.

Every so many-th finding of each group is looked at, in its order. These samples say up to which
place there are surely no more than the budget lets; what lies up to there is counted and summed by
the database, and only the few that are still missing are fetched.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from math import isqrt

from django.db import connection

from cleanbill.store.bulk import ids_in
from cleanbill.store.finding_queue import (
    TERMS,
    Clause,
    Group,
    Key,
    Place,
    Queue,
    bounds,
    of_group,
    page_of,
    summed,
)

Within = dict[Key, tuple[int, int]]
"""Count and money at stake by code, severity and currency."""


def within(queue: Queue, groups: list[Group], most: int) -> tuple[Place, Within]:
    """Return where the ``most``-th finding of these groups stands, and what there is up to there.

    There must be as many, of a queue that is not of few findings.
    """
    step = max(1, isqrt(most // len(groups)))
    # Between two samples of a group stand fewer than a step, of which we do not know where.
    surely = (most - len(groups) * (step - 1)) // step
    place = _sample(queue, groups, most, step, surely) if surely > 0 else None
    found = {} if place is None else _counted(queue, groups, place)
    rest = page_of(queue, groups, place, most - sum(count for count, _ in found.values()))
    for key, (count, stake) in summed(queue.sieve.organisation_id, rest).items():
        before = found.get(key, (0, 0))
        found[key] = (before[0] + count, before[1] + stake)
    end = rest[-1] if rest else place
    if end is None:
        raise ValueError("there are not as many findings")
    return end, found


def _of(queue: Queue, group: Group) -> Clause:
    """The findings of a group, without those that are put off."""
    clause, values = of_group(queue.sieve, group)
    if not group.off:
        return clause, values
    return f"{clause} AND NOT ({ids_in('f.id')})", [*values, json.dumps(sorted(group.off))]


def _sample(queue: Queue, groups: list[Group], most: int, step: int, surely: int) -> Place:
    """Return the place of the ``surely``-th of all samples, most money first."""
    order = "ORDER BY ABS(f.at_stake_minor) DESC, f.id"

    def every(group: Group, n: int) -> Clause:
        which, values = _of(queue, group)
        return (
            f"SELECT {n} AS place, id, stake FROM (SELECT f.id, ABS(f.at_stake_minor) AS stake, "
            f"ROW_NUMBER() OVER ({order}) AS nth FROM finding f WHERE {which} {order} "
            f"LIMIT {int(most)}) t{n} WHERE nth %% {int(step)} = 0",
            values,
        )

    rows = [(int(s) * groups[n].weight, int(i)) for n, i, s in _asked(groups, every)]
    rows.sort(key=lambda place: (-place[0], place[1]))
    return rows[surely - 1]


def _counted(queue: Queue, groups: list[Group], place: Place) -> Within:
    """Count and sum what stands at a place or before it."""

    def counted(group: Group, n: int) -> Clause:
        which, values = _of(queue, group)
        ends, end = bounds(group, None, place)
        columns = f"{n} AS place, COUNT(*), SUM(f.at_stake_minor)"
        return f"SELECT {columns} FROM finding f WHERE {which}{ends}", [*values, *end]

    found = _asked(groups, counted)
    return {groups[n].key: (int(count), int(stake)) for n, count, stake in found if count}


def _asked(groups: list[Group], ask: Callable[[Group, int], Clause]) -> list[tuple[int, int, int]]:
    """Return the rows of all groups, of many groups in one statement."""
    clauses = [ask(group, n) for n, group in enumerate(groups)]
    rows: list[tuple[int, int, int]] = []
    with connection.cursor() as cursor:
        for start in range(0, len(clauses), TERMS):
            some = clauses[start : start + TERMS]
            values = [value for _, own in some for value in own]
            cursor.execute(" UNION ALL ".join(text for text, _ in some), values)
            rows += cursor.fetchall()
    return rows
