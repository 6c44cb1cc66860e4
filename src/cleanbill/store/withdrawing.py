"""Take an import of charges back: they are withdrawn, and what they superseded is open again.

Charges are never deleted; a link says that they were withdrawn, by whom and why.
"""

from __future__ import annotations

import polars as pl
from django.db import connection

from cleanbill.store import faults
from cleanbill.store.bulk import read
from cleanbill.store.writing import close_charges


def fates(organisation_id: int, source_file: int) -> dict[str, int]:
    """Return what became of the charges of a file, counted: ``open`` or a kind of link.

    Charges that were billed and released count as ``billed``: a document speaks of them.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT kind, COUNT(*) FROM (SELECT c.id, CASE WHEN SUM(CASE WHEN l.kind = 'billed' "
            "THEN 1 ELSE 0 END) > 0 THEN 'billed' ELSE COALESCE(MAX(CASE WHEN l.live THEN l.kind "
            "END), 'open') END AS kind FROM charge c LEFT JOIN charge_link l ON l.charge_id = c.id "
            "WHERE c.organisation_id = %s AND c.source_file = %s GROUP BY c.id) f GROUP BY kind",
            [organisation_id, source_file],
        )
        return {str(kind): int(count) for kind, count in cursor.fetchall()}


def withdraw(organisation_id: int, source_file: int, cause: str) -> int:
    """Withdraw the open charges of a file; return how many. Raises ChargesTaken where somebody
    bills one meanwhile. Must run inside the caller's transaction.
    """
    own = read(
        "SELECT id FROM charge WHERE organisation_id = %s AND source_file = %s ORDER BY id",
        [organisation_id, source_file],
        {"charge_id": pl.Int64},
    )
    with faults.write("undo.links"), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE charge_link SET live = %s WHERE organisation_id = %s AND live = %s "
            "AND kind = 'superseded' AND cause IN (SELECT 'superseded by charge ' || c.id "
            "FROM charge c WHERE c.organisation_id = %s AND c.source_file = %s)",
            [False, organisation_id, True, organisation_id, source_file],
        )
        close_charges(
            organisation_id, None, own.with_columns(pl.lit(cause).alias("cause")), "withdrawn"
        )
    return own.height
