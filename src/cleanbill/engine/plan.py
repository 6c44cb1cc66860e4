"""How a lazy plan is carried out: as written. The stages are short, and a preview of one bill must
not pay for an optimiser that takes longer than the work; what is shared is written once."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

_AS_WRITTEN = pl.QueryOptFlags.none()


def collected(plan: pl.LazyFrame) -> pl.DataFrame:
    """Return the plan's table, its steps done in the order in which they stand."""
    return plan.collect(optimizations=_AS_WRITTEN, engine="in-memory")


def all_collected(plans: Sequence[pl.LazyFrame]) -> list[pl.DataFrame]:
    """Return the tables of several plans, worked out side by side."""
    return pl.collect_all(plans, optimizations=_AS_WRITTEN, engine="in-memory")
