"""Attach to each charge where things go: the site it is delivered to, and the places for taxes."""

from __future__ import annotations

import polars as pl

from cleanbill.engine.tables import MasterData
from cleanbill.nouns.policy import Policy
from cleanbill.nouns.seller import Seller

ADDRESS = ("region", "postcode", "street")
"""What of an address decides a tax, beside its country."""


def located(
    found: pl.LazyFrame,
    charges: pl.DataFrame,
    master: MasterData,
    seller: Seller,
    policy: Policy,
    *,
    places: bool,
) -> pl.LazyFrame:
    """Return the charges with ``site_unknown``, and ``ship_to_country`` as the site has it.

    With ``places`` also ``customer_region``, ``customer_postcode``, ``customer_street`` (of a cash
    sale: those of the seller) and ``ship_to_region``, ``ship_to_postcode``, ``ship_to_street``.
    """
    named = charges["deliver_to"].null_count() < charges.height
    if named:
        found = _delivered(found, master)
    else:
        found = found.with_columns(pl.lit(False).alias("site_unknown"))
    if not places:
        return found.drop("site_postcode", "site_street", strict=False)
    own = master.customers.lazy().select(
        "customer", *(pl.col(c).alias(f"customer_{c}") for c in ADDRESS)
    )
    found = found.join(own, on="customer", how="left", maintain_order="left")
    if policy.cash_sales:
        lines = seller.address.lines
        here = dict(zip(ADDRESS, (seller.address.region, seller.address.postcode), strict=False))
        here["street"] = lines[0] if lines else ""
        cash = pl.col("customer").is_null()
        found = found.with_columns(
            pl.when(cash)
            .then(pl.lit(here[c] or None))
            .otherwise(f"customer_{c}")
            .alias(f"customer_{c}")
            for c in ADDRESS
        )
    if named:
        return found.rename({"site_postcode": "ship_to_postcode", "site_street": "ship_to_street"})
    unknown = (pl.lit(None, dtype=pl.String).alias(f"ship_to_{c}") for c in ADDRESS[1:])
    return found.with_columns(unknown)


def _delivered(found: pl.LazyFrame, master: MasterData) -> pl.LazyFrame:
    """Bring the address of the site that ``deliver_to`` names; the charge's own word counts."""
    sites = master.customers.lazy().select(
        pl.col("customer").alias("deliver_to"),
        pl.col("country").alias("site_country"),
        *(pl.col(c).alias(f"site_{c}") for c in ADDRESS),
        pl.lit(True).alias("site_known"),
    )
    joined = found.join(sites, on="deliver_to", how="left", maintain_order="left")
    unknown = pl.col("deliver_to").is_not_null() & pl.col("site_known").is_null()
    return joined.with_columns(
        pl.coalesce("ship_to_country", "site_country").alias("ship_to_country"),
        pl.coalesce("ship_to_region", "site_region").alias("ship_to_region"),
        unknown.alias("site_unknown"),
    ).drop("site_country", "site_region", "site_known")
