"""Purchase orders for a run: what customers ordered, and what bills have drawn.

What is drawn is the sum of what issued lines say; nothing counts it beside them.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

import polars as pl
from django.db import connection

from cleanbill.engine.order_tables import (
    ORDER_DRAWN,
    ORDER_HEADS,
    ORDER_LINES,
    ORDER_VERSIONS,
    Orders,
)
from cleanbill.store.bulk import ids_in, read, texts_in
from cleanbill.store.reading import columns_of

_HEADS = (
    "SELECT o.id, o.customer, o.purchase_order, o.currency, o.calls_off, b.id "
    "FROM purchase_order o LEFT JOIN purchase_order b ON b.organisation_id = o.organisation_id "
    "AND b.customer = o.customer AND b.purchase_order = o.calls_off WHERE o.organisation_id = %s"
)


def orders(
    organisation_id: int, charges: pl.DataFrame | None = None, run_id: int | None = None
) -> Orders:
    """Return the orders there are, with what is drawn: all, or those that ``charges`` may meet.

    These are the orders of their customers, and others by the numbers that they name. What credits
    and lines below zero of the run ``run_id`` gave back does not count: a run that goes on after a
    kill has what it began with, less what its own invoices drew.
    """
    if not _any("purchase_order", organisation_id):
        return Orders()
    only, names = "", []
    if charges is not None:
        only = f" AND ({texts_in('o.customer')} OR {texts_in('o.purchase_order')})"
        names = [_json(charges[c]) for c in ("customer", "purchase_order")]
    heads = read(f"{_HEADS}{only} ORDER BY o.id", [organisation_id, *names], ORDER_HEADS)
    return _with_versions(organisation_id, heads, run_id)


def _with_versions(organisation_id: int, heads: pl.DataFrame, run_id: int | None) -> Orders:
    ids = [organisation_id, _json(heads["order_id"])]
    own = f"WHERE t.organisation_id = %s AND {ids_in('t.order_id')}"
    return Orders(
        heads,
        read(
            f"SELECT {columns_of(ORDER_VERSIONS, 't')} FROM purchase_order_version t {own} "
            "ORDER BY t.order_id, t.version",
            ids,
            ORDER_VERSIONS,
        ),
        read(
            f"SELECT {columns_of(ORDER_LINES, 't')} FROM purchase_order_line t {own} "
            "ORDER BY t.order_id, t.version, t.line",
            ids,
            ORDER_LINES,
        ),
        _drawn(organisation_id, ids[1], run_id, "b.kind = 'credit_note' OR n.net_minor < 0"),
        _drawn(organisation_id, ids[1], run_id, "1 = 1"),
    )


def _drawn(organisation_id: int, ids: str, run_id: int | None, left_out: str) -> pl.DataFrame:
    """What was drawn, without those lines of the run that ``left_out`` says, in SQL."""
    sign = "CASE WHEN b.kind = 'invoice' THEN 1 ELSE -1 END"
    return read(
        f"SELECT n.purchase_order_id, n.item, SUM(n.quantity_e6 * {sign}), "
        f"SUM(n.net_minor * {sign}) FROM bill_line n JOIN bill b ON b.id = n.bill_id "
        "WHERE n.organisation_id = %s AND n.purchase_order_id IS NOT NULL "
        f"AND {ids_in('n.purchase_order_id')} "
        f"AND NOT (COALESCE(b.run_id, 0) = %s AND ({left_out})) "
        "GROUP BY n.purchase_order_id, n.item ORDER BY n.purchase_order_id, n.item",
        [organisation_id, ids, run_id or -1],
        ORDER_DRAWN,
    )


def orders_numbered(organisation_id: int, numbers: Sequence[str] | None = None) -> Orders:
    """Return the orders with one of these numbers, whoever's they are; without numbers, all."""
    only = "" if numbers is None else f" AND {texts_in('o.purchase_order')}"
    more = [] if numbers is None else [json.dumps(sorted(set(numbers)))]
    heads = read(f"{_HEADS}{only} ORDER BY o.id", [organisation_id, *more], ORDER_HEADS)
    return _with_versions(organisation_id, heads, None)


def drawn_since(
    organisation_id: int, run_id: int, series_id: int, sequence: int, lines: pl.DataFrame
) -> bool:
    """Tell whether others have drawn on orders of the same customers since ``sequence``.

    To be asked when the series' numbers are taken: from then on nobody else can issue in it.
    """
    if "purchase_order_id" not in lines.columns:
        return False
    ids = _json(lines["purchase_order_id"])
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM bill b JOIN bill_line n ON n.bill_id = b.id "
            "JOIN purchase_order o ON o.id = n.purchase_order_id "
            "WHERE b.organisation_id = %s AND b.series_id = %s AND b.sequence >= %s "
            "AND (b.run_id IS NULL OR b.run_id <> %s) AND b.kind = 'invoice' "
            "AND o.customer IN (SELECT w.customer FROM purchase_order w "
            f"WHERE w.organisation_id = b.organisation_id AND {ids_in('w.id')}) LIMIT 1",
            [organisation_id, series_id, sequence, run_id, ids],
        )
        return cursor.fetchone() is not None


def restoring(organisation_id: int, lines: pl.DataFrame) -> pl.DataFrame:
    """Return lines of credit notes with the order that each gives back to: its original's.

    Lines of invoices come back as they are. To be asked when the invoices have been written.
    """
    if lines["credits_bill_id"].null_count() == lines.height:
        return lines
    if not _any("bill_line", organisation_id, " AND purchase_order_id IS NOT NULL"):
        return lines
    drew = read(
        "SELECT bill_id, line, purchase_order_id FROM bill_line "
        f"WHERE organisation_id = %s AND {ids_in('bill_id')} AND purchase_order_id IS NOT NULL",
        [organisation_id, _json(lines["credits_bill_id"])],
        {"credits_bill_id": pl.Int64, "credits_line": pl.Int32, "purchase_order_id": pl.Int64},
    )
    if drew.is_empty():
        return lines
    key = ["credits_bill_id", "credits_line"]
    typed = lines.with_columns(pl.col("credits_line").cast(pl.Int32))
    return typed.join(drew, on=key, how="left", maintain_order="left")


def _any(table: str, organisation_id: int, more: str = "") -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            f'SELECT 1 FROM "{table}" WHERE organisation_id = %s{more} LIMIT 1', [organisation_id]
        )
        return cursor.fetchone() is not None


def _json(values: pl.Series) -> str:
    return json.dumps(values.drop_nulls().unique().sort().to_list())
