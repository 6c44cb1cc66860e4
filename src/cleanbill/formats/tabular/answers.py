"""What a person enters into single fields, read as the same columns of a file would be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from cleanbill.formats.tabular.columns import KINDS
from cleanbill.formats.tabular.fields import Field, Type
from cleanbill.formats.tabular.marks import ISO
from cleanbill.formats.tabular.settled import Notation
from cleanbill.formats.tabular.typed import typed
from cleanbill.nouns.currency import DECIMALS
from cleanbill.nouns.scales import unscaled

_WANTED = {
    Type.QUANTITY: "a quantity such as 12.5",
    Type.PRICE: "a price such as 12.50",
    Type.PERCENT: "a percentage such as 12.5",
    Type.MONEY: "an amount such as 12.50",
    Type.DATE: "a day as YYYY-MM-DD",
    Type.FLAG: "yes or no",
    Type.COUNT: "a whole number",
    Type.COUNTRY: "a country as its two-letter ISO code",
    Type.CURRENCY: "a currency as its ISO 4217 code",
}
_PLACES = {"_e6": 6, "_e8": 8}


def answers(kind: str, said: Mapping[str, str], currency: str) -> dict[str, Any]:
    """Return what was entered, by the names and in the types of the typed table; empty is null.

    Numbers have a point, days are ISO; ``currency`` gives the decimals of amounts. Raises
    ValueError for a column that this kind of file has not, and for what does not fit its type.
    """
    fields = {field.name: field for field in KINDS[kind]}
    found: dict[str, Any] = {}
    for name, text in said.items():
        if name not in fields:
            raise ValueError(f"{name!r} is no column of {kind}; one of {', '.join(fields)}")
        field = fields[name]
        if field.filled and not text.strip():
            raise ValueError(f"{name} may not be empty")
        found[field.typed_name] = _read(field, text.strip(), said.get("currency") or currency)
    return found


def _read(field: Field, text: str, currency: str) -> Any:
    if not text:
        return None
    notation = Notation(".", "", {field.name: ISO}, "", frozenset((field.name,)))
    row = pl.DataFrame({"currency": [currency], field.name: [text]})
    value = row.select(typed(field, notation)).item()
    if value is None:
        raise ValueError(f"{field.name}: {text[:40]!r} is not {_wanted(field)}")
    return value


def _wanted(field: Field) -> str:
    if field.choices:
        return "one of " + ", ".join(field.choices)
    return _WANTED.get(field.type, f"a text of up to {field.length_max} characters")


def plain(column: str, value: Any, currency: str) -> tuple[str, str]:
    """Return the name and the text of a typed column's value, as a person would enter it."""
    if value is None:
        return column.removesuffix("_minor").removesuffix("_e6").removesuffix("_e8"), "—"
    for suffix, places in _PLACES.items():
        if column.endswith(suffix):
            text = f"{unscaled(value, places):f}"
            short = text.rstrip("0").rstrip(".") if "." in text else text
            return column.removesuffix(suffix), short
    if column.endswith("_minor"):
        return column.removesuffix("_minor"), f"{unscaled(value, DECIMALS.get(currency, 2)):f}"
    if isinstance(value, bool):
        return column, "yes" if value else "no"
    return column, str(value)
