"""Back-testing: what a check would have found, by what was known then, and what became of it."""

from __future__ import annotations

from datetime import date

import pytest
from tests.actions.company import Company
from tests.actions.test_history import HEAD, MONTHS, month

from cleanbill.actions import backtest_check, look_up, rank_findings
from cleanbill.actions.backtest_check import backtest, months

LAST = MONTHS[8]


@pytest.fixture
def past(books: Company) -> Company:
    """Nine months of ten bolts; in the ninth ALPHA got 100, which was credited, and BETA 120."""
    for day in MONTHS[:8]:
        month(books, day)
    rows = [
        f"A-{LAST},ALPHA,BOLT,sale,100,,EUR,{LAST},A-{LAST}",
        f"B-{LAST},BETA,BOLT,sale,120,,EUR,{LAST},B-{LAST}",
        f"F-{LAST},ALPHA,BASE,sale,1,,EUR,{LAST},A-{LAST}",
    ]
    books.take("charges", HEAD + "\n".join(rows) + "\n")
    books.bill(on=LAST, until=LAST, key="last")
    for each in look_up.bills(books.actor, customer="ALPHA", kind="invoice", limit=1):
        books.credit(each["number"], on=LAST)
    return books


def found(
    company: Company, code: str, start: date, end: date, **thresholds: str
) -> dict[str, tuple[int, int]]:
    """Rows and money of each outcome."""
    told = backtest(company.actor, code, start=start, end=end, thresholds=thresholds)
    return {r["outcome"]: (r["rows"], r["money_minor"]) for r in told.rows.to_dicts()}


def test_it_tells_what_was_caught_from_what_was_held_falsely(past: Company) -> None:
    first = MONTHS[0]
    told = found(past, "CB-HIS-003", first, LAST)
    # 90 of 100 bolts at 1.33 are beyond the usual; 110 of BETA's 120 at 1.25 less 10 %.
    assert told["caught"][0] == 1
    assert told["falsely held"][0] == 1
    assert told["caught"][1] > 11000
    wider = found(past, "CB-HIS-003", first, LAST, history_factor="11")
    assert wider.keys() == {"falsely held", "missed"}
    assert found(past, "CB-HIS-003", first, LAST, history_bills="20").keys() == {"missed"}


def test_it_never_looks_ahead(past: Company) -> None:
    """In the sixth month only five bills are known, in the seventh six."""
    assert found(past, "CB-HIS-003", MONTHS[0], MONTHS[7]) == {}
    # Where a line is told, the total of its bill is not told again; nor was it foreseen.
    assert found(past, "CB-HIS-006", LAST, LAST).keys() == {"missed"}


def test_other_checks_can_be_tried_too(past: Company) -> None:
    told = found(past, "CB-CHG-027", LAST, LAST, quantity_most="110")
    assert told["falsely held"][0] == 1
    with pytest.raises(ValueError, match="no threshold"):
        found(past, "CB-CHG-027", LAST, LAST, most="110")
    with pytest.raises(ValueError, match="whole number"):
        found(past, "CB-CHG-027", LAST, LAST, quantity_most="-1")
    with pytest.raises(ValueError, match="before the first"):
        found(past, "CB-CHG-027", LAST, MONTHS[0])
    with pytest.raises(LookupError, match="cannot be back-tested"):
        found(past, "CB-SYS-001", LAST, LAST)
    listed = {one["code"]: one for one in backtest_check.checks(past.actor)}
    assert listed["CB-HIS-003"]["backtested"]
    assert not listed["CB-SYS-001"]["backtested"]


def test_months_are_cut_at_their_ends() -> None:
    assert list(months(date(2026, 1, 20), date(2026, 3, 3))) == [
        (date(2026, 1, 20), date(2026, 1, 31)),
        (date(2026, 2, 1), date(2026, 2, 28)),
        (date(2026, 3, 1), date(2026, 3, 3)),
    ]


def test_warnings_beyond_the_budget_are_counted_and_can_be_had(billed: Company) -> None:
    rows = [f"X-{n},ALPHA,BOLT,sale,{2_000_000 + n},,EUR,2026-10-2{n},X-{n}" for n in range(4)]
    billed.take("charges", HEAD + "\n".join(rows) + "\n")
    preview = billed.preview()
    shown_now, smaller, per_1000 = rank_findings.attention(billed.actor, preview)
    assert (shown_now, per_1000) == (1, 20)
    assert smaller == preview.findings.filter(severity="warn")["count"].sum() - 1
    billed.bill()
    rank = rank_findings.worth_a_look
    whole = rank(billed.actor, every=True, limit=1000)
    few = rank(billed.actor, limit=1000)
    warnings = [r for r in whole.rows if r["severity"] == "warn"]
    shown = [r for r in few.rows if r["severity"] == "warn"]
    assert len(warnings) > len(shown) == 1
    assert few.smaller == len(warnings) - 1
    assert shown[0]["expected_minor"] == max(r["expected_minor"] for r in warnings)
    others = [r["subject"] for r in whole.rows if r["severity"] != "warn"]
    assert [r["subject"] for r in few.rows if r["severity"] != "warn"] == others
    assert sum(r["count"] for r in whole.counted) == len(whole.rows)
