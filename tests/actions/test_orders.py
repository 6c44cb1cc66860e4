"""Purchase orders from their files to bills and credits: what is drawn, and what is left."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.actions.company import Company, founded
from tests.actions.forgery import unguarded
from tests.store.contents import execute, value

from cleanbill.actions import open_books, run_billing
from cleanbill.actions.list_orders import orders
from cleanbill.actions.look_up import explain_bill, findings
from cleanbill.store import faults

ORDER_HEAD = (
    "purchase_order,customer,currency,amended_on,valid_from,valid_to,value,calls_off,line,item,"
    "quantity,amount,unit_price\n"
)
HEAD = "reference,customer,item,quantity,currency,service_date,purchase_order,order,kind,cancels\n"
ORDERS = (
    "PO-1,OMEGA,EUR,,2026-01-01,2027-01-01,100.00,,,,,,",
    "PO-2,OMEGA,EUR,,2026-01-01,2026-10-15,500.00,,10,BOLT,100,,1.33",
    "PO-2,OMEGA,EUR,,2026-01-01,2026-10-15,500.00,,20,BOOK,5,,",
    "PO-3,ALPHA,EUR,,2026-01-01,,,,,,,,",
)


def ordered(books: Company, *rows: str) -> Any:
    return books.take("orders", ORDER_HEAD + "".join(f"{row}\n" for row in rows))


def sold(books: Company, *rows: str) -> None:
    """Import charges as ``reference,customer,item,quantity,currency,day,purchase_order``."""
    full = (row + "," * (9 - row.count(",")) for row in rows)
    report = books.take("charges", HEAD + "".join(f"{row}\n" for row in full))
    assert report.intake.rejected.is_empty()


def state(books: Company) -> dict[str, tuple[str, str | None]]:
    """Return what is drawn of each order, and what is left."""
    return {row["purchase_order"]: (row["drawn"], row["left"]) for row in orders(books.actor)}


def held(books: Company) -> set[tuple[str, str]]:
    return {(code, who) for code, who in books.findings() if code.startswith("CB-ORD")}


def test_bills_draw_and_credits_give_back_exactly_that(books: Company):
    assert ordered(books, *ORDERS).created == 3
    sold(
        books,
        "A,OMEGA,BOLT,30,EUR,2026-10-01,PO-1",
        "B,OMEGA,BOOK,2,EUR,2026-10-02,PO-2,O-2",
        "C,ALPHA,BOLT,10,EUR,2026-10-02,PO-3",
    )
    preview = books.preview()
    assert preview.orders.to_dicts()[0] == {
        **{"customer": "ALPHA", "purchase_order": "PO-3", "currency": "EUR"},
        **{"count": 1, "net_minor": 1330},
    }
    assert state(books)["PO-1"] == ("0.00", "100.00")
    books.bill()
    assert state(books) == {
        **{"PO-1": ("39.90", "60.10"), "PO-2": ("39.98", "460.02"), "PO-3": ("13.30", None)},
    }
    number = next(n for n in books.records() if '"PO-1"' in books.records()[n])
    assert books.document(number)["references"]["purchase_order"] == "PO-1"
    sold(books, "A2,OMEGA,BOLT,7,EUR,2026-10-20,,,cancellation,A")
    books.bill()
    assert state(books)["PO-1"] == ("30.59", "69.41")
    assert books.breaches() == []
    books.credit(number)
    assert state(books)["PO-1"] == ("0.00", "100.00")
    assert books.breaches() == []
    assert books.findings() == set()


def test_what_does_not_fit_is_held_and_what_fits_goes_out(books: Company):
    ordered(books, *ORDERS)
    sold(
        books,
        *("A,OMEGA,BOLT,60,EUR,2026-10-01,PO-1", "B,OMEGA,BOLT,40,EUR,2026-10-02,PO-1"),
        *("C,OMEGA,BOLT,10,EUR,2026-10-03,PO-1", "D,OMEGA,BOOK,6,EUR,2026-10-04,PO-2,O"),
        *("E,OMEGA,BOLT,3,EUR,2026-10-15,PO-2", "F,OMEGA,HOUR,1,EUR,2026-10-02,PO-2"),
        *("G,OMEGA,BOLT,1,EUR,2025-12-31,PO-1", "H,OMEGA,BOLT,1,EUR,2026-10-02,PO-9"),
        *("I,OMEGA,BOLT,1,EUR,2026-10-02,PO-3", "J,BETA,BOLT,1,EUR,2026-10-02,PO-1"),
    )
    books.bill()
    assert held(books) == {
        *{("CB-ORD-009", "B"), ("CB-ORD-010", "D"), ("CB-ORD-003", "E"), ("CB-ORD-006", "F")},
        *{("CB-ORD-004", "G"), ("CB-ORD-001", "H"), ("CB-ORD-002", "I"), ("CB-ORD-002", "J")},
        ("CB-ORD-012", "OMEGA"),
    }
    assert state(books)["PO-1"] == ("93.10", "6.90")
    told = {f["subject"]: f["reason"] for f in findings(books.actor, limit=100)}
    assert told["B"] == "Of purchase order PO-1 over 100.00 EUR only 6.90 is left; this is 53.20."
    assert books.breaches() == []
    ordered(books, "PO-1,OMEGA,EUR,2026-10-20,2026-01-01,2027-01-01,200.00,,,,,,")
    books.bill()
    assert state(books)["PO-1"] == ("146.30", "53.70")
    assert ("CB-ORD-013", "B") in held(books)
    assert books.breaches() == []


def test_call_offs_draw_on_their_blanket_order_too(books: Company):
    ordered(
        books,
        "FRAME,OMEGA,EUR,,2026-01-01,,100.00,,,,,,",
        *(f"CALL-{n},OMEGA,EUR,,2026-01-01,,80.00,FRAME,,,,," for n in (1, 2)),
    )
    sold(
        books,
        *("A,OMEGA,BOLT,50,EUR,2026-10-01,CALL-1,A", "B,OMEGA,BOLT,50,EUR,2026-10-02,CALL-2,B"),
        "C,OMEGA,BOLT,10,EUR,2026-10-03,CALL-2,C",
    )
    books.bill()
    assert held(books) == {("CB-ORD-009", "B")}
    assert state(books) == {
        "FRAME": ("79.80", "20.20"),
        "CALL-1": ("66.50", "13.50"),
        "CALL-2": ("13.30", "66.70"),
    }
    reason = next(f["reason"] for f in findings(books.actor) if f["subject"] == "B")
    assert reason.startswith("Of purchase order FRAME over 100.00 EUR only 20.20 is left")
    assert books.breaches() == []


def test_the_agreement_names_the_order_else_policy_takes_the_only_open_one(tmp_path: Path, store):
    books = founded(tmp_path / "chosen", "chosen", 'purchase_orders = "only_open"')
    books.take("agreements", "customer,valid_from,purchase_order\nGAMMA,2026-01-01,PO-7\n")
    ordered(
        books,
        "PO-6,ALPHA,EUR,,2026-01-01,,10.00,,,,,,",
        "PO-5,ALPHA,EUR,,2026-01-01,2026-10-05,,,,,,,",
        "PO-7,GAMMA,EUR,,2026-01-01,,,,,,,,",
        "PO-8,GAMMA,EUR,,2026-01-01,,,,,,,,",
    )
    sold(
        books,
        *("A,ALPHA,BOLT,1,EUR,2026-10-10,", "B,GAMMA,BOLT,1,EUR,2026-10-02,"),
        *("C,GAMMA,BOLT,1,EUR,2026-10-02,PO-8,C", "D,ALPHA,BOLT,1,EUR,2026-10-01,,D"),
    )
    books.bill()
    assert {n: row[0] for n, row in state(books).items()} == {
        **{"PO-5": "0.00", "PO-6": "1.33", "PO-7": "1.33", "PO-8": "1.33"},
    }
    assert held(books) == {("CB-ORD-014", "ALPHA")}
    named = {
        d["lines"][0]["source"]["reference"]: d.get("references", {}).get("purchase_order")
        for d in map(books.document, books.records())
    }
    assert named == {"A": "PO-6", "B": "PO-7", "C": "PO-8", "D": None}
    steps = {
        reference: explain_bill(books.actor, number, 1).parts
        for number in books.records()
        for reference in [books.document(number)["lines"][0]["source"]["reference"]]
    }
    how = {
        name: next((p.how for p in parts if p.label == "purchase order"), None)
        for name, parts in steps.items()
    }
    assert how == {
        "A": "the customer's only open one; it draws the net",
        "B": "named by the agreement; it draws the net",
        "C": "named by the charge; it draws the net",
        "D": None,
    }
    assert books.breaches() == []


class Died(BaseException):
    """The process ends here."""


def several(books: Company) -> None:
    """Orders that several bills share, more charges than they hold, and a credit between them."""
    ordered(books, *(f"P-{n},{n},EUR,,2026-01-01,,50.00,,,,,," for n in ("ALPHA", "OMEGA")))
    sold(
        books,
        *(
            f"{n}{k},{n},BOLT,{9 + 3 * k},EUR,2026-10-0{k},P-{n},{n}{k}"
            for n in ("ALPHA", "OMEGA")
            for k in (1, 2, 3, 4)
        ),
        *(f"{n}X,{n},BOLT,3,EUR,2026-10-20,,,cancellation,{n}1" for n in ("ALPHA", "OMEGA")),
    )


@pytest.mark.parametrize("times", [1, 2, 3])
def test_a_run_that_was_killed_draws_what_it_would_have_drawn(
    books: Company, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, times: int
):
    monkeypatch.setattr(open_books, "PARTITION", 3)
    twin = founded(tmp_path / "twin", "twin")
    several(books)
    several(twin)
    books.bill(chunk=1)
    seen: list[str] = []

    def dying(reached: str) -> None:
        seen.append(reached)
        if seen.count("chunk.committed") == times:
            raise Died

    faults.armed = dying
    try:
        with pytest.raises(Died):
            twin.bill(chunk=1, key="again")
    finally:
        faults.armed = None
    twin.bill(chunk=1, key="again")
    assert state(twin) == state(books)
    assert held(twin) == held(books) != set()
    assert [books.breaches(), twin.breaches()] == [[], []]


def test_two_runs_that_meet_never_overdraw(books: Company, monkeypatch: pytest.MonkeyPatch):
    ordered(books, *ORDERS)
    sold(books, "A,OMEGA,BOLT,50,EUR,2026-10-01,PO-1")
    opened, calls = run_billing.open_books, []

    def opening(*args: Any, **more: Any) -> Any:
        own = opened(*args, **more)
        calls.append(own.charges.rows)
        if len(calls) == 1:
            # Another run, that of a colleague, cannot bill A and bills B meanwhile.
            blocked = "item,description,kind,unit,tax_category,blocked\nBOLT,Bolt M8,goods,C62,"
            books.take("items", f"{blocked}standard,yes\n")
            sold(books, "B,OMEGA,BOOK,4,EUR,2026-10-01,PO-1")
            books.bill(key="meanwhile")
            books.take("items", f"{blocked}standard,no\n")
        return own

    monkeypatch.setattr(run_billing, "open_books", opening)
    books.bill()
    assert calls == [1, 2, 1]
    assert state(books)["PO-1"] == ("79.96", "20.04")
    assert ("CB-ORD-009", "A") in held(books)
    assert books.breaches() == []


def test_an_import_is_repeated_amended_and_never_edited(books: Company):
    dry = books.take("orders", ORDER_HEAD + f"{ORDERS[0]}\n", dry_run=True)
    assert (dry.created, orders(books.actor)) == (1, [])
    assert ordered(books, *ORDERS).created == 3
    again = ordered(books, *ORDERS)
    assert (again.created, again.changed, again.unchanged) == (0, 0, 3)
    amended = "PO-1,OMEGA,EUR,2026-10-05,2026-01-01,2027-06-01,150.00,,,,,,"
    more = ordered(books, ORDERS[0], amended)
    assert (more.created, more.changed, more.unchanged) == (0, 1, 1)
    assert ordered(books, amended).unchanged == 1
    kept = [
        (r["version"], r["value"]) for r in orders(books.actor) if r["purchase_order"] == "PO-1"
    ]
    assert kept == [(2, "150.00")]
    assert value("SELECT COUNT(*) FROM purchase_order_version") == 4


REFUSED = [
    (["PO-1,OMEGA,EUR,,2026-01-01,2027-01-01,90.00,,,,,,"], "purchase_order:differs"),
    (["PO-1,OMEGA,CHF,,2026-01-01,2027-01-01,100.00,,,,,,"], "currency:differs"),
    (["NEW,OMEGA,EUR,2026-05-01,2026-01-01,,,,,,,,"], "amended_on:no_original"),
    (["PO-1,OMEGA,EUR,2026-05-01,2026-01-01,,1.00,,,,,,"], "amended_on:too_early"),
    (["NEW,OMEGA,EUR,,2026-01-01,2026-01-01,,,,,,,"], "valid_to:too_early"),
    (["NEW,OMEGA,EUR,,2026-01-01,,-1,,,,,,"], "value:negative"),
    (["NEW,OMEGA,EUR,,2026-01-01,,,,1,,5,,"], "item:missing"),
    (["NEW,OMEGA,EUR,,2026-01-01,,,,1,BOLT,0,,"], "quantity:not_above_zero"),
    (["NEW,OMEGA,EUR,,2026-01-01,,,NONE,,,,,"], "calls_off:unknown"),
    (["NEW,OMEGA,EUR,,2026-01-01,,,PO-3,,,,,"], "calls_off:unknown"),
    (["NEW,OMEGA,EUR,,2026-01-01,,,NEW,,,,,"], "calls_off:chain"),
    (["NEW,OMEGA,CHF,,2026-01-01,,,PO-1,,,,,"], "calls_off:currency"),
    (
        ["NEW,OMEGA,EUR,,2026-01-01,,,,1,BOLT,,,", "NEW,OMEGA,EUR,,2026-01-02,,,,2,BOLT,,,"],
        "purchase_order:contradicts",
    ),
    (
        ["NEW,OMEGA,EUR,,2026-01-01,,,,1,BOLT,,,", "NEW,OMEGA,EUR,,2026-01-01,,,,1,BOOK,,,"],
        "line:twice",
    ),
]


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_rows_that_make_no_sense_are_refused_with_what_to_do(books: Company):
    ordered(books, *ORDERS)
    ordered(books, "PO-1,OMEGA,EUR,2026-06-01,2026-01-01,2027-01-01,120.00,,,,,,")
    before = orders(books.actor)
    for rows, problem in REFUSED:
        rejected = ordered(books, *rows).intake.rejected
        assert rejected["problem"].to_list() == [problem] * len(rows), rows
        assert rejected["what_to_do"][0].endswith("."), rows
    assert orders(books.actor) == before


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_an_order_is_taken_in_whole_or_not_at_all(books: Company):
    report = ordered(
        books,
        "NEW,OMEGA,EUR,,2026-01-01,,,,1,BOLT,2,,",
        "NEW,OMEGA,EUR,,2026-01-01,,,,2,BOOK,many,,",
        "ELSE,OMEGA,EUR,,2026-01-01,,,,1,BOLT,2,,",
        "ELSE,OMEGA,EUR,,2026-01-01,,,,2,BOOK,-1,,",
        "GOOD,OMEGA,EUR,,2026-01-01,,,,,,,,",
    )
    problems = report.intake.rejected["problem"].to_list()
    assert problems[0] == "purchase_order:incomplete"
    assert problems[2:] == ["purchase_order:incomplete", "quantity:not_above_zero"]
    assert list(state(books)) == ["GOOD"]


BROKEN = [
    ("UPDATE bill_line SET purchase_order_id = NULL WHERE credits_bill_id IS NULL", "ORDER-DRAWN"),
    ("UPDATE bill_line SET purchase_order_id = NULL WHERE credits_bill_id > 0", "ORDER-RETURN"),
    (
        "UPDATE bill_line SET purchase_order_id = (SELECT id FROM purchase_order WHERE "
        "purchase_order = 'PO-3') WHERE purchase_order_id IS NOT NULL",
        "ORDER-OWNER",
    ),
]


@pytest.mark.parametrize(("change", "law"), BROKEN)
def test_the_audit_sees_what_is_not_drawn_or_not_given_back(books: Company, change: str, law: str):
    ordered(books, *ORDERS)
    sold(
        books,
        "A,OMEGA,BOLT,30,EUR,2026-10-01,PO-1,A",
        "X,OMEGA,BOLT,7,EUR,2026-10-20,,,cancellation,A",
    )
    books.bill()
    assert books.breaches() == []
    with unguarded():
        execute(change)
    assert law in {code for code, _ in books.breaches()}
