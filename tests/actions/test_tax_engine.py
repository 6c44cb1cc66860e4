"""Bills whose taxes an engine outside of the house tells: asked once, judged, kept, replayed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.actions.company import Company
from tests.actions.engines import CHARGES, Calculated, engine_founded, with_line, with_tax
from tests.actions.forgery import unguarded
from tests.conftest import CopyOf
from tests.store.contents import execute, value

from cleanbill.actions import ask_engines, look_up
from cleanbill.gateways.known_engines import FOLDER
from cleanbill.gateways.recorded_engine import RecordedEngine
from cleanbill.gateways.tax_engine import EngineFailure
from cleanbill.nouns.tax_engine import NoAnswer, TaxAnswer, Trouble
from cleanbill.store.models import TaxAnswer as KeptAnswer
from cleanbill.store.models import TaxQuestion


@pytest.fixture
def plains(copy_of: CopyOf, tmp_path: Path) -> Company:
    """A company that asks an engine about American sales."""
    made = copy_of("engine", lambda: engine_founded(tmp_path))
    return Company(tmp_path, made.actor)


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Calculated:
    """The engine that is asked, and nobody who waits."""
    known = Calculated()
    monkeypatch.setattr(ask_engines, "engine_of", lambda name: known)
    monkeypatch.setattr(ask_engines, "wait", lambda seconds: None)
    return known


def billed(company: Company) -> dict[str, dict[str, Any]]:
    """Return the documents by customer and kind."""
    documents = [company.document(number) for number in company.records()]
    return {f"{d['customer']['reference']} {d['kind']}": d for d in documents}


def told(company: Company) -> dict[str, str]:
    """Return code and sentence of each finding about an engine."""
    rows = look_up.findings(company.actor, limit=100)
    return {r["code"]: r["reason"] for r in rows if r["code"] >= "CB-TAX-015"}


def test_the_taxes_of_the_answer_are_on_the_bill(plains: Company, engine: Calculated) -> None:
    plains.take("charges", CHARGES)
    plains.bill()
    assert plains.findings() == set()
    shop, east = (billed(plains)[f"{who} invoice"] for who in ("SHOP", "EAST"))
    assert [(t["name"], t["rate_percent"], t["base"], t["tax"]) for t in shop["taxes"]] == [
        ("Tax", "0", "50.00", "0.00"),
        ("Nebraska sales tax", "5.5", "111.00", "6.11"),
        ("City tax", "1.5", "111.00", "1.67"),
    ]
    assert shop["totals"]["tax"] == "7.78"
    # 5.75 % of 99.90 and of 23.31, each rounded, as the engine does.
    assert east["totals"]["tax"] == "7.08"
    law = east["taxes"][0]["law"]
    assert law.startswith("Calculated 7, reference T-2-2026-10-31, answer ")
    assert law.rpartition(" ")[2] in east["taxes"][0]["rule"]
    assert shop["taxes"][0]["reason"] == "Not subject to tax"
    assert plains.breaches() == []


def test_it_is_told_no_more_than_a_tax_depends_on(plains: Company, engine: Calculated) -> None:
    plains.take("charges", CHARGES)
    plains.bill()
    request = next(r for r in engine.asked if r.lines[0].place.region == "NE")
    assert request.lines[0].place.street == "112 N Oak St"
    assert request.lines[0].amount_minor == 11100
    assert (request.customer_kind, request.currency) == ("business", "USD")
    assert not [word for word in ("SHOP", "Shop Inc") if word in repr(request)]


def test_nothing_is_asked_twice(plains: Company, engine: Calculated) -> None:
    plains.take("charges", CHARGES)
    plains.preview()
    assert (engine.calls, len(engine.asked)) == (1, 2)
    plains.bill()
    assert len(engine.asked) == 2
    assert (KeptAnswer.objects.count(), TaxQuestion.objects.count()) == (2, 2)
    assert len(plains.records()) == 2


def test_in_chunks_it_is_the_same(plains: Company, engine: Calculated) -> None:
    plains.take("charges", CHARGES)
    plains.bill(chunk=1)
    assert len(plains.records()) == 2
    assert len(engine.asked) == 2
    assert plains.breaches() == []


def test_a_run_that_goes_on_gets_the_same_answers(plains: Company, engine: Calculated) -> None:
    plains.take("charges", CHARGES)
    shown = plains.preview(documents=2).documents
    engine.spoiled = lambda request, answer: NoAnswer(Trouble.REFUSED, "gone")
    plains.bill()
    taxes = [document["taxes"] for document in billed(plains).values()]
    assert len(shown) == len(taxes) == 2
    assert all(t["rule"] in "".join(shown) for rows in taxes for t in rows)


def changed(**changes: Any) -> Callable[[Any, TaxAnswer], TaxAnswer]:
    return lambda request, answer: replace(answer, **changes)


SPOILED: dict[str, tuple[str, str, Callable[..., Any]]] = {
    "refused": (
        "CB-TAX-017",
        "it knows no such place",
        lambda r, a: NoAnswer(Trouble.REFUSED, "it knows no such place"),
    ),
    "another currency": ("CB-TAX-018", "it is in EUR and not in USD", changed(currency="EUR")),
    "a line is missing": (
        "CB-TAX-018",
        "line 2 is missing",
        lambda r, a: replace(a, lines=a.lines[:1], tax_minor=a.lines[0].tax_minor),
    ),
    "an unknown line": (
        "CB-TAX-018",
        "line 1 is missing",
        lambda r, a: with_line(a, reference="9"),
    ),
    "a line twice": (
        "CB-TAX-018",
        "line 1 is answered 2 times",
        lambda r, a: replace(a, lines=(*a.lines, a.lines[0])),
    ),
    "no tax and no reason": (
        "CB-TAX-018",
        "line 1 bears no tax and no reason is given",
        lambda r, a: with_line(a, taxes=(), tax_minor=0),
    ),
    "another rounding": (
        "CB-TAX-018",
        "ties 'down' is none of half_up, half_even",
        changed(ties="down"),
    ),
    "a cent too much": (
        "CB-TAX-019",
        "is not the rate of",
        lambda r, a: replace(
            with_line(
                with_tax(a, tax_minor=a.lines[0].taxes[0].tax_minor + 1),
                tax_minor=a.lines[0].tax_minor + 1,
            ),
            tax_minor=a.tax_minor + 1,
        ),
    ),
    "lines do not add up": (
        "CB-TAX-019",
        "the lines' taxes do not add up to 0",
        changed(tax_minor=0),
    ),
    "a part of the net": (
        "CB-TAX-019",
        "is not the whole net of the line",
        lambda r, a: with_tax(a, base_minor=1),
    ),
}


@pytest.mark.parametrize("how", SPOILED)
def test_an_answer_that_is_not_right_holds_its_bill(
    plains: Company, engine: Calculated, how: str
) -> None:
    code, words, spoil = SPOILED[how]
    engine.spoiled = lambda request, answer: (
        spoil(request, answer) if request.lines[0].place.region == "OH" else answer
    )
    plains.take("charges", CHARGES)
    plains.bill()
    assert set(billed(plains)) == {"SHOP invoice"}
    assert told(plains).keys() == {code}
    assert words in told(plains)[code]
    assert KeptAnswer.objects.count() == 1
    assert plains.breaches() == []
    engine.spoiled = lambda request, answer: answer
    plains.bill()
    assert set(billed(plains)) == {"SHOP invoice", "EAST invoice"}
    assert told(plains) == {}


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        (EngineFailure(Trouble.UNANSWERED, "no answer within 30 seconds"), "CB-TAX-015"),
        (EngineFailure(Trouble.LIMITED, "60 requests a minute"), "CB-TAX-016"),
        (KeyError("112 N Oak St"), "CB-TAX-015"),
        (ConnectionResetError("cut"), "CB-TAX-015"),
    ],
)
def test_an_engine_that_fails_holds_what_it_was_asked(
    plains: Company, engine: Calculated, failure: Exception, code: str
) -> None:
    engine.failures = [failure] * 4
    plains.take("charges", CHARGES)
    plains.bill()
    assert engine.calls == 4
    assert plains.records() == {}
    assert told(plains).keys() == {code}
    assert "Oak" not in told(plains)[code]
    plains.bill()
    assert len(plains.records()) == 2


def test_what_passes_is_asked_again(
    plains: Company, engine: Calculated, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[int] = []
    monkeypatch.setattr(ask_engines, "wait", pauses.append)
    engine.failures = [EngineFailure(Trouble.LIMITED, "later")] * 2
    plains.take("charges", CHARGES)
    plains.bill()
    assert (engine.calls, pauses) == (3, [1, 4])
    assert len(plains.records()) == 2


def test_an_engine_that_is_not_installed_is_named(plains: Company) -> None:
    plains.take("charges", CHARGES)
    plains.bill()
    assert FOLDER in told(plains)["CB-TAX-015"]
    assert plains.records() == {}


def test_no_policy_lets_a_bill_without_its_tax_out(
    copy_of: CopyOf, tmp_path: Path, engine: Calculated
) -> None:
    weak = "severities = { CB-TAX-015 = 'off', CB-TAX-017 = 'info' }\n"
    made = copy_of("engine_weak", lambda: engine_founded(tmp_path, weak))
    company = Company(tmp_path, made.actor)
    engine.spoiled = lambda request, answer: NoAnswer(Trouble.REFUSED, "no")
    company.take("charges", CHARGES)
    company.bill()
    assert company.records() == {}
    assert told(company).keys() == {"CB-TAX-017"}


def test_credits_take_back_what_was_billed_and_ask_nobody(
    plains: Company, engine: Calculated
) -> None:
    plains.take("charges", CHARGES)
    plains.bill()
    asked = len(engine.asked)
    plains.take(
        "charges",
        "reference,customer,item,quantity,unit_price,currency,service_date,order,kind,cancels\n"
        "5,EAST,BOLT,10,,USD,2026-10-20,B,cancellation,3\n"
        "6,EAST,BOLT,1,5,USD,2026-10-20,B,cancellation,\n",
        name="credits.csv",
    )
    plains.bill()
    document = billed(plains)["EAST credit_note"]
    assert (document["totals"]["net"], document["totals"]["tax"]) == ("99.90", "5.74")
    assert document["taxes"][0]["rule"] == billed(plains)["EAST invoice"]["taxes"][0]["rule"]
    assert len(engine.asked) == asked
    assert plains.breaches() == []
    number = next(n for n in plains.records() if plains.document(n)["totals"]["tax"] == "7.78")
    plains.credit(number)
    assert len(engine.asked) == asked
    assert plains.breaches() == []


def test_a_credit_of_nothing_has_no_taxes_to_take_back(
    copy_of: CopyOf, tmp_path: Path, engine: Calculated
) -> None:
    alone = "unlinked_cancellations = { '*' = 'credit' }\n"
    made = copy_of("engine_alone", lambda: engine_founded(tmp_path, alone))
    company = Company(tmp_path, made.actor)
    company.take(
        "charges",
        "reference,customer,item,quantity,unit_price,currency,service_date,order,kind\n"
        "6,EAST,BOLT,1,5,USD,2026-10-20,B,cancellation\n",
    )
    company.bill()
    assert company.records() == {}
    assert told(company).keys() == {"CB-TAX-020"}
    assert engine.asked == []


def test_prices_that_include_tax_and_discounts(
    copy_of: CopyOf, tmp_path: Path, engine: Calculated
) -> None:
    made = copy_of(
        "engine_inclusive",
        lambda: engine_founded(tmp_path, "prices_include_tax = true\n", discount=True),
    )
    company = Company(tmp_path, made.actor)
    company.take("charges", CHARGES)
    company.bill()
    shop = billed(company)["SHOP invoice"]["totals"]
    # 111.00 less 10 % is 99.90, of which 7 % are 6.54; the hour bears nothing.
    assert (shop["payable"], shop["tax"], shop["net"]) == ("144.90", "6.54", "138.36")
    assert company.breaches() == []


def test_a_certificate_goes_along(plains: Company, engine: Calculated) -> None:
    plains.take(
        "exemptions",
        "customer,country,region,kind,certificate,valid_from\nEAST,US,OH,resale,C-1,2026-01-01\n",
    )
    plains.take("charges", CHARGES)
    plains.bill()
    east = billed(plains)["EAST invoice"]
    assert east["totals"]["tax"] == "0.00"
    assert east["taxes"][0]["category"] == "E"
    assert east["taxes"][0]["reason"] == "Exempt from tax"
    assert plains.breaches() == []


BROKEN = {
    "the answer is another": "UPDATE tax_answer SET body = REPLACE(body, '5750000', '5760000')",
    "the answer is gone": "DELETE FROM tax_answer",
    "the engine is another": "UPDATE tax_answer SET engine = 'other'",
    "a line says another tax": "UPDATE bill_line SET tax_minor = tax_minor + 1 WHERE line = 1",
    "a line names no answer": "UPDATE bill_line SET tax_rule = 'engine-recorded-1'",
    "a further tax is another": "UPDATE bill_line_tax SET tax = 'Village tax'",
    "a tax row is another": "UPDATE bill_tax SET tax_minor = tax_minor + 1",
}


@pytest.mark.parametrize("how", BROKEN)
def test_the_audit_replays_answers_and_sees_what_was_changed(
    plains: Company, engine: Calculated, how: str
) -> None:
    plains.take("charges", CHARGES)
    plains.bill()
    assert plains.breaches() == []
    with unguarded():
        execute(BROKEN[how])
    assert "TAX-ANSWER" in {code for code, _ in plains.breaches()}
    assert engine.calls == 1


def test_answers_never_change(plains: Company, engine: Calculated) -> None:
    plains.take("charges", CHARGES)
    plains.bill()
    from django.db import Error

    with pytest.raises(Error, match="never change"):
        execute("UPDATE tax_answer SET engine = 'x'")


def test_recorded_answers_serve_without_an_engine(
    plains: Company, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ask_engines, "wait", lambda seconds: None)
    behind = Calculated()
    folder = tmp_path / "recorded"
    with monkeypatch.context() as patch:
        patch.setattr(ask_engines, "engine_of", lambda name: RecordedEngine(folder, behind))
        plains.take("charges", CHARGES)
        plains.preview()
    assert len(list(folder.iterdir())) == len(behind.asked) == 2
    TaxQuestion.objects.filter(organisation_id=plains.actor.organisation_id).delete()
    monkeypatch.setenv(FOLDER, str(folder))
    plains.bill()
    assert len(plains.records()) == 2
    assert value("SELECT COUNT(*) FROM tax_answer") == 2
    assert plains.breaches() == []
