"""Chain heads that lie elsewhere show what the database alone cannot: a past written anew."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.actions.company import MONTH, Company, founded
from tests.actions.forgery import forged, mended, unguarded
from tests.store.contents import execute, value

from cleanbill.actions.audit_books import audit_books
from cleanbill.formats import chain_heads
from cleanbill.formats.chain_heads import UnreadableHeads

TAIL = ("document", "bill_line", "bill_line_tax", "bill_tax", "posting", "charge_link")


def exported(books: Company, place: Path) -> Path:
    ends = audit_books(books.actor).ends
    assert ends is not None
    chain_heads.write(ends, place)
    return place


def since(books: Company, place: Path) -> set[tuple[str, str]]:
    return {(b.code, b.row) for b in audit_books(books.actor, since=place).breaches}


def test_heads_come_back_as_they_were_written(billed: Company, tmp_path: Path):
    place = exported(billed, tmp_path / "heads.json")
    data = json.loads(place.read_text("utf-8"))
    assert data["organisation"] == {"name": "acme works", "slug": "acme"}
    last = {s["prefix"]: (s["sequence"], s["number"]) for s in data["series"]}
    assert last == {"CN-": ("1", "CN-000001"), "INV-": ("7", "INV-000007")}
    assert data["series"][1]["head"] == value(
        "SELECT chain_hash FROM bill WHERE number = 'INV-000007'"
    )
    heads = chain_heads.read(place)
    chain_heads.write(heads, place)
    assert json.loads(place.read_text("utf-8")) == data
    assert [f.name for f in tmp_path.iterdir() if "heads" in f.name] == ["heads.json"]


def test_books_that_go_on_contain_their_earlier_heads(books: Company, tmp_path: Path):
    before = exported(books, tmp_path / "empty.json")
    books.take("charges", MONTH)
    books.bill()
    place = exported(books, tmp_path / "heads.json")
    books.credit("INV-000006", reopen=True)
    books.bill()
    assert since(books, before) == set()
    assert since(books, place) == set()


def test_a_past_written_anew_is_seen_only_by_the_head(billed: Company, tmp_path: Path):
    place = exported(billed, tmp_path / "heads.json")
    forged("INV-000004", "Bolt M8", "Nut M8")
    assert billed.breaches() == []
    ((code, row),) = since(billed, place)
    assert (code, row) == ("HEAD", "series INV-: INV-000007 no longer ends the chain that it ended")


def test_a_tail_cut_with_all_its_traces_is_seen_only_by_the_head(books: Company, tmp_path: Path):
    """A bill of a run of its own, taken away with everything that knew of it."""
    books.take("charges", MONTH)
    books.bill()
    books.take("charges", MONTH + "T-01,ALPHA,BOLT,,3,,,EUR,2026-10-30,A-9,\n")
    books.bill()
    place = exported(books, tmp_path / "heads.json")
    with unguarded():
        key = value("SELECT id FROM bill WHERE number = 'INV-000008'")
        run = value("SELECT run_id FROM bill WHERE id = %s", key)
        for table in TAIL:
            execute(f"DELETE FROM {table} WHERE bill_id = %s", key)
        execute(
            # It was billed one day after its service.
            "UPDATE bill_total SET bills = bills - 1, waited_days = waited_days - 1, "
            "payable_minor = payable_minor - "
            "(SELECT payable_minor FROM bill WHERE id = %s) WHERE kind = 'invoice' AND "
            "issue_date = (SELECT issue_date FROM bill WHERE id = %s)",
            *(key, key),
        )
        execute("DELETE FROM bill WHERE id = %s", key)
        execute("DELETE FROM event WHERE subject = 'INV-000008..INV-000008'")
        execute("DELETE FROM run_step WHERE run_id = %s", run)
        execute("UPDATE finding SET opened_run_id = NULL WHERE opened_run_id = %s", run)
        execute("UPDATE finding SET closed_run_id = NULL WHERE closed_run_id = %s", run)
        execute("DELETE FROM run WHERE id = %s", run)
        mended(value("SELECT id FROM series WHERE prefix = 'INV-'"))
    assert books.breaches() == []
    assert {code for code, _ in since(books, place)} == {"HEAD"}


def test_a_series_that_is_gone(billed: Company, tmp_path: Path):
    place = exported(billed, tmp_path / "heads.json")
    text = place.read_text("utf-8").replace('"prefix": "INV-"', '"prefix": "RE-"')
    place.write_text(text, "utf-8")
    assert {code for code, _ in since(billed, place)} == {"HEAD"}


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"schema":"cleanbill.heads/1"}', '{"schema":"cleanbill.heads/2"}', "\x00"],
)
@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_a_file_that_holds_no_heads(billed: Company, tmp_path: Path, text: str):
    place = tmp_path / "heads.json"
    place.write_text(text, "utf-8")
    with pytest.raises(UnreadableHeads, match=r"heads\.json is no export of chain heads"):
        audit_books(billed.actor, since=place)


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_a_changed_head_is_no_head(billed: Company, tmp_path: Path):
    place = exported(billed, tmp_path / "heads.json")
    text = place.read_text("utf-8")
    head = json.loads(text)["series"][0]["head"]
    place.write_text(text.replace(head, head[1:]), "utf-8")
    with pytest.raises(UnreadableHeads):
        audit_books(billed.actor, since=place)


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_heads_of_another_organisation_are_refused(billed: Company, tmp_path: Path):
    twin = founded(tmp_path / "twin", "twin")
    place = exported(twin, tmp_path / "heads.json")
    with pytest.raises(UnreadableHeads, match="chain heads of 'twin', not of 'acme'"):
        audit_books(billed.actor, since=place)
