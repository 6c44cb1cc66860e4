"""Fields of charges and lines in the reader's words, and two of them side by side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from babel.numbers import format_decimal

from cleanbill.nouns.scales import unscaled
from cleanbill.shells.web.field_words import PAIRS
from cleanbill.shells.web.languages import locale
from cleanbill.shells.web.templatetags.paper import day, money, quantity
from cleanbill.shells.web.value_words import called, unit_called

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Beside:
    """One field of the source row and of the line; ``same`` is None where only one has it."""

    label: Any
    source: str
    line: str
    same: bool | None


def beside(source: Row | None, made: Row | None) -> list[Beside]:
    """Return the fields that the source row or the line has, side by side."""
    row = (source or {}).get("fields", {})
    line = made or {}
    currency = row.get("currency") or line.get("currency")
    found = []
    for _name, words, of_row, of_line in PAIRS:
        left = row.get(of_row) if of_row else None
        right = line.get(of_line) if of_line else None
        if left is None and right is None:
            continue
        same = None if left is None or right is None else left == right
        found.append(
            Beside(
                words,
                text_of(of_row or "", left, currency),
                text_of(of_line or "", right, currency),
                same,
            )
        )
    return found


def text_of(column: str, value: Any, currency: str | None) -> str:
    """Return a value as the reader writes it, a dash where there is none."""
    if value is None or value == "":
        return "—"
    if column in ("kind", "tax_category"):
        return called(value)
    if column == "unit":
        return unit_called(value)
    if column.endswith("_minor"):
        return money(value, currency)
    if column.endswith("_e6"):
        return quantity(value)
    if column.endswith("_e8"):
        return str(format_decimal(unscaled(value, 8), format="#,##0.00######", locale=locale()))
    return day(value) if isinstance(value, date) else str(value)
