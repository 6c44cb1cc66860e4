"""The days in the basis of a recurring charge, which are kept as text."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

DAYS = ("period_from", "period_to", "part_from", "part_to")


def with_days(basis: Mapping[str, Any]) -> dict[str, Any]:
    """Return a basis as it was kept, with its days as days."""
    days = {c: date.fromisoformat(basis[c]) for c in DAYS if basis.get(c) is not None}
    return {**basis, **days}
