"""The floor of a run: what any program must do at least to read these charges and keep these bills.

Rows come ready-made from the database that the run has filled, chunk by chunk outside the clock,
and go by the quickest way each database has: tuples by ``executemany``, binary ``COPY``.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from typing import Any

from django.db import connection, transaction

CHUNK = 5000
OF_BILL = ("document", "bill_line", "bill_line_tax", "bill_tax", "posting")


def read_through() -> float:
    """Read every charge once, in the columns that a run reads; return seconds."""
    from cleanbill.engine.tables import CHARGES
    from cleanbill.store.reading import columns_of

    query = f"SELECT {columns_of(CHARGES, 'c', 'charge_id')} FROM charge c"
    begun = time.perf_counter()
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(query)
            while cursor.fetchmany(20_000):
                pass
        else:
            with cursor.copy(f"COPY ({query}) TO STDOUT WITH (FORMAT csv)") as copy:
                for _ in copy:
                    pass
    return time.perf_counter() - begun


def inserted(source: str) -> tuple[float, int]:
    """Insert all rows of issued bills from the database ``source``; return seconds and rows."""
    copy = _from_sqlite if connection.vendor == "sqlite" else _from_postgresql
    seconds, rows = 0.0, 0
    for took, count in copy(source):
        seconds += took
        rows += count
    return seconds, rows


def _queries(first: int, last: int) -> dict[str, str]:
    """SELECTs of everything that belongs to a stretch of bills."""
    between = f"BETWEEN {first} AND {last}"
    own = {table: f"SELECT * FROM {table} WHERE bill_id {between}" for table in OF_BILL}
    links = (
        "SELECT l.* FROM bill_line n JOIN charge_link l ON l.charge_id = n.charge_id "
        f"WHERE n.bill_id {between}"
    )
    return {"bill": f"SELECT * FROM bill WHERE id {between}", **own, "charge_link": links}


_STRETCHES = "SELECT id FROM bill ORDER BY series_id, sequence"


def _stretches(ids: list[int]) -> Iterator[tuple[int, int]]:
    for start in range(0, len(ids), CHUNK):
        yield ids[start], ids[min(start + CHUNK, len(ids)) - 1]


def _from_sqlite(source: str) -> Iterator[tuple[float, int]]:
    other = sqlite3.connect(source.removeprefix("sqlite:///"))
    ids = [row[0] for row in other.execute(_STRETCHES)]
    connection.ensure_connection()
    for first, last in _stretches(ids):
        ready = {
            table: other.execute(query).fetchall() for table, query in _queries(first, last).items()
        }
        begun = time.perf_counter()
        with transaction.atomic():
            for table, rows in ready.items():
                if not rows:
                    continue
                places = ", ".join("?" * len(rows[0]))
                connection.connection.executemany(f"INSERT INTO {table} VALUES ({places})", rows)
        yield time.perf_counter() - begun, sum(len(rows) for rows in ready.values())


def _from_postgresql(source: str) -> Iterator[tuple[float, int]]:
    import psycopg

    other = psycopg.connect(source)
    ids = [row[0] for row in other.execute(_STRETCHES)]
    for first, last in _stretches(ids):
        ready: dict[str, bytes] = {}
        for table, query in _queries(first, last).items():
            with other.cursor() as cursor:
                statement = f"COPY ({query}) TO STDOUT WITH (FORMAT binary)"
                with cursor.copy(statement) as copy:  # type: ignore[call-overload]
                    ready[table] = b"".join(copy)
        rows = 0
        begun = time.perf_counter()
        with transaction.atomic():
            for table, data in ready.items():
                rows += _copied(table, data)
        yield time.perf_counter() - begun, rows


def _copied(table: str, data: bytes) -> int:
    cursor: Any
    with connection.cursor() as cursor:
        with cursor.copy(f"COPY {table} FROM STDIN WITH (FORMAT binary)") as copy:
            copy.write(data)
        return int(cursor.rowcount)
