"""The work queue: open findings, the worthiest first, page by page, within a budget of attention.

A page costs the same wherever it begins and however much is open; what it says of a finding is what
``find_findings`` says.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from cleanbill.actions.access import Actor, action
from cleanbill.actions.find_findings import told_of
from cleanbill.actions.rank_findings import decisions
from cleanbill.cycle import verify
from cleanbill.cycle.verify.catalogue import BY_CODE
from cleanbill.cycle.verify.worth import (
    BLOCKING_PERMILLE,
    PRIORS,
    USUALLY_PERMILLE,
    likelihoods,
    odds_permille,
)
from cleanbill.store import finding_budget, finding_queue, totals
from cleanbill.store.companies import policy_of
from cleanbill.store.decisions import last_decision_id
from cleanbill.store.finding_queue import Group, Key, Place, Queue, Sieve
from cleanbill.store.models import Finding, Organisation, Run

Row = dict[str, Any]
Count = tuple[str, str | None, int, int]
"""Code, currency, how many, money at stake."""
PAGE = 50
_SEVERITIES = {code: check.severity.value for code, check in BY_CODE.items()}


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody wants to see of the queue; without anything, what is worth a look."""

    code: str | None = None
    severity: str | None = None
    owner: str | None = None
    customer: str | None = None
    assignee: str | None = None
    put_off: bool = False
    """Only what is waived or deferred, which is left out otherwise."""
    days: int = 0
    """Open for so many days, or more."""
    every: bool = False
    """The smaller warnings, too, that are beyond the budget of attention."""


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the queue, and what there is of it in all."""

    rows: list[Row]
    after: Place | None
    """Where the next page begins; None on the last."""
    counted: list[Row]
    """Of all codes, with the other wishes kept: ``code``, ``title``, ``count``."""
    whole: int
    waiting: dict[str, int]
    """Money at stake by currency."""
    smaller: int
    """Warnings beyond the budget, which are not shown."""


@action("look")
def queue_page(
    actor: Actor, asked: Asked, *, after: Place | None = None, today: date | None = None
) -> Page:
    """Return the findings that are asked for behind a place, the worthiest first."""
    day = today or datetime.now(UTC).date()
    queue = finding_queue.queue_of(_sieve(actor, asked, day))
    budget = _budget(queue, asked)
    groups = finding_queue.wanted(queue, _codes(asked), asked.severity)
    places = finding_queue.page_of(queue, groups, after, PAGE + 1, budget.least)
    shown = places[:PAGE]
    of_all = finding_queue.wanted(queue, _codes(replace(asked, code=None)), asked.severity)
    within = [budget.left_of(group) for group in of_all]
    mine = [row for row in within if asked.code in (None, row[0])]
    whole = sum(n for _, _, n, _ in mine)
    return Page(
        rows=_told(actor, [number for _, number in shown], asked, day),
        after=shown[-1] if len(places) > PAGE else None,
        counted=_by_code(within),
        whole=whole,
        waiting=_money(mine),
        smaller=sum(group.count for group in groups) - whole,
    )


@action("look")
def next_in_queue(
    actor: Actor, asked: Asked, finding_id: int, *, today: date | None = None
) -> int | None:
    """Return the finding that stands behind this one, or the first of the queue, if any is left."""
    queue = finding_queue.queue_of(_sieve(actor, asked, today or datetime.now(UTC).date()))
    groups = finding_queue.wanted(queue, _codes(asked), asked.severity)
    place, least = finding_queue.place_of(queue.sieve, finding_id), _budget(queue, asked).least
    for after in (place, None):
        found = finding_queue.page_of(queue, groups, after, 2, least)
        others = [number for _, number in found if number != finding_id]
        if others:
            return others[0]
    return None


@action("look")
def beside(
    actor: Actor, asked: Asked, finding_id: int, *, limit: int = 12, today: date | None = None
) -> list[Row]:
    """Return the finding of this number, if it is open, and those behind it in the queue."""
    day = today or datetime.now(UTC).date()
    queue = finding_queue.queue_of(_sieve(actor, asked, day))
    groups = finding_queue.wanted(queue, _codes(asked), asked.severity)
    place = finding_queue.place_of(queue.sieve, finding_id)
    before = None if place is None else (place[0], place[1] - 1)
    least = _budget(queue, asked).least
    places = finding_queue.page_of(queue, groups, before, limit, least)
    return _told(actor, [number for _, number in places], asked, day)


@action("findings.work")
def chosen(actor: Actor, finding_ids: list[int]) -> list[int]:
    """Return the numbers of findings to be decided about, each once.

    Raises LookupError for one that is not of the organisation.
    """
    wanted = list(dict.fromkeys(finding_ids))
    own = Finding.objects.filter(organisation_id=actor.organisation_id, pk__in=wanted)
    known = set(own.values_list("id", flat=True))
    for number in wanted:
        if number not in known:
            raise LookupError(f"there is no finding {number}")
    return wanted


def _sieve(actor: Actor, asked: Asked, day: date) -> Sieve:
    of_check: Mapping[str, int] = {}
    if last_decision_id():
        of_check, _ = likelihoods(decisions(actor))
    return Sieve(
        organisation_id=actor.organisation_id,
        day=day,
        weights={code: odds_permille(p) for code, p in {**PRIORS, **of_check}.items()},
        usually=odds_permille(USUALLY_PERMILLE),
        holding=odds_permille(BLOCKING_PERMILLE),
        severities=_SEVERITIES,
        customer=asked.customer,
        assignee=asked.assignee,
        put_off=asked.put_off,
        opened_before=day - timedelta(days=asked.days - 1) if asked.days else None,
    )


def _codes(asked: Asked) -> tuple[str, ...] | None:
    if asked.code:
        return (asked.code,)
    if asked.owner:
        return tuple(sorted(c for c, k in BY_CODE.items() if k.owner.value == asked.owner))
    return None


def _told(actor: Actor, numbers: list[int], asked: Asked, day: date) -> list[Row]:
    own = Finding.objects.filter(organisation_id=actor.organisation_id)
    known = own.in_bulk(numbers)
    rows = [known[n] for n in numbers if n in known]
    return told_of(actor, rows, day, none_put_off=not asked.put_off)


@dataclass(frozen=True, slots=True)
class _Budget:
    """Where the warnings end that are worth a look, and how many these are; None: all are."""

    least: Place | None = None
    within: Mapping[Key, tuple[int, int]] | None = None

    def left_of(self, group: Group) -> Count:
        """Return code, currency, count and money of what is shown of a group."""
        whole = (group.count, group.at_stake_minor)
        if self.within is not None and group.declared == "warn":
            whole = self.within.get(group.key, (0, 0))
        return (group.code, group.currency, *whole)


def _budget(queue: Queue, asked: Asked) -> _Budget:
    """The budget of the whole queue, whatever is asked for of it.

    Who asks for one customer, for a colleague's, for what is old or put off wants all of that.
    """
    if asked.every or asked.customer or asked.assignee or asked.put_off or asked.days:
        return _Budget()
    own = queue.sieve.organisation_id
    per_1000 = policy_of(Organisation.objects.get(pk=own).policy).warnings_per_1000_bills
    runs = Run.objects.filter(organisation_id=own, pk__in=totals.runs_that_found(own))
    bills = sum(
        row["count"]
        for told in runs.values_list("totals", flat=True)
        for row in told.get("bills", [])
    )
    most = verify.budget(bills, per_1000)
    warnings = finding_queue.wanted(queue, None, "warn")
    if most is None or sum(group.count for group in warnings) <= most:
        return _Budget()
    last, inside = finding_budget.within(queue, warnings, max(most, 1))
    if not most:  # A budget of nothing ends before the first.
        return _Budget((last[0], last[1] - 1), {})
    return _Budget(last, inside)


def _by_code(counts: list[Count]) -> list[Row]:
    of: dict[str, int] = {}
    for code, _, number, _ in counts:
        if number:
            of[code] = of.get(code, 0) + number
    ordered = sorted(of.items(), key=lambda pair: (-pair[1], pair[0]))
    return [{"code": c, "title": BY_CODE[c].title, "count": n} for c, n in ordered]


def _money(counts: list[Count]) -> dict[str, int]:
    money: dict[str, int] = {}
    for _, currency, _, minor in counts:
        if currency and minor:
            money[currency] = money.get(currency, 0) + minor
    return dict(sorted(money.items()))
