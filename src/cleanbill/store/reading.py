"""What a run reads: master data, open charges, and the billed sales that credits may reverse."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence

import polars as pl
from django.db import connection

from cleanbill.engine.tables import (
    AGREEMENTS,
    CHARGES,
    CUSTOMERS,
    EXEMPTIONS,
    FINDINGS,
    ITEMS,
    ORIGINALS,
    PRICES,
    TIERS,
    MasterData,
    Schema,
)
from cleanbill.store.bulk import ids_in, read, read_batches, texts_in
from cleanbill.store.line_taxes import taxes_of_line
from cleanbill.store.sales_taxes import us_sales_taxes

SETTLED: Schema = {"settled": pl.Boolean}
"""Of a run that goes on: which charges it has billed."""
_RENAMED = {"charge_id": "id", "price_id": "id", "agreement_id": "id"}


def columns_of(schema: Schema, alias: str, own: str = "") -> str:
    """Return the schema's columns for a SELECT; dates as text, which both databases give fast."""
    names = {c: f'{alias}."{_RENAMED[c] if c == own else c}"' for c in schema}
    return ", ".join(f"{n} || ''" if schema[c] == pl.Date else n for c, n in names.items())


def master_data(
    organisation_id: int, charges: pl.DataFrame | None = None, postcode: str = ""
) -> MasterData:
    """Return the organisation's master data as of now.

    Where a few ``charges`` are given, only what they name: their customers and sites, items and
    prices, and the agreements and prices that hold for everybody. ``postcode`` is the seller's.
    """
    parties = None
    if charges is not None:
        parties = pl.concat([charges["customer"], charges["deliver_to"].alias("customer")])

    def named(*columns: str, everybody: bool = False) -> tuple[str, list[str]]:
        if charges is None:
            return "", []
        text = ""
        for column in columns:
            only = texts_in(f"t.{column}")
            text += f" AND ({only} OR t.{column} IS NULL)" if everybody else f" AND {only}"
        wanted = {c: parties if c == "customer" else charges[c] for c in columns}
        return text, [_json(texts) for texts in wanted.values() if texts is not None]

    def table(
        name: str, schema: Schema, own: str, which: tuple[str, list[str]], more: str = ""
    ) -> pl.DataFrame:
        columns = columns_of(schema, "t", own)
        sql = f'SELECT {columns} FROM "{name}" t WHERE t.organisation_id = %s{more}{which[0]}'
        return read(sql, [organisation_id, *which[1]], schema)

    prices = table("price", PRICES, "price_id", named("item"), " AND t.current")
    us_rates, us_boundaries = us_sales_taxes(organisation_id, postcode, parties)
    if charges is not None:
        own = pl.col("customer").is_in(charges["customer"].drop_nulls().unique().implode())
        prices = prices.filter(own | pl.col("customer").is_null())
    return MasterData(
        customers=table("customer", CUSTOMERS, "", named("customer")),
        items=table("item", ITEMS, "", named("item")),
        prices=prices.sort("price_id"),
        tiers=_tiers(organisation_id, prices if charges is not None else None),
        agreements=table(
            "agreement", AGREEMENTS, "agreement_id", named("customer", everybody=True)
        ).sort("agreement_id"),
        exemptions=table("exemption", EXEMPTIONS, "", named("customer")),
        us_rates=us_rates,
        us_boundaries=us_boundaries,
    )


def _tiers(organisation_id: int, prices: pl.DataFrame | None) -> pl.DataFrame:
    """The segments of the current prices, or of these."""
    only, ids = "p.current", []
    if prices is not None:
        only, ids = ids_in("t.price_id"), [json.dumps(prices["price_id"].to_list())]
    return read(
        f"SELECT {columns_of(TIERS, 't')} FROM price_tier t JOIN price p ON p.id = t.price_id "
        f"WHERE t.organisation_id = %s AND {only} ORDER BY t.price_id, t.tier",
        [organisation_id, *ids],
        TIERS,
    )


def _json(values: pl.Series) -> str:
    return json.dumps(values.drop_nulls().unique().sort().to_list())


def every_customer(organisation_id: int, most: int) -> pl.DataFrame | None:
    """Return all customers where there are no more than ``most``; None where there are more."""
    more = "SELECT 1 AS one FROM customer WHERE organisation_id = %s LIMIT 1 OFFSET %s"
    if read(more, [organisation_id, most], {"one": pl.Int64}).height:
        return None
    sql = f"SELECT {columns_of(CUSTOMERS, 't')} FROM customer t WHERE t.organisation_id = %s"
    return read(sql, [organisation_id], CUSTOMERS)


def customers(organisation_id: int, customer: str | None) -> pl.DataFrame:
    """Return the row of one customer, as a table; without a customer, no row."""
    return read(
        f"SELECT {columns_of(CUSTOMERS, 't')} FROM customer t "
        "WHERE t.organisation_id = %s AND t.customer = %s",
        [organisation_id, customer],
        CUSTOMERS,
    )


def open_charges(
    organisation_id: int,
    last_charge_id: int,
    customer: str | None = None,
    among: Collection[str | None] | None = None,
    run_id: int | None = None,
) -> Iterator[pl.DataFrame]:
    """Yield the charges up to ``last_charge_id`` that nothing has become of yet, in no order.

    Only those of one ``customer``, or ``among`` several (None: those that name no customer). With
    ``run_id`` also those that this run has billed: ``settled`` tells them apart, in one statement,
    so that none is both or neither.
    """
    live = "SELECT 1 FROM charge_link l WHERE l.charge_id = c.id AND l.live"
    own = "SELECT 1 FROM charge_link l JOIN bill b ON b.id = l.bill_id WHERE l.charge_id = c.id "
    own, of_run = f"EXISTS ({own}AND l.live AND b.run_id = %s)", [] if run_id is None else [run_id]
    columns = columns_of(CHARGES, "c", "charge_id") + (f", {own}" if of_run else "")
    only = "AND c.customer = %s " if customer is not None else ""
    several = [] if among is None else [json.dumps(sorted(c for c in among if c is not None))]
    if among is not None:
        nameless = " OR c.customer IS NULL" if None in among else ""
        only = f"AND ({texts_in('c.customer')}{nameless}) "
    sql = (
        f"SELECT {columns} FROM charge c WHERE c.organisation_id = %s AND c.id <= %s {only}"
        f"AND (NOT EXISTS ({live}){f' OR {own}' if of_run else ''})"
    )
    named = several or ([customer] if customer is not None else [])
    parameters = [*of_run, organisation_id, last_charge_id, *named, *of_run]
    return read_batches(sql, parameters, {**CHARGES, **SETTLED} if of_run else CHARGES)


def last_charge_id() -> int:
    """Return the highest id that a charge of anybody has, 0 without charges.

    It comes from the counter: a look through all charges of an organisation takes longer than
    billing one of its customers. An import that has not ended yet has taken no id that counts.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT next_id - 1 FROM id_block WHERE name = 'charge'")
        row = cursor.fetchone()
    return int(row[0]) if row else 0


BILLED: Schema = {
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
    "tax": pl.String,
    "included_minor": pl.Int64,
    "billed_taxes": pl.String,
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


def billed_originals(organisation_id: int, cancellations: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Yield the billed sales that these open cancellations might reverse, with their amounts.

    In: ``item`` and ``customer`` of the cancellations.
    """
    if cancellations.is_empty():
        return iter(())
    special = {**_FROM, "billed_taxes": taxes_of_line()}
    columns = ", ".join(
        special.get(c, f'c."{c}"' if c in _OF_CHARGE else f'n."{c}"') for c in BILLED
    )
    sql = (
        f"SELECT {columns} FROM charge c "
        "JOIN charge_link l ON l.charge_id = c.id AND l.live AND l.kind = 'billed' "
        "JOIN bill b ON b.id = l.bill_id AND b.kind = 'invoice' "
        "JOIN bill_line n ON n.bill_id = l.bill_id AND n.line = l.line "
        f"WHERE c.organisation_id = %s AND {texts_in('c.item')} "
        f"AND (c.customer IS NULL OR {texts_in('c.customer')}) ORDER BY c.id"
    )
    wanted = [_json(cancellations[column]) for column in ("item", "customer")]
    return read_batches(sql, [organisation_id, *wanted], BILLED)


def lines_of_bill(organisation_id: int, bill_id: int) -> pl.DataFrame:
    """Return the lines of an issued invoice with amounts, their charges' columns and words."""
    more = {c: kind for c, kind in CHARGES.items() if c not in BILLED}
    schema = {**BILLED, **more, "customer_country": pl.String, "customer_language": pl.String}
    special = {
        **{**_FROM, "billed_taxes": taxes_of_line()},
        **{"customer_country": "k.country", "customer_language": "k.language"},
        "ship_to_country": "COALESCE(c.ship_to_country, s.country)",
        "description": "COALESCE(c.description, i.description)",
    }
    columns = ", ".join(
        special.get(c, f'c."{c}"' if c in _OF_CHARGE or c in more else f'n."{c}"') for c in schema
    )
    return read(
        f"SELECT {columns} FROM bill_line n JOIN charge c ON c.id = n.charge_id "
        "JOIN bill b ON b.id = n.bill_id "
        "LEFT JOIN customer k ON k.organisation_id = n.organisation_id AND k.customer = c.customer "
        "LEFT JOIN customer s ON s.organisation_id = n.organisation_id "
        "AND s.customer = c.deliver_to "
        "LEFT JOIN item i ON i.organisation_id = n.organisation_id AND i.item = c.item "
        "WHERE n.organisation_id = %s AND n.bill_id = %s ORDER BY n.line",
        [organisation_id, bill_id],
        schema,
    )


def credited_since(
    organisation_id: int, run_id: int | None, series_id: int, sequence: int, lines: pl.DataFrame
) -> bool:
    """Tell whether others have credited one of the lines that these credit, since ``sequence``.

    To be asked when the series' numbers are taken: from then on nobody else can issue in it.
    """
    if "credits_bill_id" not in lines.columns:
        return False
    credited = lines["credits_bill_id"].drop_nulls().unique().sort()
    if credited.is_empty():
        return False
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM bill b JOIN bill_line r ON r.bill_id = b.id "
            "WHERE b.organisation_id = %s AND b.series_id = %s AND b.sequence >= %s "
            f"AND (b.run_id IS NULL OR b.run_id <> %s) AND {ids_in('r.credits_bill_id')} LIMIT 1",
            [organisation_id, series_id, sequence, run_id or 0, json.dumps(credited.to_list())],
        )
        return cursor.fetchone() is not None


_FOUND: Schema = {"id": pl.Int64, **FINDINGS}


def open_findings(organisation_id: int, codes: Sequence[str] = ()) -> pl.DataFrame:
    """Return the open findings with their ids, optionally of some codes only."""
    only = f"AND {texts_in('f.code')}" if codes else ""
    sql = (
        f"SELECT {columns_of(_FOUND, 'f')} FROM finding f "
        f"WHERE f.organisation_id = %s AND f.closed_run_id IS NULL {only} ORDER BY f.id"
    )
    return read(sql, [organisation_id, *([json.dumps(list(codes))] if codes else [])], _FOUND)


def no_findings() -> pl.DataFrame:
    """Return what ``open_findings`` returns where none is open."""
    return pl.DataFrame(schema=dict(_FOUND))
