"""The work queue in the browser: look, apply, undo, decide, one by one and many at once."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from django.test import Client
from tests.actions.company import Company, founded
from tests.web.conftest import Visitor

from cleanbill.actions import decide_findings
from cleanbill.actions.find_findings import finding_history, list_findings
from cleanbill.cycle.verify.catalogue import BY_CODE
from cleanbill.store.models import FindingDecision, Organisation, SavedView

QUEUE = "/o/acme/queue"
LATER = (datetime.now(UTC).date() + timedelta(days=60)).isoformat()


def found(company: Company, code: str = "CB-CHG-001") -> list[int]:
    return [row["id"] for row in list_findings(company.actor, code=code)]


def page(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return answer.content.decode()


def say(client: Client, ids: list[int], do: str, **more: Any) -> Any:
    return client.post(f"{QUEUE}/decide", {"finding": ids, "do": do, **more})


def one(client: Client, number: int, do: str, **more: Any) -> Any:
    return say(client, [number], do, one="1", **more)


def test_the_list_says_what_why_and_how_much_and_is_sieved(repeated: Company, visitor: Visitor):
    client = visitor("specialist")
    whole = page(client, QUEUE)
    assert "S-12" in whole
    assert whole.count("data-row") >= 4
    few = page(client, f"{QUEUE}?code=CB-CHG-001&customer=ALPHA&severity=warn&owner=specialist")
    assert few.count("data-row") == 3
    assert "data-row" not in page(client, f"{QUEUE}?code=CB-CHG-001&customer=BETA")
    assert "data-row" not in page(client, f"{QUEUE}?code=CB-CHG-001&severity=block")
    assert "data-row" not in page(client, f"{QUEUE}?mine=1")
    assert "data-row" not in page(client, f"{QUEUE}?days=3000")
    assert page(client, f"{QUEUE}?customer=NOBODY").count("data-row") >= 1


def test_a_repair_is_seen_applied_and_undone(repeated: Company, visitor: Visitor):
    client, numbers = visitor("specialist"), found(repeated)
    shown = page(client, f"{QUEUE}/{numbers[0]}?code=CB-CHG-001")
    assert "twice.csv, row" in shown
    assert 'name="said.' not in shown
    looked = one(client, numbers[0], "apply", back="code=CB-CHG-001")
    assert looked.status_code == 200
    told = looked.content.decode()
    assert "not billable" in told
    assert "Invoices, payable" in told
    assert "autofocus" in told
    assert found(repeated) == numbers
    done = one(client, numbers[0], "apply", step="do", key="k1", back="code=CB-CHG-001")
    assert done.status_code == 302
    assert numbers[0] not in found(repeated)
    there = done.headers["Location"]
    assert there.startswith(f"{QUEUE}/{numbers[1]}?code=CB-CHG-001&done=r")
    toast = page(client, there)
    assert "Repair applied" in toast
    repair = re.search(r'name="repair" value="(\d+)"', toast)
    assert repair is not None
    back = client.post(f"{QUEUE}/undo", {"repair": repair[1], "finding": numbers[0]})
    assert back.status_code == 302
    assert "Taken back." in page(client, back.headers["Location"])
    assert len(found(repeated)) == 3
    assert "Repair applied" not in page(client, there)
    assert repeated.breaches() == []


def test_the_same_form_sent_twice_is_done_once(repeated: Company, visitor: Visitor):
    client, numbers = visitor("specialist"), found(repeated)
    for _ in range(2):
        assert one(client, numbers[0], "apply", step="do", key="same").status_code == 302
        assert one(client, numbers[1], "confirm", key="same").status_code == 302
    history = finding_history(repeated.actor, numbers[0])
    assert [row["kind"] for row in history] == ["apply"]
    assert len(finding_history(repeated.actor, numbers[1])) == 1


def test_many_are_seen_at_once_and_each_says_what_became_of_it(repeated: Company, visitor: Visitor):
    client, numbers = visitor("specialist"), found(repeated)
    asking = found(repeated, "CB-CUS-003")
    looked = say(client, [*numbers, *asking], "apply").content.decode()
    assert "4 findings selected" in looked
    assert "Some of them ask for something" in looked
    outcome = say(client, [*numbers, *asking], "apply", step="do", key="many")
    assert outcome.status_code == 200
    told = outcome.content.decode()
    assert told.count("Repair applied") == 3
    assert "say what it should be" in told
    assert found(repeated) == []
    repairs = re.findall(r'name="repair" value="(\d+)"', told)
    assert len(repairs) == 3
    assert client.post(f"{QUEUE}/undo", {"repair": repairs}).status_code == 302
    assert len(found(repeated)) == 3


def test_what_a_proposal_asks_for_is_asked_and_no_more(repeated: Company, visitor: Visitor):
    number = found(repeated, "CB-CUS-003")[0]
    client = visitor("admin")
    shown = page(client, f"{QUEUE}/{number}")
    assert re.findall(r'name="said\.(\w+)"', shown) == list(BY_CODE["CB-CUS-003"].proposal.asks)
    nothing = one(client, number, "apply", step="do")
    assert nothing.status_code == 409
    assert "say what it should be: purchase_order" in nothing.content.decode()
    said = {"said.purchase_order": "PO-7"}
    looked = one(client, number, "apply", **said).content.decode()
    assert 'value="PO-7"' in looked
    assert one(client, number, "apply", step="do", **said).status_code == 302
    assert number not in found(repeated, "CB-CUS-003")


def test_put_off_is_out_of_sight_until_its_day_or_taken_back(repeated: Company, visitor: Visitor):
    client, numbers = visitor("specialist"), found(repeated)
    silent = one(client, numbers[0], "defer", step="do", until=LATER)
    assert silent.status_code == 409
    past = one(client, numbers[0], "waive", step="do", reason="late", until="2020-01-01")
    assert past.status_code == 409
    unread = one(client, numbers[0], "defer", step="do", reason="late", until="tomorrow")
    assert "2026-12-31" in unread.content.decode()
    assert 'value="late"' in unread.content.decode()
    told = {"step": "do", "reason": "a <b>telephone</b> call", "until": LATER}
    assert one(client, numbers[0], "defer", **told).status_code == 302
    assert one(client, numbers[1], "waive", **told).status_code == 302
    assert page(client, f"{QUEUE}?code=CB-CHG-001&all=1").count("data-row") == 1
    off = page(client, f"{QUEUE}?code=CB-CHG-001&put_off=1")
    assert off.count("data-row") == 2
    assert "&lt;b&gt;telephone" in off
    shown = page(client, f"{QUEUE}/{numbers[1]}")
    decision = re.search(r'name="decision" value="(\d+)"', shown)
    assert decision is not None
    assert client.post(f"{QUEUE}/undo", {"decision": decision[1]}).status_code == 302
    assert page(client, f"{QUEUE}?code=CB-CHG-001&all=1").count("data-row") == 2


def test_a_waiver_for_a_customer_meets_all_of_its_findings(repeated: Company, visitor: Visitor):
    client, numbers = visitor("approver"), found(repeated)
    told = {"step": "do", "reason": "agreed", "until": LATER, "scope": "customer"}
    assert one(client, numbers[0], "waive", **told).status_code == 302
    assert "data-row" not in page(client, f"{QUEUE}?code=CB-CHG-001&all=1")
    assert page(client, f"{QUEUE}?code=CB-CHG-001&put_off=1").count("data-row") == 3


def test_colleagues_are_asked_and_mentioned(repeated: Company, visitor: Visitor):
    client, other = visitor("specialist"), visitor("master_data")
    numbers = found(repeated)
    assert one(client, numbers[0], "assign", step="do", assignee="x@y.z").status_code == 409
    asked = say(client, numbers[:2], "assign", step="do", assignee="master_data@example.com")
    assert asked.content.decode().count("Assigned") == 2
    assert page(other, f"{QUEUE}?mine=1").count("data-row") == 2
    text = "Please look, @master_data@example.com"
    answer = one(client, numbers[0], "comment", step="do", text=text)
    assert answer.headers["Location"] == f"{QUEUE}/{numbers[0]}"
    assert "<b><bdi>@master_data@example.com</bdi></b>" in page(other, f"{QUEUE}/{numbers[0]}")
    stranger = one(client, numbers[0], "comment", step="do", text="@nobody@nowhere.example?")
    assert stranger.status_code == 409


def test_what_is_dismissed_takes_no_more_attention(repeated: Company, visitor: Visitor):
    client, number = visitor("specialist"), found(repeated)[0]
    assert one(client, found(repeated, "CB-CUS-003")[0], "dismiss").status_code == 409
    assert page(client, f"{QUEUE}?code=CB-CHG-001&all=1").count("data-row") == 3
    assert one(client, number, "dismiss").status_code == 302
    assert page(client, f"{QUEUE}?code=CB-CHG-001&all=1").count("data-row") == 2


def test_the_line_stands_beside_the_row(repeated: Company, visitor: Visitor):
    client = visitor("auditor")
    clear = page(client, f"{QUEUE}/{found(repeated)[0]}/line")
    assert "goes out" in clear
    assert "Tax rate in percent" in clear
    assert "goes out" in page(client, f"{QUEUE}/{found(repeated)[0]}?line=1")
    held = page(client, f"{QUEUE}/{found(repeated, 'CB-CUS-003')[0]}/line")
    assert "held" in held
    assert "Tax rate in percent" not in held


def test_who_only_looks_sees_all_and_may_do_nothing(repeated: Company, visitor: Visitor):
    client, number = visitor("auditor"), found(repeated)[0]
    for path in (QUEUE, f"{QUEUE}/{number}"):
        assert "queue-decide" not in page(client, path)
        assert "data-bulk" not in page(client, path)
        assert ">Preview repair" not in page(client, path)
    for do in ("apply", "waive", "defer", "assign", "comment", "confirm", "dismiss"):
        assert one(client, number, do, step="do", until=LATER, reason="r").status_code == 403
    assert client.post(f"{QUEUE}/undo", {"repair": "1"}).status_code == 403
    assert not FindingDecision.objects.exists()


def test_who_may_not_waive_is_refused(repeated: Company, visitor: Visitor):
    client, number = visitor("master_data"), found(repeated)[0]
    assert "Waive" not in page(client, f"{QUEUE}/{number}").split('id="keys"')[0]
    assert one(client, number, "waive", step="do", reason="r", until=LATER).status_code == 403
    refused = one(client, number, "apply", step="do")
    assert refused.status_code == 409
    assert "charges.import" in refused.content.decode()


def test_another_organisations_finding_is_not_there(repeated: Company, visitor: Visitor):
    founded(repeated.folder / "twin", "twin")
    client = visitor("admin", Organisation.objects.get(slug="twin"))
    number = found(repeated)[0]
    assert client.get(f"/o/twin/queue/{number}").status_code == 404
    assert client.get(f"/o/twin/queue/{number}/line").status_code == 404
    for do in ("apply", "confirm"):
        told = {"finding": number, "do": do, "step": "do", "one": "1"}
        assert client.post("/o/twin/queue/decide", told).status_code == 404
    decide_findings.confirm(repeated.actor, [number])
    made = FindingDecision.objects.get().pk
    assert client.post("/o/twin/queue/undo", {"decision": made}).status_code == 404
    assert FindingDecision.objects.count() == 1
    assert "Confirmed" not in page(client, f"/o/twin/queue?done=d{made}")


def test_views_are_each_colleagues_own(repeated: Company, visitor: Visitor):
    client, other = visitor("specialist"), visitor("auditor")
    keep = {"name": " Twice <i> ", "back": "code=CB-CHG-001&junk=1&mine="}
    assert client.post(f"{QUEUE}/views", keep).status_code == 302
    assert client.post(f"{QUEUE}/views", keep).status_code == 302
    view = SavedView.objects.get()
    assert (view.name, view.query) == ("Twice <i>", "code=CB-CHG-001")
    assert "Twice &lt;i&gt;" in page(client, QUEUE)
    assert "Twice &lt;i&gt;" not in page(other, QUEUE)
    assert other.post(f"{QUEUE}/views", {"do": "drop", "view": view.pk}).status_code == 404
    assert client.post(f"{QUEUE}/views", {"name": " "}).status_code == 302
    assert client.post(f"{QUEUE}/views", {"do": "drop", "view": view.pk}).status_code == 302
    assert not SavedView.objects.exists()
