"""How long what was done has waited for its bill, and what a run leaves waiting."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl

from cleanbill.engine.exact import total

STAYS = ("held", "waiting")
"""What a run leaves for a later one; what is not billable waits for nothing."""
NOTHING_LEFT: dict[str, Any] = {"count": 0, "oldest": None, "middle": None, "worth": []}
"""What ``left_unbilled`` says where nothing is left."""


def waited_days(issued: str, served: str) -> pl.Expr:
    """Return how many days lie between the last day of service and the bill; none in advance.

    In: names of two columns of days, the bill's own and that of its last service, null where the
    bill has no service.
    """
    return (pl.col(issued) - pl.col(served)).dt.total_days().clip(lower_bound=0).fill_null(0)


def left_unbilled(charges: pl.DataFrame, findings: pl.DataFrame, until: date) -> dict[str, Any]:
    """Return as JSON values what of ``charges`` waits for a later run.

    In: the charges that stand on no bill, with ``disposition``, and the findings on them. ``count``
    is how many stay that were served ``until`` then, ``oldest`` and ``middle`` their first and
    their median day of service (the earlier one of two), null where none of them has a day: what is
    served later is not late. ``worth`` has a row per disposition and currency of all that stays: a
    charge counts once, with its net or, where no price was found, with the most that one of its
    findings puts at stake.
    """
    stays = charges.filter(pl.col("disposition").is_in(STAYS))
    due = stays["service_date"].filter(stays["service_date"].le(until).fill_null(True))
    days = due.drop_nulls().sort()
    return {
        "count": len(due),
        "oldest": days[0].isoformat() if len(days) else None,
        "middle": days[(len(days) - 1) // 2].isoformat() if len(days) else None,
        "worth": _worth(stays, findings) if stays.height else [],
    }


def _worth(stays: pl.DataFrame, findings: pl.DataFrame) -> list[dict[str, Any]]:
    key = ("disposition", "currency")
    stakes = findings.group_by("charge_id").agg(pl.col("at_stake_minor").max().alias("_stake"))
    rows = stays.select("charge_id", *key, "net_minor").join(stakes, on="charge_id", how="left")
    worth = pl.coalesce("net_minor", "_stake", pl.lit(0, pl.Int64)).alias("worth_minor")
    return (
        rows.with_columns(worth)
        .group_by(key)
        .agg(pl.len().cast(pl.Int64).alias("count"), total(pl.col("worth_minor")))
        .sort(key, nulls_last=True)
        .to_dicts()
    )
