"""Commands that keep the books safe, and exit codes that a timer can rely on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.actions.company import MONTH, Company, company_file
from tests.shells.test_cli import answer, cleanbill, user  # noqa: F401
from tests.store.contents import digest, execute
from tests.store.databases import opened

from cleanbill.actions.keep_look import keep_look

pytestmark = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)


def test_an_anchored_chain_goes_on(books: Company, tmp_path: Path):
    monday, tuesday = tmp_path / "monday.json", tmp_path / "tuesday.json"
    assert "keep it on another machine" in cleanbill("audit", "--export-head", monday).stdout
    books.take("charges", MONTH)
    books.bill()
    told = answer("audit", "--since-head", monday, "--export-head", tuesday)
    assert (told["bills"], told["breaches"], told["counts"]) == (8, [], {})
    kept = {s["prefix"]: s["head"] for s in json.loads(tuesday.read_text())["series"]}
    assert kept == told["heads"]


def test_an_audit_that_finds_something_ends_with_one_and_writes_no_head(
    billed: Company, tmp_path: Path
):
    execute("UPDATE series SET next_sequence = 99 WHERE prefix = 'INV-'")
    place = tmp_path / "heads.json"
    told = cleanbill("audit", "--export-head", place, code=1).stdout
    assert "GAPLESS" in told
    assert "was not written" in told
    assert not place.exists()
    assert answer("audit", code=1)["counts"] == {"GAPLESS": 1}


def test_rows_beyond_the_first_are_counted(billed: Company):
    rows = ", ".join(f"(1, {n}, 'sale', 0, '{{}}', '2026-01-01')" for n in range(100, 130))
    execute(
        f"INSERT INTO run_step (organisation_id, run_id, kind, rows, totals, done_at) VALUES {rows}"
    )
    told = answer("audit", code=1)
    assert told["counts"] == {"BELONGS": 30}
    assert len(told["breaches"]) == 20
    assert "30" in cleanbill("audit", code=1).stdout


def test_an_audit_that_cannot_be_run_ends_with_two(billed: Company, tmp_path: Path, monkeypatch):
    assert "No such file" in cleanbill("audit", "--since-head", "nowhere.json", code=2).stderr
    (tmp_path / "heads.json").write_text("{}")
    told = cleanbill("audit", "--since-head", tmp_path / "heads.json", code=2).stderr
    assert "is no export of chain heads" in told

    def broken(actor, **how):
        raise RuntimeError("out of order")

    monkeypatch.setattr("cleanbill.actions.audit_books.audit_books", broken)
    assert "out of order" in cleanbill("audit", code=2).stderr


def test_an_archive_is_written_and_verified(billed: Company, tmp_path: Path):
    folder, heads = tmp_path / "archive", tmp_path / "heads.json"
    cleanbill("audit", "--export-head", heads)
    assert "is complete" in cleanbill("archive", folder).stdout
    assert "told by --head only" in cleanbill("verify", folder).stdout
    told = answer("verify", folder, "--head", heads)
    assert (told["bills"], told["breaches"]) == (8, [])
    again = cleanbill("archive", folder, code=2).stderr
    assert "needs a new folder" in again
    place = folder / "002-invoice.jsonl"
    place.write_bytes(b"".join(place.read_bytes().splitlines(keepends=True)[:-1]))
    told = answer("verify", folder, "--head", heads, code=1)
    laws = {b["law"]: b["row"] for b in told["breaches"]}
    assert set(laws) == {"ARCHIVE-FILES", "ARCHIVE-COUNT", "ARCHIVE-HEAD", "HEAD"}
    assert laws["HEAD"].startswith("INV-000007")
    assert "ARCHIVE-COUNT" in cleanbill("verify", folder, code=1).stdout
    cleanbill("verify", tmp_path / "nowhere", code=2)
    assert len(answer("archive", tmp_path / "more")["series"]) == 2


def test_a_backup_is_made_and_restored(billed: Company, tmp_path: Path):
    place, before = tmp_path / "books.backup", digest()
    assert "once it was restored" in cleanbill("backup", place).stdout
    assert "is there already" in cleanbill("backup", place, code=2).stderr
    assert "--replace" in cleanbill("restore", place, code=2).stderr
    with opened(f"sqlite:///{tmp_path}/new/books.sqlite3"):
        assert "nothing to back up" in cleanbill("backup", tmp_path / "x", code=2).stderr
        told = cleanbill("restore", place).stdout
        assert "acme" in told
        assert "every law holds" in told
        assert digest() == before
    execute("UPDATE series SET next_sequence = 99 WHERE prefix = 'INV-'")
    broken = tmp_path / "broken.backup"
    cleanbill("backup", broken)
    assert "GAPLESS" in cleanbill("restore", broken, "--replace", code=1).stdout
    cleanbill("restore", place, "--replace")
    assert digest() == before


def test_setup_says_what_it_leaves_of_the_look(books: Company, tmp_path: Path):
    path = tmp_path / "company.toml"
    path.write_text(company_file("acme"), encoding="utf-8")
    keep_look(books.actor, "acme", {"tagline": "Steel", "website": "acme.example"}, reason="x")
    assert "left so: tagline, website" in cleanbill("setup", path).stdout
    said = company_file("acme").replace('language = "en"', 'language = "en"\ntagline = "Bolts"')
    path.write_text(said, encoding="utf-8")
    assert "left so: website." in cleanbill("setup", path).stdout
