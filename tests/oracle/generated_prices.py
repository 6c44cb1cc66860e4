"""Price tables made to hurt: ties, many decimals, tiers, overrides and dates."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from random import Random

from tests.oracle.facts import DECIMALS, Item, Price, Tier

SINCE = date(2019, 1, 1)
CHANGE = date(2026, 7, 1)
"""The day on which prices with two versions change."""

RETURNED, REBATE = "I098", "I099"
"""An item that is only credited, without an invoice, and one of which quantities are negative."""

MODELS = ("unit", "graduated", "volume", "package", "percentage", "flat", "dynamic")
REGIONS, RANKS = ("EU", "US"), ("gold", "silver")
"""Facts that conditions of prices may name, and charges may bring."""
PERCENTS = ("0", "100", "33.333333", "50", "12.5", "0.000001", "99.999999", "10")


def scaled(units: int, decimals: int) -> Decimal:
    return Decimal(units).scaleb(-decimals)


def percent(rng: Random, chance: int = 30) -> Decimal | None:
    """Return a discount percent for about ``chance`` of a hundred."""
    return Decimal(rng.choice(PERCENTS)) if rng.randrange(100) < chance else None


def unit_price(rng: Random, decimals: int, flavour: str = "") -> Decimal:
    """Return a unit price: half a minor unit, whole ones, eight decimals, tiny or huge."""
    match flavour or rng.choice(("tie", "whole", "long", "small")):
        case "tie":
            return scaled(5 * (2 * rng.randrange(500) + 1), decimals + 1)
        case "whole":
            return scaled(rng.randrange(1, 20_000), decimals)
        case "tiny":
            return scaled(1, decimals)
        case "small":
            return scaled(rng.randrange(1, 1000), 8)
        case "huge":
            return scaled(10**18 - rng.randrange(10**12), 8)
    return scaled(rng.randrange(1, 10**10), 8)


def flat(rng: Random, decimals: int, chance: int = 100) -> Decimal | None:
    if rng.randrange(100) >= chance:
        return None
    return scaled(rng.choice((0, 1, 99, rng.randrange(100_000))), decimals)


def steps(rng: Random, decimals: int) -> tuple[Tier, ...]:
    """Return two to five tiers, the last one open."""
    bounds: list[Decimal | None] = []
    start = Decimal(0)
    for _ in range(rng.randrange(1, 5)):
        width = rng.choice((Decimal(1), Decimal(10), scaled(rng.randrange(1, 10**9), 6)))
        start += width
        bounds.append(start)
    return tuple(
        Tier(bound, unit_price(rng, decimals), flat(rng, decimals, 40)) for bound in [*bounds, None]
    )


def tiers(rng: Random, model: str, decimals: int, flavour: str = "") -> tuple[Tier, ...]:
    match model:
        case "graduated" | "volume":
            return steps(rng, decimals)
        case "package":
            size = rng.choice((Decimal(12), Decimal("0.5"), scaled(rng.randrange(1, 10**8), 6)))
            return (Tier(unit_price=unit_price(rng, decimals), package_size=size),)
        case "percentage":
            share = Decimal(rng.choice(("1.13", "2.9", "0.5", "33.333333", "0.000001", "100")))
            return (Tier(flat_amount=flat(rng, decimals, 50), percent=share),)
        case "flat":
            return (Tier(flat_amount=flat(rng, decimals)),)
        case "dynamic":
            return (Tier(),)
    return (Tier(unit_price=unit_price(rng, decimals, flavour)),)


def limited(rng: Random, made: Price, decimals: int) -> Price:
    """Return the price with a minimum, a maximum or both."""
    low = scaled(rng.randrange(500), decimals)
    high = low + scaled(rng.randrange(100_000), decimals)
    which = rng.randrange(3)
    return replace(made, minimum=None if which == 1 else low, maximum=None if which == 2 else high)


def by_volume(rng: Random, made: Price) -> Price:
    """Return the price with a discount that depends on the quantity; amounts stay as they are."""
    tiers = made.tiers
    if len(tiers) == 1:
        first = Decimal(rng.choice(("1", "10", "99.5")))
        bounds = [first, first * 3, None]
        tiers = tuple(replace(tiers[0], up_to=bound) for bound in bounds)
    return replace(
        made, tiers=tuple(replace(t, volume_discount_percent=percent(rng, 80)) for t in tiers)
    )


def varied(rng: Random, made: Price, decimals: int) -> Price:
    """Return the price, for some with limits, an increment of quantity, discounts by volume."""
    if rng.random() < 0.15:
        made = limited(rng, made, decimals)
    if rng.random() < 0.15:
        step = Decimal(rng.choice(("0.1", "0.25", "1", "0.000007", "30")))
        how = rng.choice((None, "up", "nearest", "down"))
        made = replace(made, increment=step, increment_rounding=how)
    if made.model != "percentage" and rng.random() < 0.2:
        made = by_volume(rng, made)
    return made


@dataclass(slots=True)
class Shelf:
    """Items and their prices in the making; ``flavour`` says what an item is good for."""

    rng: Random
    currencies: tuple[str, ...]
    items: list[Item]
    prices: list[Price]
    flavours: dict[str, str]

    def price(self, item: str, currency: str, model: str, flavour: str = "") -> Price:
        decimals, rng = DECIMALS[currency], self.rng
        made = Price(
            price_id=len(self.prices) + 1,
            item=item,
            currency=currency,
            model=model,
            valid_from=SINCE,
            tiers=tiers(rng, model, decimals, flavour),
            discount_percent=None if flavour else percent(rng, 20),
        )
        if model == "percentage" and rng.random() < 0.5:
            made = limited(rng, made, decimals)
        if not flavour:
            made = varied(rng, made, decimals)
        self.prices.append(made)
        return made

    def stock(self, number: int, model: str, flavour: str, kind: str, tax_category: str) -> None:
        """Add an item with a list price in each currency; some change in the middle of 2026."""
        item = f"I{number:03d}"
        self.items.append(Item(item, kind, tax_category))
        self.flavours[item] = flavour or model
        for currency in self.currencies:
            before = self.price(item, currency, model, flavour)
            if not flavour and self.rng.random() < 0.3:
                self.prices[-1] = replace(before, valid_to=CHANGE)
                self.price(item, currency, self.rng.choice((model, "unit")))
                self.prices[-1] = replace(self.prices[-1], valid_from=CHANGE)

    def override(self, customer: str | None, plan: str | None) -> None:
        """Add a customer's or a plan's own price of any item, for always or until it changes."""
        item = self.rng.choice([i.item for i in self.items if i.item not in (RETURNED, REBATE)])
        taken = {
            (p.item, p.currency)
            for p in self.prices
            if (p.customer, p.plan, p.conditions) == (customer, plan, ())
        }
        currency = self.rng.choice(self.currencies)
        model = self.flavours[item] if self.flavours[item] in MODELS else "unit"
        if (item, currency) not in taken:
            made = self.price(item, currency, model)
            since, until = self.rng.choice(((SINCE, None), (SINCE, CHANGE), (CHANGE, None)))
            self.prices[-1] = replace(
                made, customer=customer, plan=plan, valid_from=since, valid_to=until
            )

    def matrix(self, customer: str | None, plan: str | None) -> None:
        """Add a price for a region, or for a rank in a region, of whom it may be."""
        rng = self.rng
        item = rng.choice([i.item for i in self.items if i.item not in (RETURNED, REBATE)])
        facts = [("region", rng.choice(REGIONS))]
        if rng.random() < 0.5:
            facts.append(("tier", rng.choice(RANKS)))
        model = self.flavours[item] if self.flavours[item] in MODELS else "unit"
        who = (item, rng.choice(self.currencies), customer, plan, tuple(facts))
        same = [(p.item, p.currency, p.customer, p.plan, p.conditions) for p in self.prices]
        if who not in same:
            made = self.price(item, who[1], model)
            self.prices[-1] = replace(made, customer=customer, plan=plan, conditions=who[4])


def stocked(rng: Random, country: str, currencies: tuple[str, ...]) -> Shelf:
    """Return a shelf with every model and flavour, kind and tax category."""
    shelf = Shelf(rng, currencies, [], [], {})
    categories = ["standard"] * 6 + ["reduced"] * 3 + ["exempt"]
    if country == "GB":
        categories += ["zero"]
    wares = [(model, "") for model in MODELS for _ in range(4)]
    wares += [("unit", flavour) for flavour in ("tie", "tiny", "huge", "small") for _ in range(3)]
    for number, (model, flavour) in enumerate(wares):
        kind = rng.choice(("goods", "goods", "service", "subscription"))
        shelf.stock(number, model, flavour, kind, rng.choice(categories))
    shelf.stock(98, "unit", "tie", "service", "standard")
    shelf.stock(99, "unit", "whole", "discount", "standard")
    assert [item.item for item in shelf.items[-2:]] == [RETURNED, REBATE]
    return shelf
