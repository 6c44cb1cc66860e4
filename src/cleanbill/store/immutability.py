"""Laws that the database itself keeps: issued documents, postings and events never change.

Triggers refuse UPDATE and DELETE (and, on PostgreSQL, TRUNCATE) on the tables below. SQLite runs
them for REPLACE as well because connections set ``recursive_triggers``.
"""

from __future__ import annotations

from typing import Any

FROZEN = ("bill", "document", "bill_line", "bill_tax", "posting", "event", "charge")
"""Tables whose rows are written once."""


def trigger_names(table: str) -> tuple[str, str]:
    """Return the names of the triggers that guard a table."""
    return f"frozen_{table}_update", f"frozen_{table}_delete"


def install(connection: Any) -> None:
    """Create the triggers; safe to repeat, as after a migration that rebuilds a table."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            for table in FROZEN:
                for name, event in zip(trigger_names(table), ("UPDATE", "DELETE"), strict=True):
                    cursor.execute(f"DROP TRIGGER IF EXISTS {name}")
                    cursor.execute(
                        f"CREATE TRIGGER {name} BEFORE {event} ON {table} BEGIN "
                        f"SELECT RAISE(ABORT, 'rows of {table} never change'); END"
                    )
            return
        cursor.execute(
            "CREATE OR REPLACE FUNCTION frozen_row() RETURNS trigger LANGUAGE plpgsql AS $$ "
            "BEGIN RAISE EXCEPTION 'rows of % never change', TG_TABLE_NAME; END $$"
        )
        for table in FROZEN:
            for name, event in zip(trigger_names(table), ("UPDATE", "DELETE"), strict=True):
                cursor.execute(f"DROP TRIGGER IF EXISTS {name} ON {table}")
                cursor.execute(
                    f"CREATE TRIGGER {name} BEFORE {event} ON {table} "
                    "FOR EACH ROW EXECUTE FUNCTION frozen_row()"
                )
            cursor.execute(f"DROP TRIGGER IF EXISTS frozen_{table}_truncate ON {table}")
            cursor.execute(
                f"CREATE TRIGGER frozen_{table}_truncate BEFORE TRUNCATE ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION frozen_row()"
            )


def missing(connection: Any) -> list[str]:
    """Return the triggers that should be there and are not, or that no longer refuse anything."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(
                "SELECT name FROM sqlite_master WHERE type = 'trigger' "
                "AND sql LIKE '%%BEGIN SELECT RAISE(ABORT, ''rows of ' || tbl_name "
                "|| ' never change''); END'",
                [],
            )
        else:
            cursor.execute(
                "SELECT t.tgname FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid "
                "WHERE t.tgenabled IN ('O', 'A') AND p.proname = 'frozen_row' "
                "AND p.prosrc LIKE '%%BEGIN RAISE EXCEPTION%%'",
                [],
            )
        present = {row[0] for row in cursor.fetchall()}
    wanted = [name for table in FROZEN for name in trigger_names(table)]
    if connection.vendor != "sqlite":
        wanted += [f"frozen_{table}_truncate" for table in FROZEN]
    return [name for name in wanted if name not in present]
