"""Where a budget of attention ends: by samples and sums the same as one by one."""

from __future__ import annotations

import random
from datetime import date

import polars as pl
import pytest
from django.db import transaction
from tests.actions.company import Company

from cleanbill.engine.tables import FINDINGS
from cleanbill.store import finding_budget, finding_queue
from cleanbill.store.finding_queue import Queue, Sieve
from cleanbill.store.finding_writing import renew_findings
from cleanbill.store.reading import no_findings

CODES = (("CB-CHG-026", 300), ("CB-HIS-005", 150), ("CB-CHG-018", 500))


def many(company: Company, count: int) -> Queue:
    """Open findings of three checks in two currencies; many have the same at stake, or nothing."""
    dice, rows = random.Random(44), []
    for n in range(count):
        stake = dice.choice([0, 0, 5, 100, -100, dice.randrange(-10_000, 10_000)])
        code, currency = dice.choice(CODES)[0], dice.choice(["EUR", "JPY", None])
        rows.append((code, "warn", "item", f"I-{n}", None, "{}", currency, stake))
    names = ("code", "severity", "subject_kind", "subject", "charge_id", "parameters")
    found = pl.DataFrame(rows, schema=(*names, "currency", "at_stake_minor"), orient="row").select(
        pl.col(name).cast(kind) for name, kind in FINDINGS.items()
    )
    own = company.actor.organisation_id
    with transaction.atomic():
        renew_findings(own, None, found, no_findings(), found.select("charge_id").clear())
    severities = dict.fromkeys((code for code, _ in CODES), "warn")
    sieve = Sieve(own, date(2026, 11, 1), dict(CODES), 500, 900, severities)
    return finding_queue.queue_of(sieve)


@pytest.mark.parametrize("most", [1, 2, 7, 40, 199, 400, 599, 600])
def test_the_budget_ends_where_counting_one_by_one_ends(books: Company, most: int):
    queue = many(books, 600)
    groups = finding_queue.wanted(queue, None, "warn")
    assert len(groups) == 9
    places = finding_queue.page_of(queue, groups, None, most)
    own = books.actor.organisation_id
    wanted = places[-1], finding_queue.summed(own, places)
    assert finding_budget.within(queue, groups, most) == wanted


def test_what_is_put_off_does_not_count(books: Company):
    queue = many(books, 300)
    off = {number for _, number in finding_queue.page_of(queue, queue.groups, None, 300)[::3]}
    for most in (5, 60, 200):
        groups = [
            finding_queue.Group(
                *(g.code, g.severity, g.currency, g.count, g.at_stake_minor, g.weight),
                g.declared,
                frozenset(off),
            )
            for g in finding_queue.wanted(queue, None, "warn")
        ]
        places = finding_queue.page_of(queue, groups, None, most)
        assert len(places) == most
        wanted = places[-1], finding_queue.summed(books.actor.organisation_id, places)
        assert finding_budget.within(queue, groups, most) == wanted
