"""Customers are found by the words of their names, however these are joined, on either database."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from tests.actions.company import Company

from cleanbill.actions.find_customers import find_customers
from cleanbill.store import names
from cleanbill.store.models import Customer

NAMES = """customer,name,country
N1,Müller-Lüdenscheidt & Söhne GmbH,DE
N2,O'Neil Logistics Ltd,IE
N3,booking.example BV,NL
N4,Ärztehaus 24/7 (Mitte),DE
N5,Straßenbau_Nord,DE
N6,شركة النور,AE
"""


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("müller", {"N1"}),
        ("lüden söhne", {"N1"}),
        ("Söhne Müller", {"N1"}),
        ("müller-lüd", {"N1"}),
        ("neil", {"N2"}),
        ("O'Neil", {"N2"}),
        ("example", {"N3"}),
        ("booking.ex", {"N3"}),
        ("Ärzte", {"N4"}),
        ("24", {"N4"}),
        ("mitte", {"N4"}),
        ("nord", {"N5"}),
        ("النور", {"N6"}),
        ("n5", {"N5"}),
        ("müller neil", set()),
        ("'; DROP", set()),
        ("& | ! ( ) :* <->", set()),
        ("\\", set()),
        ("%", set()),
    ],
)
def test_names_are_found_by_their_words(books: Company, words: str, found: set[str]):
    books.take("customers", NAMES)
    page = find_customers(books.actor, text=words)
    assert {row["customer"] for row in page.rows} == found


def _has(name: str, word: str) -> bool:
    if connection.vendor == "sqlite":
        return word in name
    return any(one.startswith(word) for one in re.findall(r"\w+", re.sub("<.*>", "", name)))


@pytest.mark.parametrize(("near", "few"), [(1000, 5000), (1, 5000), (1, 1)])
@pytest.mark.parametrize("text", ["GmbH", "gmbh werk", "K", "k0", "werk 7", "K07", "nobody", "co"])
def test_pages_of_a_search_miss_nobody_however_many_fit(
    books: Company, monkeypatch: pytest.MonkeyPatch, near: int, few: int, text: str
):
    kinds = ("Werk", "Co", "Kanzlei")
    rows = [(f"K{n:02}", f"{kinds[n % 3]} {n} GmbH") for n in range(30)]
    table = "".join(f"{key},{name},DE\n" for key, name in rows)
    books.take("customers", f"customer,name,country\n{table}")
    monkeypatch.setattr(names, "NEAR", near)
    monkeypatch.setattr(names, "FEW", few)
    found: list[str] = []
    while page := names.page_called(
        books.actor.organisation_id, text, found[-1] if found else "", 4
    ):
        found += page
    own = Customer.objects.values_list("customer", "name")
    fitting = sorted(
        key
        for key, name in own
        if key.startswith(text.upper())
        or all(_has(name.lower(), word) for word in text.lower().split())
    )
    assert found == fitting
    some = names.some_called(books.actor.organisation_id, text.split(), 50)
    assert set(some) <= set(found)
    assert bool(some) == bool(found)


@pytest.mark.parametrize("backend", ["postgresql"], indirect=True)
def test_an_index_of_words_serves_postgresql(books: Company):
    with connection.cursor() as cursor:
        cursor.execute("SET enable_seqscan = off")
        cursor.execute(
            "EXPLAIN SELECT 1 FROM customer WHERE to_tsvector('simple', "
            "translate(name, './@:-_&+', '        ')) @@ to_tsquery('simple', '''a'':*')"
        )
        assert "customer_by_words" in " ".join(row[0] for row in cursor.fetchall())
        cursor.execute("RESET enable_seqscan")
