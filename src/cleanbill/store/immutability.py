"""Laws that the database itself keeps: issued documents, postings and events never change.

Triggers refuse UPDATE and DELETE (and, on PostgreSQL, TRUNCATE) on the tables below. SQLite runs
them for REPLACE as well because connections set ``recursive_triggers``.
"""

from __future__ import annotations

from typing import Any

FROZEN = (
    *("bill", "document", "bill_line", "bill_line_tax", "bill_tax", "bill_coupon", "posting"),
    *("event", "charge", "terms", "terms_fact", "charge_basis"),
    *("opening_item", "tax_answer"),
    *("purchase_order", "purchase_order_version", "purchase_order_line"),
)
"""Tables whose rows are written once."""


def trigger_names(table: str) -> tuple[str, str]:
    """Return the names of the triggers that guard a table."""
    return f"frozen_{table}_update", f"frozen_{table}_delete"


def _guards(vendor: str) -> dict[str, str]:
    """Return every trigger's name and the statement that creates it."""
    guards = {}
    for table in FROZEN:
        for name, event in zip(trigger_names(table), ("UPDATE", "DELETE"), strict=True):
            if vendor == "sqlite":
                guards[name] = (
                    f"CREATE TRIGGER {name} BEFORE {event} ON {table} BEGIN "
                    f"SELECT RAISE(ABORT, 'rows of {table} never change'); END"
                )
            else:
                guards[name] = (
                    f"CREATE TRIGGER {name} BEFORE {event} ON {table} "
                    "FOR EACH ROW EXECUTE FUNCTION frozen_row()"
                )
        if vendor != "sqlite":
            guards[f"frozen_{table}_truncate"] = (
                f"CREATE TRIGGER frozen_{table}_truncate BEFORE TRUNCATE ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION frozen_row()"
            )
    return guards


_REFUSAL = " BEGIN RAISE EXCEPTION 'rows of % never change', TG_TABLE_NAME; END "


def install(connection: Any) -> None:
    """Create the triggers; safe to repeat, as after a migration that rebuilds a table.

    A table that a later migration makes is left to that one, which has to call this again.
    """
    there = set(connection.introspection.table_names())
    with connection.cursor() as cursor:
        if connection.vendor != "sqlite":
            cursor.execute(
                "CREATE OR REPLACE FUNCTION frozen_row() RETURNS trigger LANGUAGE plpgsql "
                f"AS $${_REFUSAL}$$"
            )
        for name, statement in _guards(connection.vendor).items():
            table = statement.partition(" ON ")[2].split()[0]
            if table not in there:
                continue
            on = "" if connection.vendor == "sqlite" else f" ON {table}"
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}{on}")
            cursor.execute(statement)


def missing(connection: Any) -> list[str]:
    """Return the triggers that are not there, are off, or say anything but what they should."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        else:
            cursor.execute(
                "SELECT t.tgname, REPLACE(pg_get_triggerdef(t.oid), "
                "' ON ' || n.nspname || '.', ' ON ') FROM pg_trigger t "
                "JOIN pg_proc p ON p.oid = t.tgfoid JOIN pg_class c ON c.oid = t.tgrelid "
                "JOIN pg_namespace n ON n.oid = c.relnamespace "
                "WHERE t.tgenabled IN ('O', 'A') AND p.proname = 'frozen_row' AND p.prosrc = %s",
                [_REFUSAL],
            )
        present = dict(cursor.fetchall())
    return [n for n, text in _guards(connection.vendor).items() if present.get(n) != text]
