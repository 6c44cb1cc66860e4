"""Tables in and out of the database in bulk, through Django's own connection and transaction.

SQLite takes rows by ``executemany``; PostgreSQL takes and gives CSV by ``COPY``. Nothing here opens
a second connection or a second database library.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import islice
from typing import Any

import polars as pl
from django.db import connection

FETCHED = 20_000
"""Rows of SQLite, as objects, that are turned into columns at once."""
COPIED = 100_000
"""Rows of PostgreSQL, as text, that are turned into columns at once."""


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


@contextmanager
def _copying(statement: str) -> Iterator[Any]:
    """A COPY into PostgreSQL, its errors in Django's words: they come when it ends."""
    with (
        connection.cursor() as cursor,
        connection.wrap_database_errors,
        cursor.copy(statement) as c,
    ):
        yield c


def write_long_texts(table: str, frame: pl.DataFrame) -> None:
    """Insert few columns with long texts: on PostgreSQL in binary form, which nobody must parse.

    Columns are Int64 or String, without nulls.
    """
    if connection.vendor == "sqlite":
        _write_sqlite(table, frame)
        return
    kinds = ["int8" if kind == pl.Int64 else "text" for kind in frame.dtypes]
    statement = f'COPY "{table}" ({_names(frame.columns)}) FROM STDIN WITH (FORMAT binary)'
    with _copying(statement) as copy:
        copy.set_types(kinds)
        for row in frame.iter_rows():
            copy.write_row(row)


def _write_sqlite(table: str, frame: pl.DataFrame) -> None:
    dates = [c for c, kind in frame.schema.items() if kind == pl.Date]
    plain = frame.with_columns(pl.col(dates).cast(pl.String)) if dates else frame
    places = ", ".join("?" * plain.width)
    statement = f'INSERT INTO "{table}" ({_names(plain.columns)}) VALUES ({places})'
    connection.ensure_connection()
    with connection.wrap_database_errors:
        connection.connection.executemany(statement, plain.iter_rows(buffer_size=5000))


def _write_postgresql(table: str, frame: pl.DataFrame) -> None:
    buffer = io.BytesIO()
    frame.write_csv(buffer, include_header=False, null_value="\\N", quote_style="non_numeric")
    statement = (
        f"COPY \"{table}\" ({_names(frame.columns)}) FROM STDIN WITH (FORMAT csv, NULL '\\N')"
    )
    with _copying(statement) as copy:
        copy.write(buffer.getbuffer())


def read(sql: str, parameters: Sequence[Any], schema: Mapping[str, Any]) -> pl.DataFrame:
    """Return the rows of a query as a table of the given columns and types, in its order.

    ``sql`` uses ``%s`` for parameters and selects exactly the schema's columns.
    """
    batches = list(read_batches(sql, parameters, schema))
    return pl.concat(batches) if batches else pl.DataFrame(schema=dict(schema))


def read_batches(
    sql: str, parameters: Sequence[Any], schema: Mapping[str, Any]
) -> Iterator[pl.DataFrame]:
    """Yield the rows of a query as ``read`` does, in tables of some ten thousand rows or more.

    All come from one statement, so they show one state of the database. Nothing else may use the
    connection until the last has been taken.
    """
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute(sql, parameters)
            # Row objects weigh many times what columns do: never hold more than a batch of them.
            for rows in iter(partial(cursor.fetchmany, FETCHED), []):
                yield _from_rows(rows, schema)
        return
    with connection.cursor() as cursor:
        query = cursor.mogrify(sql, parameters) if parameters else sql
        if isinstance(query, bytes):
            query = query.decode()
        # Null is what stands between two commas; empty text has quotes, and so has the text "\\N".
        statement = f"COPY ({query}) TO STDOUT WITH (FORMAT csv)"
        with connection.wrap_database_errors, cursor.copy(statement) as copy:
            rows = iter(copy)
            while batch := list(islice(rows, COPIED)):
                yield _from_csv(b"".join(batch), schema)


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


def _from_csv(text: bytes, schema: Mapping[str, Any]) -> pl.DataFrame:
    raw = {c: pl.String if k in (pl.Date, pl.Boolean) else k for c, k in schema.items()}
    frame = pl.read_csv(text, has_header=False, schema=raw)
    return frame.with_columns(
        pl.col(c).str.to_date("%Y-%m-%d") if kind == pl.Date else (pl.col(c) == "t").alias(c)
        for c, kind in schema.items()
        if kind in (pl.Date, pl.Boolean)
    )


def texts_in(column: str) -> str:
    """Return SQL for "the column is one of a JSON array of texts", given as one parameter."""
    if connection.vendor == "sqlite":
        return f"{column} IN (SELECT value FROM json_each(%s))"
    return f"{column} IN (SELECT jsonb_array_elements_text(%s::jsonb))"


def ids_in(column: str) -> str:
    """Return SQL for "the column is one of a JSON array of ids", given as one parameter."""
    if connection.vendor == "sqlite":
        return f"{column} IN (SELECT CAST(value AS INTEGER) FROM json_each(%s))"
    return f"{column} IN (SELECT jsonb_array_elements_text(%s::jsonb)::bigint)"
