"""The tables of a plan file checked against their shape: typed values, and everything wrong."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from difflib import get_close_matches
from typing import Any

from cleanbill.formats.plan_file.problems import Problem
from cleanbill.formats.plan_file.shape import NAME_LENGTH, Key, Kind
from cleanbill.nouns.currency import DECIMALS
from cleanbill.nouns.scales import (
    AMOUNT_MAX_MINOR,
    PRICE_DECIMALS,
    PRICE_MAX_E8,
    QUANTITY_DECIMALS,
    QUANTITY_MAX_E6,
    RATE_DECIMALS,
    RATE_MAX_E6,
    scaled,
)

Values = dict[str, Any]
_SCALES = {
    Kind.QUANTITY: (QUANTITY_DECIMALS, QUANTITY_MAX_E6),
    Kind.PRICE: (PRICE_DECIMALS, PRICE_MAX_E8),
    Kind.PERCENT: (RATE_DECIMALS, RATE_MAX_E6),
}


def checked(
    data: object,
    shape: Mapping[str, Key],
    place: str,
    problems: list[Problem],
    currency: str | None = None,
) -> Values:
    """Return the typed values of one table; what is wrong goes to ``problems``.

    Numbers are scaled integers as in the tables of the house; amounts need the ``currency``, or
    that of the table itself.
    """
    if not isinstance(data, dict):
        problems.append(Problem(place, "expected a table of keys and values"))
        return {}
    values: Values = {}
    for name in data:
        if name not in shape:
            near = get_close_matches(name, shape, 1)
            hint = f"did you mean {near[0]!r}? " if near else ""
            allowed = ", ".join(shape)
            problems.append(Problem(place, f"unknown key {name!r}: {hint}Allowed: {allowed}"))
    for name, key in shape.items():
        if name not in data:
            if key.needed:
                problems.append(Problem(place, f"{name!r} is missing: write {_wanted(key)}"))
            continue
        try:
            values[name] = _value(data[name], key, values.get("currency") or currency)
        except ValueError as error:
            said = str(error) or f"expected {_wanted(key)}, found {_seen(data[name])}"
            problems.append(Problem(place, f"{name}: {said}"))
    return values


def _wanted(key: Key) -> str:
    return f"one of {', '.join(key.choices)}" if key.choices else key.kind.value


def _seen(value: object) -> str:
    text = repr(str(value)) if isinstance(value, str | Decimal) else repr(value)
    return text if len(text) <= 60 else text[:60] + "…"


def _value(value: object, key: Key, currency: str | None) -> Any:
    """Return a typed value; raises ValueError, with words or without."""
    match key.kind:
        case Kind.TEXT | Kind.NOTE:
            return _text(value, None if key.kind is Kind.NOTE else NAME_LENGTH)
        case Kind.DATE:
            return _date(value)
        case Kind.CURRENCY:
            if value not in DECIMALS:
                raise ValueError
            return value
        case Kind.CHOICE:
            if value not in key.choices:
                near = get_close_matches(str(value), key.choices, 1)
                hint = f"; did you mean {near[0]!r}?" if near else ""
                raise ValueError(f"{_seen(value)} is none of {', '.join(key.choices)}{hint}")
            return value
        case Kind.FLAG:
            if not isinstance(value, bool):
                raise ValueError
            return value
        case Kind.TABLE:
            if not isinstance(value, dict):
                raise ValueError
            return value
        case Kind.LIST:
            if not isinstance(value, list) or not value:
                raise ValueError
            return value
        case Kind.MONEY:
            if currency is None:
                raise ValueError("an amount needs the currency: write it once for the file")
            return _number(value, DECIMALS[currency], AMOUNT_MAX_MINOR)
    return _number(value, *_SCALES[key.kind])


def _text(value: object, most: int | None) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError
    if most is not None and len(value) > most:
        raise ValueError(f"shorten it to at most {most} characters")
    return value.strip()


def _date(value: object) -> date:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if isinstance(value, str):
        return date.fromisoformat(value)
    raise ValueError


def _number(value: object, decimals: int, limit: int) -> int:
    """Return a number at its scale: from text, a whole number, or the decimals of the file."""
    if isinstance(value, bool) or not isinstance(value, int | str | Decimal):
        raise ValueError
    return scaled(value, decimals, limit)
