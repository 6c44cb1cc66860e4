"""Law 8: the same inputs give the same bills, on either database and however they are cut."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from pytest_django import DjangoDbBlocker
from tests.store.databases import Backend, Embedded, Server, build, opened

from cleanbill.actions import open_books
from cleanbill.actions.audit_books import audit_books
from cleanbill.actions.import_file import import_file
from cleanbill.actions.look_up import document_text
from cleanbill.actions.run_billing import run_billing
from cleanbill.actions.sample import PERIOD, SampleSize, write_sample
from cleanbill.actions.set_up_company import set_up_company
from cleanbill.nouns.seal import SEALED
from cleanbill.store.models import Bill

KINDS = ("customers", "items", "prices", "agreements", "charges")
SIZE = SampleSize(customers=60, charges=1_500)
WHOLE = 250_000


@dataclass(frozen=True, slots=True)
class Books:
    """All that must be equal: number -> document as people read it; tables; totals; findings."""

    documents: dict[str, Any]
    rows: dict[str, list[tuple[Any, ...]]]
    totals: dict[str, list[dict[str, Any]]]


SELECTS = {
    "bill": "SELECT number, kind, customer, issue_date || '', due_date || '', payable_minor, "
    "line_count FROM bill",
    "line": "SELECT b.number, n.line, n.item, n.quantity_e6, n.net_minor, n.share_minor, "
    "n.tax_minor, n.tax_rule, n.price_level, n.credits_line FROM bill_line n "
    "JOIN bill b ON b.id = n.bill_id",
    "tax": "SELECT b.number, t.row, t.tax_rule, t.base_minor, t.tax_minor FROM bill_tax t "
    "JOIN bill b ON b.id = t.bill_id",
    "posting": "SELECT b.number, p.entry_line, p.account, p.amount_minor FROM posting p "
    "JOIN bill b ON b.id = p.bill_id",
    "link": "SELECT c.source, c.reference, c.occurrence, l.kind, l.cause FROM charge_link l "
    "JOIN charge c ON c.id = l.charge_id",
    "finding": "SELECT code, severity, subject_kind, subject, at_stake_minor, parameters "
    "FROM finding WHERE closed_run_id IS NULL",
}
"""By number and name, never by id; without ``draft_key``, which may hold sealed text."""


def took_over(folder: Path) -> Any:
    """Take the sample company with all its charges into the open store."""
    actor = set_up_company((folder / "company.toml").read_text("utf-8"), "boss@sample.example")
    for kind in KINDS:
        import_file(actor, kind, folder / f"{kind}.csv")
    return actor


def issued(backend: Backend, folder: Path, chunk: int, partition: int) -> Books:
    """Bill the month in a clone, cut like this; return what came of it."""
    actor = build(backend, "equal_books", lambda: took_over(folder))
    name = f"equal_{chunk}_{partition}"
    last = PERIOD.end
    with opened(backend.clone(name, "equal_books")), pytest.MonkeyPatch.context() as patch:
        patch.setattr(open_books, "PARTITION", partition)
        outcome = run_billing(actor, until=last, issue_date=last, chunk=chunk)
        numbers = list(Bill.objects.order_by("number").values_list("number", flat=True))
        documents = {n: json.loads(document_text(actor, n)) for n in numbers}
        rows = {table: _rows(query) for table, query in SELECTS.items()}
        assert audit_books(actor).breaches == ()
    backend.drop(name)
    parts = ("charges", "bills", "findings")
    return Books(documents, rows, {p: getattr(outcome, p).to_dicts() for p in parts})


def _rows(query: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        rows = [tuple(map(_unsalted, row)) for row in cursor.fetchall()]
        return sorted(rows, key=repr)


def _unsalted(value: Any) -> Any:
    """What is sealed in a draft's key differs from one database to the next."""
    return re.sub(SEALED, "sealed", value) if isinstance(value, str) else value


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sample")
    write_sample(folder, seed=5, size=SIZE)
    return folder


@pytest.fixture(scope="module")
def on_sqlite(
    embedded: Embedded, sample: Path, django_db_blocker: DjangoDbBlocker
) -> Iterator[Books]:
    """The books on SQLite, billed in one chunk and one partition."""
    with django_db_blocker.unblock():
        yield issued(embedded, sample, 5000, WHOLE)


def test_there_is_something_to_compare(on_sqlite: Books):
    kinds = Counter(paper["kind"] for paper in on_sqlite.documents.values())
    assert kinds["invoice"] > 200
    assert kinds["credit_note"] > 5
    assert len(on_sqlite.rows["finding"]) > 20


CUTS = {"a hundred chunks": (3, WHOLE), "many partitions": (5000, 40), "both": (3, 40)}


@pytest.mark.slow
@pytest.mark.parametrize("cut", CUTS.values(), ids=CUTS)
def test_cutting_changes_nothing(
    embedded: Embedded,
    on_sqlite: Books,
    sample: Path,
    cut: tuple[int, int],
    django_db_blocker: DjangoDbBlocker,
):
    with django_db_blocker.unblock():
        assert issued(embedded, sample, *cut) == on_sqlite


@pytest.mark.slow
@pytest.mark.parametrize("cut", [(5000, WHOLE), (3, 40)], ids=["at once", "both"])
def test_postgresql_writes_the_same_books(
    server: Server,
    on_sqlite: Books,
    sample: Path,
    cut: tuple[int, int],
    django_db_blocker: DjangoDbBlocker,
):
    with django_db_blocker.unblock():
        assert issued(server, sample, *cut) == on_sqlite
