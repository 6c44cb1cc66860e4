"""Issued bills read back in the order of their series: for proof, replay and export."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import polars as pl
from django.db import connection

from cleanbill.engine.tables import CHARGES, PRICES, TIERS
from cleanbill.store.bulk import read
from cleanbill.store.reading import columns_of

HEAD = ("kind", "customer", "issue_date", "due_date", "currency", "line_count", "decimals")
TOTALS = ("lines_net", "net", "tax", "gross", "rounding", "payable")


def chained_documents(series_id: int, batch: int = 2000) -> Iterator[list[tuple[Any, ...]]]:
    """Yield batches of (sequence, number, document hash, chain hash, body, the head's facts).

    The facts are those of ``HEAD``, then the totals in the order of ``TOTALS``, as the bill's row
    has them.
    """
    figures = ", ".join([*(f"b.{c}" for c in HEAD), *(f"b.{c}_minor" for c in TOTALS)])
    after = 0
    while True:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT b.sequence, b.number, b.document_hash, b.chain_hash, d.body, "
                f"{figures} FROM bill b "
                "JOIN document d ON d.bill_id = b.id WHERE b.series_id = %s AND b.sequence > %s "
                "ORDER BY b.sequence LIMIT %s",
                [series_id, after, batch],
            )
            rows = cursor.fetchall()
        if not rows:
            return
        yield rows
        after = rows[-1][0]


PRINTED = (
    *("line", "item", "quantity_e6", "gross_minor", "discount_minor", "net_minor", "share_minor"),
    *("tax_minor", "tax_category", "rate_percent_e6", "tax_rule", "model", "price_level"),
    *("price_version", "tier", "credits_line"),
)
"""What a line's row repeats of its document."""


def printed_lines(series_id: int, first: int, last: int) -> dict[str, list[tuple[Any, ...]]]:
    """Return number -> rows of ``PRINTED`` in order, of the bills of a stretch of a series."""
    columns = ", ".join(f"n.{c}" for c in PRINTED)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT b.number, {columns} FROM bill b JOIN bill_line n ON n.bill_id = b.id "
            "WHERE b.series_id = %s AND b.sequence BETWEEN %s AND %s ORDER BY b.sequence, n.line",
            [series_id, first, last],
        )
        found: dict[str, list[tuple[Any, ...]]] = {}
        for number, *row in cursor.fetchall():
            found.setdefault(number, []).append(tuple(row))
    return found


LINES = {
    "bill_id": pl.Int64,
    "line": pl.Int32,
    "line_item": pl.String,
    "line_quantity_e6": pl.Int64,
    "issued_gross": pl.Int64,
    "issued_discount": pl.Int64,
    "issued_net": pl.Int64,
    "issued_percent": pl.Int64,
    "price_level": pl.String,
    "price_id": pl.Int64,
    "number": pl.String,
    **CHARGES,
}


def lines_to_replay(organisation_id: int, after: tuple[int, int], limit: int) -> pl.DataFrame:
    """Return up to ``limit`` lines priced from their charge (no reversals), with that charge."""
    charge = columns_of(CHARGES, "c", "charge_id")
    return read(
        "SELECT n.bill_id, n.line, n.item, n.quantity_e6, n.gross_minor, n.discount_minor, "
        f"n.net_minor, n.discount_percent_e6, n.price_level, n.price_id, b.number, {charge} "
        "FROM bill_line n "
        "JOIN charge c ON c.id = n.charge_id JOIN bill b ON b.id = n.bill_id "
        "WHERE n.organisation_id = %s AND n.credits_bill_id IS NULL "
        "AND (n.bill_id > %s OR (n.bill_id = %s AND n.line > %s)) "
        "ORDER BY n.bill_id, n.line LIMIT %s",
        [organisation_id, after[0], after[0], after[1], limit],
        LINES,
    )


def all_prices(organisation_id: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return every price version ever used, and its tiers: replay needs superseded ones too."""
    prices = read(
        f"SELECT {columns_of(PRICES, 't', 'price_id')} FROM price t "
        "WHERE t.organisation_id = %s ORDER BY t.id",
        [organisation_id],
        PRICES,
    )
    tiers = read(
        f"SELECT {columns_of(TIERS, 't')} FROM price_tier t "
        "WHERE t.organisation_id = %s ORDER BY t.price_id, t.tier",
        [organisation_id],
        TIERS,
    )
    return prices, tiers
