"""How PostgreSQL keeps documents: its usual compression takes longer than all other writing.

Documents are three kilobytes of JSON, a million of them in a run. The server packs them with lz4
where it was built with it, and otherwise keeps them as they are, in the row while they fit a page.
SQLite has nothing to choose.
"""

from __future__ import annotations

from typing import Any

from django.db import DatabaseError, transaction


def arrange(connection: Any) -> None:
    """Set the storage of document bodies; safe to repeat. Changes only how new rows are kept."""
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        try:
            with transaction.atomic(using=connection.alias):
                cursor.execute("ALTER TABLE document ALTER COLUMN body SET COMPRESSION lz4")
        except DatabaseError:
            cursor.execute("ALTER TABLE document ALTER COLUMN body SET STORAGE EXTERNAL")
            cursor.execute("ALTER TABLE document SET (toast_tuple_target = 8160)")
