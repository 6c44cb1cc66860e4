"""How the gross of a line came about: quantity, tiers, limits, exactly as pricing reckons it."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from cleanbill.cycle.explain.step import Drawn, Row, Step, plain
from cleanbill.engine.exact import Rounding, rounded
from cleanbill.nouns.condition import shown
from cleanbill.nouns.scales import (
    PRICE_DECIMALS,
    QUANTITY_DECIMALS,
    QUANTITY_MAX_E6,
    RATE_DECIMALS,
    scaled,
    unscaled,
)

_WAYS = {"up": Rounding.UP, "nearest": Rounding.HALF_UP, "down": Rounding.DOWN}


def gross_how(line: Row, price: Row | None, drawn: Drawn | None) -> str:
    """Return in words which price it was, why, and since when it holds."""
    level = line["keys"]["price"]
    if level == "charge" and drawn is not None:
        return f"price worked out from the terms {drawn.terms}"
    if level == "charge" or price is None:
        return "price brought by the charge itself"
    since = f", in force since {price['valid_from']}"
    because = f", because {shown(price['conditions'])}" if price["conditions"] else ""
    return f"{level} price, version {line['keys'].get('price_version', '1')}{since}{because}"


def gross_parts(
    line: Row, charge: Row | None, price: Row | None, tiers: Sequence[Row], decimals: int
) -> tuple[Step, ...]:
    """Return the steps that a line's gross rests on, with their exact values."""
    if "credits" in line:
        part = f"what {line['quantity']} {line.get('unit', '')} are of the original's gross"
        return (Step("share of the original", line["gross"], part),)
    quantity = Decimal(line["quantity"])
    if price is None:
        return (_product(line, quantity, Decimal(line["unit_price"]), decimals),)
    before: tuple[Step, ...] = ()
    if price["increment_e6"]:
        quantity, before = _stepped(line, price)
    steps = _of_model(line, charge, quantity, tiers, decimals)
    return (*before, *steps, *_limits(line, price, decimals, steps))


def tier_of(line: Row, tiers: Sequence[Row]) -> Row:
    """Return the tier that a line names, else the first."""
    return next((t for t in tiers if str(t["tier"]) == line["keys"].get("tier")), tiers[0])


def _of_model(
    line: Row, charge: Row | None, quantity: Decimal, tiers: Sequence[Row], decimals: int
) -> tuple[Step, ...]:
    model = line["keys"]["model"]
    if model == "graduated":
        return _graduated(quantity, tiers, decimals)
    tier = tier_of(line, tiers)
    unit_price = unscaled(tier["unit_price_e8"] or 0, PRICE_DECIMALS)
    flat = unscaled(tier["flat_minor"] or 0, decimals)
    match model:
        case "unit":
            return (_product(line, quantity, unit_price, decimals),)
        case "dynamic":
            brought = unscaled((charge or {}).get("unit_price_e8") or 0, PRICE_DECIMALS)
            return (_product(line, quantity, brought, decimals, "price that the charge brings"),)
        case "flat":
            return (Step("flat amount", format(flat, "f"), "whatever the quantity"),)
        case "volume":
            value = plain(quantity * unit_price + flat)
            how = f"{plain(quantity)} × {plain(unit_price)}" + (f" + {plain(flat)}" if flat else "")
            return (Step(f"tier {tier['tier']}", value, how),)
        case "package":
            return (_packages(quantity, tier, unit_price),)
    return (_percentage(line, charge, tier, flat, decimals),)


def _product(
    line: Row, quantity: Decimal, unit_price: Decimal, decimals: int, what: str = "unit price"
) -> Step:
    exact = quantity * unit_price
    how = f"{plain(quantity)} {line.get('unit', '')} × {plain(unit_price)}"
    away = abs(Decimal(line["gross"]) - exact)
    if away + away <= Decimal(1).scaleb(-decimals):
        how += f", rounded to {line['gross']}"
    return Step(f"quantity × {what}", plain(exact), how)


def _stepped(line: Row, price: Row) -> tuple[Decimal, tuple[Step, ...]]:
    """Round the quantity as the price says; the step tells where that changes anything."""
    quantity = Decimal(line["quantity"])
    step = unscaled(price["increment_e6"], QUANTITY_DECIMALS)
    way = price["increment_rounding"] or "up"
    size_e6 = scaled(abs(quantity), QUANTITY_DECIMALS, QUANTITY_MAX_E6)
    count = rounded(Fraction(size_e6, price["increment_e6"]), _WAYS[way])
    billed = (step * count).copy_sign(quantity)
    how = f"{plain(quantity)} rounded {way} to a multiple of {plain(step)}"
    return billed, (Step("quantity that is priced", plain(billed), how),)


def _packages(quantity: Decimal, tier: Row, unit_price: Decimal) -> Step:
    size = unscaled(tier["package_size_e6"], QUANTITY_DECIMALS)
    full, begun = divmod(quantity, size)
    packs = full + (1 if begun else 0)
    how = (
        f"{plain(quantity)} in packages of {plain(size)}: {plain(packs)} begun × "
        f"{plain(unit_price)}"
    )
    return Step("packages", plain(packs * unit_price), how)


def _percentage(line: Row, charge: Row | None, tier: Row, flat: Decimal, decimals: int) -> Step:
    percent = unscaled(tier["percent_e6"] or 0, RATE_DECIMALS)
    more = f" + {plain(flat)}" if flat else ""
    if charge is None or charge.get("amount_minor") is None:
        return Step("percentage", line["gross"], f"{plain(percent)} % of the amount{more}")
    amount = unscaled(charge["amount_minor"], decimals)
    exact = amount * percent.scaleb(-2) + flat
    return Step("percentage", plain(exact), f"{plain(percent)} % of {plain(amount)}{more}")


def _limits(line: Row, price: Row, decimals: int, steps: Sequence[Step]) -> tuple[Step, ...]:
    """Tell which limit holds the line, where one does."""
    size = abs(Decimal(line["gross"]))
    exact = abs(sum((Decimal(step.value) for step in steps), Decimal(0)))
    for name, beyond in (("minimum", exact < size), ("maximum", exact > size)):
        kept = price[f"{name}_minor"]
        if kept is not None and beyond and unscaled(kept, decimals) == size:
            return (Step(f"{name} of a line", format(size, "f"), f"instead of {plain(exact)}"),)
    return ()


def _graduated(quantity: Decimal, tiers: Sequence[Row], decimals: int) -> tuple[Step, ...]:
    steps: list[Step] = []
    below = Decimal(0)
    for tier in tiers:
        top = None if tier["up_to_e6"] is None else unscaled(tier["up_to_e6"], QUANTITY_DECIMALS)
        part = (quantity if top is None else min(quantity, top)) - below
        if part <= 0 and steps:
            break
        unit_price = unscaled(tier["unit_price_e8"] or 0, PRICE_DECIMALS)
        flat = unscaled(tier["flat_minor"] or 0, decimals)
        reach = "and above" if top is None else f"to {plain(top)}"
        steps.append(
            Step(
                f"tier {tier['tier']}",
                plain(part * unit_price + flat),
                f"from {plain(below)} {reach}: {plain(part)} × {plain(unit_price)}"
                + (f" + {plain(flat)}" if flat else ""),
            )
        )
        if top is None:
            break
        below = top
    return tuple(steps)
