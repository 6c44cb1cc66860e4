"""Which worker takes which run: the first that waits, or one whose process has fallen silent.

A claim is one statement, so two workers never take the same run at once. Should a run be taken
while its first process still lives (a clock that jumped, a machine that slept), two work on it:
slower, but every charge is still billed once.
"""

from __future__ import annotations

from datetime import datetime

from django.db import connection, transaction


def claim(now: datetime, silent_since: datetime) -> int | None:
    """Take a run that is queued, or running without a sign of life since; return its id or None."""
    skipping = "" if connection.vendor == "sqlite" else " FOR UPDATE SKIP LOCKED"
    # Runs of all organisations wait in one line; whoever runs one acts as the one who asked for it.
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE run SET state = 'running', heartbeat_at = %s WHERE id = (SELECT id FROM run "
            "WHERE state = 'queued' OR (state = 'running' AND NOT pause_wanted AND "
            "COALESCE(heartbeat_at, started_at) < %s) "
            f"ORDER BY id LIMIT 1{skipping}) RETURNING id",
            [now, silent_since],
        )
        row = cursor.fetchone()
    return None if row is None else int(row[0])
