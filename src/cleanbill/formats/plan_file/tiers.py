"""The tiers of one price of a plan file, with its discounts by quantity laid over them."""

from __future__ import annotations

from collections.abc import Sequence

from cleanbill.formats.plan_file.problems import Problem
from cleanbill.formats.plan_file.shape import CONTENT, DISCOUNT, TIER
from cleanbill.formats.plan_file.values import Values, checked


def tiers_of(
    price: Values, place: str, currency: str | None, problems: list[Problem]
) -> list[Values]:
    """Return one row of values for each tier, from the lowest; problems are told.

    In: a price's typed values. Where a discount begins within a tier, the tier is cut there: a
    flat amount of a graduated tier stays with its lower part, as it counts once.
    """
    own = {name: price[name] for name in CONTENT if name in price}
    tables = price.get("tiers")
    if tables is None:
        tiers = [own]
    else:
        if own:
            said = f"{', '.join(own)} stand beside tiers: write them into the tiers"
            problems.append(Problem(place, said))
        tiers = [
            checked(table, TIER, f"{place}, tier {n}", problems, currency)
            for n, table in enumerate(tables, 1)
        ]
        _rising(tiers, place, problems)
    steps = [
        checked(table, DISCOUNT, f"{place}, discount {n}", problems, currency)
        for n, table in enumerate(price.get("discounts", ()), 1)
    ]
    if steps and any("discount_percent" in tier for tier in tiers):
        problems.append(Problem(place, "discounts stand beside discounts of tiers: keep one"))
    bounds = [step["above"] for step in steps if {"above", "percent"} <= step.keys()]
    if len(bounds) < len(steps):
        return []
    if bounds != sorted(set(bounds)):
        problems.append(Problem(place, "discounts: each must begin above the one before"))
    once = price.get("model") == "graduated"
    return [_row(tier) for tier in _cut(tiers, steps, once=once)]


def _rising(tiers: Sequence[Values], place: str, problems: list[Problem]) -> None:
    """Tiers stand from the lowest to the highest, and only the last is open."""
    ends = [tier["up_to"] for tier in tiers[:-1] if "up_to" in tier]
    if len(ends) < len(tiers) - 1:
        problems.append(Problem(place, "only the last tier may lack up_to: it is the open one"))
    elif "up_to" in tiers[-1]:
        problems.append(Problem(place, "the last tier must be open: leave its up_to out"))
    elif ends != sorted(set(ends)):
        problems.append(Problem(place, "each tier must reach further up than the one before"))


def _cut(tiers: Sequence[Values], steps: Sequence[Values], *, once: bool) -> list[Values]:
    found = []
    below = 0
    for tier in tiers:
        end = tier.get("up_to")
        inside = [
            s["above"] for s in steps if s["above"] > below and (end is None or s["above"] < end)
        ]
        for part, bound in enumerate([*inside, end]):
            reached = [s["percent"] for s in steps if s["above"] <= below]
            row = {**tier, "up_to": bound}
            if part and once:
                row.pop("flat_amount", None)
            if reached:
                row["discount_percent"] = reached[-1]
            found.append(row)
            below = bound or below
    return found


def _row(tier: Values) -> Values:
    """A discount of a tier has its own column in a price file."""
    named = dict(tier)
    if "discount_percent" in named:
        named["volume_discount_percent"] = named.pop("discount_percent")
    return named
