"""Tables in and out of the database in bulk, through Django's own connection and transaction.

SQLite takes rows by ``executemany``; PostgreSQL takes and gives CSV by ``COPY``. Nothing here opens
a second connection or a second database library.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import polars as pl
from django.db import connection

FETCHED = 20_000


def _names(columns: Sequence[str]) -> str:
    return ", ".join(f'"{c}"' for c in columns)


def write(table: str, frame: pl.DataFrame, columns: Sequence[str] | None = None) -> int:
    """Insert the frame's columns into the table; return the number of rows.

    Dates go in as ISO text on SQLite. Must be called inside a transaction that the caller owns.
    """
    if frame.is_empty():
        return 0
    chosen = frame.select(columns) if columns else frame
    if connection.vendor == "sqlite":
        _write_sqlite(table, chosen)
    else:
        _write_postgresql(table, chosen)
    return chosen.height


def _write_sqlite(table: str, frame: pl.DataFrame) -> None:
    dates = [c for c, kind in frame.schema.items() if kind == pl.Date]
    plain = frame.with_columns(pl.col(dates).cast(pl.String)) if dates else frame
    places = ", ".join("?" * plain.width)
    statement = f'INSERT INTO "{table}" ({_names(plain.columns)}) VALUES ({places})'
    connection.ensure_connection()
    connection.connection.executemany(statement, plain.iter_rows(buffer_size=5000))


def _write_postgresql(table: str, frame: pl.DataFrame) -> None:
    buffer = io.BytesIO()
    frame.write_csv(buffer, include_header=False, null_value="\\N", quote_style="non_numeric")
    statement = (
        f"COPY \"{table}\" ({_names(frame.columns)}) FROM STDIN WITH (FORMAT csv, NULL '\\N')"
    )
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.write(buffer.getbuffer())


def read(sql: str, parameters: Sequence[Any], schema: Mapping[str, Any]) -> pl.DataFrame:
    """Return the rows of a query as a table of the given columns and types, in its order.

    ``sql`` uses ``%s`` for parameters and selects exactly the schema's columns.
    """
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute(sql, parameters)
            # Row objects weigh many times what columns do: never hold more than a batch of them.
            batches = [
                _from_rows(rows, schema) for rows in iter(partial(cursor.fetchmany, FETCHED), [])
            ]
        return pl.concat(batches) if batches else pl.DataFrame(schema=dict(schema))
    return _read_postgresql(sql, parameters, schema)


def _from_rows(rows: list[Any], schema: Mapping[str, Any]) -> pl.DataFrame:
    columns = zip(*rows, strict=True)
    return pl.DataFrame(
        [
            _series(name, kind, values)
            for (name, kind), values in zip(schema.items(), columns, strict=True)
        ]
    )


def _series(name: str, kind: Any, values: Sequence[Any]) -> pl.Series:
    """One column as SQLite gives it: a date may come as ISO text, a truth as 0 or 1."""
    if kind == pl.Date and next((isinstance(v, str) for v in values if v is not None), False):
        return pl.Series(name, values, dtype=pl.String).str.to_date("%Y-%m-%d")
    if kind == pl.Boolean:
        return pl.Series(name, [None if v is None else bool(v) for v in values], dtype=kind)
    return pl.Series(name, values, dtype=kind)


def _read_postgresql(
    sql: str, parameters: Sequence[Any], schema: Mapping[str, Any]
) -> pl.DataFrame:
    buffer = io.BytesIO()
    with connection.cursor() as cursor:
        query = cursor.mogrify(sql, parameters) if parameters else sql
        if isinstance(query, bytes):
            query = query.decode()
        # Null is what stands between two commas; empty text has quotes, and so has the text "\\N".
        with cursor.copy(f"COPY ({query}) TO STDOUT WITH (FORMAT csv)") as copy:
            for part in copy:
                buffer.write(part)
    buffer.seek(0)
    if not buffer.getbuffer().nbytes:
        return pl.DataFrame(schema=dict(schema))
    raw = {c: pl.String if k in (pl.Date, pl.Boolean) else k for c, k in schema.items()}
    frame = pl.read_csv(buffer, has_header=False, schema=raw)
    return frame.with_columns(
        pl.col(c).str.to_date("%Y-%m-%d") if kind == pl.Date else (pl.col(c) == "t").alias(c)
        for c, kind in schema.items()
        if kind in (pl.Date, pl.Boolean)
    )
