"""Customers are found by the words of their names, however these are joined, on either database."""

from __future__ import annotations

import pytest
from django.db import connection
from tests.actions.company import Company

from cleanbill.actions.find_customers import find_customers

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
