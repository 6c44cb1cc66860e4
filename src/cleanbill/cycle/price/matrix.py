"""Prices with conditions: what a charge must bring for them, and which of several fits best.

Prices that name the same facts form a *shape*: (region), (region, tier). Each shape is one lookup
in which the facts belong to the key. A shape with more facts is the more specific one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import polars as pl

from cleanbill.nouns.condition import named

OWN_FACTS = ("unit", "ship_to_country", "cost_centre")
"""Columns of a charge that conditions may name; any other name is an attribute of the source."""


@dataclass(frozen=True, slots=True)
class Shape:
    """The prices of one table that name the same facts, which are columns of theirs."""

    names: tuple[str, ...]
    prices: pl.DataFrame

    @property
    def keys(self) -> tuple[str, ...]:
        """The columns that the facts have, in prices and in charges."""
        return tuple(map(fact, self.names))


def fact(name: str) -> str:
    """Return the column in which a fact stands while prices are looked up."""
    return f"fact:{name}"


def conditional(prices: pl.DataFrame) -> bool:
    """Tell whether any of the prices has conditions."""
    return prices["conditions"].null_count() < prices.height


def fact_names(conditions: pl.Series) -> tuple[str, ...]:
    """Return all names that these conditions speak of."""
    texts = conditions.drop_nulls().unique().to_list()
    return tuple(sorted({name for text in texts for name in named(text)}))


def attribute_names(conditions: pl.Series) -> tuple[str, ...]:
    """Return the attributes that these conditions speak of: what is no column of a charge."""
    return tuple(name for name in fact_names(conditions) if name not in OWN_FACTS)


def with_facts(charges: pl.LazyFrame, prices: pl.DataFrame) -> pl.LazyFrame:
    """Return the charges with one column for each fact that prices ask for; null where lacking.

    Attributes that cannot be read any more (their party was erased) bring no fact.
    """
    found = fact_names(prices["conditions"])
    columns = charges.collect_schema().names()
    texts = [
        (pl.col(name) if name in OWN_FACTS else _attribute(name, columns))
        .str.strip_chars()
        .alias(fact(name))
        for name in found
    ]
    return charges.with_columns(texts)


def facts_lacking(prices: pl.DataFrame) -> pl.Expr:
    """Return the names that prices of the charge's item ask for, where it brings none of them."""
    asked: dict[str, list[str]] = {}
    conditions = prices.filter(pl.col("conditions").is_not_null()).select("item", "conditions")
    for item, text in conditions.unique().sort("item", "conditions").iter_rows():
        for name in named(text):
            asked.setdefault(name, []).append(item)
    of_item = {name: pl.col("item").is_in(items) for name, items in sorted(asked.items())}
    brought = [pl.col(fact(name)).is_not_null() & asks for name, asks in of_item.items()]
    texts = [pl.when(asks).then(pl.lit(name)) for name, asks in of_item.items()]
    names = pl.concat_str(texts, separator=", ", ignore_nulls=True)
    return pl.when(~pl.any_horizontal(brought) & (names != "")).then(names)


def _attribute(name: str, columns: Sequence[str]) -> pl.Expr:
    if "attributes" not in columns:
        return pl.lit(None, dtype=pl.String)
    return pl.col("attributes").str.json_path_match(f"$['{name}']")


def shapes(prices: pl.DataFrame) -> Iterator[Shape]:
    """Yield the shapes among prices with conditions, the most specific first, then by their names.

    In: prices that all have conditions.
    """
    texts = prices["conditions"].unique().sort().to_list()
    by_names: dict[tuple[str, ...], list[str]] = {}
    for text in texts:
        by_names.setdefault(tuple(sorted(named(text))), []).append(text)
    for names in sorted(by_names, key=lambda names: (-len(names), names)):
        own = by_names[names]
        values = pl.DataFrame(
            {"conditions": own, **{fact(n): [named(text)[n] for text in own] for n in names}},
            schema=dict.fromkeys(("conditions", *map(fact, names)), pl.String),
        )
        yield Shape(names, prices.join(values, on="conditions", how="inner", maintain_order="left"))
