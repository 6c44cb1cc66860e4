"""Which price holds: the customer's own, else the agreement's plan, else the list.

At each level, the price whose conditions fit best: the one that names the most facts.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

import polars as pl

from cleanbill.cycle.price.matrix import (
    conditional,
    fact,
    fact_names,
    facts_lacking,
    shapes,
    with_facts,
)
from cleanbill.engine.dated import in_force
from cleanbill.engine.plan import collected
from cleanbill.nouns.drawn import OWN_PRICE
from cleanbill.nouns.policy import PriceSource

_ALWAYS = ("price_id", "version", "model", "discount_percent_e6")
_WHERE_USED = {
    "minimum_minor": "minimum_minor",
    "maximum_minor": "maximum_minor",
    "increment_e6": "increment_e6",
    "increment_rounding": "increment_e6",
}
"""Terms that few prices have: where none has the second, the first is not carried along."""
LEVELS = (
    ("customer", ("item", "currency", "customer")),
    ("plan", ("item", "currency", "plan")),
    ("list", ("item", "currency")),
)
"""Levels in order of precedence and the key of each."""


def level_of(prices: pl.DataFrame, level: str) -> pl.DataFrame:
    """Return the prices of one level: a customer's, a plan's, or the list."""
    own = pl.col("customer").is_not_null()
    planned = pl.col("plan").is_not_null()
    match level:
        case "customer":
            return prices.filter(own)
        case "plan":
            return prices.filter(~own & planned)
        case _:
            return prices.filter(~own & ~planned)


def chosen(charges: pl.DataFrame, prices: pl.DataFrame, source: PriceSource) -> pl.DataFrame:
    """Return the charges (sorted by service date) with ``price_id``, its terms and ``price_level``.

    ``price_level`` says where the price came from: ``customer``, ``plan``, ``list`` or ``charge``
    (the charge brings its own); null where there is none. ``prices_tied``: another price fits as
    well; the one whose facts come first by name is taken, and verification holds the charge.
    ``facts_lacking``: what prices of its item ask for, where the charge brings none of it.
    A charge drawn from terms always keeps its own.
    """
    found = charges.lazy()
    if source is PriceSource.CHARGE or prices.is_empty():
        found = found.with_columns(
            *(pl.lit(None, dtype=prices.schema[c]).alias(_named(c)) for c in carried(prices)),
            pl.lit(None, dtype=pl.String).alias("price_level"),
            pl.lit(False).alias("prices_tied"),
            pl.lit(None, dtype=pl.String).alias("facts_lacking"),
        )
    else:
        found = _looked_up(found, prices)
    if source is not PriceSource.LIST:
        alone = pl.col("price_level").is_null() & pl.col("unit_price_e8").is_not_null()
        level = pl.when(alone).then(pl.lit("charge")).otherwise(pl.col("price_level"))
        found = found.with_columns(level.alias("price_level"))
    if charges["source"].is_in(OWN_PRICE).any():
        found = _priced_themselves(found, prices)
    return found.pipe(collected)


def carried(prices: pl.DataFrame) -> list[str]:
    """Return the columns of PRICES that go with a charge, as ``price_…`` but for the id."""
    return [
        *_ALWAYS,
        *(c for c, of in _WHERE_USED.items() if prices[of].null_count() < prices.height),
    ]


def _priced_themselves(found: pl.LazyFrame, prices: pl.DataFrame) -> pl.LazyFrame:
    """Let charges that were drawn from terms keep their price: no list has a say in it."""
    own = pl.col("source").is_in(OWN_PRICE) & pl.col("unit_price_e8").is_not_null()
    none = {_named(c): pl.lit(None, dtype=prices.schema[c]) for c in carried(prices)}
    return found.with_columns(
        pl.when(own).then(value).otherwise(pl.col(column)).alias(column)
        for column, value in {
            **none,
            "price_level": pl.lit("charge"),
            "prices_tied": pl.lit(False),
            "facts_lacking": pl.lit(None, dtype=pl.String),
        }.items()
    )


def _named(column: str) -> str:
    return column if column == "price_id" else f"price_{column}"


@dataclass(frozen=True, slots=True)
class _Step:
    """One lookup: prices of a level that name the same facts, and the key they are found by."""

    level: str
    facts: int
    label: str
    keys: tuple[str, ...]
    prices: pl.DataFrame


def _steps(prices: pl.DataFrame) -> list[_Step]:
    """Return the lookups in order of precedence: by level, within it the most specific first."""
    found = []
    for level, keys in LEVELS:
        table = level_of(prices, level)
        plain = table.filter(pl.col("conditions").is_null())
        if plain.height < table.height:
            for shape in shapes(table.filter(pl.col("conditions").is_not_null())):
                label = f"{level}:{','.join(shape.names)}"
                joint = (*keys, *shape.keys)
                found.append(_Step(level, len(shape.names), label, joint, shape.prices))
        if plain.height:
            found.append(_Step(level, 0, level, keys, plain))
    return found


def _looked_up(found: pl.LazyFrame, prices: pl.DataFrame) -> pl.LazyFrame:
    """Look up at each level that has prices, then take the first that answers."""
    brought = carried(prices)
    steps = _steps(prices)
    asking = conditional(prices)
    lacking = pl.lit(None, dtype=pl.String)
    if asking:
        found = with_facts(found, prices)
        lacking = facts_lacking(prices)
    for step in steps:
        renamed = {c: f"{step.label}:{c}" for c in brought}
        columns = (*step.keys, "valid_from", "valid_to", *brought)
        dated = step.prices.lazy().select(columns).rename(renamed)
        found = in_force(found, dated, step.keys, list(renamed.values()))
    first = pl.lit(None, dtype=pl.String)
    picked = {c: pl.lit(None, dtype=prices.schema[c]) for c in brought}
    for step in reversed(steps):
        hit = _hit(step)
        first = pl.when(hit).then(pl.lit(step.level)).otherwise(first)
        for column, value in picked.items():
            picked[column] = pl.when(hit).then(pl.col(f"{step.label}:{column}")).otherwise(value)
    used_up = [f"{step.label}:{column}" for step in steps for column in brought]
    if asking:
        used_up += map(fact, fact_names(prices["conditions"]))
    return found.with_columns(
        first.alias("price_level"),
        _tied(steps).alias("prices_tied"),
        lacking.alias("facts_lacking"),
        *(v.alias(_named(c)) for c, v in picked.items()),
    ).drop(used_up)


def _hit(step: _Step) -> pl.Expr:
    return pl.col(f"{step.label}:price_id").is_not_null()


def _tied(steps: list[_Step]) -> pl.Expr:
    """Tell where prices of one level, each with as many facts as the other, fit equally well."""
    tied, before = pl.lit(False), pl.lit(False)
    for _, group in groupby(steps, key=lambda step: (step.level, step.facts)):
        hits = [_hit(step) for step in group]
        if len(hits) > 1:
            tied |= ~before & (pl.sum_horizontal(hits) > 1)
        before |= pl.any_horizontal(hits)
    return tied
