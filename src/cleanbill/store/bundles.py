"""What charges of bundles rest on: the bundles, open charges that name one, what was sold.

Where an organisation has no bundle, nothing of this is read.
"""

from __future__ import annotations

import json
from typing import Any

import polars as pl

from cleanbill.engine.tables import CHARGES, Schema
from cleanbill.nouns.drawn import BUNDLES
from cleanbill.store.bulk import ids_in, read, texts_in
from cleanbill.store.reading import columns_of

_OPEN = "NOT EXISTS (SELECT 1 FROM charge_link l WHERE l.charge_id = c.id AND l.live)"
CURRENT: Schema = {"reference": pl.String, "version": pl.Int32, "body": pl.String}


def current(organisation_id: int) -> pl.DataFrame:
    """Return the current version of every bundle."""
    return read(
        "SELECT t.reference, t.version, t.body FROM terms t WHERE t.organisation_id = %s "
        "AND t.kind = %s AND NOT EXISTS (SELECT 1 FROM terms n WHERE "
        "n.organisation_id = t.organisation_id AND n.kind = t.kind "
        "AND n.reference = t.reference AND n.version > t.version) ORDER BY t.id",
        [organisation_id, BUNDLES],
        CURRENT,
    )


def open_charges_of(
    organisation_id: int, kind: str, items: list[str], through: str, customer: str | None
) -> pl.DataFrame:
    """Return the open sales, or cancellations that name what they reverse, of these items.

    Up to and including a day (ISO), of one customer if given; components are left out.
    """
    only = " AND c.customer = %s" if customer is not None else ""
    named = " AND c.cancels IS NOT NULL" if kind == "cancellation" else ""
    return read(
        f"SELECT {columns_of(CHARGES, 'c', 'charge_id')} FROM charge c "
        f"WHERE c.organisation_id = %s AND {texts_in('c.item')} AND c.kind = %s "
        "AND c.source <> %s AND c.service_date <= %s"
        f"{named}{only} AND {_OPEN} ORDER BY c.id",
        [
            *(organisation_id, json.dumps(items), kind, BUNDLES, through),
            *([customer] if customer is not None else []),
        ],
        CHARGES,
    )


def sold(organisation_id: int, references: list[str]) -> list[dict[str, Any]]:
    """Return the charges of components of these names, with ``terms`` and ``basis``, by id."""
    if not references:
        return []
    schema = {**CHARGES, "terms": pl.String, "basis": pl.String}
    rows = read(
        f"SELECT {columns_of(CHARGES, 'c', 'charge_id')}, b.terms, b.basis FROM charge c "
        "JOIN charge_basis b ON b.charge_id = c.id WHERE c.organisation_id = %s "
        f"AND c.source = %s AND c.kind = 'sale' AND {texts_in('c.reference')} ORDER BY c.id",
        [organisation_id, BUNDLES, json.dumps(references)],
        schema,
    )
    return [{**row, "basis": json.loads(row["basis"])} for row in rows.iter_rows(named=True)]


def bought(organisation_id: int, items: list[str]) -> pl.DataFrame:
    """Return who has bought these bundles: customer, item, order and day of charges that count."""
    return read(
        "SELECT c.customer, c.item, c.\"order\", c.service_date || '' FROM charge c "
        f"WHERE c.organisation_id = %s AND {texts_in('c.item')} AND c.kind = 'sale' "
        "AND c.source <> %s AND NOT EXISTS (SELECT 1 FROM charge_link l WHERE l.charge_id = c.id "
        "AND l.live AND l.kind NOT IN ('billed', 'bundled')) ORDER BY c.id",
        [organisation_id, json.dumps(items), BUNDLES],
        {"customer": pl.String, "item": pl.String, "order": pl.String, "service_date": pl.Date},
    )


def open_bases(organisation_id: int, last_charge_id: int, customer: str | None) -> pl.DataFrame:
    """Return ``charge_id`` and ``basis`` of open charges of components."""
    only = " AND c.customer = %s" if customer is not None else ""
    return read(
        "SELECT b.charge_id, b.basis FROM charge_basis b JOIN charge c ON c.id = b.charge_id "
        "WHERE b.organisation_id = %s AND b.kind = %s AND c.id <= %s"
        f"{only} AND {_OPEN}",
        [
            *(organisation_id, BUNDLES, last_charge_id),
            *([customer] if customer is not None else []),
        ],
        {"charge_id": pl.Int64, "basis": pl.String},
    )


def bases_of(organisation_id: int, charges: list[int]) -> pl.DataFrame:
    """Return ``charge_id`` and ``basis`` of those of these charges that are of components."""
    return read(
        "SELECT b.charge_id, b.basis FROM charge_basis b WHERE b.organisation_id = %s "
        f"AND b.kind = %s AND {ids_in('b.charge_id')}",
        [organisation_id, BUNDLES, json.dumps(charges)],
        {"charge_id": pl.Int64, "basis": pl.String},
    )


def closed(organisation_id: int) -> pl.DataFrame:
    """Return source, reference and occurrence of the charges that components took the place of."""
    return read(
        "SELECT c.source, c.reference, c.occurrence FROM charge_link l "
        "JOIN charge c ON c.id = l.charge_id WHERE l.organisation_id = %s AND l.live "
        "AND l.kind = 'bundled'",
        [organisation_id],
        {"source": pl.String, "reference": pl.String, "occurrence": pl.Int32},
    )
