"""What a warning is worth: money times how likely it is right, and the budget of attention."""

from __future__ import annotations

import polars as pl

from cleanbill.cycle.verify.worth import (
    BLOCKING_PERMILLE,
    DECISIONS,
    PRIORS,
    USUALLY_PERMILLE,
    budget,
    likelihoods,
    odds_permille,
    ranked,
    within,
)
from cleanbill.engine.tables import FINDINGS, empty

NONE = empty(DECISIONS)


def findings(*rows: tuple[str, str, str, str, int]) -> pl.DataFrame:
    """Findings by code, severity, customer, currency and money."""
    columns = ("code", "severity", "customer", "subject", "currency", "at_stake_minor")
    given = [
        dict(zip(columns, [code, severity, who, who, *money], strict=True))
        for code, severity, who, *money in rows
    ]
    return pl.DataFrame(given, schema={**FINDINGS, "customer": pl.String})


def decided(*rows: tuple[str, str | None, str, int]) -> pl.DataFrame:
    """Decisions by code, customer and word, so many times."""
    several = [
        {"code": code, "customer": who, "decision": word}
        for code, who, word, times in rows
        for _ in range(times)
    ]
    return pl.DataFrame(several, schema=dict(DECISIONS))


def test_money_comes_first_and_what_is_likely_before_what_is_not() -> None:
    rows = ranked(
        findings(
            ("CB-CUS-001", "warn", "A", "EUR", 1000),
            ("CB-HIS-013", "warn", "B", "EUR", 1000),
            ("CB-CUS-001", "warn", "C", "EUR", -9000),
            ("CB-CUS-001", "warn", "D", "JPY", 50),
        ),
        NONE,
    )
    assert rows["customer"].to_list() == ["C", "D", "B", "A"]
    assert rows["expected_minor"].to_list() == [4500, 25, 800, 500]
    assert rows["likely_permille"].to_list() == [USUALLY_PERMILLE] * 2 + [
        PRIORS["CB-HIS-013"],
        USUALLY_PERMILLE,
    ]


def test_the_odds_and_not_only_the_likelihood_weigh_the_money() -> None:
    """A sure one of 2.00 stands before a doubtful one of 10.00, though less is to be expected."""
    rows = ranked(
        findings(
            ("CB-HIS-003", "warn", "A", "EUR", 5000),
            ("CB-CHG-055", "warn", "B", "EUR", 200),
            ("CB-CHG-055", "warn", "C", "EUR", 20),
        ),
        NONE,
    )
    assert rows["customer"].to_list() == ["B", "A", "C"]
    assert rows["expected_minor"].to_list() == [180, 500, 18]
    assert [odds_permille(p) for p in (0, 50, 500, 900, 1000)] == [1, 53, 1000, 9000, 49_000]


def test_what_only_informs_stands_last() -> None:
    rows = ranked(
        findings(
            ("CB-CHG-015", "info", "A", "EUR", 1_000_000),
            ("CB-CHG-010", "info", "B", "EUR", 2_000_000),
            ("CB-DOC-006", "warn", "C", "EUR", 100_000),
        ),
        NONE,
    )
    assert rows["customer"].to_list() == ["C", "B", "A"]
    assert rows["expected_minor"].to_list() == [5000, 0, 0]


def test_what_holds_is_taken_to_be_right_before_what_warns() -> None:
    rows = ranked(
        findings(
            ("CB-CUS-001", "warn", "A", "EUR", 1000), ("CB-CUS-001", "block", "B", "EUR", 600)
        ),
        NONE,
    )
    assert rows["customer"].to_list() == ["B", "A"]
    assert rows["likely_permille"].to_list() == [BLOCKING_PERMILLE, USUALLY_PERMILLE]


def test_what_people_decide_moves_the_check_and_more_so_their_customer() -> None:
    said = decided(("X", "A", "dismissed", 10), ("X", "B", "confirmed", 5), ("X", None, "asked", 9))
    of_check, of_customer = likelihoods(said)
    # 500 of a thousand count as 5 of 10; then 5 of 15 were right: 10 of 25.
    assert of_check == {"X": 400}
    assert of_customer == {("X", "A"): 133, ("X", "B"): 700}
    rows = ranked(findings(*(("X", "warn", who, "EUR", 100) for who in "ABC")), said)
    assert dict(rows.select("customer", "likely_permille").iter_rows()) == {
        "A": 133,
        "B": 700,
        "C": 400,
    }
    again = ranked(findings(*(("X", "warn", who, "EUR", 100) for who in "CBA")), said.reverse())
    assert again.equals(rows)


def test_the_budget_cuts_warnings_and_nothing_else() -> None:
    rows = ranked(
        findings(
            *(("W", "warn", f"w{n}", "EUR", 1000 - n) for n in range(5)),
            ("B", "block", "b", "EUR", 1),
            ("I", "info", "i", "EUR", 1),
        ),
        NONE,
    )
    assert within(rows, budget(100, 20))["customer"].to_list() == ["w0", "w1", "b", "i"]
    assert within(rows, budget(51, 20))["customer"].to_list() == ["w0", "w1", "b", "i"]
    assert within(rows, budget(50, 20))["customer"].to_list() == ["w0", "b", "i"]
    assert within(rows, budget(50, 0)).height == rows.height
