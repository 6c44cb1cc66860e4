"""Sales that earlier runs have billed and that open charges may repeat."""

from __future__ import annotations

import json
from datetime import date

import polars as pl

from cleanbill.engine.billed_tables import BILLED_BEFORE
from cleanbill.store.bulk import read, texts_in
from cleanbill.store.models import Run

LATE = ("customer", "item", "service_date")
"""What is asked of an open charge of a day that is billed already."""


def last_day(organisation_id: int, run_id: int | None) -> date | None:
    """Return the last day up to which other runs than this one have billed; None: there is none."""
    others = Run.objects.filter(organisation_id=organisation_id).exclude(pk=run_id or 0)
    return others.order_by("-until").values_list("until", flat=True).first()


def billed_alike(organisation_id: int, late: pl.DataFrame, run_id: int | None) -> pl.DataFrame:
    """Return the sales of other runs for the customers, items and days of these rows (LATE).

    Sales that name neither order nor delivery are not among them.
    """
    if late.is_empty():
        return pl.DataFrame(schema=BILLED_BEFORE)
    late = late.unique()
    found = read(
        "SELECT c.reference, c.source, c.customer, c.item, c.quantity_e6, c.currency, "
        "c.service_date || '', "
        'c."order", c.delivery, b.number FROM charge c '
        "JOIN charge_link l ON l.charge_id = c.id AND l.live AND l.kind = 'billed' "
        "JOIN bill b ON b.id = l.bill_id AND b.kind = 'invoice' "
        "WHERE c.organisation_id = %s AND c.kind = 'sale' AND c.service_date BETWEEN %s AND %s "
        'AND (c."order" IS NOT NULL OR c.delivery IS NOT NULL) '
        "AND (b.run_id IS NULL OR b.run_id <> %s) "
        f"AND {texts_in('c.customer')} AND {texts_in('c.item')} ORDER BY c.id",
        [
            *(organisation_id, late["service_date"].min(), late["service_date"].max()),
            run_id or 0,
            *(json.dumps(late[c].unique().sort().to_list()) for c in ("customer", "item")),
        ],
        BILLED_BEFORE,
    )
    return found.join(late, on=LATE, how="semi", maintain_order="left")
