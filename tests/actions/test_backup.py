"""A backup counts when it has been restored: the same rows, a clean audit, numbers that go on."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

import pytest
from django.db import connection
from tests.actions.company import MONTH, Company
from tests.actions.posting import ScriptedBox, addressed
from tests.actions.test_processes import many, ready, started
from tests.store.contents import digest, execute, value
from tests.store.databases import Backend, Server, opened

from cleanbill.actions.deliver_mail import Round, deliver
from cleanbill.actions.keep_backups import back_up, restore
from cleanbill.actions.look_at_outbox import delivered_file, deliveries
from cleanbill.actions.send_bills import send_bill
from cleanbill.store.backup import BooksThere, NoBackup, postgresql
from cleanbill.store.models import Run

LATER = MONTH + "T-01,ALPHA,BOLT,,3,,,EUR,2026-10-30,A-9,\n"


def silent(stage: str, done: int, whole: int) -> None:
    pass


def restored(place: Path, *, replace: bool = False) -> set[str]:
    """Restore; return the organisations, all of whose books are clean."""
    audits = restore(place, replace=replace, progress=silent).audits
    assert {slug: a.breaches for slug, a in audits.items()} == dict.fromkeys(audits, ())
    return set(audits)


@contextmanager
def elsewhere(backend: Backend, tmp_path: Path) -> Iterator[None]:
    """Open a database of the same kind that nothing has ever been done in."""
    if isinstance(backend, Server):
        name = f"restored_{os.getpid()}_{time.monotonic_ns()}"
        backend.execute(f"CREATE DATABASE {name}")
        with opened(backend.url(name)):
            yield
        backend.drop(name)
    else:
        with opened(f"sqlite:///{tmp_path}/elsewhere/books.sqlite3"):
            yield


def test_books_come_back_row_by_row_and_go_on(billed: Company, backend: Backend, tmp_path: Path):
    before, place = digest(), tmp_path / "books.backup"
    assert back_up(place) == place.stat().st_size
    assert digest() == before
    with elsewhere(backend, tmp_path):
        assert restored(place) == {"acme"}
        assert digest() == before
        billed.take("charges", LATER)
        billed.bill()
        assert "INV-000008" in billed.bills()
        assert billed.credit("INV-000001") == "CN-000002"
        assert billed.breaches() == []
    assert digest() == before
    assert [f.name for f in tmp_path.iterdir() if "backup" in f.name] == ["books.backup"]


def test_what_waited_to_be_sent_is_not_sent_by_itself_after_a_restore(
    billed: Company, backend: Backend, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("CLEANBILL_MAIL_FROM", "billing@acme.example")
    addressed(billed)
    send_bill(billed.actor, "INV-000001")
    deliver(billed.actor, box=ScriptedBox())
    send_bill(billed.actor, "INV-000002")
    back_up(tmp_path / "books.backup")
    box = ScriptedBox()
    assert deliver(billed.actor, box=box).states == {"sent": 1}
    with elsewhere(backend, tmp_path):
        assert restored(tmp_path / "books.backup") == {"acme"}
        assert deliver(billed.actor, box=box) == Round()
        (file,) = deliveries(billed.actor, "INV-000001").files
        kept = delivered_file(billed.actor, "INV-000001", file["id"])[2]
        assert sha256(kept).hexdigest() == file["sha256"]
        assert send_bill(billed.actor, "INV-000002", again=True, reason="asked them").queued == 1


def test_nothing_waits_even_where_a_restore_breaks_off(
    billed: Company, backend: Backend, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("CLEANBILL_MAIL_FROM", "billing@acme.example")
    addressed(billed)
    send_bill(billed.actor, "INV-000001")
    back_up(tmp_path / "books.backup")

    def broken(*, migrate: bool) -> None:
        raise OSError("disk full")

    with elsewhere(backend, tmp_path):
        monkeypatch.setattr("cleanbill.actions.keep_backups.open_store", broken)
        with pytest.raises(OSError, match="disk full"):
            restored(tmp_path / "books.backup")
        assert deliver(billed.actor, box=ScriptedBox()) == Round()


def test_books_are_replaced_only_when_told(billed: Company, tmp_path: Path):
    before, place = digest(), tmp_path / "books.backup"
    back_up(place)
    billed.take("charges", LATER)
    billed.bill()
    after = digest()
    with pytest.raises(BooksThere, match=r"holds books already.*--replace"):
        restore(place, replace=False, progress=silent)
    assert digest() == after
    assert restored(place, replace=True) == {"acme"}
    assert digest() == before
    billed.take("charges", LATER)
    billed.bill()
    assert billed.breaches() == []


def test_a_database_that_was_only_set_up_gives_way(
    billed: Company, backend: Backend, tmp_path: Path
):
    from cleanbill.store.connect import open_store

    before, place = digest(), tmp_path / "books.backup"
    back_up(place)
    with elsewhere(backend, tmp_path):
        open_store(migrate=True)
        assert restored(place) == {"acme"}
        assert digest() == before


def test_a_backup_never_replaces_a_file(billed: Company, tmp_path: Path):
    place = tmp_path / "books.backup"
    place.write_text("mine")
    with pytest.raises(FileExistsError, match="is there already"):
        back_up(place)
    assert place.read_text() == "mine"


@pytest.mark.parametrize("damage", ["other", "short", "cut", "empty", "gone"])
def test_a_damaged_backup_changes_nothing(billed: Company, tmp_path: Path, damage: str):
    before, place = digest(), tmp_path / "books.backup"
    back_up(place)
    whole = place.read_bytes()
    kept = {"other": b"PK" + whole, "short": whole[:2000], "cut": whole[:-500]}
    place.write_bytes(kept.get(damage, b""))
    if damage == "gone":
        place.unlink()
    with pytest.raises((NoBackup, FileNotFoundError)):
        restore(place, replace=True, progress=silent)
    assert digest() == before
    assert billed.breaches() == []


def test_a_backup_of_a_newer_release_is_refused(billed: Company, tmp_path: Path):
    place = tmp_path / "books.backup"
    execute(
        "INSERT INTO django_migrations (app, name, applied) "
        "VALUES ('store', '9999_the_future', '2040-01-01 00:00:00')"
    )
    back_up(place)
    with pytest.raises(NoBackup, match=r"newer release of Cleanbill .it knows 9999_the_future"):
        restore(place, replace=True, progress=silent)


def test_what_was_broken_before_is_told_after(billed: Company, backend: Backend, tmp_path: Path):
    execute("UPDATE series SET next_sequence = 99 WHERE prefix = 'INV-'")
    place = tmp_path / "books.backup"
    back_up(place)
    with elsewhere(backend, tmp_path):
        audit = restore(place, replace=False, progress=silent).audits["acme"]
        assert [b.code for b in audit.breaches] == ["GAPLESS"]


@pytest.mark.slow
def test_a_backup_while_a_run_issues_holds_whole_chunks(
    books: Company, backend: Backend, store_url: str, tmp_path: Path
):
    books.take("charges", many("X", 400))
    run = started(store_url, books, "busy", 3, "nowhere")
    ready(run)
    places = []
    while run.poll() is None and len(places) < 5:
        if value("SELECT COUNT(*) FROM bill"):
            places.append(tmp_path / f"{len(places)}.backup")
            back_up(places[-1])
    out, err = run.communicate()
    assert (run.returncode, out) == (0, "done\n"), err
    counts = []
    for place in places:
        with elsewhere(backend, tmp_path):
            assert restored(place, replace=True) == {"acme"}
            counts.append(len(books.bills()))
            states = set(Run.objects.values_list("state", flat=True))
            assert counts[-1] % 3 == 0 or states == {"done"}
    assert counts == sorted(counts)
    assert any(0 < n < 400 for n in counts), counts
    with elsewhere(backend, tmp_path):
        restored(places[0], replace=True)
        books.bill(key="busy", chunk=3)
        assert list(books.bills()) == [f"INV-{n:06}" for n in range(1, 401)]
        assert books.breaches() == []


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_a_file_in_use_is_not_replaced(billed: Company, tmp_path: Path):
    import sqlite3

    place = tmp_path / "books.backup"
    back_up(place)
    other = sqlite3.connect(connection.settings_dict["NAME"])
    other.execute("BEGIN")
    other.execute("SELECT COUNT(*) FROM bill").fetchall()
    before = digest()
    with pytest.raises(NoBackup, match="is in use; stop every program"):
        restore(place, replace=True, progress=silent)
    other.close()
    assert digest() == before


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_a_database_beyond_reading_is_replaced_when_told(billed: Company, tmp_path: Path):
    before, place = digest(), tmp_path / "books.backup"
    back_up(place)
    connection.close()
    broken = Path(connection.settings_dict["NAME"])
    broken.write_bytes(b"\x00" * 5000)
    with pytest.raises(BooksThere):
        restore(place, replace=False, progress=silent)
    assert broken.read_bytes() == b"\x00" * 5000
    restored(place, replace=True)
    assert digest() == before


def program(folder: Path, version: str) -> Path:
    """Put a ``pg_dump`` on a PATH of its own that writes down how it was called."""
    folder.mkdir()
    place = folder / "pg_dump"
    place.write_text(
        f'#!/bin/sh\n[ "$1" = --version ] && echo "pg_dump (PostgreSQL) {version}" && exit\n'
        f'echo "$@" > {folder}/arguments\n/usr/bin/env > {folder}/environment\n'
        "echo no such thing >&2\nexit 1\n"
    )
    place.chmod(place.stat().st_mode | stat.S_IXUSR)
    return folder


@pytest.fixture
def only_path(monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], None]:
    """Have programs found on one PATH only, and not in the package that tests install."""

    def chosen(folder: Path) -> None:
        monkeypatch.setenv("PATH", f"{folder}")
        monkeypatch.setattr(postgresql, "PACKAGE", "no_such_package")

    return chosen


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["postgresql"], indirect=True)
def test_programs_that_are_missing_or_too_old_are_named(store: None, tmp_path: Path, only_path):
    only_path(tmp_path)
    with pytest.raises(NoBackup, match=r"pg_dump is not here; install .* postgresql-client-\d+"):
        back_up(tmp_path / "x.backup")
    only_path(program(tmp_path / "old", "9.6.24"))
    with pytest.raises(NoBackup, match=r"the server is PostgreSQL \d+, but .* of version 9"):
        back_up(tmp_path / "x.backup")
    assert not list(tmp_path.glob("*.backup*"))


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["postgresql"], indirect=True)
def test_the_password_is_never_on_the_command_line(
    store: None, tmp_path: Path, only_path, monkeypatch: pytest.MonkeyPatch
):
    connection.ensure_connection()
    folder = program(tmp_path / "bin", f"{int(connection.pg_version) // 10_000}.1")
    only_path(folder)
    monkeypatch.setitem(connection.settings_dict, "PASSWORD", "s3cret")
    with pytest.raises(NoBackup, match="pg_dump failed: no such thing"):
        back_up(tmp_path / "x.backup")
    assert "s3cret" not in (folder / "arguments").read_text()
    assert "PGPASSWORD=s3cret\n" in (folder / "environment").read_text()
    assert not [f for f in tmp_path.iterdir() if "backup" in f.name]
