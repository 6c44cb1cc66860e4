"""Fill retainers up: where what is left has fallen below its bound, a charge fills it again.

A run does it before it bills. A retainer is filled once: while a charge of its item is open or
held, there is no other.
"""

from __future__ import annotations

from datetime import date

import polars as pl
from django.db import transaction

from cleanbill.actions.access import Actor
from cleanbill.actions.keep_source_file import keep_drawing
from cleanbill.engine.tables import CHARGES, conformed, empty
from cleanbill.formats import tabular
from cleanbill.nouns.currency import decimals_of
from cleanbill.nouns.drawn import RETAINER
from cleanbill.nouns.scales import PRICE_DECIMALS, QUANTITY_DECIMALS
from cleanbill.store import coupon_reading, retainer_reading
from cleanbill.store.charge_writing import take_charges
from cleanbill.store.models import SellerRecord
from cleanbill.store.retries import persistently


def fill_due(actor: Actor, through: date, customer: str | None) -> int:
    """Keep the charges that fill retainers up by a day; return how many there are."""
    if not retainer_reading.any_to_fill(actor.organisation_id):
        return 0
    return persistently(lambda: _filled(actor, through, customer))


def would_fill(actor: Actor, through: date, customer: str | None) -> pl.DataFrame:
    """Return the charges that would fill retainers up by a day, as CHARGES; nothing is kept."""
    own = actor.organisation_id
    if not retainer_reading.any_to_fill(own):
        return empty(CHARGES)
    known = coupon_reading.redeemable(own).filter(pl.col("funded_by").is_not_null())
    terms = coupon_reading.all_coupons(own).select(
        "coupon", "top_up_below_minor", "top_up_to_minor"
    )
    given = coupon_reading.given(own).select("coupon", "customer", "valid_from", "valid_to")
    open_items = retainer_reading.open_charges_of_retainers(own)
    holds = _in_force("given_from", "given_to", through)
    rest = pl.when(holds).then(pl.col("funded_minor") - pl.col("used_minor")).fill_null(0)
    rows = (
        known.group_by("coupon", "customer", "currency", "funded_by", maintain_order=True)
        .agg(rest.sum().alias("_left"))
        .join(terms, on="coupon", how="inner", maintain_order="left")
        .join(given, on=["coupon", "customer"], how="inner", maintain_order="left")
        .filter(
            _in_force("valid_from", "valid_to", through),
            pl.col("_left") < pl.col("top_up_below_minor"),
        )
        .rename({"funded_by": "item"})
        .join(open_items, on=["customer", "item"], how="left", maintain_order="left")
        .filter(~pl.col("open").fill_null(False))
    )
    if customer is not None:
        rows = rows.filter(pl.col("customer") == customer)
    return conformed(_charges(rows, through), CHARGES)


def _in_force(first: str, end: str, day: date) -> pl.Expr:
    return (pl.col(first) <= day) & (pl.col(end).is_null() | (pl.col(end) > day))


def _charges(rows: pl.DataFrame, through: date) -> pl.DataFrame:
    """One charge per retainer: what brings it to its level, named after it and counted on."""
    found = []
    for row in rows.iter_rows(named=True):
        amount = row["top_up_to_minor"] - row["_left"]
        count = (row["filled"] or 0) + 1
        found.append(
            {
                "source": RETAINER,
                "reference": f"{row['coupon']} {count}",
                "occurrence": 1,
                "customer": row["customer"],
                "item": row["item"],
                "kind": "sale",
                "quantity_e6": 10**QUANTITY_DECIMALS,
                "unit_price_e8": amount * 10 ** (PRICE_DECIMALS - decimals_of(row["currency"])),
                "currency": row["currency"],
                "service_date": through,
                "repeats": 0,
            }
        )
    return pl.DataFrame(found, schema=CHARGES)


@transaction.atomic
def _filled(actor: Actor, through: date, customer: str | None) -> int:
    own = actor.organisation_id
    # Drawings of one seller go one after the other, each reads what the others have drawn.
    SellerRecord.objects.select_for_update(no_key=True).get(organisation_id=own)
    rows = would_fill(actor, through, customer)
    if rows.is_empty():
        return 0
    source = keep_drawing(actor, RETAINER, f"retainers up to {through}", rows.height, [])
    content = rows.drop("charge_id", "content_hash", "repeats")
    told = rows.with_columns(
        tabular.content_hash(content, {}).alias("content_hash"),
        (pl.int_range(pl.len(), dtype=pl.Int64) + 1).alias("row"),
        pl.lit(None, dtype=pl.String).alias("attributes"),
    )
    return take_charges(own, source, RETAINER, told).new.height
