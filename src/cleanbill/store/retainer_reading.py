"""Retainers for a run: what billed lines have funded, what was drawn of each, what is left.

All of it is the sum of what issued bills say; nothing counts it beside them.
"""

from __future__ import annotations

import json
from datetime import date

import polars as pl
from django.db import connection

from cleanbill.engine.coupon_tables import FUNDING
from cleanbill.store.bulk import ids_in, read

_LINES = (
    "SELECT r.id, n.charge_id, b.number, h.service_date || '', "
    "n.net_minor - n.share_minor - COALESCE((SELECT SUM(g.net_minor - g.share_minor) "
    "FROM bill_line g WHERE g.credits_bill_id = n.bill_id AND g.credits_line = n.line), 0), "
    "n.tax_category, n.rate_percent_e6, n.tax, n.tax_rule, n.included_minor IS NOT NULL, "
    "EXISTS (SELECT 1 FROM bill_line_tax t WHERE t.bill_id = n.bill_id AND t.line = n.line) "
    "FROM redemption r JOIN coupon c ON c.organisation_id = r.organisation_id "
    "AND c.coupon = r.coupon AND c.funded_by IS NOT NULL "
    "JOIN bill b ON b.organisation_id = r.organisation_id AND b.customer = r.customer "
    "AND b.kind = 'invoice' AND b.currency = c.currency "
    "JOIN bill_line n ON n.bill_id = b.id AND n.item = c.funded_by "
    "AND n.net_minor - n.share_minor > 0 JOIN charge h ON h.id = n.charge_id "
    "AND h.service_date >= r.valid_from AND (r.valid_to IS NULL OR h.service_date < r.valid_to) "
    "WHERE r.organisation_id = %s AND "
)
_DRAWN = (
    "SELECT k.redemption_id, k.funding_id, SUM(k.used_minor), COUNT(DISTINCT k.invoice_id) "
    "FROM bill_coupon k JOIN bill b ON b.id = k.bill_id WHERE k.organisation_id = %s "
    "AND k.funding_id IS NOT NULL AND NOT (b.kind = 'credit_note' AND COALESCE(b.run_id, 0) = %s) "
    "AND "
)
_KEY = ("redemption_id", "funding_id")


def with_funding(organisation_id: int, known: pl.DataFrame, run_id: int | None) -> pl.DataFrame:
    """Return redemptions with the columns of FUNDING: of retainers a row per line that funds them.

    In: REDEEMABLE without them, and ``months``. A retainer that nothing has funded keeps its row.
    What credits of the run ``run_id`` gave back does not count, as with other coupons.
    """
    retained = known.filter(pl.col("funded_by").is_not_null())
    blank = [pl.lit(None, dtype=kind).alias(column) for column, kind in FUNDING.items()]
    if retained.is_empty():
        return known.with_columns(blank)
    plain = known.filter(pl.col("funded_by").is_null()).with_columns(blank)
    funded = _funded(organisation_id, retained["redemption_id"])
    drawn = _drawn(organisation_id, retained["redemption_id"], run_id)
    months = pl.concat_str(pl.col("months").cast(pl.String), pl.lit("mo"))
    lasting = pl.col("months").is_not_null()
    rows = (
        retained.drop("used_minor", "uses")
        .join(funded, on="redemption_id", how="left", maintain_order="left_right")
        .join(drawn, on=_KEY, how="left", maintain_order="left")
        .with_columns(
            pl.col("used_minor", "uses").fill_null(0),
            pl.when(lasting)
            .then(pl.max_horizontal("given_from", "funded_on"))
            .otherwise("given_from")
            .alias("given_from"),
            pl.min_horizontal("given_to", pl.col("funded_on").dt.offset_by(months)).alias(
                "given_to"
            ),
        )
    )
    return pl.concat([plain, rows.select(plain.columns)])


def _funded(organisation_id: int, redemptions: pl.Series) -> pl.DataFrame:
    """What each billed line funds: one row per redemption and charge.

    A charge that was credited whole and billed again is on two bills; the last one tells of it.
    """
    schema = {"redemption_id": pl.Int64, **FUNDING}
    sql = f"{_LINES}{ids_in('r.id')} ORDER BY b.id, n.line"
    found = read(sql, [organisation_id, _ids(redemptions)], schema)
    last = [pl.col(c).last() for c in FUNDING if c not in ("funding_id", "funded_minor")]
    return (
        found.group_by(_KEY, maintain_order=True)
        .agg(pl.col("funded_minor").sum(), *last)
        .select(*schema)
    )


def _drawn(organisation_id: int, redemptions: pl.Series, run_id: int | None) -> pl.DataFrame:
    return read(
        f"{_DRAWN}{ids_in('k.redemption_id')} GROUP BY k.redemption_id, k.funding_id",
        [organisation_id, run_id or -1, _ids(redemptions)],
        {**dict.fromkeys((*_KEY, "used_minor"), pl.Int64), "uses": pl.Int32},
    )


def retainers_of(organisation_id: int, customer: str | None) -> pl.Series:
    """Return the redemptions of a customer that are retainers."""
    return read(
        "SELECT r.id FROM redemption r JOIN coupon c ON c.organisation_id = r.organisation_id "
        "AND c.coupon = r.coupon AND c.funded_by IS NOT NULL "
        "WHERE r.organisation_id = %s AND r.customer = %s ORDER BY r.id",
        [organisation_id, customer],
        {"redemption_id": pl.Int64},
    )["redemption_id"]


def any_to_fill(organisation_id: int) -> bool:
    """Tell whether a retainer is filled up at all."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM coupon WHERE organisation_id = %s AND top_up_to_minor IS NOT NULL "
            "LIMIT 1",
            [organisation_id],
        )
        return cursor.fetchone() is not None


def open_charges_of_retainers(organisation_id: int) -> pl.DataFrame:
    """Return ``customer``, ``item``, whether one is ``open``, how many ``filled`` a retainer up."""
    found = read(
        "SELECT c.customer, c.item, MAX(CASE WHEN l.charge_id IS NULL THEN 1 ELSE 0 END), "
        "SUM(CASE WHEN c.source = 'retainer' THEN 1 ELSE 0 END) FROM coupon t JOIN redemption r "
        "ON r.organisation_id = t.organisation_id AND r.coupon = t.coupon JOIN charge c "
        "ON c.organisation_id = t.organisation_id AND c.customer = r.customer "
        "AND c.item = t.funded_by LEFT JOIN charge_link l ON l.charge_id = c.id AND l.live "
        "WHERE t.organisation_id = %s AND t.top_up_to_minor IS NOT NULL "
        "GROUP BY c.customer, c.item",
        [organisation_id],
        {"customer": pl.String, "item": pl.String, "open": pl.Int64, "filled": pl.Int64},
    )
    return found.with_columns(pl.col("open") > 0)


def waits(organisation_id: int, customer: str, before: date) -> bool:
    """Tell whether a charge of the customer from before a day is still unbilled."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM charge c LEFT JOIN charge_link l ON l.charge_id = c.id AND l.live "
            "WHERE c.organisation_id = %s AND c.customer = %s AND c.service_date < %s "
            "AND l.charge_id IS NULL LIMIT 1",
            [organisation_id, customer, before],
        )
        return cursor.fetchone() is not None


def locked(organisation_id: int, redemptions: pl.Series) -> None:
    """Let nobody else draw these retainers, or credit what funded them, in this transaction."""
    if redemptions.is_empty() or not connection.features.has_select_for_update:
        return  # One transaction writes at a time.
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT id FROM redemption WHERE organisation_id = %s AND {ids_in('id')} "
            "ORDER BY id FOR UPDATE",
            [organisation_id, _ids(redemptions)],
        )


def overdrawn(
    organisation_id: int,
    redemptions: pl.Series,
    lines: pl.DataFrame | None = None,
    parts: pl.DataFrame | None = None,
) -> bool:
    """Tell whether more is drawn of a line that funds these retainers than is left of the line.

    Of a credit that is not written yet, ``lines`` are those that it takes back, by ``original_id``,
    and ``parts`` are the COUPON_PARTS that it gives back.
    """
    funded = _funded(organisation_id, redemptions)
    drawn = _drawn(organisation_id, redemptions, None)
    left, used = pl.col("funded_minor").fill_null(0), pl.col("used_minor")
    if lines is not None:
        back = (pl.col("net_minor") - pl.col("share_minor")).sum().alias("_taken")
        taken = lines.group_by(pl.col("original_id").alias("funding_id")).agg(back)
        funded = funded.join(taken, on="funding_id", how="left")
        left = left - pl.col("_taken").fill_null(0)
    if parts is not None:
        given = parts.filter("returns").group_by(_KEY).agg(pl.col("amount_minor").sum())
        drawn = drawn.join(given, on=_KEY, how="left")
        used = used - pl.col("amount_minor").fill_null(0)
    return drawn.join(funded, on=_KEY, how="left").filter(used > left).height > 0


def left_of(organisation_id: int, redemption_id: int, funding_id: int) -> int:
    """Return what is left of what a billed line has funded."""
    ids = pl.Series([redemption_id])
    own = pl.col("funding_id") == funding_id
    funded = _funded(organisation_id, ids).filter(own)["funded_minor"].sum()
    return int(funded - _drawn(organisation_id, ids, None).filter(own)["used_minor"].sum())


def _ids(numbers: pl.Series) -> str:
    return json.dumps(numbers.unique().sort().to_list())
