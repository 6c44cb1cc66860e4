"""What is charged by terms, told in one sentence from the basis that was kept with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

from cleanbill.nouns.currency import decimals_of
from cleanbill.nouns.scales import RATE_DECIMALS, unscaled

Basis = Mapping[str, Any]
Money = Callable[[int], str]


def explained(basis: Basis, currency: str) -> str:
    """Return how the amount of a row came about; ``basis`` as in SLOTS, read from its JSON."""
    tell: dict[str, Callable[[Basis, Money], str]] = {
        "spend": _spend,
        "milestone": _milestone,
        "progress": _progress,
        "retainage": _retainage,
        "release": _release,
        "withdrawn": _withdrawn,
    }
    decimals = decimals_of(currency)

    def money(minor: int) -> str:
        return format(unscaled(minor, decimals), "f")

    told = tell[basis["kind"]](basis, money)
    if basis["charged_minor"]:
        told += (
            f"; it comes to {money(basis['amount_minor'])}, {money(basis['charged_minor'])} "
            "was charged before"
        )
    if "cancels" in basis:
        told += f", and {basis['cancels']} is taken back whole"
    return f"{told}: {money(basis['owing_minor'])}"


def _spend(basis: Basis, money: Money) -> str:
    limit = "minimum" if basis["side"] == "shortfall" else "maximum"
    share = ""
    if basis["counted"] != basis["whole"]:
        exact = Fraction(basis["limit_minor"] * basis["counted"], basis["whole"])
        share = (
            f" × {basis['counted']} ÷ {basis['whole']} {basis['convention']} of "
            f"{basis['period_from']} to {basis['period_to']} = {money(basis['reached_minor'])}"
        )
        if exact.denominator > 1:
            share += ", rounded once"
    what = f"items {', '.join(basis['items'])}" if basis["items"] else "all items"
    told = (
        f"{limit} {money(basis['limit_minor'])}{share}; {money(basis['spent_minor'])} billed for "
        f"{what} from {basis['days_from']} to {basis['days_to']}: {basis['side']} "
        f"{money(basis['so_far_minor'])}"
    )
    if basis["above_minor"]:
        told += f", less {money(basis['above_minor'])} up to the check before"
    if basis["unsettled"]:
        told += f"; {basis['unsettled']} charges of these days were not billed yet"
    return told


def _milestone(basis: Basis, money: Money) -> str:
    told = f"milestone {basis['milestone']}, "
    told += f"{'released' if basis['released'] else 'due'} on {basis['day']}"
    if basis["percent_e6"] is None:
        return told
    told += f", {_percent(basis['percent_e6'])} % of {money(basis['value_minor'])}"
    if basis["above_minor"]:
        told += (
            f"; the schedule so far {_percent(basis['percent_so_far_e6'])} %, rounded, less "
            f"{money(basis['above_minor'])} of the milestones above"
        )
    return told


def _progress(basis: Basis, money: Money) -> str:
    if basis["percent_e6"] is None:
        done = f"{money(basis['to_date_minor'])} of {money(basis['scheduled_minor'])} to date"
    else:
        done = (
            f"{_percent(basis['percent_e6'])} % of {money(basis['scheduled_minor'])} = "
            f"{money(basis['to_date_minor'])} to date"
        )
    order = f" of change order {basis['change_order']}" if basis["change_order"] else ""
    return (
        f"claim {basis['claim']}, line {basis['line']}{order}: {done}, less "
        f"{money(basis['before_minor'])} before"
    )


def _retainage(basis: Basis, money: Money) -> str:
    taken = "completed" if basis["retained"] == "to_date" else "this"
    of = "complete to date" if taken == "completed" else "of this claim"
    told = f"claim {basis['claim']}: {_percent(basis['percent_e6'])} % of "
    told += f"{money(basis[f'{taken}_minor'])} {of} retained; held now "
    told += money(basis["held_minor"])
    return f"{told}, before {money(basis['held_before_minor'])}"


def _release(basis: Basis, money: Money) -> str:
    what = "all that is held" if basis["all"] else "a part of what is held"
    return f"release {basis['release']} of {what}"


def _withdrawn(basis: Basis, money: Money) -> str:
    return "no longer asked for by the terms"


def _percent(scaled: int) -> str:
    text = format(unscaled(scaled, RATE_DECIMALS), "f")
    return text.rstrip("0").rstrip(".")
