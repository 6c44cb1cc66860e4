"""Backups: the whole database into one file while others work on it, and back.

In: the open database, a path. Out: a file that is there whole or not at all; or books in place.
"""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

from django.db import DatabaseError, connection

from cleanbill.store.backup import postgresql, sqlite
from cleanbill.store.backup.trouble import BooksThere, NoBackup
from cleanbill.store.connect import exists

__all__ = ["BooksThere", "NoBackup", "backup", "known", "restore"]


def _kind() -> ModuleType:
    return sqlite if connection.vendor == "sqlite" else postgresql


def backup(place: Path) -> None:
    """Write the open database to ``place``, as of one moment.

    Raises FileExistsError, NoBackup when it cannot be made.
    """
    if place.exists():
        raise FileExistsError(f"{place} is there already; a backup never replaces another file")
    place.parent.mkdir(parents=True, exist_ok=True)
    _kind().backup(place)


def restore(place: Path, *, replace: bool = False) -> None:
    """Put a backup in the place of the open database, at once or not at all.

    Raises BooksThere when there are books and ``replace`` does not allow to lose them, NoBackup
    when the file is no backup for this kind of database, or one of a newer release.
    """
    kind = _kind()
    known(place)
    if not replace and _books_there():
        raise BooksThere(
            "this database holds books already. Restore into an empty one, or, to lose what it "
            "holds now, add --replace"
        )
    # Empty tables of a database that was only set up give way, too.
    kind.restore(place, replace or connection.vendor == "sqlite" or exists())


def _books_there() -> bool:
    """Tell whether there is something to lose; a database that cannot be read may be that."""
    try:
        if not exists():
            return False
        with connection.cursor() as cursor:
            cursor.execute("SELECT COUNT(*) FROM organisation")
            return bool(cursor.fetchone()[0])
    except DatabaseError:
        if connection.vendor == "sqlite":
            return True
        raise


def known(place: Path) -> None:
    """Refuse a file that is no whole backup, or one whose schema this release does not know.

    Raises NoBackup.
    """
    from django.db.migrations.loader import MigrationLoader

    migrations = _kind().migrations_in(place)
    ours = {n for app, n in MigrationLoader(None).disk_migrations or {} if app == "store"}
    if not migrations:
        raise NoBackup(f"{place} holds no books of Cleanbill")
    if migrations - ours:
        newest = max(migrations - ours)
        raise NoBackup(
            f"{place} comes from a newer release of Cleanbill (it knows {newest}); "
            "install that release, then restore"
        )
