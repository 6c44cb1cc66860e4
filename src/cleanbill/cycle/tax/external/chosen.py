"""Which lines an engine is asked about: those that are taxed in a country it was chosen for."""

from __future__ import annotations

import polars as pl

from cleanbill.cycle.tax.regimes.case import SERVICE_KINDS
from cleanbill.engine.answer_tables import ENGINE_FACTS
from cleanbill.nouns.seller import Seller

_SHIP = ("ship_to_country", "ship_to_region", "ship_to_postcode")


def chosen(lines: pl.DataFrame, seller: Seller) -> pl.Series:
    """Return ``engine_facts`` (ENGINE_FACTS) of each line; null where the house's own rules hold.

    The country is where goods go and where a service's recipient is, as for the regimes.
    """
    goods = ~pl.col("item_kind").is_in(SERVICE_KINDS).fill_null(False)
    delivered = goods & pl.any_horizontal(pl.col(c).is_not_null() for c in _SHIP)
    shipped = pl.when(goods).then(pl.col("ship_to_country"))
    country = pl.coalesce(shipped, pl.col("customer_country"))
    engines = {choice.country: choice.engine for choice in seller.tax_engines}
    known = pl.col("item_known").fill_null(False) & ~pl.col("site_unknown").fill_null(False)
    engine = pl.when(known).then(
        country.replace_strict(engines, default=None, return_dtype=pl.String)
    )
    near = {
        part: pl.when(delivered)
        .then(pl.col(f"ship_to_{part}"))
        .otherwise(pl.col(f"customer_{part}"))
        for part in ("region", "postcode", "street")
    }
    facts = pl.struct(
        engine.alias("engine"),
        country.alias("country"),
        *(part.alias(name) for name, part in near.items()),
        pl.col("customer_vat_id").alias("tax_id"),
        pl.col("item_kind"),
        pl.col("item_tax_category").alias("tax_category"),
    ).cast(ENGINE_FACTS)
    return lines.select(pl.when(engine.is_not_null()).then(facts).alias("engine_facts")).to_series()
