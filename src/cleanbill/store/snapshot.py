"""One moment of the books: what is read stays as it was, whatever others write meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection


@contextmanager
def one_moment() -> Iterator[None]:
    """Read everything inside as of one moment, holding nobody up; what is written is rolled back.

    On SQLite this is a reading transaction over the write-ahead log, on PostgreSQL one that is
    repeatable and read only. Inside a transaction of the caller it is that transaction.
    """
    if connection.in_atomic_block:
        yield
        return
    begin = "BEGIN DEFERRED"
    if connection.vendor != "sqlite":
        begin = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY"
    with connection.cursor() as cursor:
        cursor.execute(begin)
    _plan(work_mem="64MB", enable_seqscan="off")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ROLLBACK")


@contextmanager
def whole_tables() -> Iterator[None]:
    """Inside ``one_moment``, read and join whole tables; else what is read is a small part of one.

    Right after a large import PostgreSQL knows nothing yet of the sizes and values of its tables,
    and would choose a way that takes hours; so the two ways of reading are told apart by us.
    """
    _plan(enable_seqscan="on", enable_nestloop="off")
    yield
    _plan(enable_seqscan="off", enable_nestloop="on")


def _plan(**settings: str) -> None:
    """Set how PostgreSQL plans queries until the end of our own transaction."""
    if connection.vendor == "sqlite" or connection.in_atomic_block:
        return
    with connection.cursor() as cursor:
        for name, setting in settings.items():
            cursor.execute(f"SET LOCAL {name} = '{setting}'")
