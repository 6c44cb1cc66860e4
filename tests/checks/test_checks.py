"""Every check has an example: what it finds, in its words, and a near miss that it lets pass."""

from __future__ import annotations

import re
import tomllib

import pytest
from tests.checks import examples

from cleanbill.cycle.verify.catalogue import BY_CODE, DECLARED
from cleanbill.cycle.verify.postcodes import forms
from cleanbill.nouns.country import COUNTRIES
from cleanbill.nouns.finding import Check, worded


def test_every_check_has_an_example_and_every_example_a_check() -> None:
    assert examples.folders().keys() == BY_CODE.keys() - examples.ELSEWHERE.keys()
    for code, test in examples.ELSEWHERE.items():
        assert code in (examples.FOLDER.parents[1] / test).read_text("utf-8")


@pytest.mark.parametrize("code", sorted(examples.folders()))
def test_it_finds_what_it_should_in_these_words(code: str) -> None:
    expected = examples.expected(code)
    told = examples.found(code)
    assert told == expected["found"]
    assert told, "an example without anything wrong proves nothing"
    assert not [s for row in told for s in row.values() if "…" in s or "{" in s]


@pytest.mark.parametrize("code", sorted(examples.folders()))
def test_it_lets_the_near_miss_pass(code: str) -> None:
    given = tomllib.loads((examples.FOLDER / code / "given.toml").read_text("utf-8"))
    misses = examples.expected(code).get("right", [])
    wrong = {row["subject"] for row in examples.found(code)}
    assert misses or "right" in given, "name a row that is nearly wrong"
    assert not wrong & set(misses)
    assert set(misses) <= examples.named(code)
    if "right" in given:
        assert examples.found(code, right=True) == []


@pytest.mark.parametrize("check", DECLARED, ids=lambda check: check.code)
def test_its_texts_and_its_repair_speak_only_of_facts_it_states(check: Check) -> None:
    places = set(re.findall(r"\{(\w+)\}", check.reason + check.repair))
    assert places <= check.parameters.keys()
    if check.proposal:
        assert set(check.proposal.parameters) <= check.parameters.keys()
        assert check.proposal.filled({}).keys() >= {"kind", *check.proposal.parameters}
    assert re.fullmatch(r"CB-[A-Z]{3}-\d{3}", check.code)
    assert check.title[0].isupper()
    assert check.title[-1] != "."
    assert check.repair[-1] in ".:"


def test_every_form_of_a_postcode_fits_its_example() -> None:
    for country, (pattern, example) in forms().items():
        assert country in COUNTRIES
        assert re.match(pattern, example), country
        assert re.match(pattern, f"{country}-{example}"), country
        assert not re.match(pattern, f"{example}x"), country
        assert not re.match(pattern, "?"), country
    assert len(forms()) > 40


def test_numbers_have_their_thousands_apart_and_names_stay_as_they_are() -> None:
    check = BY_CODE["CB-CHG-027"]
    facts = {"quantity": "-1234567.50", "unit": None, "item": "1000001", "quantity_most": "900"}
    assert worded(check, check.reason, facts) == (
        "The row bills -1,234,567.50 — of 1000001; more than 900 is doubtful."
    )
