"""A step of a derivation, and numbers as it shows them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Drawn:
    """The terms that a charge was drawn from, their version, and how its amount came about."""

    terms: str
    version: int
    how: str


@dataclass(frozen=True, slots=True)
class Step:
    """One amount, how it came about, and the steps it rests on."""

    label: str
    value: str
    how: str = ""
    parts: tuple[Step, ...] = field(default_factory=tuple)


def plain(value: Decimal) -> str:
    """Return a decimal without exponent and superfluous zeros."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
