"""Coupons from their files to bills, credits, list and audit: what is given, what is left."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from tests.actions.company import END, Company, founded
from tests.actions.forgery import unguarded
from tests.formats.test_bill_schema import errors
from tests.store.contents import execute, value

from cleanbill.actions import open_books, run_billing
from cleanbill.actions.list_coupons import coupons
from cleanbill.actions.look_up import explain_bill
from cleanbill.store import faults, laws

HEAD = "reference,customer,item,quantity,currency,service_date,order,kind,cancels\n"
NOVEMBER = date(2026, 11, 30)
COUPONS = """
coupon,name,currency,amount,percent,valid_from,valid_to,bills,every_bill,items,stacking,rest,credited,budget
GIFT,Gift card,EUR,50.00,,2026-01-01,,,,,,,,
TEN,,EUR,,10,2026-01-01,,2,,,,,,
BOOKS,Book week,EUR,5.00,,2026-01-01,,,yes,BOOK,,lapses,keeps,
SHARED,Autumn,EUR,20.00,,2026-01-01,,1,,,,,,30.00
ALONE,Alone,EUR,,50,2026-01-01,2026-12-01,1,,,alone,,,
FRANCS,Swiss,CHF,5.00,,2026-01-01,,,,,,,,
SUMMER,Summer,EUR,5.00,,2026-06-01,2026-10-15,,,,,,,
"""


def given(books: Company, *rows: str) -> None:
    """Import the coupons, and redemptions as ``coupon,customer``."""
    assert books.take("coupons", COUPONS).intake.rejected.is_empty()
    text = "coupon,customer,valid_from\n" + "".join(f"{row},2026-01-01\n" for row in rows)
    assert books.take("redemptions", text).intake.rejected.is_empty()


def sold(books: Company, *rows: str) -> None:
    """Import charges as ``reference,customer,item,quantity,currency,day,order``."""
    full = (row + "," * (8 - row.count(",")) for row in rows)
    report = books.take("charges", HEAD + "".join(f"{row}\n" for row in full))
    assert report.intake.rejected.is_empty()


def reductions(document: dict[str, Any]) -> list[tuple[str, str]]:
    return [(row["reason"], row["amount"]) for row in document.get("allowances", [])]


def left(books: Company) -> dict[str, str | None]:
    return {row["coupon"]: row["left"] for row in coupons(books.actor)}


def test_what_a_bill_leaves_of_an_amount_stays_for_later_bills(books: Company):
    given(books, "GIFT,OMEGA")
    sold(books, "A,OMEGA,BOLT,20,EUR,2026-10-01,A", "B,OMEGA,BOLT,10,EUR,2026-10-01,B")
    books.bill()
    assert left(books)["GIFT"] == "10.10"
    sold(books, "C,OMEGA,BOLT,30,EUR,2026-11-01,C")
    books.bill(on=NOVEMBER, until=NOVEMBER)
    first, second, third = (books.document(f"INV-00000{n}") for n in (1, 2, 3))
    assert reductions(first) == [("Gift card", "26.60")]
    assert first["totals"]["payable"] == "0.00"
    assert reductions(second) == [("Gift card", "13.30")]
    assert reductions(third) == [("Gift card", "10.10")]
    assert third["totals"]["net"] == "29.80"
    assert third["lines"][0]["coupon_shares"] == [{"amount": "10.10", "coupon": "GIFT"}]
    assert left(books)["GIFT"] == "0.00"
    assert errors(third) == []
    assert books.findings() == set()
    assert books.breaches() == []


def test_each_reduction_stands_for_itself_and_in_its_order(books: Company):
    given(books, "GIFT,BETA", "TEN,BETA", "BOOKS,BETA")
    sold(books, "A,BETA,BOLT,100,EUR,2026-10-01,A", "B,BETA,BOOK,10,EUR,2026-10-01,A")
    books.bill()
    (document,) = (books.document(n) for n in books.records())
    # 112.50 and 199.90 less 2.5 %; 10 % of 304.59; 5.00 of the books; 50.00 of the rest.
    assert reductions(document) == [
        ("Document discount", "2.81"),
        ("Document discount", "5.00"),
        ("Coupon TEN", "10.97"),
        ("Coupon TEN", "19.49"),
        ("Book week", "5.00"),
        ("Gift card", "18.34"),
        ("Gift card", "31.66"),
    ]
    assert errors(document) == []
    step = explain_bill(books.actor, document["number"], 2)
    shares = next(part for part in step.parts if part.label == "share of reductions")
    assert [(part.label, part.value) for part in shares.parts] == [
        ("document discount", "5"),
        ("coupon TEN", "19.49"),
        ("coupon BOOKS", "5.00"),
        ("coupon GIFT", "31.66"),
    ]
    assert books.breaches() == []


def test_a_coupon_alone_a_budget_a_currency_and_an_end_are_told(books: Company):
    given(books, "ALONE,OMEGA", "GIFT,OMEGA", "FRANCS,OMEGA", "SUMMER,OMEGA", "SHARED,ALPHA")
    books.take("redemptions", "coupon,customer,valid_from\nSHARED,BETA,2026-01-01\n")
    sold(
        books,
        "A,ALPHA,BOLT,100,EUR,2026-10-01,A",
        "B,BETA,BOLT,100,EUR,2026-10-01,B",
        "C,OMEGA,BOLT,100,EUR,2026-10-01,C",
    )
    outcome = books.bill()
    assert {code for code, _ in books.findings()} == {
        *("CB-DOC-010", "CB-DOC-011", "CB-DOC-012", "CB-DOC-013"),
    }
    assert outcome.findings["at_stake_minor"].sum() == 500 + 500 + 1000
    taken = [reductions(books.document(number)) for number in books.records()]
    discounted = [("Document discount", "2.81"), ("Autumn", "10.00")]
    assert taken == [[("Autumn", "20.00")], discounted, [("Alone", "66.50")]]
    assert left(books) == {
        **{"ALONE": None, "BOOKS": None, "FRANCS": "5.00", "GIFT": "50.00", "SHARED": "0.00"},
        **{"SUMMER": "5.00", "TEN": None},
    }
    assert books.breaches() == []


def test_a_bill_that_a_coupon_would_bring_below_zero_goes_without(books: Company):
    books.take(
        "prices", "item,currency,model,valid_from,unit_price\nLESS,EUR,unit,2026-01-01,10.00\n"
    )
    books.take("coupons", "coupon,currency,amount,valid_from\nLARGE,EUR,500.00,2026-01-01\n")
    books.take("redemptions", "coupon,customer,valid_from\nLARGE,OMEGA,2026-01-01\n")
    sold(books, "A,OMEGA,BOOK,1,EUR,2026-10-01,A", "B,OMEGA,LESS,-1,EUR,2026-10-01,A")
    books.bill()
    (document,) = (books.document(number) for number in books.records())
    assert {code for code, _ in books.findings()} == {"CB-DOC-014"}
    assert reductions(document) == []
    assert left(books)["LARGE"] == "500.00"
    assert books.breaches() == []


def test_a_coupon_is_taken_off_prices_that_include_tax(books: Company):
    books.take(
        "prices",
        "item,currency,model,valid_from,unit_price,includes_tax\n"
        "BOLT,EUR,unit,2026-01-01,11.90,yes\n",
    )
    given(books, "GIFT,OMEGA")
    sold(books, "A,OMEGA,BOLT,10,EUR,2026-10-01,A")
    books.bill()
    sent = books.document("INV-000001")
    assert reductions(sent) == [("Gift card", "50.00")]
    # 119.00 less 50.00 is 69.00; 69.00 / 1.19 is 57.983.
    assert [sent["totals"][key] for key in ("net", "tax", "payable")] == ["57.98", "11.02", "69.00"]
    assert errors(sent) == []
    assert books.breaches() == []
    note = books.document(books.credit("INV-000001"))
    assert note["totals"] == sent["totals"]
    assert left(books)["GIFT"] == "50.00"
    assert books.breaches() == []


@pytest.mark.parametrize(("coupon", "back"), [("GIFT", "50.00"), ("BOOKS", None)])
def test_a_credit_gives_back_or_not(books: Company, coupon: str, back: str | None):
    given(books, f"{coupon},OMEGA")
    sold(books, "A,OMEGA,BOOK,1,EUR,2026-10-01,A")
    books.bill()
    sent = books.document("INV-000001")
    note = books.document(books.credit("INV-000001"))
    assert [a["amount"] for a in note["allowances"]] == [a["amount"] for a in sent["allowances"]]
    assert note["totals"] == sent["totals"]
    assert errors(note) == []
    (row,) = [row for row in coupons(books.actor) if row["coupon"] == coupon]
    assert row["left"] == back
    assert row["given"] == ("0.00" if back else "5.00")
    assert books.breaches() == []


def test_partial_credits_in_several_runs_end_at_zero(books: Company):
    given(books, "GIFT,OMEGA", "TEN,OMEGA")
    sold(books, "A,OMEGA,BOLT,70,EUR,2026-10-01,A", "B,OMEGA,BOOK,1,EUR,2026-10-01,A")
    books.bill()
    for name, quantity in (("X", 11), ("Y", 23), ("Z", 36)):
        sold(books, f"{name},OMEGA,BOLT,{quantity},EUR,2026-10-20,,cancellation,A")
        books.bill()
        assert books.breaches() == []
    books.credit("INV-000001")
    sums: dict[str, int] = {}
    for document in map(books.document, books.records()):
        sign = 1 if document["kind"] == "invoice" else -1
        for line in document["lines"]:
            for part in line["coupon_shares"]:
                cents = sign * int(part["amount"].replace(".", ""))
                sums[part["coupon"]] = sums.get(part["coupon"], 0) + cents
    assert sums == {"GIFT": 0, "TEN": 0}
    assert left(books)["GIFT"] == "50.00"
    assert books.breaches() == []


def many(books: Company) -> None:
    """Give every customer coupons that run out, and the shared one; sell each several orders."""
    names = ("ALPHA", "BETA", "GAMMA", "OMEGA")
    given(books, *(f"{c},{n}" for n in names for c in ("GIFT", "TEN", "SHARED")))
    sold(
        books,
        *(f"{n}{k},{n},BOLT,{9 + 7 * k},EUR,2026-10-0{k},{n}{k}" for n in names for k in (1, 2, 3)),
        *(f"{n}X,{n},BOLT,3,EUR,2026-10-20,,cancellation,{n}2" for n in names),
    )


def told(books: Company) -> list[Any]:
    """Return all documents in their order, without what tells two sellers apart."""
    found = (books.document(number) for number in books.records())
    return [{k: v for k, v in d.items() if k not in ("seller", "payment")} for d in found]


def test_chunks_and_partitions_change_nothing(
    books: Company, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    twin = founded(tmp_path / "twin", "twin")
    many(books)
    many(twin)
    books.bill()
    monkeypatch.setattr(open_books, "PARTITION", 5)
    twin.bill(chunk=1)
    cut, whole = told(twin), told(books)
    assert len(whole) == len(cut) > 8
    by_lines = {str([line["source"] for line in d["lines"]]): d for d in whole}
    for document in cut:
        same = by_lines[str([line["source"] for line in document["lines"]])]
        assert document.get("allowances") == same.get("allowances")
        assert document["totals"] == same["totals"]
    assert left(twin) == left(books)
    assert [books.breaches(), twin.breaches()] == [[], []]


class Died(BaseException):
    """The process ends here."""


@pytest.mark.parametrize(
    "point", ["table.bill_coupon.before", "table.bill_coupon.after", "chunk.committed"]
)
@pytest.mark.parametrize("times", [1, 3])
def test_a_run_that_was_killed_gives_what_it_would_have_given(
    books: Company, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, point: str, times: int
):
    monkeypatch.setattr(open_books, "PARTITION", 5)
    twin = founded(tmp_path / "twin", "twin")
    many(books)
    many(twin)
    books.bill(chunk=2)
    seen: list[str] = []

    def dying(reached: str) -> None:
        seen.append(reached)
        if seen.count(point) == times:
            raise Died

    faults.armed = dying
    try:
        with pytest.raises(Died):
            twin.bill(chunk=2, key="again")
    finally:
        faults.armed = None
    twin.bill(chunk=2, key="again")
    sent = [[reductions(d) for d in told(c) if d["kind"] == "invoice"] for c in (books, twin)]
    assert sent[0] == sent[1]
    assert left(twin) == left(books)
    assert [books.breaches(), twin.breaches()] == [[], []]


def test_what_others_use_of_a_budget_meanwhile_is_seen(
    books: Company, monkeypatch: pytest.MonkeyPatch
):
    given(books, "SHARED,OMEGA", "SHARED,ALPHA")
    sold(books, "A,ALPHA,BOLT,100,EUR,2026-10-01,A", "B,OMEGA,BOLT,100,EUR,2026-10-01,B")
    opened, calls = run_billing.open_books, []

    def opening(*args: Any, **more: Any) -> Any:
        own = opened(*args, **more)
        calls.append(args[4])
        if calls == ["OMEGA"]:
            books.bill(customer="ALPHA", key="meanwhile")
        return own

    monkeypatch.setattr(run_billing, "open_books", opening)
    books.bill(customer="OMEGA")
    assert calls == ["OMEGA", "ALPHA", "OMEGA"]
    assert [reductions(d) for d in told(books)] == [[("Autumn", "20.00")], [("Autumn", "10.00")]]
    assert books.breaches() == []


REFUSED = [
    ("coupons", "X,,EUR,,,2026-01-01,,,,,,,,", "amount:missing"),
    ("coupons", "X,,EUR,1.00,5,2026-01-01,,,,,,,,", "amount:missing"),
    ("coupons", "X,,EUR,-1.00,,2026-01-01,,,,,,,,", "amount:not_above_zero"),
    ("coupons", "X,,EUR,,101,2026-01-01,,,,,,,,", "percent:out_of_bounds"),
    ("coupons", "X,,EUR,,5,2026-01-01,2026-01-01,,,,,,,", "valid_to:too_early"),
    ("coupons", "X,,EUR,,5,2026-01-01,,0,,,,,,", "bills:zero"),
    ("coupons", "X,,EUR,,5,2026-01-01,,2,yes,,,,,", "bills:twice"),
    ("coupons", "X,,EUR,,5,2026-01-01,,,,,,,,-1", "budget:negative"),
    ("coupons", "X,,,5.00,,2026-01-01,,,,,,,,", "currency:missing"),
    ("coupons", "GIFT,,EUR,60.00,,2026-01-01,,,,,,,,", "coupon:in_use"),
    ("redemptions", "NONE,OMEGA,2026-01-01", "coupon:unknown"),
    ("redemptions", "TEN,OMEGA,2026-01-01\nTEN,OMEGA,2026-02-01", ""),
    ("agreements", "OMEGA,2026-01-01,EUR,2 on 1000,,,30,", "document_discount_tiers:not_steps"),
    ("agreements", "OMEGA,2026-01-01,,2 from 1000,,,30,", "document_discount_tiers:currency_mis"),
    ("agreements", "OMEGA,2026-01-01,EUR,2 from 9,,,30,3", "document_discount_tiers:twice"),
    ("agreements", "OMEGA,2026-01-01,EUR,,2 in 31,,30,", "early_payment:too_late"),
    ("agreements", "OMEGA,2026-01-01,EUR,,2 in x,,30,", "early_payment:not_steps"),
    ("agreements", "OMEGA,2026-01-01,EUR,,,net,30,", "early_payment_base:unused"),
]
HEADS = {
    "coupons": COUPONS.split("\n")[1],
    "redemptions": "coupon,customer,valid_from",
    "agreements": "customer,valid_from,currency,document_discount_tiers,early_payment,"
    "early_payment_base,payment_days,document_discount_percent",
}


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_rows_that_make_no_sense_are_refused_with_what_to_do(books: Company):
    given(books, "GIFT,OMEGA")
    sold(books, "A,OMEGA,BOLT,20,EUR,2026-10-01,A")
    books.bill()
    for kind, row, problem in REFUSED:
        rejected = books.take(kind, f"{HEADS[kind]}\n{row}\n").intake.rejected
        assert rejected.height == (1 if problem else 0), row
        if problem:
            assert rejected["problem"][0].startswith(problem), row
            assert rejected["what_to_do"][0].endswith("."), row
    again = books.take(
        "redemptions", f"{HEADS['redemptions']},redemption\nTEN,OMEGA,2026-02-01,2\n"
    )
    assert again.intake.rejected["problem"].to_list() == ["redemption:twice"]
    renamed = COUPONS.replace("Gift card", "Gift voucher")
    assert books.take("coupons", renamed).changed == 1


def test_a_discount_by_volume_and_one_for_paying_early(books: Company):
    books.take(
        "agreements",
        f"{HEADS['agreements']}\n"
        "OMEGA,2026-01-01,EUR,2 from 100; 3.5 from 200,3 in 10; 2 in 20,,30,\n",
    )
    sold(
        books,
        *("A,OMEGA,BOLT,75,EUR,2026-10-01,A", "B,OMEGA,BOLT,1,EUR,2026-11-01,B"),
        "C,OMEGA,BOLT,200,EUR,2026-12-01,C",
    )
    for month, discount in ((10, "0.00"), (11, "0.00"), (12, "9.31")):
        day = date(2026, month, 28)
        books.bill(on=day, until=day)
        document = books.document(f"INV-00000{month - 9}")
        assert document["totals"]["document_discount"] == discount
    assert document["allowances"][0]["percent"] == "3.5"
    assert document["totals"]["payable"] == "305.46"
    assert document["payment"]["early_discounts"] == [
        {
            **{"amount": "9.16", "base": "305.46", "date": "2027-01-07", "days": "10"},
            **{"payable": "296.30", "percent": "3"},
        },
        {
            **{"amount": "6.11", "base": "305.46", "date": "2027-01-17", "days": "20"},
            **{"payable": "299.35", "percent": "2"},
        },
    ]
    assert errors(document) == []
    note = books.document(books.credit("INV-000003", on=date(2026, 12, 28)))
    assert "early_discounts" not in note["payment"]
    assert books.breaches() == []


BROKEN = [
    ("UPDATE bill_coupon SET amount_minor = 9999", {"COUPON-SHARE", "COUPON-RETURN", "PROJECTION"}),
    ("UPDATE bill_coupon SET line = 7", {"COUPON-SHARE", "PROJECTION"}),
    ("UPDATE redemption SET customer = 'BETA'", {"COUPON-OWNER"}),
    ("UPDATE coupon SET amount_minor = 100", {"COUPON-SPENT"}),
    ("UPDATE coupon SET budget_minor = 100", {"COUPON-BUDGET"}),
    ("UPDATE bill_coupon SET used_minor = -1", {"COUPON-RETURN"}),
    ("UPDATE bill_coupon SET redemption_id = 99", {"BELONGS", "PROJECTION"}),
    ("UPDATE redemption SET coupon = 'TEN'", {"PROJECTION"}),
    ("DELETE FROM bill_coupon", {"PROJECTION"}),
    ("UPDATE bill_coupon SET organisation_id = 99", {"BELONGS"}),
]


@pytest.mark.parametrize(("change", "broken"), BROKEN)
def test_the_audit_names_what_a_change_breaks(books: Company, change: str, broken: set[str]):
    given(books, "SHARED,OMEGA")
    sold(books, "A,OMEGA,BOLT,20,EUR,2026-10-01,A")
    books.bill()
    assert value("SELECT COUNT(*) FROM bill_coupon") == 1
    with unguarded():
        execute(change)
    assert {code for code, _ in books.breaches()} == broken


def test_every_law_of_coupons_is_broken_here():
    codes = {law.code for law in laws.all_laws() if law.code.startswith("COUPON")}
    assert codes == {code for _, broken in BROKEN for code in broken if code.startswith("COUPON")}


def test_what_coupons_took_off_never_changes(books: Company):
    given(books, "GIFT,OMEGA")
    sold(books, "A,OMEGA,BOLT,20,EUR,2026-10-01,A")
    books.bill(on=END)
    with pytest.raises(Exception, match="rows of bill_coupon never change"):
        execute("UPDATE bill_coupon SET used_minor = 0")
