"""Files of recurring terms: what they state, what they change, what is refused and why."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest
from tests.actions.company import TERMS, Company
from tests.actions.terms import HEADER, terms
from tests.store.contents import digest

from cleanbill.actions.import_file import import_file
from cleanbill.formats.tabular import Profile, WrongProfile
from cleanbill.store.models import Terms

CHANGE = "reference,change_from,quantity,unit_price,item"


def bodies(reference: str) -> list[dict]:
    """What is kept of terms, version by version."""
    rows = Terms.objects.filter(reference=reference).order_by("version")
    return [json.loads(body) for body in rows.values_list("body", flat=True)]


def test_the_same_file_twice_is_known_already(books: Company):
    first = books.take("recurring", TERMS)
    assert (first.created, first.changed, first.unchanged) == (2, 0, 0)
    before = Terms.objects.count()
    again = books.take("recurring", TERMS)
    assert (again.created, again.changed, again.unchanged) == (0, 0, 2)
    assert Terms.objects.count() == before


def test_changes_are_rows_of_the_same_reference(books: Company):
    terms(
        books,
        "S,ALPHA,BASE,1,10,EUR,month,2026-01-01,,,",
        "S,,,2,,,,,,2026-03-01,",
        "S,,CARD,,12.50,,,,,2026-05-01,",
    )
    assert bodies("S")[0]["changes"] == [
        {"day": "2026-03-01", "quantity": "2"},
        {"day": "2026-05-01", "item": "CARD", "unit_price": "12.5"},
    ]


def test_change_rows_alone_are_added_to_what_is_known(books: Company):
    terms(books, "S,ALPHA,BASE,1,10,EUR,month,2026-01-01,,,")
    for _ in range(2):
        terms(books, "S,2026-03-01,2,,", header=CHANGE)
    terms(books, "S,2026-04-01,3,,", header=CHANGE)
    assert [len(body.get("changes", ())) for body in bodies("S")] == [0, 1, 2]


def test_a_statement_says_everything(books: Company):
    """Whoever states terms anew and leaves a change out takes it back."""
    head = "S,ALPHA,BASE,1,10,EUR,month,2026-01-01,,,"
    terms(books, head, "S,,,2,,,,,,2026-03-01,")
    assert terms(books, head).changed == 1
    assert "changes" not in bodies("S")[1]


REFUSED = [
    (["S,,BASE,1,10,EUR,month,2026-01-01,,,"], "customer:missing", "customer is empty"),
    (["S,ALPHA,BASE,,10,EUR,month,2026-01-01,,,"], "quantity:missing", "quantity is empty"),
    (["S,ALPHA,BASE,1,10,EUR,fortnight,2026-01-01,,,"], "every:unknown_value", "use one of day"),
    (["S,ALPHA,BASE,-1,10,EUR,month,2026-01-01,,,"], "terms:invalid", "does not lie from 0"),
    (["S,ALPHA,BASE,1,10,EUR,month,2026-02-01,2026-01-01,,"], "terms:invalid", "ends on"),
    (["S,,,2,,,,,,2026-03-01,"], "reference:unknown", "S is not known yet"),
    (["SUB-2,,,,,,,,,2026-03-01,"], "change_from:nothing_changes", "fill one in"),
    (["SUB-2,ALPHA,BOLT,1,10,EUR,month,2026-01-01,,,"], "customer:changed", "belongs to OMEGA"),
    (["SUB-2,OMEGA,BOLT,1,10,CHF,month,2026-01-01,,,"], "currency:changed", "in EUR: end it"),
    (["S" * 101 + ",ALPHA,BASE,1,10,EUR,month,2026-01-01,,,"], "reference:too_long", "shorten"),
]


@pytest.mark.parametrize(("rows", "problem", "what"), REFUSED)
def test_what_cannot_be_used_is_refused_with_a_reason(
    books: Company, rows: list[str], problem: str, what: str
):
    books.take("recurring", TERMS)
    good = "GOOD,ALPHA,BASE,1,10,EUR,month,2026-01-01,,,"
    report = terms(books, good, *rows)
    (refused,) = report.intake.rejected.select("problem", "what_to_do").to_dicts()
    assert refused["problem"] == problem
    assert what in refused["what_to_do"]
    assert (report.created, report.changed) == (1, 0)


def test_all_rows_of_terms_are_refused_together(books: Company):
    """A mended reject file must be enough: the sound rows of the same terms go along."""
    report = terms(
        books,
        "S,ALPHA,BASE,1,10,EUR,month,2026-01-01,,,",
        "S,ALPHA,BASE,1,10,EUR,month,2026-01-01,,,",
        "OTHER,ALPHA,BASE,2,10,EUR,month,2026-01-01,,,",
    )
    assert report.intake.rejected["problem"].to_list() == ["terms:incomplete", "reference:twice"]
    assert report.intake.counts["accepted"] == 1
    totals = report.intake.totals.select("part", "currency", "rows", "quantity", "value").rows()
    assert totals == [
        ("in", "EUR", 3, "4", "40"),
        ("accepted", "EUR", 1, "2", "20"),
        ("rejected", "EUR", 2, "2", "20"),
    ]


def test_a_dry_run_of_terms_keeps_nothing(books: Company):
    before = digest()
    report = books.take("recurring", TERMS, dry_run=True)
    assert (report.created, report.dry_run) == (2, True)
    assert digest() == before


def test_every_kind_of_file_gives_the_same_terms(books: Company):
    rows = "S,ALPHA,BASE,1.5,10.25,EUR,quarter,2026-01-31,,,Seats\n"
    frame = pl.read_csv((HEADER + "\n" + rows).encode(), infer_schema=False)
    frame.write_parquet(books.folder / "terms.parquet")
    frame.write_ndjson(books.folder / "terms.jsonl")
    terms(books, rows.strip())
    for name in ("terms.parquet", "terms.jsonl"):
        report = import_file(books.actor, "recurring", books.folder / name)
        assert (report.created, report.changed, report.unchanged) == (0, 0, 1)


def test_no_file_may_bring_charges_as_if_they_were_drawn(books: Company, tmp_path: Path):
    path = books.write("charges.csv", "reference,customer,item,quantity,currency,service_date\n")
    with pytest.raises(WrongProfile, match="'recurring'"):
        import_file(books.actor, "charges", path, profile=Profile("charges", source="recurring"))


def test_terms_of_an_erased_customer_are_refused(books: Company):
    from tests.actions.company import END

    from cleanbill.actions.erase_party import erase_party

    erase_party(books.actor, "GAMMA", reason="asked for", today=END)
    report = terms(books, "S,GAMMA,BASE,1,10,EUR,month,2026-01-01,,,")
    assert report.intake.rejected["problem"].to_list() == ["customer:erased"]
