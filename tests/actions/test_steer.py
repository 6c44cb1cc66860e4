"""Runs steered from outside: paused, resumed, queued, taken by a worker."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from tests.actions.company import END, MONTH, Company, founded

from cleanbill.actions.issue_bills import Paused
from cleanbill.actions.steer_run import NoSuchRun, pause_run, queue_run, resume_run
from cleanbill.actions.take_run import take_run
from cleanbill.store.claims import claim
from cleanbill.store.models import Event, Membership, Run, User

SILENT = timedelta(minutes=10)


def told(books: Company, **how: Any) -> tuple[bool, list[str]]:
    said: list[str] = []
    return take_run(said.append, **how), said


def test_a_paused_run_goes_on_where_it_stopped(books: Company):
    twin = founded(books.folder.parent / "twin", "acme2")
    twin.take("charges", MONTH)
    wanted = twin.bill(chunk=2)
    books.take("charges", MONTH)

    def pausing(stage: str, done: int, whole: int) -> None:
        if stage == "Issuing" and len(books.bills()) == 2:
            run = Run.objects.get(organisation_id=books.actor.organisation_id)
            pause_run(books.actor, run.pk)

    with pytest.raises(Paused, match=r"run \d+ is paused: \d+ of 14 charges are settled"):
        books.bill(chunk=2, key="october", progress=pausing)
    run = Run.objects.get(idempotency_key="october")
    assert (run.state, run.pause_wanted) == ("paused", False)
    assert 2 <= len(books.bills()) < 8
    assert books.breaches() == []
    assert Event.objects.filter(action="run.paused", subject=f"run {run.pk}").count() == 1
    outcome = resume_run(books.actor, run.pk)
    assert outcome.bills.equals(wanted.bills)
    assert outcome.charges.equals(wanted.charges)
    assert list(books.bills()) == list(twin.bills())
    run.refresh_from_db()
    assert (run.state, run.charges_done, run.charges_whole) == ("done", 14, 14)
    assert books.breaches() == []


def test_only_a_run_under_way_can_be_paused(billed: Company):
    run = Run.objects.get()
    with pytest.raises(ValueError, match="only one that is under way"):
        pause_run(billed.actor, run.pk)
    with pytest.raises(NoSuchRun, match="there is no run 4711"):
        pause_run(billed.actor, 4711)


def test_a_worker_takes_what_was_queued_once(books: Company):
    books.take("charges", MONTH)
    number = queue_run(books.actor, until=END, issue_date=END, idempotency_key="october")
    assert queue_run(books.actor, until=END, issue_date=END, idempotency_key="october") == number
    assert books.bills() == {}
    assert told(books) == (
        True,
        [
            f"run {number}: until {END}, asked for by boss@acme.example",
            f"run {number} is done: 8 bills",
        ],
    )
    assert told(books) == (False, [])
    assert len(books.bills()) == 8
    assert books.breaches() == []
    assert len(books.bill(key="october").bills) == 2


def test_a_queued_run_that_was_paused_is_not_taken(books: Company):
    books.take("charges", MONTH)
    number = queue_run(books.actor, until=END, issue_date=END)
    pause_run(books.actor, number)
    assert told(books) == (False, [])
    resume_run(books.actor, number)
    assert len(books.bills()) == 8


def test_a_run_is_claimed_once_and_again_only_when_silent(books: Company):
    books.take("charges", MONTH)
    number = queue_run(books.actor, until=END, issue_date=END)
    now = datetime.now(UTC)
    assert claim(now, now - SILENT) == number
    assert claim(now, now - SILENT) is None
    later = now + timedelta(minutes=11)
    assert claim(later, later - SILENT) == number


def test_a_run_whose_process_died_is_taken_by_a_worker(books: Company, monkeypatch):
    from cleanbill.store import faults

    books.take("charges", MONTH)

    class Died(BaseException):
        pass

    def armed(point: str) -> None:
        if point == "chunk.committed":
            raise Died

    monkeypatch.setattr(faults, "armed", armed)
    with pytest.raises(Died):
        books.bill(chunk=2, key="october")
    monkeypatch.undo()
    assert told(books) == (False, [])
    done, _ = told(books, silent=timedelta(0))
    assert done
    assert len(books.bills()) == 8
    assert Run.objects.get().state == "done"


def test_a_run_that_cannot_go_on_says_why(billed: Company):
    billed.take("charges", MONTH.replace("S-", "T-"))
    early = date(2026, 10, 1)
    number = queue_run(billed.actor, until=END, issue_date=early)
    done, said = told(billed)
    assert done
    assert "has failed" in said[-1]
    run = Run.objects.get(pk=number)
    assert run.state == "failed"
    assert "would stand before it" in run.message


def test_who_may_no_longer_issue_has_nothing_issued_for_them(books: Company):
    books.take("charges", MONTH)
    number = queue_run(books.actor, until=END, issue_date=END)
    Membership.objects.update(is_active=False)
    _, said = told(books)
    assert "may not do this" in said[-1]
    assert books.bills() == {}
    User.objects.update(email="other@acme.example")
    Run.objects.update(state="queued")
    _, said = told(books)
    assert said[-1] == (
        f"run {number} has failed: boss@acme.example, who asked for run {number}, "
        "is no longer a user here"
    )
