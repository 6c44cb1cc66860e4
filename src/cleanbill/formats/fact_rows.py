"""What happened under terms, from rows of a file and back from the books: releases and claims."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import polars as pl

from cleanbill.nouns.milestones import Release
from cleanbill.nouns.progress import Claim, Complete, RetainageRelease

Row = Mapping[str, Any]
CLAIM, RELEASE = "claim", "release"


def facts_in(kind: str, accepted: pl.DataFrame) -> pl.DataFrame:
    """Return accepted rows of ``claims`` or ``releases`` as facts with their ``row``.

    In: the typed columns of the kind. Of rows that speak of the same, the last counts.
    """
    none = pl.lit(None, pl.Int64)
    if kind == "claims":
        said = accepted.with_columns(
            pl.lit(CLAIM).alias("event"), pl.col("claim").cast(pl.String).alias("name")
        )
    else:
        said = accepted.with_columns(
            pl.lit(RELEASE).alias("event"), pl.lit("").alias("line"), none.alias("percent_e6")
        )
    columns = ("terms", "event", "name", "line", "day", "percent_e6", "amount_minor")
    key = ("terms", "event", "name", "line")
    found = said.select(*columns, "currency", "row")
    return found.unique(key, keep="last", maintain_order=True)


def releases_of(facts: Iterable[Row]) -> list[Release]:
    """Return the milestones that were reached."""
    return [Release(fact["name"], fact["day"]) for fact in facts if fact["event"] == RELEASE]


def retainage_releases_of(facts: Iterable[Row]) -> list[RetainageRelease]:
    """Return what was released of what is retained; without an amount, all of it."""
    return [
        RetainageRelease(name=fact["name"], day=fact["day"], amount_minor=fact["amount_minor"])
        for fact in facts
        if fact["event"] == RELEASE
    ]


def claims_of(reference: str, facts: Iterable[Row]) -> list[Claim]:
    """Return the claims, each with its lines. Raises ValueError where the rows of one differ."""
    by_number: dict[int, list[Row]] = {}
    for fact in facts:
        if fact["event"] == CLAIM:
            by_number.setdefault(int(fact["name"]), []).append(fact)
    claims = []
    for number, rows in sorted(by_number.items()):
        days = {row["day"] for row in rows}
        if len(days) > 1:
            raise ValueError(
                f"{reference}, claim {number}: its lines are of {min(days)} and {max(days)}; "
                "expected one day"
            )
        lines = [
            Complete(
                line=row["line"], percent_e6=row["percent_e6"], amount_minor=row["amount_minor"]
            )
            for row in rows
        ]
        claims.append(Claim(number=number, day=rows[0]["day"], lines=tuple(lines)))
    return claims
