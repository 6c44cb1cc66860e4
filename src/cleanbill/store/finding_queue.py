"""The work queue out of the store: open findings, the worthiest first, from a place on.

Worth is what is at stake times a weight that only code, severity and currency decide. So each
group of equal code, severity and currency stands in its order in one index, and a page takes the
first few of each group behind its place: nothing is sorted, and no row is skipped by counting.
Where only a few findings are meant (a customer's, a colleague's), these are fetched and sorted.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from django.db import connection

from cleanbill.nouns.currency import DECIMALS
from cleanbill.store.bulk import ids_in
from cleanbill.store.finding_sieves import Clause, clauses_of, put_off
from cleanbill.store.totals import open_counts

Place = tuple[int, int]
"""Figure and id of a finding: where it stands in the queue."""
Key = tuple[str, str, str | None]
"""Code, severity and currency."""
_OPEN = "f.organisation_id = %s AND f.closed_run_id IS NULL"
_LARGEST = 2**63 - 1
TERMS = 100
"""So many groups are asked for in one statement; SQLite joins no more than 500."""


@dataclass(frozen=True, slots=True)
class Sieve:
    """Which open findings are wanted. ``severities`` gives each code's declared severity."""

    organisation_id: int
    day: date
    weights: Mapping[str, int]
    """What a unit at stake counts for, by code."""
    usually: int
    holding: int
    """What it counts for where a finding holds and nothing is said of its code."""
    severities: Mapping[str, str]
    customer: str | None = None
    assignee: str | None = None
    put_off: bool = False
    opened_before: date | None = None

    def clauses(self) -> Clause:
        """Return SQL on a finding ``f`` of this customer, assignee and age, with its values."""
        return clauses_of(self.organisation_id, self.customer, self.assignee, self.opened_before)


@dataclass(frozen=True, slots=True)
class Group:
    """Open findings of equal code, severity and currency."""

    code: str
    severity: str
    currency: str | None
    count: int
    at_stake_minor: int
    weight: int
    declared: str
    off: frozenset[int] = field(default_factory=frozenset)
    """Ids that are put off, and not counted."""

    @property
    def key(self) -> Key:
        """What tells it from others."""
        return (self.code, self.severity, self.currency)


@dataclass(frozen=True, slots=True)
class Queue:
    """The groups that are wanted and, where only few findings are meant, the places of these."""

    sieve: Sieve
    groups: list[Group]
    few: dict[Key, list[Place]] | None = None


def queue_of(sieve: Sieve) -> Queue:
    """Return what is wanted, counted."""
    if sieve.customer or sieve.assignee or sieve.put_off:
        return _few(sieve)
    rows, off = _rows(sieve), put_off(sieve.organisation_id, sieve.day)
    kept = []
    for code, severity, currency, count, money in rows:
        own = off.get((code, severity, currency), {})
        left = count - len(own)
        if left:
            group = (code, severity, currency, left, money - sum(own.values()))
            kept.append(_group(sieve, group, frozenset(own)))
    return Queue(sieve, kept)


def wanted(queue: Queue, codes: Iterable[str] | None, severity: str | None) -> list[Group]:
    """Return the groups of these codes and of this severity."""
    only = None if codes is None else set(codes)
    return [
        group
        for group in queue.groups
        if (only is None or group.code in only) and severity in (None, group.declared)
    ]


def page_of(
    queue: Queue, groups: list[Group], after: Place | None, limit: int, least: Place | None = None
) -> list[Place]:
    """Return up to ``limit`` places of these groups behind a place, most money first.

    Of warnings only those that stand at ``least`` or before it.
    """
    found: list[Place] = []
    if queue.few is not None:
        for group in groups:
            places = queue.few[group.key]
            found += [p for p in places if after is None or _behind(p, after)]
    else:
        for start in range(0, len(groups), TERMS):
            found += _from_index(queue.sieve, groups[start : start + TERMS], after, limit, least)
    found.sort(key=lambda place: (-place[0], place[1]))
    return found[:limit]


def place_of(sieve: Sieve, finding_id: int) -> Place | None:
    """Return where a finding of the organisation stands, or stood; None where it is not there."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT f.code, f.severity, f.currency, f.at_stake_minor FROM finding f "
            "WHERE f.organisation_id = %s AND f.id = %s",
            [sieve.organisation_id, finding_id],
        )
        row = cursor.fetchone()
    return None if row is None else (abs(int(row[3])) * _weight(sieve, *row[:3]), finding_id)


def summed(organisation_id: int, places: list[Place]) -> dict[Key, tuple[int, int]]:
    """Return count and money at stake of findings by code, severity and currency."""
    if not places:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT f.code, f.severity, f.currency, COUNT(*), SUM(f.at_stake_minor) "
            f"FROM finding f WHERE f.organisation_id = %s AND {ids_in('f.id')} "
            "GROUP BY f.code, f.severity, f.currency",
            [organisation_id, json.dumps([number for _, number in places])],
        )
        return {tuple(row[:3]): (int(row[3]), int(row[4] or 0)) for row in cursor.fetchall()}


def _behind(place: Place, other: Place) -> bool:
    return place[0] < other[0] or (place[0] == other[0] and place[1] > other[1])


def _weight(sieve: Sieve, code: str, severity: str, currency: str | None) -> int:
    """Amounts of currencies are compared by their figures, as ``verify.ranked`` does.

    What is only told stands last.
    """
    if severity == "info":
        return 1
    scale = 10 ** (4 - DECIMALS.get(currency or "", 2))
    declared = sieve.holding if severity == "block" else sieve.usually
    return sieve.weights.get(code, declared) * scale


def _group(sieve: Sieve, row: tuple[str, str, str | None, int, int], off: frozenset[int]) -> Group:
    code, severity, currency, count, money = row
    # What a run has put off is judged by its check again once that has ended.
    passing = severity in ("waived", "deferred")
    declared = sieve.severities.get(code, "block") if passing else severity
    weight = _weight(sieve, code, severity, currency)
    return Group(code, severity, currency, count, money, weight, declared, off)


def _rows(sieve: Sieve) -> list[tuple[str, str, str | None, int, int]]:
    extra, values = sieve.clauses()
    if not extra:
        return open_counts(sieve.organisation_id)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT f.code, f.severity, f.currency, COUNT(*), SUM(f.at_stake_minor) "
            f"FROM finding f WHERE {_OPEN}{extra} "
            "GROUP BY f.code, f.severity, f.currency ORDER BY f.code, f.severity, f.currency",
            [sieve.organisation_id, *values],
        )
        return [(*row[:3], int(row[3]), int(row[4] or 0)) for row in cursor.fetchall()]


def _few(sieve: Sieve) -> Queue:
    """Fetch the findings themselves: those of one customer, of one colleague, or put off."""
    extra, values = sieve.clauses()
    off = put_off(sieve.organisation_id, sieve.day)
    away = {number for own in off.values() for number in own}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT f.code, f.severity, f.currency, f.id, f.at_stake_minor "
            f"FROM finding f WHERE {_OPEN}{extra}",
            [sieve.organisation_id, *values],
        )
        rows = [row for row in cursor.fetchall() if (row[3] in away) == sieve.put_off]
    few: dict[Key, list[Place]] = {}
    money: dict[Key, int] = {}
    for code, severity, currency, number, stake in rows:
        key, weight = (code, severity, currency), _weight(sieve, code, severity, currency)
        few.setdefault(key, []).append((abs(int(stake)) * weight, int(number)))
        money[key] = money.get(key, 0) + int(stake)
    groups = [
        _group(sieve, (*key, len(few[key]), money[key]), frozenset())
        for key in sorted(few, key=lambda k: (k[0], k[1], k[2] or ""))
    ]
    return Queue(sieve, groups, few)


def _from_index(
    sieve: Sieve, groups: list[Group], after: Place | None, limit: int, least: Place | None
) -> list[Place]:
    extra, extra_values = sieve.clauses()
    terms, values = [], []
    for n, group in enumerate(groups):
        begins, begin = bounds(group, after, least if group.declared == "warn" else None)
        which, whose = of_group(sieve, group)
        terms.append(
            f"SELECT * FROM (SELECT {n} AS place, f.id, ABS(f.at_stake_minor) AS stake "
            f"FROM finding f WHERE {which}{extra}{begins} "
            f"ORDER BY ABS(f.at_stake_minor) DESC, f.id LIMIT {int(limit) + len(group.off)}) t{n}"
        )
        values += [*whose, *extra_values, *begin]
    if not terms:
        return []
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(terms), values)
        return [
            (int(stake) * groups[n].weight, int(number))
            for n, number, stake in cursor.fetchall()
            if number not in groups[n].off
        ]


def of_group(sieve: Sieve, group: Group) -> Clause:
    """Return SQL for the open findings of a group, in the words of the index they stand in."""
    has = "f.currency = %s" if group.currency else "f.currency IS NULL"
    values = [sieve.organisation_id, group.code, group.severity]
    clause = f"{_OPEN} AND f.code = %s AND f.severity = %s AND {has}"
    return clause, [*values, *([group.currency] if group.currency else [])]


def bounds(group: Group, after: Place | None, least: Place | None) -> Clause:
    """Return SQL for the stakes of a group behind ``after``, and at ``least`` or before it."""
    clause, values = "", []
    stake, weight = "ABS(f.at_stake_minor)", max(group.weight, 1)
    if after is not None:
        whole, rest = divmod(after[0], weight)
        most = min(whole, _LARGEST)
        clause += f" AND {stake} <= %s"
        values.append(most)
        if not rest:
            clause += f" AND ({stake} < %s OR f.id > %s)"
            values += [most, after[1]]
    if least is not None:
        lowest = min(-(-least[0] // weight), _LARGEST)
        clause += f" AND {stake} >= %s"
        values.append(lowest)
        if not least[0] % weight:
            clause += f" AND ({stake} > %s OR f.id <= %s)"
            values += [lowest, least[1]]
    return clause, values
