"""Coupons for a run: who has one, what it has given, and what it took off lines that are credited.

What a coupon has given is the sum of what issued bills say; nothing counts it beside them.
"""

from __future__ import annotations

import json

import polars as pl
from django.db import connection

from cleanbill.engine.coupon_tables import COUPON_PARTS, COUPONS, REDEEMABLE, REDEMPTIONS
from cleanbill.engine.tables import empty
from cleanbill.store.bulk import ids_in, read, texts_in
from cleanbill.store.reading import columns_of
from cleanbill.store.retainer_reading import with_funding

_TERMS = (
    *("coupon", "name", "currency", "amount_minor", "percent_e6", "valid_from", "valid_to"),
    *("bills", "budget_minor", "items", "item_kinds", "priority", "stacking", "rest", "credited"),
    "funded_by",
)
_USED = {"redemption_id": pl.Int64, "used_minor": pl.Int64, "uses": pl.Int32}


def redeemable(
    organisation_id: int, charges: pl.DataFrame | None = None, run_id: int | None = None
) -> pl.DataFrame:
    """Return the coupons that customers have, as REDEEMABLE: all, or of those with ``charges``.

    What credits of the run ``run_id`` gave back does not count: a run that goes on after a kill
    has the coupons that it began with, less what its own invoices used.
    """
    if not _any("redemption", organisation_id):
        return empty(REDEEMABLE)
    only, names = "", []
    if charges is not None:
        only = f" AND {texts_in('r.customer')}"
        names = [json.dumps(charges["customer"].drop_nulls().unique().sort().to_list())]
    dates = ("valid_from", "valid_to")
    terms = ", ".join(f"c.{t} || ''" if t in dates else f"c.{t}" for t in _TERMS)
    found = read(
        "SELECT r.id, r.customer, r.redemption, r.valid_from || '', r.valid_to || '', c.months, "
        f"{terms} FROM redemption r JOIN coupon c ON c.organisation_id = r.organisation_id "
        f"AND c.coupon = r.coupon WHERE r.organisation_id = %s{only} ORDER BY r.id",
        [organisation_id, *names],
        {
            **{c: REDEEMABLE[c] for c in ("redemption_id", "customer", "redemption")},
            **{"given_from": pl.Date, "given_to": pl.Date, "months": pl.Int32},
            **{c: REDEEMABLE[c] for c in _TERMS},
        },
    )
    months = pl.concat_str(pl.col("months").cast(pl.String), pl.lit("mo"))
    last = pl.min_horizontal("given_to", pl.col("given_from").dt.offset_by(months))
    # Of a retainer the months are those of each line that funds it.
    last = pl.when(pl.col("funded_by").is_null()).then(last).otherwise("given_to")
    used, spent = _used(organisation_id, found, run_id)
    known = (
        found.with_columns(last.alias("given_to"))
        .join(used, on="redemption_id", how="left", maintain_order="left")
        .join(spent, on="coupon", how="left", maintain_order="left")
        .with_columns(pl.col("used_minor", "uses", "spent_minor").fill_null(0))
    )
    return with_funding(organisation_id, known, run_id).select(*REDEEMABLE)


def _used(
    organisation_id: int, found: pl.DataFrame, run_id: int | None
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """What each redemption has given, on how many bills, and each coupon with a budget in all."""
    given = (
        "SELECT k.redemption_id, k.invoice_id, SUM(k.used_minor) used FROM bill_coupon k "
        "JOIN bill b ON b.id = k.bill_id WHERE k.organisation_id = %s "
        "AND NOT (b.kind = 'credit_note' AND COALESCE(b.run_id, 0) = %s)"
    )
    own = [organisation_id, run_id or -1]
    ids = json.dumps(found["redemption_id"].to_list())
    used = read(
        "SELECT redemption_id, SUM(used), COUNT(CASE WHEN used > 0 THEN 1 END) FROM "
        f"({given} AND {ids_in('k.redemption_id')} GROUP BY k.redemption_id, k.invoice_id) x "
        "GROUP BY redemption_id",
        [*own, ids],
        _USED,
    )
    spent = read(
        f"SELECT r.coupon, SUM(x.used) FROM ({given} GROUP BY k.redemption_id, k.invoice_id) x "
        "JOIN redemption r ON r.id = x.redemption_id JOIN coupon c ON c.coupon = r.coupon "
        "AND c.organisation_id = r.organisation_id "
        "WHERE r.organisation_id = %s AND c.budget_minor IS NOT NULL GROUP BY r.coupon",
        [*own, organisation_id],
        {"coupon": pl.String, "spent_minor": pl.Int64},
    )
    return used, spent


_BILLED = (
    "SELECT n.charge_id, k.line, k.place, k.redemption_id, c.coupon, r.redemption, c.name, "
    "c.percent_e6, c.credited = 'returns', k.amount_minor, k.funding_id, "
    "(SELECT MAX(p.number) FROM charge_link l JOIN bill p ON p.id = l.bill_id "
    "WHERE l.charge_id = k.funding_id AND l.kind = 'billed'), NULL FROM bill_coupon k "
    "JOIN bill_line n ON n.bill_id = k.bill_id AND n.line = k.line "
    "JOIN redemption r ON r.id = k.redemption_id "
    "JOIN coupon c ON c.organisation_id = r.organisation_id AND c.coupon = r.coupon "
)
_PARTS = {"original_id": pl.Int64, **{c: t for c, t in COUPON_PARTS.items() if c != "draft"}}


def billed_parts(organisation_id: int, charge_ids: pl.Series) -> pl.DataFrame:
    """Return what coupons took off the billed lines of these charges, by ``original_id``."""
    if charge_ids.is_empty() or not _any("bill_coupon", organisation_id):
        return pl.DataFrame(schema=_PARTS)
    return read(
        f"{_BILLED}WHERE k.organisation_id = %s AND k.invoice_id = k.bill_id "
        f"AND {ids_in('n.charge_id')} ORDER BY k.bill_id, k.line, k.place",
        [organisation_id, json.dumps(charge_ids.unique().sort().to_list())],
        _PARTS,
    )


def parts_of_bill(organisation_id: int, bill_id: int) -> pl.DataFrame:
    """Return what coupons took off the lines of an issued invoice, by ``original_id``."""
    return read(
        f"{_BILLED}WHERE k.organisation_id = %s AND k.bill_id = %s ORDER BY k.line, k.place",
        [organisation_id, bill_id],
        _PARTS,
    )


def used_since(
    organisation_id: int, run_id: int, series_id: int, sequence: int, parts: pl.DataFrame
) -> bool:
    """Tell whether others have used one of these coupons since ``sequence`` of the series.

    Used by the same redemption, or out of the same budget. To be asked when the series' numbers
    are taken: from then on nobody else can issue in it.
    """
    if parts.is_empty():
        return False
    ids = json.dumps(parts["redemption_id"].unique().sort().to_list())
    codes = json.dumps(parts["coupon"].unique().sort().to_list())
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM bill b JOIN bill_coupon k ON k.bill_id = b.id "
            "JOIN redemption r ON r.id = k.redemption_id JOIN coupon c ON c.coupon = r.coupon "
            "AND c.organisation_id = r.organisation_id "
            "WHERE b.organisation_id = %s AND b.series_id = %s AND b.sequence >= %s "
            "AND (b.run_id IS NULL OR b.run_id <> %s) AND b.kind = 'invoice' "
            f"AND ({ids_in('r.id')} OR (c.budget_minor IS NOT NULL AND {texts_in('c.coupon')})) "
            "LIMIT 1",
            [organisation_id, series_id, sequence, run_id, ids, codes],
        )
        return cursor.fetchone() is not None


def _any(table: str, organisation_id: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            f'SELECT 1 FROM "{table}" WHERE organisation_id = %s LIMIT 1', [organisation_id]
        )
        return cursor.fetchone() is not None


def all_coupons(organisation_id: int) -> pl.DataFrame:
    """Return the terms of every coupon."""
    return read(
        f"SELECT {columns_of(COUPONS, 't')} FROM coupon t WHERE t.organisation_id = %s",
        [organisation_id],
        COUPONS,
    )


def used_coupons(organisation_id: int) -> pl.DataFrame:
    """Return the terms of the coupons that a bill has used."""
    return read(
        f"SELECT {columns_of(COUPONS, 't')} FROM coupon t WHERE t.organisation_id = %s "
        "AND EXISTS (SELECT 1 FROM redemption r JOIN bill_coupon k ON k.redemption_id = r.id "
        "AND k.organisation_id = r.organisation_id WHERE r.coupon = t.coupon "
        "AND r.organisation_id = t.organisation_id)",
        [organisation_id],
        COUPONS,
    )


def given(organisation_id: int) -> pl.DataFrame:
    """Return every redemption."""
    return read(
        f"SELECT {columns_of(REDEMPTIONS, 't')} FROM redemption t WHERE t.organisation_id = %s",
        [organisation_id],
        REDEMPTIONS,
    )
