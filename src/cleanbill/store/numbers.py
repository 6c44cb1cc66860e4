"""Counters: document numbers per series and id blocks, taken late in the writing transaction.

A counter row is updated and read back in one statement, so writers queue on it; a rollback gives
the numbers back. That is why no database sequence is used: sequences leave gaps. A bill's id says
its series and its place there, so that it needs no counter that all organisations would queue on.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db import connection


@dataclass(frozen=True, slots=True)
class Taken:
    """Numbers taken from a series: the first, and the chain's head before them."""

    first: int
    chain_head: str


SERIES_ROOM = 2**40
"""Bills that fit into one series: the id of a bill is its series times this, plus its sequence."""


def bill_id(series_id: int, sequence: int) -> int:
    """Return the id of the bill at a place of a series."""
    return series_id * SERIES_ROOM + sequence


class SeriesOrder(ValueError):
    """A bill would be dated before the last of its series."""


def ordered(prefix: str, last_date: date | None, first_date: date) -> None:
    """Raise SeriesOrder when a bill of ``first_date`` would stand before the series' last."""
    if last_date and first_date < last_date:
        raise SeriesOrder(
            f"series {prefix} has reached {last_date}; a bill dated {first_date} would stand "
            "before it. Choose an issue date that is not earlier."
        )


def take_ids(name: str, count: int) -> int:
    """Return the first of ``count`` consecutive ids of a table; must run in a transaction."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO id_block (name, next_id) VALUES (%s, %s) "
            "ON CONFLICT (name) DO UPDATE SET next_id = id_block.next_id + %s RETURNING next_id",
            [name, 1 + count, count],
        )
        return int(cursor.fetchone()[0]) - count


def take_numbers(series_id: int, count: int, first_date: date, last_date: date) -> Taken:
    """Take ``count`` numbers of a series; ``advance_chain`` must follow in the same transaction.

    Raises SeriesOrder when ``first_date`` precedes the series' last issue date.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE series SET next_sequence = next_sequence + %s WHERE id = %s "
            "RETURNING next_sequence, chain_head, last_issue_date, prefix",
            [count, series_id],
        )
        following, head, last, prefix = cursor.fetchone()
        last_day = date.fromisoformat(last) if isinstance(last, str) else last
        ordered(prefix, last_day, first_date)
        return Taken(int(following) - count, str(head))


def advance_chain(series_id: int, head: str, last_date: date) -> None:
    """Move a series' chain head and last issue date on to the bills just written."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE series SET chain_head = %s, last_issue_date = %s WHERE id = %s",
            [head, last_date.isoformat(), series_id],
        )
