"""SQLite: the online backup of Django's own connection; what is restored replaces the file."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote

from django.db import connection

from cleanbill.formats.whole_file import whole
from cleanbill.store.backup.trouble import NoBackup

_MAGIC = b"SQLite format 3\x00"


def backup(place: Path) -> None:
    """Copy the database as it is now, without holding up who writes; the copy is checked."""
    connection.ensure_connection()
    with whole(place) as draft:
        _copied(connection.connection, draft)


def _copied(source: sqlite3.Connection, draft: Path) -> None:
    """Copy all pages at once: page by page, a busy writer would start it over for ever."""
    with closing(sqlite3.connect(draft)) as target:
        source.backup(target, pages=-1)
        # One file that needs no other beside it.
        target.execute("PRAGMA journal_mode = DELETE")
        _intact(target, draft)


def _intact(database: sqlite3.Connection, place: Path) -> None:
    said = [row[0] for row in database.execute("PRAGMA integrity_check(5)")]
    if said != ["ok"]:
        raise NoBackup(f"{place} is damaged: {'; '.join(said)}")


@contextmanager
def _opened(place: Path) -> Iterator[sqlite3.Connection]:
    """Open a backup for reading only; raises NoBackup for anything that is no SQLite database."""
    with place.open("rb") as file:
        header = file.read(100)
    if not header.startswith(_MAGIC) or len(header) < 100:
        raise NoBackup(f"{place} is no backup of an SQLite database")
    page, pages = int.from_bytes(header[16:18], "big"), int.from_bytes(header[28:32], "big")
    wanted = pages * (65536 if page == 1 else page)
    if place.stat().st_size != wanted:
        # SQLite itself reads zeros where the end of a file is missing.
        raise NoBackup(f"{place} has {place.stat().st_size} bytes instead of {wanted}: it was cut")
    address = f"file:{quote(str(place.resolve()))}?mode=ro"
    with closing(sqlite3.connect(address, uri=True)) as source:
        try:
            yield source
        except sqlite3.DatabaseError as error:
            raise NoBackup(f"{place} cannot be read: {error}") from error


def migrations_in(place: Path) -> set[str]:
    """Return the names of the migrations that made the backup's tables; none without our tables."""
    with _opened(place) as source:
        _intact(source, place)
        tables = {r[0] for r in source.execute("SELECT name FROM sqlite_master")}
        if "django_migrations" not in tables:
            return set()
        rows = source.execute("SELECT name FROM django_migrations WHERE app = 'store'")
        return {str(row[0]) for row in rows}


def restore(place: Path, replace: bool) -> None:
    """Put a copy of the backup in the place of the database file, by one renaming."""
    target = Path(connection.settings_dict["NAME"])
    target.parent.mkdir(parents=True, exist_ok=True)
    connection.close()
    with whole(target) as draft:
        with _opened(place) as source:
            _copied(source, draft)
        if target.exists():
            _alone(target)


def _alone(target: Path) -> None:
    """See that nobody else has the old file open, and take away what lies beside it.

    A write-ahead log of the old database must never meet the new file.
    """
    try:
        with closing(sqlite3.connect(target, timeout=5)) as old:
            old.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.OperationalError as error:
        if "locked" in str(error):
            raise NoBackup(
                f"{target} is in use; stop every program that has it open, then restore"
            ) from error
        _cleared(target)
    except sqlite3.DatabaseError:
        # What is too broken to be opened has nothing to lose.
        _cleared(target)


def _cleared(target: Path) -> None:
    for tail in ("-wal", "-shm", "-journal"):
        target.with_name(target.name + tail).unlink(missing_ok=True)
