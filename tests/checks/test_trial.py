"""Checks that cannot do their work are found, weigh as much as they would, and stop nobody."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import polars as pl
import pytest
from polars.exceptions import PanicException
from tests.checks import examples

from cleanbill.cycle import invoice, price, tax, verify
from cleanbill.cycle.verify.catalogue import CHARGE_CHECKS, DRAFT_CHECKS, TABLE_CHECKS
from cleanbill.engine.attempts import attempted
from cleanbill.engine.tables import CHARGES, ORIGINALS, MasterData, empty
from cleanbill.nouns.policy import Policy

CHARGES_TOML = [{"reference": f"S-{n}", "quantity": str(n)} for n in range(5)]
"""The first of them has the quantity zero."""
FAILING = pl.col("reference").cast(pl.Int64, strict=True) < 0


def screened(
    policy: Policy | None = None,
    rows: list[dict[str, Any]] = CHARGES_TOML,
    lacks: tuple[str, ...] = (),
    **checks: Any,
) -> tuple[dict[str, str], list[tuple[str, str]]]:
    """Return disposition by reference, and code and subject of the findings."""
    charges, master, seller, usual = examples.tables_with(rows)
    policy = policy or usual
    known = verify.identify(charges, master, seller, policy)
    known = tax.determine(price.quote(known, master, policy), seller, tax.rules()).drop(lacks)
    links = verify.link(known, empty(ORIGINALS))
    day = examples.LAST_DAY
    facts, findings = verify.screen(known, links, master, policy, day, seller, **checks)
    dispositions = dict(facts.select("reference", "disposition").iter_rows())
    return dispositions, findings.select("code", "subject").rows()


def broken(code: str, wrong: pl.Expr) -> dict[str, Any]:
    return {
        "row_checks": [
            replace(c, wrong=wrong) if c.check.code == code else c for c in CHARGE_CHECKS
        ]
    }


def test_a_warning_that_fails_holds_nobody_and_the_others_run() -> None:
    dispositions, found = screened(**broken("CB-CHG-019", FAILING))
    assert ("CB-SYS-002", "CB-CHG-019") in found
    assert ("CB-CHG-002", "S-0") in found
    assert dispositions == {"S-0": "held", **{f"S-{n}": "clear" for n in range(1, 5)}}


def test_a_blocking_check_that_fails_holds_what_it_has_not_seen() -> None:
    dispositions, found = screened(**broken("CB-CHG-004", FAILING))
    assert ("CB-SYS-002", "CB-CHG-004") not in found, "an empty column asks nothing of a check"
    priced = [{**row, "unit_price": "2.00"} for row in CHARGES_TOML]
    dispositions, found = screened(rows=priced, **broken("CB-CHG-004", FAILING))
    assert ("CB-SYS-002", "CB-CHG-004") in found
    assert set(dispositions.values()) == {"held"}


def test_switched_off_it_is_not_missed() -> None:
    policy = Policy(severities={"CB-CHG-002": "off"})
    dispositions, found = screened(policy, **broken("CB-CHG-002", FAILING))
    assert not [code for code, _ in found if code.startswith("CB-SYS")]
    assert set(dispositions.values()) == {"clear"}


def test_rows_on_which_a_check_fails_are_told_apart() -> None:
    text = pl.when(pl.col("reference") == "S-3").then(pl.lit("x")).otherwise(pl.lit("1"))
    wrong = (text.cast(pl.Int64, strict=True) < 0) | (pl.col("quantity_e6") == 0)
    dispositions, found = screened(**broken("CB-CHG-002", wrong))
    assert ("CB-SYS-003", "S-3") in found
    assert ("CB-CHG-002", "S-0") in found
    held = {reference for reference, what in dispositions.items() if what == "held"}
    assert held == {"S-0", "S-3"}


def test_many_rows_on_which_it_fails_are_the_fault_of_the_check() -> None:
    rows = [{"reference": f"S-{n}"} for n in range(40)]
    text = pl.when(pl.col("reference") < "S-3").then(pl.lit("x")).otherwise(pl.lit("1"))
    _, found = screened(rows=rows, **broken("CB-CHG-002", text.cast(pl.Int64, strict=True) < 0))
    assert [code for code, _ in found if code.startswith("CB-SYS")] == ["CB-SYS-002"]


def test_a_panic_is_caught_like_an_error() -> None:
    def panic(tables: object) -> pl.LazyFrame:
        raise PanicException("index out of bounds")

    checks = [replace(c, find=panic) if c.check.code == "CB-CUS-009" else c for c in TABLE_CHECKS]
    dispositions, found = screened(table_checks=checks)
    assert ("CB-SYS-002", "CB-CUS-009") in found
    assert dispositions["S-1"] == "clear"


def test_rows_that_say_nothing_of_what_the_texts_need_are_a_failure() -> None:
    def silent(tables: Any) -> pl.LazyFrame:
        return tables.customers.lazy().select("customer", pl.col("customer").alias("subject"))

    checks = [replace(c, find=silent) if c.check.code == "CB-CUS-009" else c for c in TABLE_CHECKS]
    dispositions, found = screened(table_checks=checks)
    assert ("CB-SYS-002", "CB-CUS-009") in found
    assert ("CB-CHG-002", "S-0") in found
    assert dispositions["S-1"] == "clear"


def test_missing_columns_of_every_kind_crash_nothing() -> None:
    """Each column that only checks read may be missing: it is told, and all others are checked."""
    for column in ("item_unit", "address_known", "item_blocked", "delivery", "treatment"):
        _, found = screened(lacks=(column,))
        assert "CB-SYS-001" in {code for code, _ in found}, column
        assert ("CB-CHG-002", "S-0") in found, column


def test_empty_tables_find_nothing() -> None:
    _, master, seller, policy = examples.tables_with([])
    known = verify.identify(empty(CHARGES), master, seller, policy)
    known = tax.determine(price.quote(known, MasterData(), policy), seller, tax.rules())
    links = verify.link(known, empty(ORIGINALS))
    facts, findings = verify.screen(known, links, MasterData(), policy, examples.LAST_DAY, seller)
    assert facts.is_empty()
    assert findings.is_empty()


def test_rows_of_nothing_but_nulls_are_held_and_crash_nothing() -> None:
    nothing = dict.fromkeys(("customer", "item", "quantity", "service_date", "order"), "")
    dispositions, found = screened(rows=[{"reference": "S-1", **nothing}])
    assert dispositions == {"S-1": "held"}
    assert {"CB-CHG-002", "CB-CHG-007", "CB-CHG-008", "CB-CHG-009"} <= {code for code, _ in found}
    assert not [code for code, _ in found if code.startswith("CB-SYS")]


def test_a_check_on_master_data_that_blocks_holds_the_charges_that_meet_it() -> None:
    rows = [{"reference": "S-1"}, {"reference": "S-2", "customer": "BETA"}]
    customers = [{"customer": "BETA", "name": "Beta GmbH", "postcode": "1067"}]
    charges, master, seller, policy = examples.tables_with(rows, customers=customers)
    policy = replace(policy, severities={"CB-CUS-009": "block"})
    known = verify.identify(charges, master, seller, policy)
    known = tax.determine(price.quote(known, master, policy), seller, tax.rules())
    links = verify.link(known, empty(ORIGINALS))
    facts, findings = verify.screen(known, links, master, policy, examples.LAST_DAY, seller)
    assert dict(facts.select("reference", "disposition").iter_rows()) == {
        "S-1": "clear",
        "S-2": "held",
    }
    (told,) = findings.filter(pl.col("code") == "CB-CUS-009").to_dicts()
    assert (told["subject_kind"], told["subject"]) == ("customer", "BETA")
    assert (told["charge_id"], told["at_stake_minor"], told["severity"]) == (2, 200, "block")


def reviewed(wrong: pl.Expr, code: str) -> tuple[dict[str, bool], list[tuple[str, str]]]:
    """Review two drafts, A-1 and A-2, with a broken check; return what is held and the findings."""
    rows = [{"reference": "S-1"}, {"reference": "S-2", "order": "A-2"}]
    charges, master, seller, policy = examples.tables_with(rows)
    known = verify.identify(charges, master, seller, policy)
    known = tax.determine(price.quote(known, master, policy), seller, tax.rules())
    links = verify.link(known, empty(ORIGINALS))
    day = examples.LAST_DAY
    clear, _ = verify.screen(known, links, master, policy, day, seller)
    clear = clear.with_columns(pl.lit(None, dtype=pl.Date).alias("not_before"))
    lines = invoice.discounted(invoice.gather(clear, policy, day, {}))
    taxed, groups, _ = tax.assess(lines, seller.tax_method, seller.inclusive_method)
    drafts = invoice.totals(taxed, groups, seller, policy)
    checks = [replace(c, wrong=wrong) if c.check.code == code else c for c in DRAFT_CHECKS]
    held, findings = verify.review(drafts, taxed, policy, seller, checks=checks)
    told = findings.select("code", "subject").rows()
    return dict(held.select("order", "held").iter_rows()), told


def test_a_broken_check_on_drafts_weighs_as_much_as_it_would() -> None:
    always = pl.col("customer").cast(pl.Int64, strict=True) < 0
    held, found = reviewed(always, "CB-DOC-004")
    assert held == {"A-1": True, "A-2": True}
    assert ("CB-SYS-002", "CB-DOC-004") in found
    held, found = reviewed(always, "CB-DOC-002")
    assert held == {"A-1": False, "A-2": False}
    assert ("CB-SYS-002", "CB-DOC-002") in found


def test_a_check_that_fails_on_one_draft_holds_that_draft() -> None:
    text = pl.when(pl.col("order") == "A-2").then(pl.lit("x")).otherwise(pl.lit("1"))
    held, found = reviewed(text.cast(pl.Int64, strict=True) < 0, "CB-DOC-004")
    assert held == {"A-1": False, "A-2": True}
    assert ("CB-SYS-003", "S-2") in found


def test_halving_finds_the_tasks_that_fail() -> None:
    def done(tasks: Any) -> dict[int, int]:
        if {3, 7} & set(tasks):
            raise ValueError("three or seven")
        return {task: 2 * task for task in tasks}

    found, failed = attempted(range(10), done)
    assert found == {n: 2 * n for n in range(10) if n not in (3, 7)}
    assert {n: str(e) for n, e in failed.items()} == {3: "three or seven", 7: "three or seven"}


def test_what_data_cannot_cause_is_not_caught() -> None:
    def done(tasks: Any) -> dict[int, int]:
        raise MemoryError

    with pytest.raises(MemoryError):
        attempted([1, 2], done)
