"""History in the store: the lines of issued bills, and what is usual by them, kept prepared.

Writing must run inside the caller's transaction.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date

import polars as pl
from django.db import connection

from cleanbill.engine.habit_tables import DESCRIBED
from cleanbill.engine.history_tables import HISTORY_LINES, USUAL
from cleanbill.store.bulk import read, read_batches, texts_in, write
from cleanbill.store.models import HistoryState
from cleanbill.store.reading import columns_of


def state(organisation_id: int) -> HistoryState | None:
    """Return how far history has been prepared; None where it never has been."""
    return HistoryState.objects.filter(organisation_id=organisation_id).first()


def last_bill_id(organisation_id: int) -> int:
    """Return the id of the latest bill, 0 without bills. Ids rise in the order of commits."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM bill WHERE organisation_id = %s ORDER BY id DESC LIMIT 1",
            [organisation_id],
        )
        row = cursor.fetchone()
    return int(row[0]) if row else 0


def customers_billed_since(organisation_id: int, bill_id: int) -> pl.Series:
    """Return the customers who got a bill or a credit note after a bill."""
    rows = read(
        "SELECT DISTINCT customer FROM bill WHERE organisation_id = %s AND id > %s "
        "AND customer IS NOT NULL ORDER BY customer",
        [organisation_id, bill_id],
        {"customer": pl.String},
    )
    return rows["customer"]


def billed_lines(
    organisation_id: int, customers: pl.Series | None = None, before: date | None = None
) -> Iterator[pl.DataFrame]:
    """Yield HISTORY_LINES of all customers or of these, of bills ``before`` a day if given.

    A line that credit notes (before the day) have taken back completely is none: it was a mistake.
    """
    until, credited = ("", "") if before is None else (" AND b.issue_date < %s", _CREDITED_BEFORE)
    days = [] if before is None else [before.isoformat()]
    only = "" if customers is None else f" AND {texts_in('b.customer')}"
    names = [] if customers is None else [json.dumps(customers.to_list())]
    sql = (
        "SELECT b.customer, n.item, b.currency, c.unit, b.id, "
        "COALESCE(c.service_date, b.issue_date) || '', "
        "n.quantity_e6, n.line_price_e8, n.net_minor, b.net_minor "
        "FROM bill b JOIN bill_line n ON n.bill_id = b.id LEFT JOIN charge c ON c.id = n.charge_id "
        "WHERE b.organisation_id = %s AND b.kind = 'invoice' AND b.customer IS NOT NULL "
        f"{until}{only} AND n.quantity_e6 <> COALESCE((SELECT SUM(r.quantity_e6) FROM bill_line r "
        f"{credited}WHERE r.credits_bill_id = n.bill_id AND r.credits_line = n.line), 0)"
    )
    return read_batches(sql, [organisation_id, *days, *names, *days], HISTORY_LINES)


_CREDITED_BEFORE = "JOIN bill k ON k.id = r.bill_id AND k.issue_date < %s "


def usual(organisation_id: int, charges: pl.DataFrame | None = None) -> Iterator[pl.DataFrame]:
    """Yield USUAL of all customers, or of those that few ``charges`` name."""
    which, names = "t.customer IS NOT NULL", []
    if charges is not None:
        which, names = texts_in("t.customer"), [_json(charges["customer"])]
    sql = f"SELECT {columns_of(USUAL, 't')} FROM usual t WHERE t.organisation_id = %s AND {which}"
    return read_batches(sql, [organisation_id, *names], USUAL)


def usual_of_items(organisation_id: int, charges: pl.DataFrame | None = None) -> pl.DataFrame:
    """Return USUAL of all items, or of those that few ``charges`` name."""
    which, names = "", []
    if charges is not None:
        which, names = f"AND {texts_in('t.item')}", [_json(charges["item"])]
    return read(
        f"SELECT {columns_of(USUAL, 't')} FROM usual t WHERE t.organisation_id = %s "
        f"AND t.customer IS NULL {which}",
        [organisation_id, *names],
        USUAL,
    )


def described(organisation_id: int, charges: pl.DataFrame | None = None) -> pl.DataFrame:
    """Return DESCRIBED: billed items, or of them those that few ``charges`` describe."""
    which, texts = "", []
    if charges is not None:
        which, texts = f"AND {texts_in('i.description')}", [_json(charges["description"])]
    return read(
        "SELECT i.item, i.description FROM item i WHERE i.organisation_id = %s "
        "AND i.description IS NOT NULL AND EXISTS (SELECT 1 FROM usual t "
        "WHERE t.organisation_id = i.organisation_id AND t.item = i.item AND t.customer IS NULL) "
        f"{which} ORDER BY i.item",
        [organisation_id, *texts],
        DESCRIBED,
    )


def usual_with_items(organisation_id: int, items: pl.Series) -> pl.DataFrame:
    """Return USUAL of all customers who have had one of these items."""
    return read(
        f"SELECT {columns_of(USUAL, 't')} FROM usual t WHERE t.organisation_id = %s "
        f"AND t.customer IS NOT NULL AND {texts_in('t.item')}",
        [organisation_id, _json(items)],
        USUAL,
    )


def items_of(organisation_id: int, customers: pl.Series) -> pl.Series:
    """Return the items that these customers have usual figures for."""
    rows = read(
        "SELECT DISTINCT t.item FROM usual t WHERE t.organisation_id = %s AND t.item IS NOT NULL "
        f"AND {texts_in('t.customer')}",
        [organisation_id, _json(customers)],
        {"item": pl.String},
    )
    return rows["item"]


def forget(
    organisation_id: int, *, customers: pl.Series | None = None, items: pl.Series | None = None
) -> None:
    """Delete what is usual of these customers, or of these items, or of everybody."""
    which, names = "", []
    if customers is not None:
        which, names = f" AND {texts_in('customer')}", [_json(customers)]
    if items is not None:
        which, names = f" AND customer IS NULL AND {texts_in('item')}", [_json(items)]
    with connection.cursor() as cursor:
        cursor.execute(
            f"DELETE FROM usual WHERE organisation_id = %s{which}", [organisation_id, *names]
        )


def remember(organisation_id: int, rows: pl.DataFrame) -> None:
    """Write rows of USUAL."""
    own = pl.lit(organisation_id, dtype=pl.Int64).alias("organisation_id")
    write("usual", rows.select(*USUAL).with_columns(own))


def _json(values: pl.Series) -> str:
    return json.dumps(values.drop_nulls().unique().sort().to_list())
