"""[policy.checks] of the company file: what it may say, and what it refuses."""

from __future__ import annotations

import pytest
from tests.actions.company import company_file

from cleanbill.formats.company_toml import CompanyFileError, read
from cleanbill.nouns.limits import Limits


def test_what_is_not_said_keeps_its_default() -> None:
    assert read(company_file("acme")).policy.checks == Limits()
    own = read(company_file("acme", "[policy.checks]\nlate_days = 30")).policy.checks
    assert (own.late_days, own.future_days) == (30, 300)


def test_pairs_and_floors_are_read() -> None:
    text = '[policy.checks.price_floors]\nBOLT = "1.80"\n[policy.checks.billed_together]\nA = "B"'
    checks = read(company_file("acme", text)).policy.checks
    assert checks.floors_e8() == {"BOLT": 180_000_000}
    assert checks.billed_together == {"A": "B"}


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("late_day = 3", "late_days"),
        ("late_days = -1", "must not be negative"),
        ("late_days = 1.5", "whole number"),
        ("late_days = true", "whole number"),
        ("price_factor = 1", "2 or more"),
        ('email_required = "yes"', "true or false"),
        ('price_floors = { BOLT = "cheap" }', "no number"),
        ("billed_together = { A = 1 }", "as text"),
    ],
)
def test_what_is_no_limit_is_refused_in_words(said: str, answer: str) -> None:
    with pytest.raises(CompanyFileError, match=answer):
        read(company_file("acme", f"[policy.checks]\n{said}"))
