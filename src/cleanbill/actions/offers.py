"""What an import of agreements, coupons, redemptions or retainers has to know beside its rows."""

from __future__ import annotations

from functools import partial

import polars as pl

from cleanbill.cycle import invoice
from cleanbill.formats import tabular
from cleanbill.store import coupon_reading

PRIORITY = 100
"""Of coupons that name none."""


def sensible(
    organisation_id: int, kind: str, intake: tabular.Intake, table: pl.DataFrame
) -> tabular.Intake:
    """Return the intake without the rows whose terms could not be kept, or make no sense."""
    rows = intake.accepted
    if kind == "agreements":
        faults = invoice.agreement_faults(rows)
    elif kind == "coupons":
        known = coupon_reading.all_coupons(organisation_id)
        faults = invoice.coupon_faults(rows, coupon_reading.used_coupons(organisation_id), known)
    elif kind == "redemptions":
        known = coupon_reading.all_coupons(organisation_id)
        given = partial(coupon_reading.given, organisation_id)
        faults = invoice.redemption_faults(rows, known, given)
    elif kind == "retainers":
        faults = invoice.retainer_faults(
            rows,
            coupon_reading.all_coupons(organisation_id),
            coupon_reading.given(organisation_id),
            coupon_reading.used_coupons(organisation_id),
        )
    else:
        return intake
    return tabular.refused(intake, table, faults)


def settled(kind: str, rows: pl.DataFrame) -> pl.DataFrame:
    """Return the rows with what a file may leave out: a coupon counts on one bill, unless told."""
    if kind != "coupons":
        return rows
    one = pl.when("every_bill").then(None).otherwise(pl.col("bills").fill_null(1))
    return rows.with_columns(
        one.cast(pl.Int32).alias("bills"), pl.col("priority").fill_null(PRIORITY)
    )
