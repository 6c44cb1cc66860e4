"""Tables in and out of either database: what went in comes out, to the last sign."""

from __future__ import annotations

from datetime import date
from hashlib import sha256

import polars as pl
import pytest
from django.db import transaction
from tests.actions.company import Company, company_file

from cleanbill.engine.tables import CHARGES, CUSTOMERS
from cleanbill.store.bulk import read, write
from cleanbill.store.chain import GENESIS, linked, text_hash
from cleanbill.store.companies import policy_json, policy_of, seller_json, seller_of
from cleanbill.store.models import Series
from cleanbill.store.numbers import SeriesOrder, advance_chain, take_ids, take_numbers
from cleanbill.store.settings import database

ODD = [
    None,
    "",
    " ",
    "\\N",
    "\\.",
    '"',
    '""',
    "a,b",
    "a\nb",
    "a\r\nb",
    "NULL",
    "null",
    "ünïcödé 漢字 🧾",
    "\\\\x",
    "t",
    "%s %% $1 ?",
    "'; --",
    "0123",
    "1e5",
    "2026-10-01",
]
LIMITS = [None, 0, 1, -1, 2**63 - 1, -(2**63), 10**15]


def kept(frame: pl.DataFrame, organisation: int) -> pl.DataFrame:
    """Write customers and read them back in their order."""
    full = frame.with_columns(pl.lit(organisation, dtype=pl.Int64).alias("organisation_id"))
    with transaction.atomic():
        write("customer", full)
    schema = {c: k for c, k in CUSTOMERS.items() if c in frame.columns}
    columns = ", ".join(f'"{c}"' for c in schema)
    return read(
        f"SELECT {columns} FROM customer WHERE organisation_id = %s AND customer LIKE %s "
        "ORDER BY id",
        [organisation, "odd-%"],
        schema,
    )


def test_text_survives(books: Company):
    frame = pl.DataFrame(
        {
            "customer": [f"odd-{n}" for n in range(len(ODD))],
            "name": ODD,
            "blocked": [None, True, False] * 6 + [True, False],
        },
        schema={"customer": pl.String, "name": pl.String, "blocked": pl.Boolean},
    )
    assert kept(frame, books.actor.organisation_id).to_dicts() == frame.to_dicts()


def test_numbers_and_dates_survive(books: Company):
    count = len(LIMITS)
    frame = pl.DataFrame(
        {
            "item": ["BOLT"] * count,
            "currency": ["EUR"] * count,
            "model": ["unit"] * count,
            "version": range(100, 100 + count),
            "current": [False] * count,
            "minimum_minor": LIMITS,
            "valid_from": [date(1, 1, 1), date(9999, 12, 31), *[date(2026, 2, 28)] * (count - 2)],
            "organisation_id": [books.actor.organisation_id] * count,
        },
        schema_overrides={"minimum_minor": pl.Int64},
    )
    with transaction.atomic():
        first = take_ids("price", count)
        write("price", frame.with_columns(pl.int_range(pl.len()).alias("id") + first))
    schema = {"minimum_minor": pl.Int64, "valid_from": pl.Date, "current": pl.Boolean}
    found = read(
        "SELECT minimum_minor, valid_from, current FROM price WHERE version >= %s ORDER BY id",
        [100],
        schema,
    )
    assert found.to_dicts() == frame.select(*schema).to_dicts()


def test_nothing_is_read_as_an_empty_table_of_the_right_types(books: Company):
    found = read("SELECT id FROM charge WHERE id = %s", [0], {"charge_id": CHARGES["charge_id"]})
    assert found.schema == {"charge_id": pl.Int64}
    assert found.is_empty()
    assert write("charge", found) == 0


def test_ids_are_blocks_without_overlap_and_a_rollback_gives_them_back(store: None):
    with transaction.atomic():
        assert [take_ids("x", n) for n in (1, 5, 2)] == [1, 2, 7]
    with transaction.atomic():
        assert take_ids("x", 100) == 9
        transaction.set_rollback(True)
    with transaction.atomic():
        assert take_ids("x", 1) == 9
        assert take_ids("y", 1) == 1


def test_numbers_go_on_where_they_stopped(books: Company):
    series = Series.objects.get(kind="invoice")
    day = date(2026, 10, 31)
    with transaction.atomic():
        assert take_numbers(series.pk, 3, day, day).first == 1
        advance_chain(series.pk, "f" * 64, day)
    with pytest.raises(SeriesOrder), transaction.atomic():
        take_numbers(series.pk, 1, date(2026, 10, 30), day)
    with transaction.atomic():
        taken = take_numbers(series.pk, 1, day, day)
    assert (taken.first, taken.chain_head) == (4, "f" * 64)


def test_a_chain_can_be_cut_anywhere():
    hashes = [
        (text_hash(d), text_hash(e)) for d, e in (("a", "1"), ("b", "2"), ("ä", "ß"), ("", ""))
    ]
    whole = linked(GENESIS, hashes)
    assert linked(whole[1], hashes[2:]) == whole[2:]
    assert len(set(whole)) == 4
    assert linked(GENESIS, hashes[:2])[1] != linked(GENESIS, hashes[1::-1])[1]


def test_a_link_is_what_the_documentation_says():
    own, entry = text_hash("ä"), text_hash("e")
    assert own == sha256("ä".encode()).hexdigest()
    (link,) = linked(GENESIS, [(own, entry)])
    assert link == sha256((GENESIS + own + sha256(b"e").hexdigest()).encode()).hexdigest()


def test_a_seller_and_a_policy_come_back_as_they_were():
    from cleanbill.formats import company_toml

    more = (
        'unlinked_cancellations = {freight = "credit"}\nseverities = {CB-CHG-001 = "block"}\n'
        '[[policy.not_billable]]\nreason = "x"\nitems = ["A"]\nprice_zero = true\n'
        '[[seller.registrations]]\ncountry = "FR"\nvalid_from = 2020-01-01\nvalid_to = 2024-01-01\n'
    )
    company = company_toml.read(company_file("acme", more))
    assert seller_of(seller_json(company.seller)) == company.seller
    assert policy_of(policy_json(company.policy)) == company.policy


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("sqlite:///books.sqlite3", {"NAME": "books.sqlite3"}),
        ("sqlite:////var/my%20books.sqlite3", {"NAME": "/var/my books.sqlite3"}),
        (
            "postgresql://u%40x:p%2Fw@db.example:5433/books?sslmode=require",
            {
                "NAME": "books",
                "USER": "u@x",
                "PASSWORD": "p/w",
                "HOST": "db.example",
                "PORT": 5433,
                "OPTIONS": {"sslmode": "require"},
            },
        ),
    ],
)
def test_a_database_url(url: str, expected: dict):
    assert expected.items() <= database(url).items()


@pytest.mark.parametrize("url", ["mysql://x/y", "books.sqlite3", ""])
def test_an_unknown_database_url_is_refused_in_words(url: str):
    with pytest.raises(ValueError, match="expected sqlite:/// or postgresql://"):
        database(url)
