"""Recurring terms as one line of JSON: how they are kept, version by version.

What is not said is absent; numbers are text, as everywhere. Equal terms give equal text.
"""

from __future__ import annotations

import json
from dataclasses import fields
from datetime import date
from enum import Enum
from typing import Any

from cleanbill.nouns.cadence import Alignment, Cadence, Unit
from cleanbill.nouns.proration import Convention, Stub
from cleanbill.nouns.recurring import Change, RecurringTerms, Repricing, Timing
from cleanbill.nouns.scales import (
    PRICE_DECIMALS,
    PRICE_MAX_E8,
    QUANTITY_DECIMALS,
    QUANTITY_MAX_E6,
    scaled,
    unscaled,
)

_CHOICES = {
    "alignment": Alignment,
    "timing": Timing,
    "convention": Convention,
    "stub": Stub,
    "repricing": Repricing,
}
_DAYS = ("start", "end", "trial_end", "anchor")
_APART = ("cadence", "changes", "quantity_e6", "unit_price_e8", "version")


def written(terms: RecurringTerms) -> str:
    """Return the terms as JSON, without their version: two versions that say the same are equal."""
    said: dict[str, Any] = {"every": [terms.cadence.unit.value, terms.cadence.count]}
    said |= _figures(terms)
    for field in fields(terms):
        value = getattr(terms, field.name)
        if field.name not in _APART and value is not None and value != field.default:
            said[field.name] = _plain(value)
    if terms.changes:
        said["changes"] = [
            {"day": change.day.isoformat(), **({"item": change.item} if change.item else {})}
            | _figures(change)
            for change in terms.changes
        ]
    return json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def read(text: str, version: int) -> RecurringTerms:
    """Return the terms of a version. Raises ValueError, KeyError or TypeError for other text."""
    said = json.loads(text)
    unit, count = said.pop("every")
    changes = tuple(
        Change(date.fromisoformat(row["day"]), row.get("item"), *_scaled(row))
        for row in said.pop("changes", ())
    )
    quantity, price = _scaled(said)
    if quantity is None:
        raise ValueError("terms say a quantity")
    for name in ("quantity", "unit_price"):
        said.pop(name, None)
    for name, choice in _CHOICES.items():
        if name in said:
            said[name] = choice(said[name])
    for name in _DAYS:
        if name in said:
            said[name] = date.fromisoformat(said[name])
    return RecurringTerms(
        **said,
        cadence=Cadence(Unit(unit), count),
        quantity_e6=quantity,
        unit_price_e8=price,
        changes=changes,
        version=version,
    )


def _figures(of: RecurringTerms | Change) -> dict[str, str]:
    found = {}
    if of.quantity_e6 is not None:
        found["quantity"] = _text(of.quantity_e6, QUANTITY_DECIMALS)
    if of.unit_price_e8 is not None:
        found["unit_price"] = _text(of.unit_price_e8, PRICE_DECIMALS)
    return found


def _scaled(row: dict[str, Any]) -> tuple[int | None, int | None]:
    quantity, price = row.get("quantity"), row.get("unit_price")
    return (
        None if quantity is None else scaled(quantity, QUANTITY_DECIMALS, QUANTITY_MAX_E6),
        None if price is None else scaled(price, PRICE_DECIMALS, PRICE_MAX_E8),
    )


def _text(value: int, decimals: int) -> str:
    text = format(unscaled(value, decimals), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    return value.isoformat() if isinstance(value, date) else value
