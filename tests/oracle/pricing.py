"""Section 1: which price holds for a charge, and what it comes to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor

from tests.oracle.facts import DECIMALS, Agreement, Charge, Price, Tier
from tests.oracle.rounding import minor_units, rounded

ZERO = Fraction(0)


@dataclass(frozen=True, slots=True)
class Priced:
    """Signed minor units: what a charge comes to before document discount and tax."""

    model: str
    unit_price: Decimal | None
    discount_percent: Decimal | None
    gross: int
    discount: int
    net: int


def in_force(day: date, valid_from: date, valid_to: date | None) -> bool:
    return valid_from <= day and (valid_to is None or day < valid_to)


def price_for(charge: Charge, plan: str | None, prices: Iterable[Price]) -> Price | None:
    """Return the customer's price before the plan's before the list price."""
    holding = [
        price
        for price in prices
        if price.item == charge.item
        and price.currency == charge.currency
        and in_force(charge.service_date, price.valid_from, price.valid_to)
    ]
    own = [p for p in holding if p.customer == charge.customer]
    of_plan = [p for p in holding if p.customer is None and plan is not None and p.plan == plan]
    listed = [p for p in holding if p.customer is None and p.plan is None]
    for level in (own, of_plan, listed):
        candidates = [price for price in level if fits(price, charge)]
        if candidates:
            most = max(len(price.conditions) for price in candidates)
            best = [price for price in candidates if len(price.conditions) == most]
            assert len(best) == 1, f"{charge.reference} has two prices"
            return best[0]
    return None


def fits(price: Price, charge: Charge) -> bool:
    """Tell whether the charge brings every fact that the price names."""
    facts = {**dict(charge.attributes), "cost_centre": charge.cost_centre}
    return all(facts.get(name) == value for name, value in price.conditions)


def agreement_for(charge: Charge, agreements: Iterable[Agreement]) -> Agreement | None:
    """Return the customer's own agreement in force on the service date, else everyone's."""
    holding = [a for a in agreements if in_force(charge.service_date, a.valid_from, a.valid_to)]
    for whose in (charge.customer, None):
        for agreement in holding:
            if agreement.customer == whose:
                return agreement
    return None


def flat_minor(tier: Tier, decimals: int) -> int:
    return 0 if tier.flat_amount is None else minor_units(tier.flat_amount, decimals)


def unit_minor(tier: Tier, decimals: int) -> Fraction:
    return ZERO if tier.unit_price is None else Fraction(tier.unit_price) * 10**decimals


def reach(tier: Tier, quantity: Fraction) -> Fraction:
    """Return where the tier ends for this quantity: its bound, or the quantity itself."""
    return quantity if tier.up_to is None else Fraction(tier.up_to)


def graduated(tiers: tuple[Tier, ...], quantity: Fraction, decimals: int) -> Fraction:
    """Each tier prices the part of the quantity inside it, and its flat amount when entered."""
    exact, start = ZERO, ZERO
    for number, tier in enumerate(tiers):
        entered = number == 0 or quantity > start
        if entered:
            inside = min(quantity, reach(tier, quantity)) - start
            exact += inside * unit_minor(tier, decimals) + flat_minor(tier, decimals)
        start = reach(tier, quantity)
    return exact


def volume(tiers: tuple[Tier, ...], quantity: Fraction, decimals: int) -> Fraction:
    """The tier that the whole quantity falls into prices all of it."""
    tier = next(t for t in tiers if t.up_to is None or quantity <= Fraction(t.up_to))
    return quantity * unit_minor(tier, decimals) + flat_minor(tier, decimals)


def stepped(price: Price, quantity: Decimal) -> Fraction:
    """Return the quantity that is priced: rounded to the price's increment, where it has one."""
    size = Fraction(quantity)
    if price.increment is None:
        return size
    steps = size / Fraction(price.increment)
    match price.increment_rounding or "up":
        case "up":
            count = ceil(steps)
        case "down":
            count = floor(steps)
        case _:
            count = floor(steps + Fraction(1, 2))
    return count * Fraction(price.increment)


def tier_for(price: Price, size: Fraction) -> Tier:
    """Return the tier that the whole quantity falls into."""
    return next(t for t in price.tiers if t.up_to is None or size <= Fraction(t.up_to))


def gross_of(
    price: Price,
    quantity: Decimal,
    amount: Decimal | None,
    decimals: int,
    brought: Decimal | None = None,
) -> int:
    """Return the gross in minor units of a quantity without sign, within the price's limits."""
    gross = unlimited(price, stepped(price, quantity), amount, decimals, brought)
    if price.minimum is not None:
        gross = max(gross, minor_units(price.minimum, decimals))
    if price.maximum is not None:
        gross = min(gross, minor_units(price.maximum, decimals))
    return gross


def unlimited(
    price: Price, size: Fraction, amount: Decimal | None, decimals: int, brought: Decimal | None
) -> int:
    """Return what the model makes of a quantity, whatever the limits."""
    tier = tier_for(price, size)
    match price.model:
        case "unit":
            return rounded(size * unit_minor(tier, decimals))
        case "dynamic":
            assert brought is not None
            return rounded(size * Fraction(brought) * 10**decimals)
        case "flat":
            return flat_minor(tier, decimals)
        case "graduated":
            return rounded(graduated(price.tiers, size, decimals))
        case "volume":
            return rounded(volume(price.tiers, size, decimals))
        case "package":
            assert tier.package_size is not None
            packages = ceil(size / Fraction(tier.package_size))
            return rounded(packages * unit_minor(tier, decimals))
        case "percentage":
            assert amount is not None
            share = minor_units(amount, decimals) * Fraction(tier.percent or 0) / 100
            return rounded(share + flat_minor(tier, decimals))
    raise AssertionError(f"no such model: {price.model}")


def own_price(charge: Charge) -> Price:
    """Return the charge's own unit price as if it stood in a price table."""
    assert charge.unit_price is not None, f"{charge.reference} has no price"
    tiers = (Tier(unit_price=charge.unit_price),)
    return Price(0, charge.item, charge.currency, "unit", date.min, tiers)


def priced(charge: Charge, listed: Price | None, price_source: str = "list") -> Priced:
    """Return the charge's gross, discount and net; the sign is put on at the end."""
    from_charge = price_source == "charge" or (listed is None and price_source != "list")
    price = own_price(charge) if from_charge else listed
    assert price is not None, f"{charge.reference} has no price"
    decimals = DECIMALS[charge.currency]
    gross = gross_of(price, abs(charge.quantity), charge.amount, decimals, charge.unit_price)
    percent = charge.discount_percent
    if percent is None:
        tier = tier_for(price, stepped(price, abs(charge.quantity)))
        percent = tier.volume_discount_percent
    if percent is None:
        percent = price.discount_percent
    discount = rounded(gross * Fraction(percent or 0) / 100)
    sign = -1 if charge.kind == "cancellation" or charge.quantity < 0 else 1
    unit_price = price.tiers[0].unit_price if price.model == "unit" else None
    return Priced(
        price.model, unit_price, percent, sign * gross, sign * discount, sign * (gross - discount)
    )
