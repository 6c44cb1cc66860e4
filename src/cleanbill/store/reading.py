"""What a run reads: master data, open charges, and the billed sales that credits may reverse."""

from __future__ import annotations

import json
from collections.abc import Sequence

import polars as pl
from django.db import connection

from cleanbill.engine.tables import (
    AGREEMENTS,
    CHARGES,
    CUSTOMERS,
    FINDINGS,
    ITEMS,
    ORIGINALS,
    PRICES,
    TIERS,
    MasterData,
    Schema,
)
from cleanbill.store.bulk import read

_RENAMED = {"charge_id": "id", "price_id": "id", "agreement_id": "id"}


def columns_of(schema: Schema, alias: str, own: str = "") -> str:
    """Return the schema's columns for a SELECT; dates as text, which both databases give fast."""
    names = {c: f'{alias}."{_RENAMED[c] if c == own else c}"' for c in schema}
    return ", ".join(f"{n} || ''" if schema[c] == pl.Date else n for c, n in names.items())


def texts_in(column: str) -> str:
    """Return SQL for "the column is one of a JSON array of texts", given as one parameter."""
    if connection.vendor == "sqlite":
        return f"{column} IN (SELECT value FROM json_each(%s))"
    return f"{column} IN (SELECT jsonb_array_elements_text(%s::jsonb))"


def master_data(organisation_id: int) -> MasterData:
    """Return the organisation's master data as of now."""

    def table(name: str, schema: Schema, own: str = "", more: str = "") -> pl.DataFrame:
        columns = columns_of(schema, "t", own)
        sql = f'SELECT {columns} FROM "{name}" t WHERE t.organisation_id = %s {more}'
        return read(sql, [organisation_id], schema)

    prices = table("price", PRICES, "price_id", "AND t.current")
    tiers = read(
        f"SELECT {columns_of(TIERS, 't')} FROM price_tier t JOIN price p ON p.id = t.price_id "
        "WHERE t.organisation_id = %s AND p.current ORDER BY t.price_id, t.tier",
        [organisation_id],
        TIERS,
    )
    return MasterData(
        customers=table("customer", CUSTOMERS),
        items=table("item", ITEMS),
        prices=prices.sort("price_id"),
        tiers=tiers,
        agreements=table("agreement", AGREEMENTS, "agreement_id").sort("agreement_id"),
    )


def open_charges(
    organisation_id: int, last_charge_id: int, customer: str | None = None
) -> pl.DataFrame:
    """Return the charges up to ``last_charge_id`` that nothing has become of yet, in order."""
    only = "AND c.customer = %s " if customer is not None else ""
    sql = (
        f"SELECT {columns_of(CHARGES, 'c', 'charge_id')} FROM charge c "
        "WHERE c.organisation_id = %s AND c.id <= %s "
        + only
        + "AND NOT EXISTS (SELECT 1 FROM charge_link l WHERE l.charge_id = c.id AND l.live) "
        "ORDER BY c.id"
    )
    parameters = [organisation_id, last_charge_id] + ([customer] if customer is not None else [])
    return read(sql, parameters, CHARGES)


def last_charge_id(organisation_id: int) -> int:
    """Return the highest charge id of the organisation, 0 without charges."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT COALESCE(MAX(id), 0) FROM charge WHERE organisation_id = %s", [organisation_id]
        )
        return int(cursor.fetchone()[0])


_BILLED: Schema = {
    **ORIGINALS,
    "gross_minor": pl.Int64,
    "discount_minor": pl.Int64,
    "net_minor": pl.Int64,
    "share_minor": pl.Int64,
    "tax_minor": pl.Int64,
    "price_id": pl.Int64,
    "price_version": pl.Int32,
    "price_level": pl.String,
    "model": pl.String,
    "tier": pl.Int32,
    "line_price_e8": pl.Int64,
    "discount_percent_e6": pl.Int64,
    "decimals": pl.Int8,
    "tax_category": pl.String,
    "rate_percent_e6": pl.Int64,
    "tax_rule": pl.String,
    "treatment": pl.String,
}
_FROM = {
    "charge_id": "c.id",
    "state": "'billed'",
    "number": "b.number",
    "issue_date": "b.issue_date",
    "bill_id": "b.id",
    "decimals": "b.decimals",
    "line": "n.line",
    "quantity_e6": "c.quantity_e6",
    "credited_e6": (
        "COALESCE((SELECT SUM(r.quantity_e6) FROM bill_line r WHERE r.credits_bill_id = n.bill_id "
        "AND r.credits_line = n.line), 0)"
    ),
}
_OF_CHARGE = (
    "reference",
    "source",
    "customer",
    "item",
    "unit_price_e8",
    "currency",
    "service_date",
)


def billed_originals(organisation_id: int, cancellations: pl.DataFrame) -> pl.DataFrame:
    """Return the billed sales that these open cancellations might reverse, with their amounts."""
    if cancellations.is_empty():
        return pl.DataFrame(schema=dict(_BILLED))
    columns = ", ".join(
        _FROM.get(c, f'c."{c}"' if c in _OF_CHARGE else f'n."{c}"') for c in _BILLED
    )
    sql = (
        f"SELECT {columns} FROM charge c "
        "JOIN charge_link l ON l.charge_id = c.id AND l.live AND l.kind = 'billed' "
        "JOIN bill b ON b.id = l.bill_id AND b.kind = 'invoice' "
        "JOIN bill_line n ON n.bill_id = l.bill_id AND n.line = l.line "
        f"WHERE c.organisation_id = %s AND {texts_in('c.item')} "
        f"AND (c.customer IS NULL OR {texts_in('c.customer')}) ORDER BY c.id"
    )
    wanted = [
        json.dumps(cancellations[column].drop_nulls().unique().sort().to_list())
        for column in ("item", "customer")
    ]
    return read(sql, [organisation_id, *wanted], _BILLED)


def lines_of_bill(organisation_id: int, bill_id: int) -> pl.DataFrame:
    """Return the lines of an issued invoice with their amounts and the columns of their charges."""
    more = {c: kind for c, kind in CHARGES.items() if c not in _BILLED}
    schema = {**_BILLED, **more, "customer_country": pl.String, "customer_language": pl.String}
    special = {**_FROM, "customer_country": "k.country", "customer_language": "k.language"}
    columns = ", ".join(
        special.get(c, f'c."{c}"' if c in _OF_CHARGE or c in more else f'n."{c}"') for c in schema
    )
    return read(
        f"SELECT {columns} FROM bill_line n JOIN charge c ON c.id = n.charge_id "
        "JOIN bill b ON b.id = n.bill_id "
        "LEFT JOIN customer k ON k.organisation_id = n.organisation_id "
        "AND k.customer = c.customer WHERE n.organisation_id = %s AND n.bill_id = %s "
        "ORDER BY n.line",
        [organisation_id, bill_id],
        schema,
    )


def last_bill_id() -> int:
    """Return the highest id of a bill, 0 without bills: what came later was not read."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT COALESCE(MAX(id), 0) FROM bill")
        return int(cursor.fetchone()[0])


def overtaken(organisation_id: int, run_id: int, last_bill: int, lines: pl.DataFrame) -> bool:
    """Tell whether others have billed one of these charges, or credited one of these lines, since.

    To be asked when the series' numbers are taken: from then on nobody else can issue in it.
    """

    def some(column: str) -> str:
        kept = lines[column] if column in lines.columns else pl.Series([], dtype=pl.Int64)
        return json.dumps(kept.drop_nulls().unique().sort().to_list())

    credited = (
        "SELECT 1 FROM bill_line r JOIN bill b ON b.id = r.bill_id WHERE b.organisation_id = %s "
        "AND b.id > %s AND (b.run_id IS NULL OR b.run_id <> %s) "
        f"AND {_ids_in('r.credits_bill_id')} LIMIT 1"
    )
    closed = (
        "SELECT 1 FROM charge_link l WHERE l.organisation_id = %s AND l.live "
        f"AND {_ids_in('l.charge_id')} LIMIT 1"
    )
    with connection.cursor() as cursor:
        cursor.execute(closed, [organisation_id, some("charge_id")])
        if cursor.fetchone():
            return True
        cursor.execute(credited, [organisation_id, last_bill, run_id, some("credits_bill_id")])
        return cursor.fetchone() is not None


def _ids_in(column: str) -> str:
    """Return SQL for "the column is one of a JSON array of ids", given as one parameter."""
    if connection.vendor == "sqlite":
        return f"{column} IN (SELECT CAST(value AS INTEGER) FROM json_each(%s))"
    return f"{column} IN (SELECT jsonb_array_elements_text(%s::jsonb)::bigint)"


def superseded_with_findings(organisation_id: int) -> pl.DataFrame:
    """Return ``charge_id`` of charges that have been superseded while a finding on them is open."""
    return read(
        "SELECT DISTINCT f.charge_id FROM finding f "
        "JOIN charge_link l ON l.charge_id = f.charge_id AND l.live AND l.kind = 'superseded' "
        "WHERE f.organisation_id = %s AND f.closed_run_id IS NULL",
        [organisation_id],
        {"charge_id": pl.Int64},
    )


def open_findings(organisation_id: int, codes: Sequence[str] = ()) -> pl.DataFrame:
    """Return the open findings with their ids, optionally of some codes only."""
    schema = {"id": pl.Int64, **FINDINGS}
    only = f"AND {texts_in('f.code')}" if codes else ""
    sql = (
        f"SELECT {columns_of(schema, 'f')} FROM finding f "
        f"WHERE f.organisation_id = %s AND f.closed_run_id IS NULL {only} ORDER BY f.id"
    )
    return read(sql, [organisation_id, *([json.dumps(list(codes))] if codes else [])], schema)
