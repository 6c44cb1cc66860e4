"""Read a plan file: the text, its tables, and each price as rows, one for each tier."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import polars as pl

from cleanbill.formats.plan_file.bundles import bundles_of
from cleanbill.formats.plan_file.problems import PlanFileError, Problem
from cleanbill.formats.plan_file.shape import CONTENT, FILE, PRICE, STEP
from cleanbill.formats.plan_file.tiers import tiers_of
from cleanbill.formats.plan_file.values import Values, checked
from cleanbill.formats.tabular.columns import KINDS
from cleanbill.formats.tabular.fields import dtype_of
from cleanbill.nouns.bundle import BundleTerms
from cleanbill.nouns.condition import canonical, shown
from cleanbill.nouns.condition import checked as conditions_checked

SIZE_MAX = 10_000_000
"""Bytes of a plan file; one with thousands of prices has a fraction of it."""
_FIELDS = {field.name: field for field in KINDS["prices"]}
_ALIKE = ("item", "model", "included", "minimum", "maximum", "discount_percent", "increment")
"""Keys of a price that its rows bear under the same name."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a plan file says: price rows in the typed columns of the kind ``prices``.

    ``row`` counts the rows from 1; ``places`` tells of each where it stands in the file.
    """

    plan: str | None
    customer: str | None
    rows: pl.DataFrame
    places: tuple[str, ...]
    prices: int
    """How many prices the file has; each step of a ramp is one."""
    bundles: tuple[BundleTerms, ...] = ()


def read(text: str, name: str) -> Plan:
    """Return the plan that the text of a ``.toml`` or ``.json`` file describes.

    Raises PlanFileError, which names everything that is wrong.
    """
    problems: list[Problem] = []
    data = _loaded(text, name)
    head = checked(data, FILE, "the file", problems)
    if "plan" in head and "customer" in head:
        problems.append(Problem("the file", "it is of a plan or of a customer, never of both"))
    rows: list[Values] = []
    places: list[str] = []
    count = 0
    for number, table in enumerate(head.get("prices", ()), 1):
        item = table.get("item") if isinstance(table, dict) else None
        place = f"price {number}" + (f" ({item})" if isinstance(item, str) else "")
        for price in _prices(table, head, place, problems):
            count += 1
            for tier in price.pop("rows"):
                rows.append({**price, **tier, "row": len(rows) + 1})
                places.append(place)
    bundles = bundles_of(head.get("bundles", ()), head, problems)
    if problems:
        raise PlanFileError(name, problems)
    whose = head.get("plan"), head.get("customer")
    return Plan(*whose, _table(rows), tuple(places), count, bundles)


def _loaded(text: str, name: str) -> Any:
    """Return the data; numbers with a point keep their decimals exactly."""
    if len(text) > SIZE_MAX:
        raise PlanFileError(name, [Problem("the file", f"it is longer than {SIZE_MAX:,} signs")])
    try:
        if name.lower().endswith(".json"):
            return json.loads(text, parse_float=Decimal, object_pairs_hook=_once)
        return tomllib.loads(text, parse_float=Decimal)
    except (tomllib.TOMLDecodeError, json.JSONDecodeError) as error:
        kind = "JSON" if name.lower().endswith(".json") else "TOML"
        raise PlanFileError(name, [Problem("the file", f"it is no {kind}: {error}")]) from None
    except (RecursionError, ValueError) as error:
        raise PlanFileError(name, [Problem("the file", f"it cannot be read: {error}")]) from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse a key that is written twice: JSON would silently take the last."""
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the key {twice!r} is written twice in one table")
    return found


def _prices(table: object, head: Values, place: str, problems: list[Problem]) -> Iterator[Values]:
    """Yield the prices of one table: one, or one for each step of its ramp."""
    before = len(problems)
    own = checked(table, PRICE, place, problems, head.get("currency"))
    dates = {c: own.get(c, head.get(c)) for c in ("currency", "valid_from", "valid_to")}
    for name in ("currency", "valid_from"):
        # Where the file gives it but wrongly, that is told already.
        if dates[name] is None and not problems[before:]:
            problems.append(Problem(place, f"{name!r} is missing here, and in the file"))
    own.setdefault("includes_tax", head.get("includes_tax"))
    own["conditions"] = _conditions(own.pop("when", None), place, problems)
    steps = _steps(own, dates, place, problems)
    if len(problems) > before:
        tiers_of(own, place, dates["currency"], problems)  # What is wrong there is told as well.
        return
    for step in steps:
        values = {**own, **step}
        rows = tiers_of(values, place, dates["currency"], problems)
        columns = (
            *_ALIKE,
            "increment_rounding",
            "conditions",
            "includes_tax",
            "currency",
            "valid_from",
            "valid_to",
        )
        shared = {_typed(c): values.get(c) for c in columns}
        named = [{_typed(c): value for c, value in row.items()} for row in rows]
        yield {
            **shared,
            "plan": head.get("plan"),
            "customer": head.get("customer"),
            "rows": named,
        }


def _typed(name: str) -> str:
    return _FIELDS[name].typed_name


def _conditions(when: Mapping[str, Any] | None, place: str, problems: list[Problem]) -> str | None:
    """Return conditions as the rows of a price file have them."""
    if when is None:
        return None
    odd = [name for name, value in when.items() if not isinstance(value, str)]
    if odd:
        problems.append(Problem(place, f"when: write the value of {odd[0]!r} as text in quotes"))
        return None
    try:
        found = conditions_checked({name: value.strip() for name, value in when.items()})
    except ValueError as error:
        problems.append(Problem(place, f"when: {error}"))
        return None
    return shown(canonical(found))


def _steps(own: Values, dates: Values, place: str, problems: list[Problem]) -> list[Values]:
    """Return what changes from price to price: the dates, and for a ramp its values."""
    ramp = own.pop("ramp", None)
    if ramp is None:
        return [dates]
    found = [
        checked(step, STEP, f"{place}, step {n}", problems, dates["currency"])
        for n, step in enumerate(ramp, 1)
    ]
    if "tiers" in own or "discounts" in own:
        problems.append(Problem(place, "a ramp has no tiers: write a price for each of its steps"))
    starts = [step["from"] for step in found if "from" in step]
    if len(starts) < len(found):
        return []
    if starts != sorted(set(starts)):
        problems.append(Problem(place, "ramp: each step must begin after the one before"))
    if own.get("valid_from"):
        problems.append(Problem(place, "ramp: its steps say from when they hold; drop valid_from"))
    ends = [*starts[1:], dates["valid_to"]]
    return [
        {**dates, **step, "valid_from": start, "valid_to": end}
        for step, start, end in zip(found, starts, ends, strict=True)
    ]


def _table(rows: list[Values]) -> pl.DataFrame:
    """Return the rows in the typed columns of a price file."""
    schema: dict[str, Any] = {
        "row": pl.Int64,
        **{f.typed_name: dtype_of(f) for f in KINDS["prices"]},
    }
    return pl.DataFrame(
        [{column: row.get(column) for column in schema} for row in rows], schema=schema
    )


assert set(CONTENT) <= set(_FIELDS)
