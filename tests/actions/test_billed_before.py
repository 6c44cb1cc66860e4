"""What an earlier run has billed and a later file brings again under another reference."""

from __future__ import annotations

from datetime import date

from tests.actions.company import END, MONTH, Company, founded

from cleanbill.actions.import_file import import_file
from cleanbill.formats import tabular

HEAD = "reference,customer,item,quantity,currency,service_date,order\n"
AGAIN = "S-91,BETA,BOLT,7,EUR,2026-10-04,B-1\n"
"""S-04 of the month, with a reference of its own."""
OTHERS = (
    "S-92,BETA,BOLT,8,EUR,2026-10-04,B-1\n"
    "S-93,BETA,BOLT,7,EUR,2026-10-05,B-1\n"
    "S-94,BETA,BOLT,7,EUR,2026-10-04,B-7\n"
)
"""Another quantity, another day, another order."""
NOVEMBER = date(2026, 11, 30)


def _told(company: Company, wanted: str = "CB-CHG-052") -> set[str]:
    return {subject for code, subject in company.findings() if code == wanted}


def test_a_row_that_was_billed_last_month_is_told_with_the_bill(books: Company):
    books.take("charges", MONTH)
    books.bill()
    books.take("charges", HEAD + AGAIN + OTHERS, name="late.csv")
    outcome = books.preview(until=NOVEMBER, on=NOVEMBER)
    assert "CB-CHG-052" in outcome.findings["code"].to_list()
    books.bill(until=NOVEMBER, on=NOVEMBER)
    assert _told(books) == {"S-91"}
    assert books.breaches() == []


def test_what_another_source_has_had_billed_is_held(books: Company):
    """Held beside its twin in one run, it must not go out in the next, when the twin is billed."""
    shop = tabular.Profile("charges", source="shop")
    books.take("charges", MONTH)
    import_file(
        books.actor, "charges", books.write("shop.csv", HEAD + AGAIN + OTHERS), profile=shop
    )
    books.bill()
    assert _told(books, "CB-CHG-050") == {"S-91"}
    books.bill(key="again", until=NOVEMBER, on=NOVEMBER)
    assert _told(books, "CB-CHG-053") == {"S-91"}
    assert _told(books, "CB-CHG-050") == _told(books) == set()
    assert not any('"S-91"' in text for text in books.bills().values())
    assert books.breaches() == []


def test_without_an_earlier_run_or_in_the_same_one_nothing_is_asked(books: Company):
    books.take("charges", MONTH)
    books.take("charges", HEAD + AGAIN, name="late.csv")
    books.bill(key="october")
    books.bill(key="october")
    assert _told(books) == set()


def test_a_sale_that_was_credited_may_come_again(books: Company):
    books.take("charges", MONTH)
    books.bill()
    number = next(n for n, text in books.bills().items() if '"S-06"' in text)
    books.credit(number, reopen=True)
    books.take("charges", HEAD + "S-95,BETA,PACK,25,EUR,2026-10-05,B-2\n", name="late.csv")
    books.bill(key="again", until=NOVEMBER, on=NOVEMBER)
    assert _told(books) == set()


def test_bills_of_another_organisation_are_not_looked_at(books: Company):
    books.take("charges", MONTH)
    books.bill()
    other = founded(books.folder / "other", "other")
    other.take("charges", HEAD + "S-1,GAMMA,BOLT,1,EUR,2026-10-09,Z-1\n")
    other.bill(on=END)
    other.take("charges", HEAD + AGAIN, name="late.csv")
    other.bill(key="again", until=NOVEMBER, on=NOVEMBER)
    assert _told(other) == set()
