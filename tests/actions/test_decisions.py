"""Decisions about findings: runs respect them, they end by date, and each is kept as a fact."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from tests.actions.company import END, MONTH, Company, founded

from cleanbill.actions import decide_findings as decide
from cleanbill.actions import rank_findings
from cleanbill.actions.find_findings import finding_history, list_findings
from cleanbill.actions.set_checks import set_check
from cleanbill.nouns.decision import Scope
from cleanbill.store.models import Event, Finding, FindingDecision, Run

LATER = datetime.now(UTC).date() + timedelta(days=60)
HEAD = MONTH.split("\n")[1] + "\n"


def finding(books: Company, code: str, subject: str) -> dict[str, Any]:
    rows = list_findings(books.actor, code=code, put_off=True, limit=1000)
    return next(r for r in rows if r["subject"] == subject)


def became(outcome: Any) -> dict[str, int]:
    counts: dict[str, int] = {}
    for row in outcome.charges.to_dicts():
        counts[row["disposition"]] = counts.get(row["disposition"], 0) + row["count"]
    return counts


def told(outcome: Any, code: str) -> list[tuple[str, int]]:
    rows = outcome.findings.to_dicts()
    return [(r["severity"], r["count"]) for r in rows if r["code"] == code]


def test_a_waived_finding_holds_nothing_and_is_counted_and_named(books: Company) -> None:
    books.take("charges", MONTH)
    books.bill()
    held = finding(books, "CB-CUS-003", "S-12")
    (row,) = decide.waive(books.actor, [held["id"]], reason="agreed by telephone", until=LATER)
    assert row.done, row.message
    assert finding(books, "CB-CUS-003", "S-12")["severity"] == "waived"
    assert list_findings(books.actor, code="CB-CUS-003") == []
    outcome = books.bill()
    assert told(outcome, "CB-CUS-003") == [("waived", 1)]
    assert became(outcome)["clear"] == 1
    assert ("CB-CUS-003", "S-12") not in books.findings()
    assert books.breaches() == []
    event = Event.objects.get(action="finding.waive")
    assert event.after == {"day": str(LATER), "scope": "row", "decision": row.decision_id}


def test_a_waiver_of_the_row_is_for_that_row_and_one_for_the_customer_for_all(
    books: Company,
) -> None:
    more = (
        HEAD + "T-1,DELTA,BOLT,,5,,,EUR,2026-10-09,D-2,\nT-2,DELTA,BOLT,,6,,,EUR,2026-10-09,D-3,\n"
    )
    books.take("charges", more)
    books.bill()
    held = finding(books, "CB-CUS-003", "T-1")
    decide.waive(books.actor, [held["id"]], reason="once", until=LATER)
    assert became(books.preview()) == {"clear": 1, "held": 1}
    decide.waive(books.actor, [held["id"]], reason="always", until=LATER, scope=Scope.CUSTOMER)
    assert became(books.preview()) == {"clear": 2}


def test_a_waiver_ends_by_date(books: Company) -> None:
    books.take("charges", MONTH)
    books.bill()
    held = finding(books, "CB-CUS-003", "S-12")
    decide.waive(books.actor, [held["id"]], reason="until then", until=LATER)
    assert became(books.preview(on=LATER, until=END))["clear"] == 1
    assert "clear" not in became(books.preview(on=LATER + timedelta(days=1), until=END))


def test_what_the_law_requires_may_not_be_waived(books: Company) -> None:
    books.take("charges", MONTH)
    books.bill()
    held = finding(books, "CB-CHG-006", "S-13")
    assert held["may_not_be_waived"]
    (row,) = decide.waive(books.actor, [held["id"]], reason="please", until=LATER)
    assert not row.done
    assert "Art. 226(5)" in row.message
    assert not FindingDecision.objects.exists()
    with pytest.raises(ValueError, match="say why"):
        decide.waive(books.actor, [held["id"]], reason=" ", until=LATER)
    with pytest.raises(ValueError, match="on a day to come"):
        decide.waive(books.actor, [held["id"]], reason="late", until=date(2020, 1, 1))


def test_a_deferred_finding_waits_until_its_day_and_is_looked_at_again(books: Company) -> None:
    books.take("charges", MONTH)
    books.bill()
    held = finding(books, "CB-CUS-003", "S-12")
    decide.defer(books.actor, [held["id"]], reason="asked the customer", until=LATER)
    before = books.preview(on=LATER - timedelta(days=1), until=END)
    assert told(before, "CB-CUS-003") == [("deferred", 1)]
    assert became(before)["waiting"] == 2
    on_the_day = books.preview(on=LATER, until=END)
    assert told(on_the_day, "CB-CUS-003") == [("block", 1)]
    assert list_findings(books.actor, code="CB-CUS-003") == []
    (shown,) = list_findings(books.actor, code="CB-CUS-003", today=LATER)
    assert shown["severity"] == "block"
    assert shown["at_stake_minor"] > 0
    assert shown["age_days"] >= 60


def test_a_run_that_goes_on_sees_the_decisions_that_it_began_with(books: Company) -> None:
    books.take("charges", MONTH)
    books.bill()
    held = finding(books, "CB-CUS-003", "S-12")
    decide.waive(books.actor, [held["id"]], reason="before", until=LATER)
    books.take("charges", HEAD + "T-1,ALPHA,BOLT,,1,,,EUR,2026-10-09,D-2,\n", name="more.csv")
    from cleanbill.actions.begin_run import Asked, begin
    from cleanbill.store import reading
    from cleanbill.store.decisions import last_decision_id

    asked = Asked(END, END, None, "killed")
    begin(books.actor, asked, reading.last_charge_id(), last_decision=last_decision_id())
    waiver = FindingDecision.objects.get(kind="waive")
    decide.withdraw(books.actor, waiver.pk, reason="after it began")
    outcome = books.bill(key="killed")
    assert became(outcome)["clear"] == 2
    assert Run.objects.get(idempotency_key="killed").last_decision_id == waiver.pk


def test_an_empty_table_of_decisions_is_looked_at_once_and_costs_nothing(books: Company) -> None:
    from cleanbill.actions.open_books import open_books, silent
    from cleanbill.store import reading

    books.take("charges", MONTH)
    opened = open_books(books.actor, END, END, reading.last_charge_id(), None, silent)
    assert (opened.verdicts, opened.last_decision) == (None, 0)
    opened.close()


def test_comments_mention_colleagues_and_assignments_name_them(books: Company) -> None:
    books.take("charges", MONTH)
    books.bill()
    held = finding(books, "CB-CUS-003", "S-12")
    ids = [held["id"], 999]
    made = decide.comment(books.actor, ids, text="@boss@acme.example please call")
    assert [row.done for row in made] == [True, False]
    assert "no finding 999 is open" in made[1].message
    decide.assign(books.actor, [held["id"]], assignee="boss@acme.example")
    assert finding(books, "CB-CUS-003", "S-12")["assignee"] == "boss@acme.example"
    comment, assigned = finding_history(books.actor, held["id"])
    assert (comment["mentions"], assigned["kind"]) == (["boss@acme.example"], "assign")
    for call in (
        lambda: decide.comment(books.actor, ids, text="@who@else.example look"),
        lambda: decide.assign(books.actor, ids, assignee="who@else.example"),
    ):
        with pytest.raises(ValueError, match="works in no role"):
            call()


def test_dismissed_and_confirmed_warnings_are_facts_and_asking_twice_is_one(books: Company) -> None:
    books.take("charges", MONTH + "S-15,ALPHA,BOLT,,1,9.99,,EUR,2026-10-09,A-1,\n")
    books.bill()
    warned = Finding.objects.get(code="CB-PRC-003")
    once = decide.dismiss(books.actor, [warned.pk], text="agreed", idempotency_key="k")
    again = decide.dismiss(books.actor, [warned.pk], text="agreed", idempotency_key="k")
    assert once[0].decision_id == again[0].decision_id
    decide.confirm(books.actor, [warned.pk])
    kept = FindingDecision.objects.order_by("id").values_list("kind", "code", "customer", "item")
    assert list(kept) == [
        ("dismiss", "CB-PRC-003", "ALPHA", "BOLT"),
        ("confirm", "CB-PRC-003", "ALPHA", "BOLT"),
    ]
    charge = (warned.code, "ALPHA", warned.charge_id)
    assert rank_findings.decisions(books.actor).rows() == [(*charge, "confirmed")]
    decide.withdraw(books.actor, once[0].decision_id)
    assert rank_findings.decisions(books.actor).rows() == [(*charge, "confirmed")]
    blocked = finding(books, "CB-CUS-003", "S-12")
    (row,) = decide.dismiss(books.actor, [blocked["id"]])
    assert not row.done
    assert "waive it, or mend it" in row.message


def test_nobody_decides_about_findings_of_another_organisation(books: Company, tmp_path) -> None:
    twin = founded(tmp_path / "twin", "twin")
    for company in (twin, books):
        company.take("charges", MONTH)
        company.bill()
    theirs = finding(twin, "CB-CUS-003", "S-12")["id"]
    (row,) = decide.defer(books.actor, [theirs], reason="mine?", until=LATER)
    assert not row.done
    assert not FindingDecision.objects.exists()
    decide.waive(twin.actor, [theirs], reason="ours", until=LATER)
    assert "clear" not in became(books.preview())


def test_settings_the_most_specific_wins_and_each_holds_from_its_day(books: Company) -> None:
    books.take("charges", MONTH)
    books.bill()
    code = "CB-CUS-003"
    assert told(books.preview(), code) == [("block", 1)]
    set_check(books.actor, code, "warn", reason="known", valid_from=date(2026, 10, 1))
    assert told(books.preview(), code) == [("warn", 1)]
    assert told(books.preview(on=date(2026, 9, 30), until=END), code) == [("block", 1)]
    own = {"reason": "he is late", "valid_from": date(2026, 10, 1)}
    set_check(books.actor, code, "block", customer="DELTA", **own)
    assert told(books.preview(), code) == [("block", 1)]
    set_check(books.actor, code, "off", customer="DELTA", seller="acme", **own)
    assert told(books.preview(), code) == []


def test_limits_may_differ_by_customer(books: Company) -> None:
    books.take("charges", MONTH)
    name, own = "quantity_most", {"reason": "small buyers", "valid_from": date(2026, 10, 1)}
    assert told(books.preview(), "CB-CHG-027") == []
    set_check(books.actor, name, "5", **own)
    everybody = told(books.preview(), "CB-CHG-027")[0][1]
    set_check(books.actor, name, "1000", customer="ALPHA", **own)
    assert told(books.preview(), "CB-CHG-027") == [("warn", everybody - 3)]
    for wrong, value in ((name, "many"), ("CB-CUS-003", "loud"), ("CB-XXX-001", "warn")):
        with pytest.raises(ValueError, match=r"whole number|one of block|neither"):
            set_check(books.actor, wrong, value, **own)
    with pytest.raises(ValueError, match=r"Art. 226\(5\)"):
        set_check(books.actor, "CB-CHG-006", "warn", **own)
