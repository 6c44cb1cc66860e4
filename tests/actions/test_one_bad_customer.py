"""One customer with whom billing fails never stops the others; mended, the next run bills it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from polars.exceptions import ComputeError, PanicException
from tests.actions.company import Company, founded
from tests.store.contents import value

from cleanbill.actions import look_up, make_ready
from cleanbill.cycle import invoice, isolate, price

HEAD = "reference,customer,item,kind,quantity,currency,service_date,order,cancels\n"
CODE = "CB-CHG-023"


def people(count: int) -> list[str]:
    return [f"P{n:05}" for n in range(count)]


def stocked(works: Company, count: int, bad: str, more: str = "") -> Company:
    """Give the company customers with one order each; the bad one has a credit as well."""
    head = "customer,name,street,city,postcode,country\n"
    rows = "".join(f"{p},Company {p},Lane 1,Ulm,89073,DE\n" for p in people(count))
    works.take("customers", head + rows)
    sales = "".join(
        f"{p}-1,{p},BOLT,,3,EUR,2026-10-{22 - n % 20:02},{p}-1,\n"
        for n, p in enumerate(people(count))
    )
    back = f"{bad}-2,{bad},BOLT,cancellation,1,EUR,2026-10-25,,{bad}-1\n"
    works.take("charges", HEAD + sales + back + more)
    return works


def holds(frame: pl.DataFrame, bad: str) -> bool:
    return bool((frame["customer"] == bad).any())


def failing_price(monkeypatch, bad: str, error: BaseException) -> None:
    """Let pricing fail with this customer's charges."""
    real = price.quote

    def quote(charges: pl.DataFrame, *more: Any) -> pl.DataFrame:
        if holds(charges, bad):
            raise error
        return real(charges, *more)

    monkeypatch.setattr(price, "quote", quote)


def failing_document(monkeypatch, bad: str, error: BaseException) -> None:
    """Let the writing of this customer's invoices fail."""
    real = invoice.issue

    def issue(bills: pl.DataFrame, *more: Any, **named: Any) -> Any:
        if holds(bills.filter(pl.col("kind") == "invoice"), bad):
            raise error
        return real(bills, *more, **named)

    monkeypatch.setattr(invoice, "issue", issue)


def refused_row(monkeypatch, bad: str, column: str, text: str | None) -> None:
    """Give this customer's invoices a value that the database may refuse."""
    real = make_ready.rows_of

    def rows_of(*arguments: Any) -> Any:
        rows = real(*arguments)
        wrong = (pl.col("customer") == bad) & (pl.col("kind") == "invoice")
        value = pl.lit(text, dtype=pl.String)
        spoiled = pl.when(wrong).then(value).otherwise(pl.col(column)).alias(column)
        return replace(rows, heads=rows.heads.with_columns(spoiled))

    monkeypatch.setattr(make_ready, "rows_of", rows_of)


FAULTS = {
    "a stage raises": lambda m, b: failing_price(m, b, ValueError("out of range")),
    "the engine raises": lambda m, b: failing_price(m, b, ComputeError("out of range")),
    "the engine panics": lambda m, b: failing_price(m, b, PanicException("out of range")),
    "a document cannot be written": lambda m, b: failing_document(m, b, KeyError("out of range")),
    "a value is missing": lambda m, b: refused_row(m, b, "currency", None),
}
ON_POSTGRESQL = {
    "a text with NUL": lambda m, b: refused_row(m, b, "draft_key", "a\0b"),
    "a text too long": lambda m, b: refused_row(m, b, "currency", "EURO"),
}
on_postgresql = pytest.mark.parametrize(
    "backend", [pytest.param("postgresql", marks=pytest.mark.slow)], indirect=True
)


def suffered(works: Company, monkeypatch, fault: Any, count: int, bad: str, chunk: int) -> None:
    """Bill with the fault, look; mend it, bill again, look."""
    with monkeypatch.context() as spoiled:
        fault(spoiled, bad)
        outcome = works.bill(chunk=chunk)
    assert outcome.bills["count"].to_list() == [count - 1]
    assert value("SELECT COUNT(*) FROM bill WHERE customer = %s", bad) == 0
    assert {s for code, s in works.findings() if code == CODE} == {f"{bad}-1", f"{bad}-2"}
    told = next(f for f in look_up.findings(works.actor, code=CODE) if f["subject"] == f"{bad}-1")
    assert f"the charges of {bad} were billed" in told["reason"]
    assert "correct them and run again" in told["repair"]
    assert works.breaches() == []
    works.bill(chunk=chunk)
    assert list(works.records()) == [*(f"INV-{n:06}" for n in range(1, count + 1)), "CN-000001"]
    assert value("SELECT customer FROM bill WHERE sequence = %s", count) == bad
    assert works.findings() == set()
    assert works.breaches() == []


@pytest.mark.parametrize("chunk", [4, 5000])
@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_all_others_are_billed(books: Company, monkeypatch, fault: Any, chunk: int):
    stocked(books, 11, "P00004")
    suffered(books, monkeypatch, fault, 11, "P00004", chunk)


@on_postgresql
@pytest.mark.parametrize("chunk", [4, 5000])
@pytest.mark.parametrize("fault", ON_POSTGRESQL.values(), ids=ON_POSTGRESQL)
def test_all_others_are_billed_when_the_server_refuses_a_text(
    books: Company, monkeypatch, fault: Any, chunk: int
):
    stocked(books, 11, "P00004")
    suffered(books, monkeypatch, fault, 11, "P00004", chunk)


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
@pytest.mark.parametrize("text", ["a\0b", "x" * 5000], ids=["NUL", "long"])
def test_the_embedded_database_keeps_such_texts_whole(books: Company, monkeypatch, text: str):
    """SQLite knows no lengths, and NUL is a character like others to it: nothing fails."""
    stocked(books, 3, "P00001")
    refused_row(monkeypatch, "P00001", "draft_key", text)
    books.bill()
    kept = "SELECT draft_key FROM bill WHERE customer = 'P00001' AND kind = 'invoice'"
    assert value(kept) == text
    assert len(books.records()) == 4
    assert books.breaches() == []


@pytest.mark.parametrize("fault", ["a stage raises", "a document cannot be written"])
def test_dates_still_rise_where_bills_are_dated_by_service(
    store: None, tmp_path: Path, monkeypatch, fault: str
):
    works = stocked(founded(tmp_path, "works", 'issue_dates = "service"'), 11, "P00004")
    with monkeypatch.context() as spoiled:
        FAULTS[fault](spoiled, "P00004")
        works.bill(chunk=3)
    papers = [json.loads(text) for text in works.records().values()]
    assert len(papers) == 10
    assert works.breaches() == []
    works.bill(chunk=3)
    assert len(works.records()) == 12
    assert works.breaches() == []


def test_a_fault_that_meets_everybody_ends_the_run_and_holds_nobody(books: Company, monkeypatch):
    monkeypatch.setattr(isolate, "MOST", 3)
    monkeypatch.setattr("cleanbill.actions.issue_bills.MOST", 3)
    stocked(books, 11, "P00004")
    for fault in ("a stage raises", "a document cannot be written"):
        with monkeypatch.context() as spoiled:
            if fault == "a stage raises":
                spoiled.setattr(price, "quote", lambda *a: 1 / 0)
            else:
                spoiled.setattr(invoice, "issue", lambda *a, **k: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                books.bill(key="october", chunk=4)
        assert books.records() == {}
        assert books.findings() == set()
        assert books.breaches() == []
    books.bill(key="october", chunk=4)
    assert len(books.records()) == 12


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_one_of_ten_thousand(books: Company, monkeypatch):
    stocked(books, 10_000, "P07654")
    fault = FAULTS["the engine panics"]
    suffered(books, monkeypatch, fault, 10_000, "P07654", 5000)


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["postgresql"], indirect=True)
def test_one_of_ten_thousand_is_refused_by_the_server(books: Company, monkeypatch):
    stocked(books, 10_000, "P07654")
    fault = ON_POSTGRESQL["a text with NUL"]
    suffered(books, monkeypatch, fault, 10_000, "P07654", 5000)
