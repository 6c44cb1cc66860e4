"""Which worker takes what: the first run or job that waits, or one whose process fell silent.

A claim is one statement, so two workers never take the same one at once. Should a run be taken
while its first process still lives (a clock that jumped, a machine that slept), two work on it:
slower, but every charge is still billed once.
"""

from __future__ import annotations

from datetime import datetime

from django.db import connection, transaction


def claim(now: datetime, silent_since: datetime) -> int | None:
    """Take a run that is queued, or running without a sign of life since; return its id or None."""
    return _claimed("run", "AND NOT pause_wanted ", now, silent_since)


def claim_job(now: datetime, silent_since: datetime) -> int | None:
    """Take a job in the same way."""
    return _claimed("job", "", now, silent_since)


def _claimed(table: str, unless: str, now: datetime, silent_since: datetime) -> int | None:
    skipping = "" if connection.vendor == "sqlite" else " FOR UPDATE SKIP LOCKED"
    # Those of all organisations wait in one line; whoever works acts as the one who asked for it.
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {table} SET state = 'running', heartbeat_at = %s WHERE id = "
            f"(SELECT id FROM {table} "
            f"WHERE state = 'queued' OR (state = 'running' {unless}AND "
            "COALESCE(heartbeat_at, started_at) < %s) "
            f"ORDER BY id LIMIT 1{skipping}) RETURNING id",
            [now, silent_since],
        )
        row = cursor.fetchone()
    return None if row is None else int(row[0])
