"""Mail out at the command line: send, look, deliver; every trouble says what to do."""

from __future__ import annotations

import pytest
from tests.actions.company import Company
from tests.actions.posting import addressed
from tests.gateways.mail_server import MailServer
from tests.shells.test_cli import answer, cleanbill, user

from cleanbill.store.connect import open_store

__all__ = ["user"]


@pytest.fixture
def posted(billed: Company) -> Company:
    """The billed month, with addresses for ALPHA and BETA."""
    return addressed(billed)


def test_from_asking_to_the_server(posted: Company, monkeypatch: pytest.MonkeyPatch):
    with MailServer(["unknown", "later"]) as server:
        for name, value in server.environment().items():
            monkeypatch.setenv(name, value)
        asked = cleanbill("send", 1, code=1).stdout
        assert "4 in the outbox" in asked
        assert "GAMMA has no e-mail address; add one to the customer" in asked
        assert "4 wait or have been sent already" in cleanbill("send", 1, code=1).stdout
        assert "4 waiting" in cleanbill("outbox").stdout
        assert "2 sent" in cleanbill("deliver", code=1).stdout
        trouble = answer("outbox", "--show", "trouble")
        assert trouble["counts"] == {"waiting": 1, "trouble": 1, "withdrawn": 0}
        (refused,) = trouble["messages"]
        assert "550 5.1.1" in refused["answer"]
        assert "451 4.3.0 come back later" in cleanbill("outbox", "--show", "waiting").stdout
        sent = answer("outbox", "--show", "sent")["messages"][0]["number"]
        assert "has been sent already" in cleanbill("send", sent, code=2).stderr
        assert "say why" in cleanbill("send", sent, "--again", code=2).stderr
        done = answer("send", sent, "--again", "--reason", "Lost")
        assert done == {"queued": 1, "already": 0, "unsent": []}
        assert answer("deliver") == {"states": {"sent": 1}, "trouble": ""}
        assert "Nothing waits to be sent now." in cleanbill("deliver").stdout


def test_what_is_missing_is_said(posted: Company, monkeypatch: pytest.MonkeyPatch):
    for name in ("CLEANBILL_SMTP_HOST", "CLEANBILL_MAIL_FROM"):
        monkeypatch.delenv(name, raising=False)
    assert "CLEANBILL_MAIL_FROM" in cleanbill("send", 1, code=2).stderr
    assert "CLEANBILL_SMTP_HOST" in cleanbill("deliver", code=2).stderr
    assert "there is no run 99" in cleanbill("send", 99, code=2).stderr
    assert "there is no bill X-1" in cleanbill("send", "X-1", code=2).stderr
    assert "name the bill's number" in cleanbill("send", 1, "--again", code=2).stderr
    assert "is none of waiting" in cleanbill("outbox", "--show", "lost", code=2).stderr


def test_the_worker_delivers_and_leaves_a_server_alone_that_is_away(
    posted: Company, monkeypatch: pytest.MonkeyPatch
):
    with MailServer() as server:
        away = server.environment()
    for name, value in away.items():
        monkeypatch.setenv(name, value)
    cleanbill("send", 1, code=1)
    told = cleanbill("worker", "--once").stdout
    assert told.count("cannot be spoken to") == 1
    with MailServer() as server:
        for name, value in server.environment().items():
            monkeypatch.setenv(name, value)
        open_store()
        told = cleanbill("worker", "--once").stdout
        assert told.count(": sent") == 3
        assert len(set(server.ids())) == 3
