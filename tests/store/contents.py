"""What a database holds, as plain values that can be compared before and after."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache
from hashlib import sha256
from typing import Any

from django.db import connection

Tables = dict[str, list[tuple[Any, ...]]]


def everything(*, but: Collection[str] = (), organisation: int | None = None) -> Tables:
    """Return the rows of every table, sorted; with ``organisation`` only the rows it owns."""
    return {
        table: _rows(table, organisation)
        for table in sorted(connection.introspection.table_names())
        if table not in but and (organisation is None or _owned(connection.vendor, table))
    }


def digest(*, organisation: int | None = None) -> str:
    """Return one hash over all that the database (or one organisation in it) holds."""
    return sha256(repr(everything(organisation=organisation)).encode()).hexdigest()


@cache
def _owned(vendor: str, table: str) -> bool:
    """Tell whether rows of a table name their organisation; asked of each kind of database once."""
    with connection.cursor() as cursor:
        described = connection.introspection.get_table_description(cursor, table)
    return "organisation_id" in {column.name for column in described}


def _rows(table: str, organisation: int | None) -> list[tuple[Any, ...]]:
    only = "" if organisation is None else f" WHERE organisation_id = {organisation}"
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT * FROM "{table}"{only}')
        return sorted((tuple(row) for row in cursor.fetchall()), key=repr)


def execute(sql: str, *parameters: Any) -> None:
    """Run one statement, as somebody with a database shell would."""
    with connection.cursor() as cursor:
        cursor.execute(sql, list(parameters))


def value(sql: str, *parameters: Any) -> Any:
    """Return the first column of the first row, None without a row."""
    with connection.cursor() as cursor:
        cursor.execute(sql, list(parameters))
        row = cursor.fetchone()
    return None if row is None else row[0]
