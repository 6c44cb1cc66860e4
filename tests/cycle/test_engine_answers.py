"""Answers of tax engines are judged by our own sums; requests and answers are one text each."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from cleanbill.cycle.tax import Due, judged
from cleanbill.formats import company_toml
from cleanbill.formats.tax_engine_json import (
    UnreadableAnswer,
    answer_hash,
    answer_text,
    question_hash,
    read_answer,
    read_request,
    request_text,
)
from cleanbill.nouns.seller import ChosenEngine
from cleanbill.nouns.tax_engine import (
    AnsweredLine,
    AskedLine,
    Claim,
    EngineRounding,
    EngineTax,
    Place,
    TaxAnswer,
    TaxRequest,
    Ties,
    Trouble,
    Untaxed,
    named_by,
    rule_of,
)

LINE, GROUP = EngineRounding.LINE, EngineRounding.GROUP


def state(base: int, tax: int, rate_e6: int = 5_500_000, **more: Any) -> EngineTax:
    return EngineTax("NE", "state", more.pop("name", "State tax"), rate_e6, base, tax, **more)


def answer(
    *lines: AnsweredLine, rounding: EngineRounding = LINE, ties: Ties = Ties.HALF_UP
) -> TaxAnswer:
    whole = sum(line.tax_minor for line in lines)
    return TaxAnswer("E", "1", "R", "USD", rounding, ties, whole, lines)


def line(reference: str, *taxes: EngineTax) -> AnsweredLine:
    return AnsweredLine(reference, sum(tax.tax_minor for tax in taxes), taxes)


def dues(*amounts: int, inclusive: bool = False) -> dict[str, Due]:
    return {str(n): Due(amount, inclusive) for n, amount in enumerate(amounts, 1)}


# 5.5 % of 1.00 is 5.5 cents, of 3.00 16.5: where ties go decides.
GOOD: dict[str, tuple[dict[str, Due], TaxAnswer]] = {
    "half up": (dues(100, 300), answer(line("1", state(100, 6)), line("2", state(300, 17)))),
    "half even": (
        dues(100, 300),
        answer(line("1", state(100, 6)), line("2", state(300, 16)), ties=Ties.HALF_EVEN),
    ),
    "a rebate": (dues(-100), answer(line("1", state(-100, -6)))),
    "once over all lines": (
        dues(100, 100),
        answer(line("1", state(100, 6)), line("2", state(100, 5)), rounding=GROUP),
    ),
    "a tax on a tax": (
        dues(10_000),
        answer(
            line(
                "1",
                state(10_000, 500, 5_000_000),
                state(10_500, 1_047, 9_975_000, name="On top", compound=True),
            )
        ),
    ),
    # 2.99 with 4 %: 2.88 + 0.11, though 4 % of 2.88 is 0.1152.
    "inside a price": (dues(299, inclusive=True), answer(line("1", state(288, 11, 4_000_000)))),
    "no tax, with its reason": (
        dues(100),
        answer(AnsweredLine("1", 0, untaxed=Untaxed.EXEMPT)),
    ),
    "a rate of zero": (dues(100), answer(line("1", state(100, 0, 0)))),
}


@pytest.mark.parametrize("what", GOOD)
def test_what_adds_up_is_taken(what: str) -> None:
    assert judged("USD", *GOOD[what]) is None


WRONG: dict[str, tuple[dict[str, Due], TaxAnswer]] = {
    "half up said to be half even": (
        dues(300),
        answer(line("1", state(300, 17)), ties=Ties.HALF_EVEN),
    ),
    "rounded per line, said to be once": (
        dues(100, 100),
        answer(line("1", state(100, 6)), line("2", state(100, 6)), rounding=GROUP),
    ),
    "a share that is a cent and more beside": (
        dues(100, 100),
        answer(line("1", state(100, 7)), line("2", state(100, 4)), rounding=GROUP),
    ),
    "on the net, said to be on taxes": (
        dues(10_000),
        answer(
            line(
                "1",
                state(10_000, 500, 5_000_000),
                state(10_000, 998, 9_975_000, name="On top", compound=True),
            )
        ),
    ),
    "on taxes, said to be on the net": (
        dues(10_000),
        answer(
            line("1", state(10_000, 500, 5_000_000), state(10_500, 1_047, 9_975_000, name="On top"))
        ),
    ),
    "a price that net and tax exceed": (
        dues(299, inclusive=True),
        answer(line("1", state(288, 12, 4_000_000))),
    ),
    "another sign": (dues(-100), answer(line("1", state(-100, 6)))),
    "zero instead of a tax": (dues(100), answer(line("1", state(100, 0)))),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_does_not_add_up_is_refused(what: str) -> None:
    found = judged("USD", *WRONG[what])
    assert found is not None
    assert found.trouble is Trouble.SUMS


def test_a_line_that_begins_with_a_tax_on_taxes_is_refused() -> None:
    found = judged("USD", dues(100), answer(line("1", state(100, 6, compound=True))))
    assert found is not None
    assert found.trouble is Trouble.UNFIT


REQUEST = TaxRequest(
    Place("US", "NE", "68901", "200 Elm St", "Sampleton"),
    "",
    "business",
    "",
    (Claim("resale", "US", "NE", "C-1"),),
    date(2026, 10, 31),
    "USD",
    (
        AskedLine(
            *("1", "BOLT", "goods", "standard", 10**6, 100, False, date(2026, 10, 1)),
            Place("US", "NE", "68902", "Straße 1"),
        ),
    ),
)


def test_requests_and_answers_are_read_as_they_were_written() -> None:
    text = request_text(REQUEST)
    assert read_request(text) == REQUEST
    assert question_hash("a", text) != question_hash("b", text)
    for _, given in GOOD.values():
        said = answer_text(given)
        assert read_answer(said) == given
        assert answer_text(read_answer(said)) == said
        assert named_by(rule_of("some-engine", answer_hash(said), Untaxed.NOT_TAXED)) == (
            "some-engine",
            answer_hash(said),
            Untaxed.NOT_TAXED,
        )


def without(name: str) -> Callable[[dict[str, Any]], None]:
    return lambda data: data.pop(name)


def in_tax(**changes: Any) -> Callable[[dict[str, Any]], None]:
    return lambda data: data["lines"][0]["taxes"][0].update(changes)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (without("reference"), "'reference'"),
        (without("lines"), "'lines'"),
        (in_tax(tax_minor="6"), "line 1 tax 1 lacks 'tax_minor' as int"),
        (in_tax(tax_minor=6.0), "line 1 tax 1 lacks 'tax_minor' as int"),
        (in_tax(tax_minor=True), "line 1 tax 1 lacks 'tax_minor' as int"),
        (in_tax(base_minor=10**17), "out of bounds"),
        (in_tax(rate_percent_e6=-1), "out of bounds"),
        (in_tax(name=" "), "needs a name"),
        (in_tax(name="x" * 61), "needs a name"),
        (lambda data: data["lines"].append("x"), "line 3 is no object"),
        (lambda data: data["lines"][0].update(untaxed="because"), "is none of exempt"),
        (lambda data: data.update(rounding="down"), "is none of line, group"),
    ],
)
def test_an_answer_that_cannot_be_read_says_where(
    change: Callable[[dict[str, Any]], None], words: str
) -> None:
    data = json.loads(answer_text(GOOD["half up"][1]))
    change(data)
    with pytest.raises(UnreadableAnswer, match=words):
        read_answer(json.dumps(data))


def test_text_that_is_no_answer_at_all() -> None:
    for text in ("", "[]", "1", '"x"'):
        with pytest.raises(UnreadableAnswer):
            read_answer(text)


def test_the_company_file_chooses_engines() -> None:
    chosen = company_toml.tax_engines_of({"engine": {"US": "recorded", "CA": "our-own"}})
    assert chosen == (ChosenEngine("CA", "our-own"), ChosenEngine("US", "recorded"))
    assert company_toml.tax_engines_of({}) == ()


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({"engines": {}}, "unknown key"),
        ({"engine": "recorded"}, "must be a table"),
        ({"engine": {"XX": "recorded"}}, "is no country"),
        ({"engine": {"US": "Recorded!"}}, "is no name of an engine"),
        ({"engine": {"US": 1}}, "is no name of an engine"),
    ],
)
def test_a_choice_that_cannot_be_kept(table: dict[str, Any], words: str) -> None:
    with pytest.raises(company_toml.CompanyFileError, match=words):
        company_toml.tax_engines_of(table)


def test_totals_of_the_answer_are_those_of_its_lines() -> None:
    given = GOOD["half up"][1]
    for spoiled in (
        replace(given, tax_minor=1),
        replace(given, lines=(replace(given.lines[0], tax_minor=7), given.lines[1]), tax_minor=24),
    ):
        found = judged("USD", GOOD["half up"][0], spoiled)
        assert found is not None
        assert found.trouble is Trouble.SUMS
