"""Which old row stands for which of our charges: exact keys first, then ever looser ones.

Every step pairs, within a key, the first with the first, the second with the second, in a stated
order; what it pairs is gone for the next. So equal files give equal pairs, whatever their order of
customers. Where a loose key fits several rows, the pair is marked as uncertain.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

_TEXTS = ("reference", "document", "customer", "item", "currency")
_PLACE = "charge_id"


@dataclass(frozen=True, slots=True)
class Step:
    """A key by which rows are paired; ``loose``: several rows of one key are a guess."""

    key: tuple[str, ...]
    loose: bool = False
    alone: bool = False
    """Only where exactly one row on each side has the key."""


_PRICE = "unit_price_e8"
_SAME = ("customer", "item", "currency", "quantity_e6")
EXACT = (
    Step(("reference", "currency", "quantity_e6", _PRICE)),
    Step(("reference", "currency", "quantity_e6"), loose=True),
    Step(("reference", "currency"), loose=True),
    Step(("document", *_SAME, "day", _PRICE)),
    Step(("document", *_SAME, _PRICE)),
    Step((*_SAME, "day", _PRICE)),
    Step(("document", *_SAME, "day"), loose=True),
    Step(("document", *_SAME), loose=True),
    Step((*_SAME, "day"), loose=True),
)
LOOSE = (
    Step(("document", "customer", "item", "currency"), loose=True),
    Step((*_SAME, _PRICE), loose=True),
    Step(_SAME, loose=True),
    Step(("customer", "item", "currency", "day"), loose=True),
)
DAYLESS = (Step(("customer", "item", "currency"), loose=True),)
"""Only for old rows that name no day."""
ELSEWHERE = (
    Step(("document", "item", "quantity_e6", "currency"), alone=True),
    Step(("item", "quantity_e6", "currency", "day", _PRICE), alone=True),
    Step(("reference",), alone=True),
    Step(("document", "customer", "item", "quantity_e6"), alone=True),
    Step(("customer", "item", "quantity_e6", "day"), alone=True),
)
"""Another customer, or another currency: only what is unmistakable."""


@dataclass(frozen=True, slots=True)
class Matched:
    """``pairs``: ``ours, old, certain``; ``doubles``: ``old, twin`` (the row that it repeats)."""

    pairs: pl.DataFrame
    doubles: pl.DataFrame


def matched(ours: pl.DataFrame, old: pl.DataFrame) -> Matched:
    """Pair the rows of both sides (see ``tables``); each stands in one pair at most."""
    left, right = _coded(ours, old)
    found: list[pl.DataFrame] = []
    left, right = _steps(EXACT, left, right, found)
    doubles = _doubles(_coded(ours, old)[1], right, found)
    right = right.join(doubles, on="old", how="anti")
    left, right = _steps(LOOSE, left, right, found)
    if right["day"].null_count():
        dayless = right.filter(pl.col("day").is_null())
        left, rest = _steps(DAYLESS, left, dayless, found)
        right = pl.concat([right.filter(pl.col("day").is_not_null()), rest])
    _steps(ELSEWHERE, left, right, found)
    return Matched(pl.concat(found), doubles)


def _coded(ours: pl.DataFrame, old: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the keys of both sides, texts as numbers that are equal where the texts are.

    A row without a customer is one of the nameless (a cash sale); what else is missing fits
    nothing.
    """
    numbers = ("quantity_e6", "unit_price_e8", "day")
    sides = []
    for frame, place in ((ours, "ours"), (old, "old")):
        more = ["later"] if place == "ours" else ["net_minor"]
        texts = [pl.col("customer").fill_null("").alias("customer"), pl.col("reference")]
        sides.append(frame.with_columns(texts).select(place, *_TEXTS, *numbers, *more))
    for name in _TEXTS:
        both = pl.concat([side[name] for side in sides]).unique().drop_nulls().sort()
        codes = both.to_frame().with_row_index("code")
        sides = [
            side.join(codes, on=name, how="left", maintain_order="left")
            .drop(name)
            .rename({"code": name})
            for side in sides
        ]
    return sides[0], sides[1]


def _steps(
    steps: tuple[Step, ...], left: pl.DataFrame, right: pl.DataFrame, found: list[pl.DataFrame]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Pair by each step in turn; return what is left over on either side."""
    for step in steps:
        pairs = _paired(step, left, right)
        found.append(pairs)
        if pairs.height:
            left = left.join(pairs, on="ours", how="anti", maintain_order="left")
            right = right.join(pairs, on="old", how="anti", maintain_order="left")
    return left, right


def _paired(step: Step, left: pl.DataFrame, right: pl.DataFrame) -> pl.DataFrame:
    key = list(step.key)
    order = ["quantity_e6", "unit_price_e8", "day"]

    def turns(side: pl.DataFrame, first: list[str], place: str) -> pl.LazyFrame:
        # Rows that meet nothing on the other side need not be counted.
        other = right if side is left else left
        return (
            side.lazy()
            .drop_nulls(key)
            .join(other.lazy().select(key).unique(), on=key, how="semi")
            .sort(*first, *order, place, nulls_last=True)
            .select(
                *key,
                place,
                pl.int_range(pl.len()).over(key).alias("turn"),
                pl.len().over(key).alias(f"{place} many"),
            )
        )

    pairs = turns(left, ["later"], "ours").join(
        turns(right, [], "old"), on=[*key, "turn"], how="inner"
    )
    one = (pl.col("ours many") == 1) & (pl.col("old many") == 1)
    if step.alone:
        pairs = pairs.filter(one)
    certain = one if step.loose else pl.lit(True)
    return pairs.select("ours", "old", certain.alias("certain")).sort("ours").collect()


def _doubles(old: pl.DataFrame, left_over: pl.DataFrame, found: list[pl.DataFrame]) -> pl.DataFrame:
    """Old rows that found no charge and repeat one that did."""
    pairs = pl.concat(found)
    same = ["customer", "item", "currency", "quantity_e6", "unit_price_e8", "net_minor", "day"]
    taken = old.join(pairs, on="old", how="semi").sort("old")
    twins = []
    for key in (same, ["reference", "currency"]):
        # A missing day or price is equal to a missing one here, a missing reference is not.
        known = "reference" if "reference" in key else "item"
        first = taken.drop_nulls(known).unique(key, keep="first", maintain_order=True)
        twins.append(
            left_over.drop_nulls(known)
            .join(first.select(*key, pl.col("old").alias("twin")), on=key, nulls_equal=True)
            .select("old", "twin")
        )
    return pl.concat(twins).unique("old", keep="first", maintain_order=True).sort("old")
