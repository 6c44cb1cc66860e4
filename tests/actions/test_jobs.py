"""Work in the background: claimed once, repeated when its worker dies, told when it fails."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import OperationalError, connection
from tests.actions.company import END, MONTH, Company

from cleanbill.actions import queue_job, take_job
from cleanbill.actions.queue_job import NoSuchJob, look_at_job, queue_papers, queue_preview
from cleanbill.store.claims import claim_job
from cleanbill.store.models import Job, Membership, User

SILENT = timedelta(minutes=30)


def preview(books: Company, key: str = "") -> int:
    return queue_preview(books.actor, until=END, issue_date=END, key=key)


def test_a_preview_says_what_a_run_would_do(books: Company):
    books.take("charges", MONTH)
    job = preview(books)
    assert take_job.take_job(lambda _: None)
    found = look_at_job(books.actor, job)
    assert (found["state"], found["stage"], found["done"]) == ("done", "Drafting", 14)
    assert sum(row["count"] for row in found["result"]["bills"]) == 8
    assert books.bills() == {}


def test_the_same_key_is_the_same_job_and_of_one_kind(books: Company):
    assert preview(books, "k") == preview(books, "k")
    with pytest.raises(ValueError, match="belongs to other work"):
        queue_papers(books.actor, run=1, key="k")
    with pytest.raises(NoSuchJob):
        look_at_job(books.actor, 4711)


def test_a_job_is_claimed_once_and_again_only_when_silent(books: Company):
    job, now = preview(books), datetime.now(UTC)
    assert claim_job(now, now - SILENT) == job
    assert claim_job(now, now - SILENT) is None
    assert not take_job.work_now(job)
    later = now + SILENT + timedelta(minutes=1)
    assert claim_job(later, later - SILENT) == job


def test_workers_side_by_side_do_each_job_once(books: Company, monkeypatch):
    done: list[int] = []
    monkeypatch.setitem(take_job._WORK, "preview", lambda _, job, __: done.append(job.pk) or {})
    jobs = [preview(books) for _ in range(12)]

    def work() -> None:
        try:
            while take_job.take_job(lambda _: None):
                pass
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(done) == jobs
    assert set(Job.objects.values_list("state", flat=True)) == {"done"}


def test_what_fails_is_told_and_stops_nobody(books: Company, monkeypatch):
    first, second = queue_papers(books.actor, run=4711), preview(books)
    said: list[str] = []
    assert take_job.take_job(said.append)
    assert said == [f"job {first} (papers): failed, run 4711 has issued no bill"]
    assert take_job.take_job(said.append)
    assert look_at_job(books.actor, second)["state"] == "done"


def test_a_failing_database_leaves_the_job_to_be_taken_again(books: Company, monkeypatch):
    def broken(*_: object) -> dict[str, object]:
        raise OperationalError("server closed the connection")

    job = preview(books)
    monkeypatch.setitem(take_job._WORK, "preview", broken)
    with pytest.raises(OperationalError):
        take_job.take_job(print)
    monkeypatch.undo()
    assert look_at_job(books.actor, job)["state"] == "running"
    assert take_job.take_job(lambda _: None, timedelta(0))
    assert look_at_job(books.actor, job)["state"] == "done"


def test_who_may_no_longer_look_has_nothing_looked_at_for_them(books: Company):
    jobs = [preview(books), preview(books)]
    Membership.objects.update(is_active=False)
    assert take_job.take_job(lambda _: None)
    assert "may not do this" in look_at_job(books.actor, jobs[0])["message"]
    User.objects.update(email="other@acme.example")
    assert take_job.take_job(lambda _: None)
    assert "is no longer a user here" in look_at_job(books.actor, jobs[1])["message"]


def test_every_kind_of_job_has_its_work():
    assert set(queue_job.KINDS) == set(take_job._WORK)
