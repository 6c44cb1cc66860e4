"""Charges that were billed in a period, with whether their billing turned out to be a mistake."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import polars as pl

from cleanbill.engine.tables import CHARGES, Schema
from cleanbill.store.bulk import read_batches
from cleanbill.store.reading import columns_of

BILLED_CHARGES: Schema = {**CHARGES, "billed_minor": pl.Int64, "mistaken": pl.Boolean}


def billed_charges(organisation_id: int, first: date, last: date) -> Iterator[pl.DataFrame]:
    """Yield the charges on invoices issued from ``first`` to ``last``, in no order.

    ``mistaken`` are those whose line was credited, that were released to be billed again, or that
    their source has sent in another version since.
    """
    sql = (
        f"SELECT {columns_of(CHARGES, 'c', 'charge_id')}, n.net_minor, "
        "EXISTS (SELECT 1 FROM bill_line r WHERE r.credits_bill_id = n.bill_id "
        "AND r.credits_line = n.line) "
        "OR EXISTS (SELECT 1 FROM charge_link l WHERE l.charge_id = c.id "
        "AND l.bill_id = n.bill_id AND NOT l.live) "
        "OR EXISTS (SELECT 1 FROM charge v WHERE v.organisation_id = c.organisation_id "
        "AND v.source = c.source AND v.reference = c.reference AND v.occurrence = c.occurrence "
        "AND v.version > c.version) "
        "FROM bill b JOIN bill_line n ON n.bill_id = b.id JOIN charge c ON c.id = n.charge_id "
        "WHERE b.organisation_id = %s AND b.kind = 'invoice' "
        "AND b.issue_date >= %s AND b.issue_date <= %s"
    )
    return read_batches(sql, [organisation_id, first.isoformat(), last.isoformat()], BILLED_CHARGES)
