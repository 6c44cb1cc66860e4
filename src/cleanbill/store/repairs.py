"""Repairs in the database: what proposals speak of, and the rows that they change.

Charges are never edited: a correction is a new version that supersedes the one before, as if the
source had sent it; prices get a new version, too. Everything here works in the transaction of the
caller.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import polars as pl
from django.db import connection

from cleanbill.engine.tables import AGREEMENTS, CHARGES, CUSTOMERS, ITEMS, PRICES, TIERS, Schema
from cleanbill.store import faults
from cleanbill.store.bulk import read, write
from cleanbill.store.numbers import take_ids
from cleanbill.store.reading import columns_of
from cleanbill.store.writing import close_charges

Row = dict[str, Any]
VERSIONED: Schema = {**CHARGES, "version": pl.Int32, "attributes": pl.String}
_OPEN = "NOT EXISTS (SELECT 1 FROM charge_link l WHERE l.charge_id = c.id AND l.live)"


class Taken(ValueError):
    """A row has been billed, corrected or closed since it was looked at."""


def charge(organisation_id: int, charge_id: int | None, *, still_open: bool = True) -> Row | None:
    """Return a charge; None where it is not there, or something has become of it."""
    only = f" AND {_OPEN}" if still_open else ""
    rows = read(
        f"SELECT {columns_of(VERSIONED, 'c', 'charge_id')} FROM charge c "
        f"WHERE c.organisation_id = %s AND c.id = %s{only}",
        [organisation_id, charge_id],
        VERSIONED,
    )
    return _with_id(rows)[0] if rows.height else None


def open_charges_of(organisation_id: int, customer: str, until: date | None = None) -> list[Row]:
    """Return the open charges of a customer, of services up to a day if given."""
    only = "" if until is None else " AND (c.service_date IS NULL OR c.service_date <= %s)"
    rows = read(
        f"SELECT {columns_of(VERSIONED, 'c', 'charge_id')} FROM charge c "
        f"WHERE c.organisation_id = %s AND c.customer = %s{only} AND {_OPEN} ORDER BY c.id",
        [organisation_id, customer, *([] if until is None else [until.isoformat()])],
        VERSIONED,
    )
    return _with_id(rows)


def _with_id(rows: pl.DataFrame) -> list[Row]:
    return [{**row, "id": row["charge_id"]} for row in rows.to_dicts()]


def master_row(organisation_id: int, table: str, key: str | None) -> Row | None:
    """Return a customer or an item by its reference."""
    schema = {"customer": CUSTOMERS, "item": ITEMS}[table]
    rows = read(
        f'SELECT {columns_of(schema, "t")} FROM "{table}" t '
        f"WHERE t.organisation_id = %s AND t.{table} = %s",
        [organisation_id, key],
        schema,
    )
    return rows.to_dicts()[0] if rows.height else None


def prices_of(organisation_id: int, item: str | None) -> list[Row]:
    """Return the current prices of an item, each with its ``tiers``."""
    prices = read(
        f"SELECT {columns_of(PRICES, 'p', 'price_id')} FROM price p "
        "WHERE p.organisation_id = %s AND p.current AND p.item = %s ORDER BY p.id",
        [organisation_id, item],
        PRICES,
    )
    tiers = read(
        f"SELECT {columns_of(TIERS, 't')} FROM price_tier t JOIN price p ON p.id = t.price_id "
        "WHERE t.organisation_id = %s AND p.current AND p.item = %s ORDER BY t.price_id, t.tier",
        [organisation_id, item],
        TIERS,
    ).to_dicts()
    return [
        {**price, "tiers": [t for t in tiers if t["price_id"] == price["price_id"]]}
        for price in prices.to_dicts()
    ]


def agreements_of(organisation_id: int, customer: str | None) -> list[Row]:
    """Return the agreements of a customer."""
    return read(
        f"SELECT {columns_of(AGREEMENTS, 't', 'agreement_id')} FROM agreement t "
        "WHERE t.organisation_id = %s AND t.customer = %s ORDER BY t.id",
        [organisation_id, customer],
        AGREEMENTS,
    ).to_dicts()


def marks(organisation_id: int) -> dict[str, int]:
    """Return the next number of each series by its id, as JSON keeps keys."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, next_sequence FROM series WHERE organisation_id = %s", [organisation_id]
        )
        return {str(key): int(following) for key, following in cursor.fetchall()}


def billed_since(
    organisation_id: int, since: Mapping[str, int], column: str, value: Any
) -> str | None:
    """Return the number of a bill issued behind the marks for a ``customer``, ``item`` or
    ``price_id``; None where there is none.
    """
    where = {
        "customer": "b.customer = %s",
        "item": "EXISTS (SELECT 1 FROM bill_line n JOIN charge c ON c.id = n.charge_id "
        "WHERE n.bill_id = b.id AND c.item = %s)",
        "price_id": "EXISTS (SELECT 1 FROM bill_line n WHERE n.bill_id = b.id AND n.price_id = %s)",
    }[column]
    with connection.cursor() as cursor:
        for series, following in since.items():
            cursor.execute(
                "SELECT b.number FROM bill b WHERE b.organisation_id = %s AND b.series_id = %s "
                f"AND b.sequence >= %s AND {where} ORDER BY b.sequence LIMIT 1",
                [organisation_id, int(series), following, value],
            )
            row = cursor.fetchone()
            if row:
                return str(row[0])
    return None


def live_link(organisation_id: int, charge_id: int) -> Row | None:
    """Return what has become of a charge: kind, cause, and the number of its bill; None if open."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT l.kind, l.cause, b.number FROM charge_link l "
            "LEFT JOIN bill b ON b.id = l.bill_id "
            "WHERE l.organisation_id = %s AND l.charge_id = %s AND l.live",
            [organisation_id, charge_id],
        )
        row = cursor.fetchone()
    return None if row is None else dict(zip(("kind", "cause", "number"), row, strict=True))


def add_charges(
    organisation_id: int, source_file: int, rows: Sequence[Row], replaced: Sequence[int | None]
) -> list[int]:
    """Write charges, each in place of the one that it ``replaced``, if any; return their ids.

    Rows have the columns of VERSIONED. Raises ChargesTaken where one was closed meanwhile.
    """
    first = take_ids("charge", len(rows))
    frame = pl.DataFrame(list(rows), schema=dict(VERSIONED), orient="row").with_columns(
        (pl.int_range(pl.len(), dtype=pl.Int64) + first).alias("id"),
        pl.int_range(1, pl.len() + 1, dtype=pl.Int64).alias("row"),
        pl.lit(organisation_id, dtype=pl.Int64).alias("organisation_id"),
        pl.lit(source_file, dtype=pl.Int64).alias("source_file"),
    )
    with faults.write("repair.charges"):
        write("charge", frame.drop("charge_id"))
    new = frame["id"].to_list()
    pairs = [(old, own) for old, own in zip(replaced, new, strict=True) if old is not None]
    with faults.write("repair.links"):
        for old, own in pairs:
            close(organisation_id, old, "superseded", f"superseded by charge {own}")
    return new


def close(organisation_id: int, charge_id: int, kind: str, cause: str) -> None:
    """Close one charge. Raises ChargesTaken."""
    frame = pl.DataFrame(
        {"charge_id": [charge_id], "cause": [cause]},
        schema={"charge_id": pl.Int64, "cause": pl.String},
    )
    close_charges(organisation_id, None, frame, kind)


def release(organisation_id: int, charge_id: int, cause: str) -> int:
    """Open a charge that was closed as not billable for this cause; return how many were."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE charge_link SET live = %s WHERE organisation_id = %s AND charge_id = %s "
            "AND live = %s AND kind = 'not_billable' AND cause = %s",
            [False, organisation_id, charge_id, True, cause],
        )
        return int(cursor.rowcount)
