"""What is charged by terms, worked out again from nothing but the basis that was kept with it."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from cleanbill.engine.exact import rounded
from cleanbill.nouns.scales import RATE_DECIMALS

WHOLE_E6 = 100 * 10**RATE_DECIMALS
Basis = Mapping[str, Any]


def replayed(basis: Basis) -> int | None:
    """Return what a row comes to in minor units; None where its figures contradict each other."""
    if basis["kind"] == "spend":
        amount = _spend(basis)
    elif basis["kind"] == "milestone":
        amount = _milestone(basis)
    elif basis["kind"] == "progress":
        amount = _progress(basis)
    elif basis["kind"] == "retainage":
        amount = _retainage(basis)
    else:
        amount = basis["freed_minor"] if basis["kind"] == "release" else 0
    if amount is None or amount != basis["amount_minor"]:
        return None
    owing = int(basis["owing_minor"])
    if "cancels" not in basis and amount - basis["charged_minor"] != owing:
        return None
    return owing


def _spend(basis: Basis) -> int | None:
    reached = rounded(Fraction(basis["limit_minor"] * basis["counted"], basis["whole"]))
    lacks = basis["side"] == "shortfall"
    beyond = (reached - basis["spent_minor"]) if lacks else (basis["spent_minor"] - reached)
    so_far = max(0, beyond)
    if (reached, so_far) != (basis["reached_minor"], basis["so_far_minor"]):
        return None
    owing = int(so_far - basis["above_minor"])
    return owing if lacks else -owing


def _milestone(basis: Basis) -> int | None:
    if basis["percent_e6"] is not None:
        exact = Fraction(basis["value_minor"] * basis["percent_so_far_e6"], WHOLE_E6)
        if rounded(exact) != basis["reached_minor"]:
            return None
    return int(basis["reached_minor"] - basis["above_minor"])


def _progress(basis: Basis) -> int | None:
    if basis["percent_e6"] is not None:
        exact = Fraction(basis["scheduled_minor"] * basis["percent_e6"], WHOLE_E6)
        if rounded(exact) != basis["to_date_minor"]:
            return None
    return int(basis["to_date_minor"] - basis["before_minor"])


def _retainage(basis: Basis) -> int | None:
    exact = Fraction(basis["exact_minor"])
    if basis["retained"] == "to_date" and exact != Fraction(
        basis["completed_minor"] * basis["percent_e6"], WHOLE_E6
    ):
        return None
    held = max(0, rounded(exact) - basis["released_minor"])
    if held != basis["held_minor"]:
        return None
    return int(basis["held_before_minor"] - held)
