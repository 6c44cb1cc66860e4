"""Killed while bills are sent, before a real server: each arrives, and twice at most."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime

import pytest
from tests.actions.company import MONTH, Company
from tests.actions.posting import addressed
from tests.actions.test_processes import ROOT, ready
from tests.gateways.mail_server import MailServer

from cleanbill.actions.deliver_mail import LEASE, deliver
from cleanbill.actions.send_bills import send_run
from cleanbill.store import faults
from cleanbill.store.models import Message

DEATHS = [
    point
    for point in faults.POINTS
    if point.startswith("outbox.") and not point.startswith("outbox.withdraw")
]
"""Every point that a delivery passes; what is withdrawn never meets the server."""
LOST = {"outbox.handing.after", "outbox.answer.before", "outbox.answer.after"}
"""Here the server has answered, and nobody noted it: one copy more goes out."""


def elsewhere(
    server: MailServer, url: str, company: Company, death: str = "-"
) -> subprocess.Popen[str]:
    """Start a process that sends the bills of run 1; it waits for a line on its input."""
    module = ["-m", "tests.actions.delivering_elsewhere"]
    return subprocess.Popen(
        [sys.executable, *module, str(company.actor.organisation_id), death],
        cwd=ROOT,
        env={**os.environ, **server.environment(), "CLEANBILL_DATABASE_URL": url},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.fixture
def mail_server(monkeypatch: pytest.MonkeyPatch) -> MailServer:
    """A mail server that takes everything, named in the environment."""
    with MailServer() as running:
        for name, value in running.environment().items():
            monkeypatch.setenv(name, value)
        yield running


@pytest.fixture
def posted(books: Company) -> Company:
    """The month billed, with addresses for ALPHA and BETA, where other processes find it."""
    books.take("charges", MONTH)
    books.bill()
    return addressed(books)


@pytest.mark.slow
@pytest.mark.parametrize("death", DEATHS)
def test_a_death_loses_nothing_and_doubles_only_what_was_not_noted(
    posted: Company, store_url: str, mail_server: MailServer, death: str
):
    process = elsewhere(mail_server, store_url, posted, f"{death}:1")
    ready(process)
    out, errors = process.communicate()
    assert (process.returncode, out) == (-signal.SIGKILL, ""), errors
    assert posted.breaches() == []
    send_run(posted.actor, 1)
    deliver(posted.actor, now=datetime.now(UTC) + LEASE)
    copies = Counter(mail_server.ids())
    known = set(Message.objects.values_list("message_id", flat=True))
    assert set(copies) == known
    assert len(known) == 4
    assert sorted(copies.values()) == [1, 1, 1, 2 if death in LOST else 1]
    twice = [d.content for d in mail_server.held if copies[d.message["Message-ID"]] == 2]
    assert len(set(twice)) <= 1, "copies are equal to the byte"
    assert set(Message.objects.values_list("state", flat=True)) == {"sent"}
    assert posted.breaches() == []


@pytest.mark.slow
def test_two_workers_at_once_send_each_message_once(
    posted: Company, store_url: str, mail_server: MailServer
):
    workers = [elsewhere(mail_server, store_url, posted) for _ in range(2)]
    ready(*workers)
    told = [worker.communicate() for worker in workers]
    assert [worker.returncode for worker in workers] == [0, 0], told
    assert sum(int(out) for out, _ in told) == 4
    assert Counter(mail_server.ids()) == dict.fromkeys(
        Message.objects.values_list("message_id", flat=True), 1
    )
    assert Message.objects.count() == 4
    assert posted.breaches() == []
