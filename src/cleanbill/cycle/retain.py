"""What may be taken back of retainers: no more than is left of each line billed in advance.

What bills drew of it has paid for other lines. Runs without retainers pass through and pay nothing.
"""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from cleanbill.cycle import invoice
from cleanbill.cycle.batch import Drafts

Noted = tuple[Drafts, pl.DataFrame]
"""Credit notes, and the cancellations whose sale did not get onto a bill."""


def funding_of(coupons: pl.DataFrame) -> pl.DataFrame:
    """Return those of REDEEMABLE coupons that are retainers, by what funded them."""
    return coupons.filter(pl.col("funded_by").is_not_null())


def sold(lines: pl.DataFrame, coupons: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Part the sales that may be billed from those below zero of an item that bills a retainer.

    They would return money without saying of which bill. Those come with ``coupon`` and
    ``left_minor``.
    """
    funding = funding_of(coupons)
    if funding.is_empty():
        return lines, lines.clear()
    return _parted(lines, _unnamed(lines.filter(pl.col("net_minor") < 0), funding))


def credited(
    cancellations: pl.DataFrame,
    coupons: pl.DataFrame,
    parts: pl.DataFrame,
    noted: Callable[[pl.DataFrame], Noted],
) -> tuple[Noted, pl.DataFrame]:
    """Return the credit notes over what retainers have left, and the cancellations of more.

    In: cancellations, REDEEMABLE coupons, the ``parts`` that the invoices of this batch drew, and
    how cancellations are noted. All of a line are refused together where they are too much for it.
    """
    funding = funding_of(coupons)
    if funding.is_empty():
        return noted(cancellations), cancellations.clear()
    alone = cancellations.filter(pl.col("original_id").is_null())
    kept, refused = _parted(cancellations, _unnamed(alone, funding))
    found = noted(kept)
    more = _beyond(found[0].lines, invoice.spent(funding, parts))
    if more.height:
        kept, beyond = _parted(kept, more)
        refused = pl.concat([refused, beyond], how="diagonal_relaxed")
        found = noted(kept)
    return found, refused


def _beyond(lines: pl.DataFrame, funding: pl.DataFrame) -> pl.DataFrame:
    """Which credit lines together take back more of a billed line than is left of it."""
    left = funding.select(
        pl.col("funding_id").alias("original_id"),
        "coupon",
        (pl.col("funded_minor") - pl.col("used_minor")).alias("left_minor"),
    ).drop_nulls("original_id")
    own = lines.select(
        "charge_id", "original_id", (pl.col("net_minor") - pl.col("share_minor")).alias("_back")
    ).join(left, on="original_id", how="inner", maintain_order="left")
    whole = own.with_columns(pl.col("_back").sum().over("original_id", "coupon"))
    return whole.filter(pl.col("_back") > pl.col("left_minor")).select(
        "charge_id", "coupon", "left_minor"
    )


def _unnamed(lines: pl.DataFrame, funding: pl.DataFrame) -> pl.DataFrame:
    """Which lines are of an item that bills a retainer of their customer."""
    rest = pl.col("funded_minor").fill_null(0) - pl.col("used_minor")
    whole = funding.group_by("customer", pl.col("funded_by").alias("item")).agg(
        pl.col("coupon").first(), rest.sum().alias("left_minor")
    )
    return lines.join(whole, on=["customer", "item"], how="inner", maintain_order="left").select(
        "charge_id", "coupon", "left_minor"
    )


def _parted(lines: pl.DataFrame, refused: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    if refused.is_empty():
        return lines, lines.clear()
    once = refused.unique("charge_id", keep="first", maintain_order=True)
    both = lines.join(once, on="charge_id", how="inner", maintain_order="left")
    return lines.join(once, on="charge_id", how="anti", maintain_order="left"), both
