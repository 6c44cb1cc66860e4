"""Purchase orders in: new orders and amendments are written, what is known is left as it is."""

from __future__ import annotations

import polars as pl

from cleanbill.engine.order_tables import ORDER_LINES, ORDER_VERSIONS
from cleanbill.store.bulk import write
from cleanbill.store.master_writing import Changes
from cleanbill.store.numbers import take_ids


def add_versions(organisation_id: int, source_file: int, versions: pl.DataFrame) -> Changes:
    """Write the versions of orders that are ``new``; must run in the caller's transaction.

    ``versions`` are those of a file as ``verify.order_versions`` composes them: one row each with
    its lines as a list, ``order_id`` null where the order itself is new.
    """
    wanted = versions.filter("new")
    own = pl.lit(organisation_id, dtype=pl.Int64).alias("organisation_id")
    fresh = wanted.filter(pl.col("order_id").is_null()).unique(
        ["customer", "purchase_order"], keep="first", maintain_order=True
    )
    if fresh.height:
        first = take_ids("purchase_order", fresh.height)
        place = pl.int_range(pl.len(), dtype=pl.Int64) + first
        head = fresh.select(
            place.alias("id"), own, "customer", "purchase_order", "currency", "calls_off"
        )
        write("purchase_order", head)
        given = head.select("customer", "purchase_order", pl.col("id").alias("_id"))
        wanted = wanted.join(
            given, on=["customer", "purchase_order"], how="left", maintain_order="left"
        ).with_columns(pl.coalesce("order_id", "_id").alias("order_id"))
    file = pl.lit(source_file, dtype=pl.Int64).alias("source_file")
    write("purchase_order_version", wanted.select(*ORDER_VERSIONS, own, file))
    lines = wanted.select("order_id", "version", "lines").explode("lines").drop_nulls("lines")
    write("purchase_order_line", lines.unnest("lines").select(*ORDER_LINES, own))
    return Changes(fresh.height, wanted.height - fresh.height, versions.height - wanted.height)
