"""The work queue with many findings: pages, the budget of attention, age; and garbage."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.actions.company import Company
from tests.web.conftest import Visitor
from tests.web.test_queue import QUEUE, page

from cleanbill.actions.work_queue import PAGE, Asked, queue_page
from cleanbill.store.finding_writing import renew_findings
from cleanbill.store.models import Finding
from cleanbill.store.reading import no_findings


def many(company: Company, count: int) -> None:
    """Open so many warnings more, as a run would."""
    found = pl.DataFrame(
        {
            "code": ["CB-CHG-026"] * count,
            "severity": ["warn"] * count,
            "subject_kind": ["charge"] * count,
            "subject": [f"X-{n}" for n in range(count)],
            "charge_id": [1] * count,
            "parameters": ["{}"] * count,
            "currency": ["EUR"] * count,
            "at_stake_minor": [1000 + n // 2 for n in range(count)],
        }
    )
    own = company.actor.organisation_id
    with transaction.atomic():
        renew_findings(own, 1, found, no_findings(), found.select("charge_id").clear())


def test_pages_follow_each_other_without_gap_and_cost_the_same(repeated: Company, visitor: Visitor):
    few = len(queue_page(repeated.actor, Asked(every=True)).rows)
    many(repeated, 3 * PAGE)
    seen: list[int] = []
    after, costs = None, []
    while True:
        with CaptureQueriesContext(connection) as asked:
            shown = queue_page(repeated.actor, Asked(every=True), after=after)
        assert "OFFSET" not in " ".join(q["sql"] for q in asked.captured_queries)
        costs.append(len(asked))
        seen += [row["id"] for row in shown.rows]
        after = shown.after
        if after is None:
            break
    assert len(seen) == len(set(seen)) == few + 3 * PAGE
    assert max(costs) <= 16
    stakes = [f.at_stake_minor for f in Finding.objects.filter(code="CB-CHG-026")]
    ranked = Finding.objects.in_bulk(seen)
    of_code = [ranked[n].at_stake_minor for n in seen if ranked[n].code == "CB-CHG-026"]
    assert of_code == sorted(stakes, reverse=True)
    path = f"{QUEUE}?all=1"
    first = page(visitor("specialist"), path)
    following = re.search(r"after=\d+\.\d+", first)
    assert following is not None
    assert page(visitor("specialist"), f"{path}&{following[0]}").count("data-row") == PAGE


def test_smaller_warnings_stand_one_step_away(repeated: Company, visitor: Visitor):
    many(repeated, 40)
    budgeted = queue_page(repeated.actor, Asked())
    everything = queue_page(repeated.actor, Asked(every=True))
    assert budgeted.smaller == everything.whole - budgeted.whole == 42
    client = visitor("specialist")
    assert f"{budgeted.smaller} smaller ones" in page(client, QUEUE)
    assert "smaller one" not in page(client, f"{QUEUE}?all=1")
    least = min(r["at_stake_minor"] for r in budgeted.rows if r["code"] == "CB-CHG-026")
    hidden = [f for f in Finding.objects.filter(code="CB-CHG-026") if f.at_stake_minor > least]
    assert not hidden


WORDS = st.text(max_size=40) | st.sampled_from(
    ["\x00", "9" * 30, "-1", "٣", "d9", "r99999999999999999", "2026-02-31", "code=%ff&x", "1.1"]
)


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
@settings(
    max_examples=80,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    path=st.sampled_from(["decide", "undo", "views", "1", "99999999999999999999"]),
    do=st.sampled_from(["apply", "waive", "defer", "assign", "comment", "confirm", "dismiss", ""]),
    fields=st.dictionaries(
        st.sampled_from(
            [
                *("reason", "until", "assignee", "text", "scope", "key", "back", "repair"),
                *("decision", "said.customer", "said.x", "empty", "name", "view", "done", "days"),
                *("after", "customer", "step", "one", "do", "finding"),
            ]
        ),
        WORDS,
        max_size=5,
    ),
)
def test_garbage_never_breaks_the_queue(
    repeated: Company, visitor: Visitor, path: str, do: str, fields: dict[str, str]
):
    client = visitor("admin")
    told = {"finding": "1", "do": do, "one": "1", "step": "do", **fields}
    there = f"{QUEUE}/{path}"
    answer = client.get(there, told) if path[0].isdigit() else client.post(there, told)
    assert answer.status_code in (200, 302, 400, 404, 409), answer.status_code
    assert client.get(QUEUE, fields).status_code in (200, 400)


def test_old_findings_are_found_by_their_age(repeated: Company) -> None:
    day = datetime.now(UTC).date()
    assert not queue_page(repeated.actor, Asked(days=1), today=day).rows
    assert queue_page(repeated.actor, Asked(days=1), today=day + timedelta(days=1)).rows
    assert queue_page(repeated.actor, Asked(days=9), today=day + timedelta(days=9)).rows
