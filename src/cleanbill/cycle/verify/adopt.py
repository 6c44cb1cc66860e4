"""Master data that only charges know: the customers and items a policy allows to be taken over."""

from __future__ import annotations

import polars as pl

from cleanbill.engine.tables import CUSTOMERS, ITEMS, conformed
from cleanbill.nouns.policy import Policy
from cleanbill.nouns.seller import Seller


def adopted_customers(
    charges: pl.DataFrame, known: pl.DataFrame, policy: Policy, seller: Seller
) -> pl.DataFrame:
    """Return customers that charges name and ``known`` lacks; country of their first charge."""
    fresh = charges.filter(pl.col("customer").is_not_null()).join(known, on="customer", how="anti")
    first, _, last = policy.customer_name.partition("{customer}")
    found = fresh.group_by("customer", maintain_order=True).agg(
        pl.col("ship_to_country").drop_nulls().first().alias("country")
    )
    return conformed(
        found.with_columns(
            pl.concat_str(pl.lit(first), pl.col("customer"), pl.lit(last)).alias("name"),
            pl.lit(policy.customer_kind).alias("kind"),
            pl.col("country").fill_null(seller.address.country),
            pl.lit(False).alias("blocked"),
        ),
        CUSTOMERS,
    )


def adopted_items(charges: pl.DataFrame, known: pl.DataFrame, policy: Policy) -> pl.DataFrame:
    """Return items that charges name and ``known`` lacks; description of their first charge."""
    fresh = charges.filter(pl.col("item").is_not_null()).join(known, on="item", how="anti")
    found = fresh.group_by("item", maintain_order=True).agg(
        pl.col("description").drop_nulls().first(), pl.col("unit").drop_nulls().first()
    )
    kind = pl.col("item").replace_strict(
        dict(policy.item_kinds), default="goods", return_dtype=pl.String
    )
    return conformed(
        found.with_columns(
            kind.alias("kind"),
            pl.lit(policy.item_tax_category).alias("tax_category"),
            pl.lit(False).alias("blocked"),
        ),
        ITEMS,
    )
