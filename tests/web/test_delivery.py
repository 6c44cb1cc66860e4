"""Mail out in the browser: send, send again, what the customer sees, what went wrong."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from tests.actions.company import Company
from tests.actions.posting import ScriptedBox, addressed
from tests.web.conftest import Visitor

from cleanbill.actions.deliver_mail import deliver
from cleanbill.formats import pdf
from cleanbill.nouns.delivery import Answer, Outcome
from cleanbill.store.models import Message

ALPHA = "INV-000001"
BILL = f"/o/acme/bills/{ALPHA}"


@pytest.fixture
def client(billed: Company, visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> Client:
    """A specialist, in books whose customers have addresses and whose seller is a sender."""
    monkeypatch.setenv("CLEANBILL_MAIL_FROM", "billing@acme.example")
    addressed(billed)
    return visitor("specialist")


def page(client: Client, address: str, code: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == code, answer.content
    return answer.content.decode()


def sent(client: Client, number: str = ALPHA, **form: str) -> str:
    return client.post(f"/o/acme/bills/send/{number}", form, follow=True).content.decode()


def test_a_bill_is_sent_and_sent_again_and_its_page_tells(billed: Company, client: Client):
    before = page(client, BILL)
    assert "rechnung@alpha.example" in before
    assert "Send again" not in before
    assert "goes out in a moment" in sent(client)
    assert "waits to be sent already" in sent(client)
    assert Message.objects.count() == 1
    deliver(billed.actor, box=ScriptedBox())
    after = page(client, BILL)
    assert "Sent by e-mail" in after
    assert "Send again…" in after
    assert f"{ALPHA}.pdf" in after
    assert "say why" in sent(client, again="1", reason=" ")
    assert "goes out in a moment" in sent(client, again="1", reason="<b>lost</b>")
    deliver(billed.actor, box=ScriptedBox())
    again = page(client, BILL)
    assert "&lt;b&gt;lost&lt;/b&gt;" in again
    assert "<b>lost" not in again
    assert Message.objects.filter(state="sent").count() == 2


def test_the_attachment_is_the_file_that_went_out(
    billed: Company, client: Client, monkeypatch: pytest.MonkeyPatch
):
    sent(client)
    deliver(billed.actor, box=ScriptedBox())
    went = pdf.write(billed.document(ALPHA))
    monkeypatch.setattr(pdf, "write", lambda document: b"%PDF another")
    answer = client.get(f"/o/acme/bills/file/1/{ALPHA}")
    assert (answer.content, answer.headers["Content-Type"]) == (went, "application/pdf")
    assert client.get(f"/o/acme/bills/file/{2**80}/{ALPHA}").status_code == 404
    assert client.get("/o/acme/bills/file/1/INV-000002").status_code == 404


def test_the_message_is_shown_in_a_frame_without_rights(client: Client):
    around = client.get(f"/o/acme/bills/letter/{ALPHA}")
    assert "frame-src 'self'" in around.headers["Content-Security-Policy"]
    assert 'sandbox=""' in around.content.decode()
    assert f"Rechnung {ALPHA} von Acme Works GmbH" in around.content.decode()
    inner = client.get(f"/o/acme/bills/letter-shown/{ALPHA}")
    rules = inner.headers["Content-Security-Policy"]
    assert "default-src 'none'" in rules
    assert "sandbox" in rules
    assert "frame-ancestors 'self'" in rules
    assert "script-src 'none'" in rules
    assert inner.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert "Zahlbetrag" in inner.content.decode()
    bill = client.get(BILL)
    assert bill.headers["X-Frame-Options"] == "DENY"
    assert "frame-src" not in bill.headers["Content-Security-Policy"]


def test_a_run_says_what_it_sends_before_and_what_it_cannot(billed: Company, client: Client):
    assert "/o/acme/runs/1/sending" in page(client, "/o/acme/runs/1")
    shown = page(client, "/o/acme/runs/1/sending")
    assert "<b>4 bills</b> can be sent" in shown
    assert "has no e-mail address. Add one" in shown
    assert Message.objects.count() == 0
    told = client.post("/o/acme/runs/1/send", follow=True).content.decode()
    assert "4 bills are in the outbox." in told
    assert "4 wait or have been sent." in told
    assert "Put into the outbox</button>" not in told
    page(client, "/o/acme/runs/99/sending", 404)
    page(client, f"/o/acme/runs/{2**70}/sending", 404)


def test_the_outbox_says_what_to_do(billed: Company, client: Client):
    client.post("/o/acme/runs/1/send")
    refused = Answer(Outcome.REFUSED, "550 <i>nobody</i> here")
    lost = Answer(Outcome.DOUBTFUL, "connection lost")
    deliver(billed.actor, box=ScriptedBox([refused, lost]))
    shown = page(client, "/o/acme/outbox")
    assert "550 &lt;i&gt;nobody&lt;/i&gt; here" in shown
    assert "Correct the customer&#x27;s address, then send it." in shown
    assert "it is tried again by itself" in shown
    deliver(billed.actor, box=ScriptedBox([lost]), now=datetime.now(UTC) + timedelta(hours=1))
    assert page(client, "/o/acme/outbox?show=sent").count("data-row") == 2
    trouble = page(client, "/o/acme/outbox?show=trouble")
    assert trouble.count("data-row") == 2
    assert "Ask the customer; send it again if it did not come." in trouble
    assert page(client, "/o/acme/outbox?show=nonsense&after=x").count("data-row") == 2


def test_without_a_sender_or_server_it_says_what_to_set(
    billed: Company, client: Client, monkeypatch: pytest.MonkeyPatch
):
    sent(client)
    monkeypatch.delenv("CLEANBILL_SMTP_HOST", raising=False)
    assert "No mail server is named yet" in page(client, "/o/acme/outbox")
    monkeypatch.delenv("CLEANBILL_MAIL_FROM")
    assert "no sender&#x27;s address yet" in sent(client, "INV-000002")
    assert "no sender&#x27;s address yet" in page(client, "/o/acme/bills/letter/INV-000002")
    told = client.post("/o/acme/runs/1/send", follow=True).content.decode()
    assert "no sender&#x27;s address yet" in told


def test_a_credited_bill_asks_for_a_reason(billed: Company, client: Client):
    billed.credit(ALPHA)
    assert "goes out with a reason only" in page(client, BILL)
    assert "Credited in full. Send it from its page" in sent(client)
    assert "goes out in a moment" in sent(client, again="1", reason="for their files")


@pytest.mark.parametrize("reason", ["\0", "x" * 5000, "a\r\nb", "\u202e\u2068", "\ud83d\ude00"])
def test_no_reason_breaks_the_page(client: Client, reason: str):
    posted = {"again": "1", "reason": reason.encode("utf-8", "replace").decode()}
    answer = client.post(f"/o/acme/bills/send/{ALPHA}", posted)
    assert answer.status_code in (302, 400)
    assert "Delivery" in page(client, BILL)
