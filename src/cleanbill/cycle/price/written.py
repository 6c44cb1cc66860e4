"""Prices as people write them become the prices of the store: tiers underneath, one way for each.

What a price includes becomes a tier at zero; conditions become their canonical text; terms that
stand on one row of a price hold for all of its rows.
"""

from __future__ import annotations

import polars as pl

from cleanbill.nouns.condition import canonical, read_conditions

KEY = ("item", "customer", "plan", "currency", "model", "valid_from", "conditions")
"""Rows that are equal in these are the tiers of one price."""
TERMS = (
    *("valid_to", "discount_percent_e6", "minimum_minor", "maximum_minor"),
    *("increment_e6", "increment_rounding", "included_e6", "includes_tax"),
)
"""What holds for a price as a whole."""
INCLUDING = ("unit", "graduated")
"""Models that can have a quantity included."""


def conditions_read(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the rows with ``conditions`` in canonical text and ``unread``: why some are none."""
    texts = rows["conditions"].drop_nulls().unique().to_list()
    read: dict[str, str | None] = {}
    unread: dict[str, str] = {}
    for text in texts:
        try:
            read[text] = canonical(read_conditions(text))
        except ValueError as error:
            read[text], unread[text] = None, str(error)
    table = pl.DataFrame(
        {
            "conditions": list(read),
            "_canonical": list(read.values()),
            "unread": [unread.get(text) for text in read],
        },
        schema=dict.fromkeys(("conditions", "_canonical", "unread"), pl.String),
    )
    joined = rows.join(table, on="conditions", how="left", maintain_order="left")
    return joined.with_columns(pl.col("_canonical").alias("conditions")).drop("_canonical")


def as_kept(rows: pl.DataFrame) -> pl.DataFrame:
    """Return well-formed price rows, one for each tier, in the columns of the store.

    In: typed price rows as ``formats.tabular`` gives them. A price of one unit with an included
    quantity becomes a graduated one: up to it nothing but the flat amount, then the unit price.
    """
    rows = conditions_read(rows).drop("unread")
    whole = [pl.col(c).drop_nulls().first().over(KEY).alias(c) for c in TERMS]
    rows = rows.with_columns(whole).rename({"flat_amount_minor": "flat_minor"})
    including = pl.col("included_e6").is_not_null()
    if not rows.select(including.any()).item():
        return rows.drop("included_e6")
    others, own = rows.filter(~including), rows.filter(including)
    lowest = pl.col("up_to_e6").fill_null(2**63 - 1)
    first = own.filter((lowest == lowest.min().over(KEY)) & pl.struct(KEY).is_first_distinct())
    nothing = first.with_columns(
        pl.col("included_e6").alias("up_to_e6"),
        pl.lit(0, dtype=pl.Int64).alias("unit_price_e8"),
        pl.lit(None, dtype=pl.Int64).alias("volume_discount_percent_e6"),
    )
    beyond = own.with_columns(
        pl.when(lowest == lowest.min().over(KEY))
        .then(None)
        .otherwise(pl.col("flat_minor"))
        .alias("flat_minor")
    )
    expanded = pl.concat([others, nothing, beyond]).with_columns(
        pl.when(including).then(pl.lit("graduated")).otherwise(pl.col("model")).alias("model")
    )
    return expanded.drop("included_e6")
