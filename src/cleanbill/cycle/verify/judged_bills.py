"""Totals of bills beside what is usual with their customer."""

from __future__ import annotations

import polars as pl

from cleanbill.cycle.verify.judged import above, judged, unusual
from cleanbill.engine.exact import multiplied, wide
from cleanbill.engine.history_tables import figures
from cleanbill.nouns.limits import Limits

AMPLE = 2
"""A bill may come to so many times what its items came to at the most."""


def beside_bills(
    drafts: pl.DataFrame, lines: pl.DataFrame, usual: pl.DataFrame | None, limits: Limits
) -> pl.DataFrame:
    """Return the drafts with ``whole_…``, ``times_e2`` and whether their total is unusual.

    All null where there is no history, and for credit notes. Where one of the ``lines`` is out of
    the ordinary, that is told, and the total only follows from it; and a bill of dear items is
    large without being strange, so the total must be beyond what its items usually come to.
    """
    told = dict.fromkeys(("whole_bills", "whole_net_minor", "times_e2"), pl.Int64)
    if usual is None or usual.is_empty() or not limits.history_bills:
        return drafts.with_columns(
            *(pl.lit(None, dtype=kind).alias(c) for c, kind in told.items()),
            pl.lit(None, dtype=pl.Boolean).alias("total_unusual"),
        )
    of_bills = usual.filter(
        pl.col("item").is_null() & (pl.col("bills") >= limits.history_bills)
    ).select(
        "customer", "currency", *(pl.col(c).alias(f"whole_{c}") for c in ("bills", *figures("net")))
    )
    known = drafts.join(of_bills, on=["customer", "currency"], how="left", maintain_order="left")
    whole = pl.col("whole_net_minor")
    strays = (pl.col("kind") == "invoice") & above(
        "net_minor", "whole", "net", limits.history_factor, 1
    )
    said = known.with_columns(
        multiplied(pl.col("net_minor"), 100, pl.when(whole > 0).then(whole)).alias("times_e2"),
        strays.alias("total_unusual"),
    )
    told_of = _unexplained(said.filter("total_unusual"), lines, usual, limits)
    return said.with_columns(pl.col("total_unusual") & pl.col("draft").is_in(told_of.implode()))


def _unexplained(
    drafts: pl.DataFrame, lines: pl.DataFrame, usual: pl.DataFrame, limits: Limits
) -> pl.Series:
    """Return which of the drafts neither a strange line nor what their items come to explains."""
    rows = lines.filter(pl.col("draft").is_in(drafts["draft"].implode()))
    if rows.is_empty():
        return drafts["draft"].clear()
    beside = judged(rows.with_columns(kind=pl.lit("sale")), usual)
    strange = unusual(beside, usual, limits)["charge_id"]
    high = "usual_net_high_minor"
    whose = rows.select("charge_id", "draft").join(
        beside.select("charge_id", "item", high), on="charge_id"
    )
    told = whose.filter(pl.col("charge_id").is_in(strange.implode()))
    ample = whose.unique(["draft", "item"]).group_by("draft").agg(wide(pl.col(high)).sum())
    beyond = drafts.join(ample, on="draft", how="left").filter(
        wide(pl.col("net_minor")) > pl.col(high).fill_null(0) * AMPLE
    )
    return beyond.join(told, on="draft", how="anti")["draft"]
