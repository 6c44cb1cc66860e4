"""Mail out in the browser: send, send again, what the customer sees, what went wrong."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from tests.actions.company import Company
from tests.actions.posting import ScriptedBox, addressed
from tests.gateways.mail_server import MailServer
from tests.web.conftest import Visitor

from cleanbill.actions import look_at_outbox, take_job
from cleanbill.actions.deliver_mail import deliver
from cleanbill.actions.take_message import Postman
from cleanbill.formats import pdf
from cleanbill.nouns.delivery import Answer, Outcome
from cleanbill.store.models import Job, Membership, Message

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
    assert "It has been sent already. To send it again, say why." in sent(client)
    assert "To send it again, say why." in sent(client, again="1", reason=" ")
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


def asked(client: Client, what: str, run: int = 1) -> str:
    """Ask for the bills of a run, let a worker do it, and return the job's page."""
    answer = client.post(f"/o/acme/runs/{run}/{what}")
    assert answer.status_code == 302, answer.content
    take_job.take_job(print)
    return page(client, answer.headers["Location"])


def test_a_run_says_what_it_sends_before_and_what_it_cannot(billed: Company, client: Client):
    assert 'action="/o/acme/runs/1/sending"' in page(client, "/o/acme/runs/1")
    shown = asked(client, "sending")
    assert "<b>4 bills</b> can be sent" in shown
    assert "4 cannot be sent." in shown
    assert "has no e-mail address. Add one" in shown
    assert 'action="/o/acme/runs/1/send"' in shown
    assert Message.objects.count() == 0
    told = asked(client, "send")
    assert "<b>4 bills</b> were put into the outbox." in told
    assert 'href="/o/acme/outbox"' in told
    assert Message.objects.count() == 4
    again = asked(client, "sending")
    assert "4 wait or have been sent." in again
    assert "Put into the outbox</button>" not in again
    for what in ("sending", "send"):
        for run in (99, 2**70):
            assert client.post(f"/o/acme/runs/{run}/{what}").status_code == 404
    assert page(client, "/o/acme/runs/1/sending", 405) == ""


def test_while_a_run_is_looked_at_asking_again_is_the_same_job(billed: Company, client: Client):
    first = client.post("/o/acme/runs/1/sending").headers["Location"]
    assert client.post("/o/acme/runs/1/sending").headers["Location"] == first
    assert "Nothing is sent yet" in page(client, first)
    other = client.post("/o/acme/runs/1/send").headers["Location"]
    assert other != first
    for _ in range(2):
        take_job.take_job(print)
    assert client.post("/o/acme/runs/1/sending").headers["Location"] not in (first, other)


def test_a_job_keeps_only_the_first_that_cannot_be_sent_and_no_address(
    billed: Company, client: Client, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("cleanbill.actions.queue_sending.SHOWN", 1)
    shown = asked(client, "sending")
    assert "4 cannot be sent." in shown
    assert "The first 1 are listed." in shown
    assert shown.count("data-row") == 1
    result = Job.objects.latest("id").result
    assert set(result["unsent"][0]) == {"number", "customer", "code"}


def test_who_may_only_look_sees_what_can_be_sent_without_the_button(
    billed: Company, client: Client, visitor: Visitor
):
    asked(client, "sending")
    shown = page(visitor("auditor"), f"/o/acme/jobs/{Job.objects.latest('id').pk}")
    assert "<b>4 bills</b> can be sent" in shown
    assert "Put into the outbox" not in shown


def test_who_asked_and_may_not_send_any_more_sends_nothing(billed: Company, client: Client):
    there = client.post("/o/acme/runs/1/send").headers["Location"]
    Membership.objects.filter(role="specialist").update(role="auditor")
    take_job.take_job(print)
    assert "may not do this" in page(client, there)
    assert Message.objects.count() == 0


def test_the_outbox_counts_so_far_and_no_further(
    billed: Company, client: Client, monkeypatch: pytest.MonkeyPatch
):
    asked(client, "send")
    assert ">4</span>" in page(client, "/o/acme/outbox")
    monkeypatch.setattr(look_at_outbox, "COUNTED", 3)
    assert ">3+</span>" in page(client, "/o/acme/outbox")
    assert look_at_outbox.messages(billed.actor).counts["waiting"] == 3


def test_pages_of_the_outbox_follow_each_other_whatever_the_states(billed: Company, client: Client):
    asked(client, "send")
    for message, state in zip(Message.objects.order_by("id"), STATES, strict=True):
        Message.objects.filter(pk=message.pk).update(state=state)
    ids = list(Message.objects.order_by("-id").exclude(state="sent").values_list("id", flat=True))
    first = look_at_outbox.messages(billed.actor, size=2)
    assert [row["id"] for row in first.messages] == ids[:2]
    rest = look_at_outbox.messages(billed.actor, size=2, after=first.next)
    assert ([row["id"] for row in rest.messages], rest.next) == (ids[2:], None)
    assert dict(first.counts) == {"waiting": 1, "trouble": 1, "withdrawn": 1}
    (only,) = look_at_outbox.messages(billed.actor, show="sent").messages
    assert only["state"] == "sent"


STATES = ("withdrawn", "queued", "sent", "given_up")


def test_the_outbox_says_what_to_do(billed: Company, client: Client):
    asked(client, "send")
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


def test_a_sender_that_is_no_address_is_told_as_such(
    billed: Company, client: Client, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("CLEANBILL_MAIL_FROM", "billing at acme")
    told = "The sender&#x27;s address is no e-mail address. Correct CLEANBILL_MAIL_FROM"
    assert told in sent(client)
    assert told in page(client, f"/o/acme/bills/letter/{ALPHA}")
    assert told in client.post("/o/acme/runs/1/send", follow=True).content.decode()
    assert Message.objects.count() == 0


def test_a_worker_tells_of_a_message_without_naming_its_customer(
    billed: Company, client: Client, monkeypatch: pytest.MonkeyPatch
):
    told: list[str] = []
    sent(client)
    with MailServer(["unknown"]) as server:
        for name, value in server.environment().items():
            monkeypatch.setenv(name, value)
        postman = Postman(told.append)
        assert postman.take_message()
        assert not postman.take_message()
    assert "rechnung@alpha.example" in Message.objects.get().answer
    assert told == [f"message {Message.objects.get().pk}: failed"]


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
