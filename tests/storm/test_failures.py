"""Disks that are full or read-only, a server that goes: nothing half, told in words, resumed."""

from __future__ import annotations

import errno
import io
import tempfile
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from tests.store.contents import execute, value
from tools.storm_kills import Kill, Scene, Storm, scenes
from typer.testing import CliRunner

from cleanbill.actions.run_billing import Stopped
from cleanbill.shells.cli import session
from cleanbill.shells.cli.app import app
from cleanbill.store import faults

on_sqlite = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
on_postgresql = pytest.mark.parametrize(
    "backend", [pytest.param("postgresql", marks=pytest.mark.slow)], indirect=True
)
GO_ON = "go on with: cleanbill run --until 2026-10-31 --issue-date 2026-10-31 --key storm"
MIDDLE = [Kill("chunk.numbers.before", 3), Kill("table.bill_line.before", 2)]


@pytest.fixture
def run(storm: Storm, tmp_path: Path) -> Scene:
    """A run in chunks and partitions, done once without accident."""
    scene = scenes(tmp_path)[0]
    storm.calm(scene, apart=False)
    return scene


def make_room() -> None:
    execute("PRAGMA max_page_count = 1000000")


@on_sqlite
@pytest.mark.parametrize("kill", MIDDLE, ids=str)
def test_a_full_disk(storm: Storm, run: Scene, kill: Kill):
    def full() -> None:
        execute(f"PRAGMA max_page_count = {value('PRAGMA page_count')}")

    error = storm.faint(run, kill, full, Stopped, make_room)
    assert "The disk under the books is full" in str(error)
    assert GO_ON in str(error)


@on_sqlite
@pytest.mark.parametrize("kill", MIDDLE, ids=str)
def test_a_disk_that_cannot_be_written(storm: Storm, run: Scene, kill: Kill):
    error = storm.faint(
        run,
        kill,
        lambda: execute("PRAGMA query_only = 1"),
        Stopped,
        lambda: execute("PRAGMA query_only = 0"),
    )
    assert "The books cannot be written" in str(error)
    assert GO_ON in str(error)


class FullFile(io.BytesIO):
    """A file on a disk that has no room left."""

    def write(self, data: Any) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")


@on_sqlite
def test_no_room_for_the_rows_of_a_run(storm: Storm, run: Scene, monkeypatch):
    from tools import storm_work

    with storm.clone(run) as (_, facts):
        monkeypatch.setattr(tempfile, "TemporaryFile", lambda **how: FullFile())
        with pytest.raises(Stopped, match="The disk under the books is full") as error:
            storm_work.work(run.task, facts)
        assert GO_ON in str(error.value)
        assert value("SELECT COUNT(*) FROM bill") == 0
        monkeypatch.undo()
        storm.resumed(run, Kill("spool"), facts)


def terminate() -> None:
    """Let the server end our connection, as at a restart."""
    import psycopg

    backend = value("SELECT pg_backend_pid()")
    with psycopg.connect(**_other(), autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s)", [backend])


def _other() -> dict[str, Any]:
    known = connection.get_connection_params()
    return {k: v for k, v in known.items() if k in ("dbname", "user", "host", "port")}


@on_postgresql
@pytest.mark.parametrize("kill", [*MIDDLE, Kill("chunk.committed", 2)], ids=str)
def test_a_server_that_goes_away(storm: Storm, run: Scene, kill: Kill):
    error = storm.faint(run, kill, terminate, Stopped, lambda: connection.close())
    assert "The database cannot be reached" in str(error)
    assert GO_ON in str(error)


@on_postgresql
def test_a_server_that_becomes_read_only(storm: Storm, run: Scene):
    error = storm.faint(
        run,
        Kill("chunk.committed", 2),
        lambda: execute("SET default_transaction_read_only = on"),
        Stopped,
        lambda: execute("SET default_transaction_read_only = off"),
    )
    assert "The books cannot be written" in str(error)


@on_sqlite
def test_the_command_line_says_what_to_do(storm: Storm, run: Scene, monkeypatch):
    monkeypatch.setenv("CLEANBILL_USER", "boss@storm.example")
    for screen in (session.console, session.complaints):
        monkeypatch.setattr(screen, "_width", 300)
    command = ["run", "--until", "2026-10-31", "--issue-date", "2026-10-31", "--key", "storm"]
    with storm.clone(run) as (_, facts):
        monkeypatch.setattr(faults, "armed", lambda point: execute("PRAGMA query_only = 1"))
        result = CliRunner().invoke(app, command)
        monkeypatch.undo()
        assert (result.exit_code, type(result.exception)) == (2, SystemExit)
        assert "The books cannot be written" in result.stderr
        assert GO_ON in result.stderr
        execute("PRAGMA query_only = 0")
        storm.resumed(run, Kill("command line"), facts)
