"""What only a whole run shows: orders that are otherwise than all others, prices nobody else pays.

Found by CB-CHG-054 to CB-CHG-057, CB-CHG-060 and CB-HIS-015.
"""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from tests.actions.company import Company

from cleanbill.actions import open_books, verify_again
from cleanbill.actions.prepare_history import prepare_history

HEAD = "reference,customer,item,quantity,unit_price,currency,service_date,order,ship_to_country\n"
START = date(2026, 10, 1)
ORDERS = 240
EARLIER = date(2026, 9, 30)


def _row(number: int, place: int, **other: str) -> str:
    """A row of an order: orders 1000 and up, ten a day, for ALPHA and BETA in turn."""
    told = {
        "reference": f"R-{number}-{place}",
        "customer": "BETA" if number % 2 else "ALPHA",
        "item": "BOLT" if place == 1 else "BOOK",
        "quantity": str(3 + number % 7),
        "unit_price": "",
        "currency": "EUR",
        "service_date": str(START + timedelta(days=number // 10)),
        "order": str(1000 + number),
        "ship_to_country": "DE",
    } | other
    return ",".join(told[name] for name in HEAD.strip().split(","))


def _month(*odd: str, without: tuple[int, ...] = ()) -> str:
    rows = [_row(n, place) for n in range(ORDERS) if n not in without for place in (1, 2)]
    return HEAD + "\n".join([*rows, *odd]) + "\n"


def _told(company: Company) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for code, subject in company.findings():
        found.setdefault(code, set()).add(subject)
    return {c: s for c, s in found.items() if c in _CODES}


_CODES = {*(f"CB-CHG-{n:03}" for n in (54, 55, 56, 57, 60)), "CB-HIS-015"}
_ODD = {
    "CB-CHG-054": _row(40, 3, customer="BETA"),
    "CB-CHG-055": _row(50, 3, service_date="2026-09-06"),
    "CB-CHG-056": _row(60, 3, ship_to_country="FR"),
}


def test_a_row_that_differs_from_its_order_is_told_where_orders_never_differ(books: Company):
    cash = _row(70, 3, customer="GAMMA")
    books.take("charges", _month(*_ODD.values(), cash))
    books.bill()
    assert _told(books) == {
        "CB-CHG-054": {"R-40-3", "R-70-3"},
        "CB-CHG-055": {"R-50-3"},
        "CB-CHG-056": {"R-60-3"},
    }
    assert books.breaches() == []


def test_nothing_is_told_where_orders_often_differ(books: Company):
    often = [_row(n, 3, customer="GAMMA") for n in range(0, ORDERS, 8)]
    days = [_row(n, 4, service_date="2026-09-06") for n in range(0, ORDERS, 8)]
    books.take("charges", _month(*often, *days))
    books.bill()
    assert _told(books) == {}


def test_an_order_of_a_day_that_its_number_does_not_fit_is_told_once(books: Company):
    late = [_row(90, place, service_date="2026-09-06") for place in (1, 2)]
    books.take("charges", _month(*late, without=(90,)))
    books.bill()
    assert {code: len(subjects) for code, subjects in _told(books).items()} == {"CB-CHG-057": 1}


def test_it_is_the_same_however_the_run_is_parted(books: Company, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(open_books, "PARTITION", 300)
    books.take("charges", _month(*_ODD.values()))
    books.bill()
    assert set(_told(books)) == set(_ODD)


def test_a_look_at_some_customers_neither_finds_nor_clears_it(books: Company):
    books.take("charges", _month(*_ODD.values()))
    days = {"until": date(2026, 10, 31), "issue_date": date(2026, 10, 31)}
    verify_again.verify_charges(books.actor, **days)
    before = _told(books)
    assert set(before) == set(_ODD)
    verify_again.verify_again(books.actor, customers=["ALPHA"], **days)
    assert _told(books) == before


def _history(company: Company) -> None:
    """Bill BOLT at 1.20 and 1.00 to many customers; the books know what is usual then."""
    names = [f"K{n:02}" for n in range(24)]
    head = "customer,name,kind,street,city,postcode,country\n"
    rows = [f"{n},{n} GmbH,business,Weg 1,Berlin,10115,DE" for n in names]
    company.take("customers", head + "\n".join(rows) + "\n")
    items = "item,description,kind,unit,tax_category\nPLUG,Wall plug,goods,H87,standard\n"
    company.take("items", items + "PEG,Tent peg,goods,H87,standard\n")
    sold = [
        f"H-{n}-{item},{n},{item},10,{price},EUR,2026-09-10,H-{n},DE"
        for place, n in enumerate(names)
        for item, price in (("PLUG", "1.00" if place < 4 else "1.20"), ("PEG", "3.00"))
    ]
    company.take("charges", HEAD + "\n".join(sold) + "\n")
    company.bill(on=EARLIER, until=EARLIER, key="earlier")
    prepare_history(company.actor)


def test_a_price_that_nobody_has_paid_is_told_but_one_that_is_new_for_several_is_not(
    books: Company,
):
    _history(books)
    rows = [
        "N-1,K01,PLUG,60,1.44,EUR,2026-10-05,N-1,DE",
        "N-2,K02,PLUG,20,1.00,EUR,2026-10-05,N-2,DE",
        "N-3,K03,PEG,20,3.30,EUR,2026-10-05,N-3,DE",
        "N-4,K04,PEG,20,3.30,EUR,2026-10-05,N-4,DE",
        "N-5,K05,PLUG,500,1.10,EUR,2026-10-05,N-5,DE",
    ]
    books.take("charges", HEAD + "\n".join(rows) + "\n")
    books.bill()
    assert _told(books) == {"CB-HIS-015": {"N-1"}}


def test_a_price_that_has_gone_up_for_most_is_not_told_of_each_customer(books: Company):
    """Half a year at 1.20, then most pay 2.00: only the one who pays 4.00 alone is told."""
    _several_months(books, "PLUG", "1.20")
    rows = [f"N-{n},K{n:02},PLUG,10,2.00,EUR,2026-10-05,N-{n},DE" for n in range(4, 20)]
    rows += ["N-20,K20,PLUG,10,4.00,EUR,2026-10-05,N-20,DE"]
    books.take("charges", HEAD + "\n".join(rows) + "\n")
    books.bill()
    told = {subject for code, subject in books.findings() if code.startswith("CB-HIS")}
    assert told == {"N-20"}


def test_prices_of_their_own_in_order_after_order_are_somebodys_way(books: Company):
    _history(books)

    def months(customer: str, cents: int, odd: int, whole: int) -> list[str]:
        """Orders day by day, the first few at prices that only this customer is charged."""
        return [
            f"{customer}-{n},{customer},PLUG,{100 + n},1.{cents + n if n < odd else 20},EUR,"
            f"2026-10-{n + 2:02},{customer}-{n},DE"
            for n in range(whole)
        ]

    rows = [*months("K06", 31, 4, 8), *months("K07", 41, 2, 8), *months("K08", 51, 4, 20)]
    books.take("charges", HEAD + "\n".join(rows) + "\n")
    books.bill()
    told = _told(books).get("CB-HIS-015", set())
    assert {subject.split("-")[0] for subject in told} == {"K07", "K08"}
    assert len(told) == 6


def _several_months(company: Company, item: str, price: str) -> None:
    names = [f"K{n:02}" for n in range(24)]
    head = "customer,name,kind,street,city,postcode,country\n"
    parties = [f"{n},{n} GmbH,business,Weg 1,Berlin,10115,DE" for n in names]
    company.take("customers", head + "\n".join(parties) + "\n")
    items = "item,description,kind,unit,tax_category\n"
    company.take("items", items + f"{item},Wall plug,goods,H87,standard\n")
    for month in range(3, 10):
        sold = [
            f"H-{month}-{n},{n},{item},10,{price},EUR,2026-{month:02}-10,H-{month}-{n},DE"
            for n in names
        ]
        company.take("charges", HEAD + "\n".join(sold) + "\n")
        day = date(2026, month, 28)
        company.bill(on=day, until=day, key=f"month-{month}")
    prepare_history(company.actor)


def test_the_text_of_another_item_is_told(books: Company):
    _history(books)
    head = "reference,customer,item,description,quantity,unit_price,currency,service_date,order\n"
    rows = [
        "N-1,K01,PLUG,Tent peg,20,1.20,EUR,2026-10-05,N-1",
        "N-2,K02,PLUG,Wall plug,20,1.20,EUR,2026-10-05,N-2",
        "N-3,K03,PLUG,Wall plug grey,20,1.20,EUR,2026-10-05,N-3",
    ]
    books.take("charges", head + "\n".join(rows) + "\n")
    books.bill()
    assert _told(books) == {"CB-CHG-060": {"N-1"}}
