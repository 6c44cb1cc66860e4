"""A company made up from a seed: its customers with their habits, its items, prices, terms."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from decimal import Decimal
from random import Random

from tools.planted import numbers, places

Row = dict[str, str]
_COUNTRIES = ("DE",) * 12 + ("AT", "AT", "FR", "NL", "BE", "IT", "PL", "CH", "GB")
CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Item:
    """What is sold. ``usual`` is a middling quantity; unlisted items are priced by the source."""

    item: str
    unit: str
    price: Decimal
    usual: int
    listed: bool
    carries: bool
    """Whether rows of it bring a price along."""
    companion: str = ""
    """What is always charged with it on the same order."""

    @property
    def whole(self) -> bool:
        """Whether it comes in whole pieces."""
        return self.unit == "H87"


@dataclass(frozen=True, slots=True)
class Habit:
    """What a customer usually takes of an item, and at which price of its own."""

    item: Item
    usual: Decimal
    price: Decimal
    before: Decimal
    """The price until ``raised`` months before the month under test."""
    raised: int = 0


@dataclass(frozen=True, slots=True)
class Customer:
    """A customer and its habits."""

    customer: str
    country: str
    kind: str
    weight: float
    needs_order: bool
    agreed: bool
    habits: tuple[Habit, ...]
    standing: tuple[Habit, ...]
    """What is charged every month."""
    since: int
    """How many months before the month under test it became a customer."""


@dataclass(slots=True)
class Company:
    """All that the months are drawn from, and the rows of the master data."""

    seed: str
    bills: int
    items: dict[str, Item]
    customers: dict[str, Customer]
    rows: dict[str, list[Row]] = field(default_factory=dict)
    """The master data by file: customers, items, prices, agreements."""

    def dice(self, what: str) -> Random:
        """Return dice of this company for one purpose."""
        told = hashlib.sha256(f"{self.seed}/{what}".encode()).digest()
        return Random(int.from_bytes(told, "big"))


def company(seed: str, bills: int) -> Company:
    """Return the company of a seed whose month under test has so many bills."""
    made = Company(seed, bills, {}, {})
    dice = made.dice("items")
    made.items = {one.item: one for one in _items(dice)}
    made.rows["items"] = [_item_row(one) for one in made.items.values()] + _unsold()
    made.rows["prices"] = [row for one in made.items.values() for row in _list_prices(one)]
    _add_customers(made, max(40, bills * 2 // 5))
    return made


def _items(dice: Random) -> list[Item]:
    def price(low: int, high: int) -> Decimal:
        return Decimal(round(low * (high / low) ** dice.random())) / 100

    found = [Item("FREIGHT", "H87", Decimal("9.90"), 1, False, True)]
    extras = [f"X{n:02}" for n in range(6)]
    found += [Item(x, "H87", price(300, 4_000), 1, True, False) for x in extras]
    for n in range(140):
        listed, carries = n % 5 < 3, n % 5 >= 2
        with_it = extras[n // 10] if n % 10 == 0 and n < 60 else ""
        usual = dice.choice((1, 2, 2, 5, 10, 20, 60, 120))
        found.append(Item(f"G{n:03}", "H87", price(90, 60_000), usual, listed, carries, with_it))
    for n in range(30):
        unit = dice.choice(("KGM", "MTR"))
        found.append(Item(f"B{n:03}", unit, price(80, 3_000), 40, n % 2 == 0, n % 2 == 1))
    found += [Item(f"H{n:02}", "HUR", price(6_500, 16_000), 6, False, True) for n in range(10)]
    found += [Item(f"M{n:02}", "H87", price(900, 40_000), 1, False, True) for n in range(12)]
    return found


def _item_row(one: Item) -> Row:
    words = {"G": "Part", "B": "Material", "H": "Work of a technician, grade", "X": "Surcharge"}
    kinds = {"H": "service", "M": "subscription", "F": "freight"}
    number = one.item.lstrip("GBHXM0") or "0"
    name = {"F": "Freight", "M": f"Maintenance package {number}"}
    text = name.get(one.item[0]) or f"{words[one.item[0]]} {number}"
    kind = kinds.get(one.item[0], "goods")
    category = {"description": text, "kind": kind, "tax_category": "standard", "blocked": "false"}
    return {"item": one.item, "unit": one.unit, **category}


def _unsold() -> list[Row]:
    """Items that nobody may bill: a blocked one, and one of a class that has no rate."""
    plain = {"kind": "goods", "unit": "H87", "tax_category": "standard", "blocked": "false"}
    return [
        {"item": "OLD1", "description": "Part, no longer sold", **plain, "blocked": "true"},
        {"item": "ODD1", "description": "Part of a class", **plain, "tax_category": "increased"},
    ]


def _list_prices(one: Item) -> list[Row]:
    """Two list prices, one after the other: most prices rise in January."""
    if not one.listed:
        return []
    before = (one.price / Decimal("1.03")).quantize(CENT)
    told = {"item": one.item, "currency": "EUR", "model": "unit"}
    first = {"valid_from": "2024-01-01", "valid_to": "2026-01-01", "unit_price": f"{before}"}
    return [
        told | first,
        told | {"valid_from": "2026-01-01", "unit_price": f"{one.price.quantize(CENT)}"},
    ]


def _add_customers(made: Company, count: int) -> None:
    dice = made.dice("customers")
    goods = [one for one in made.items.values() if one.item[0] in "GBH"]
    monthly = [one for one in made.items.values() if one.item[0] == "M"]
    customers, terms = [], [_terms("", "standard", "2023-01-01", "")]
    for n, name in enumerate(places.names(dice, count)):
        country = dice.choice(_COUNTRIES)
        lot = dice.random()
        kind = "public" if country == "DE" and lot < 0.05 else "business"
        kind = "consumer" if country == "DE" and lot > 0.85 else kind
        one = Customer(
            f"C{10_001 + n}",
            country,
            kind,
            weight=dice.lognormvariate(0, 0.9),
            needs_order=kind != "consumer" and dice.random() < 0.2,
            agreed=dice.random() < 0.3,
            habits=_habits(dice, goods, dice.randint(3, 9)),
            standing=_habits(dice, monthly, 1 + (dice.random() < 0.2)) if lot < 0.3 else (),
            since=dice.randint(0, 12) if dice.random() < 0.15 else 12,
        )
        made.customers[one.customer] = one
        customers.append(_customer_row(dice, one, name, n))
        if one.needs_order or one.agreed:
            wants = "purchase_order" if one.needs_order else ""
            terms.append(_terms(one.customer, f"A-{one.customer}", "2023-01-01", wants))
    made.rows["customers"], made.rows["agreements"] = customers, terms


def _habits(dice: Random, items: list[Item], count: int) -> tuple[Habit, ...]:
    """Of what the source prices, each customer has a price of its own near the usual one."""
    found = []
    for item in dice.sample(items, count):
        usual = max(Decimal(1), Decimal(round(item.usual * dice.lognormvariate(0, 0.4))))
        own = Decimal(round(float(item.price) * dice.uniform(80, 120))) / 100
        price = item.price if item.listed else max(own, CENT)
        before, raised = price, 0
        if not item.listed and dice.random() < 0.15:
            # Agreed anew within the year, in one case of twelve just now.
            before = max((price / Decimal(str(round(dice.uniform(0.94, 1.08), 2)))), CENT)
            raised = dice.randint(1, 12)
        one = Decimal(1) if item.item[0] == "M" else usual
        found.append(Habit(item, one, price, before, raised))
    return tuple(found)


def _customer_row(dice: Random, one: Customer, name: str, number: int) -> Row:
    form = "" if one.kind == "consumer" else f" {places.legal_form(dice, one.country)}"
    web = "".join(letter for letter in name.lower() if letter.isalpha() or letter == " ")
    public = one.kind == "public"
    return {
        "customer": one.customer,
        "name": f"Amt {name}" if public else f"{name}{form}",
        "kind": one.kind,
        "street": places.street(dice, one.country),
        "city": dice.choice(places.TOWNS[one.country]),
        "postcode": places.postcode(dice, one.country),
        "country": one.country,
        "vat_id": numbers.TAX_NUMBER[one.country](dice) if one.kind == "business" else "",
        "email": f"rechnung@{web.replace(' ', '-')}.example",
        "language": "de" if one.country in places.SPEAKS_GERMAN else "en",
        "buyer_reference": numbers.routing_id(dice, number) if public else "",
        "blocked": "false",
    }


def _terms(customer: str, name: str, start: str, wants: str) -> Row:
    return {
        "customer": customer,
        "agreement": name,
        "valid_from": start,
        "currency": "EUR",
        "grouping": "order",
        "cut_off": "any",
        "required_references": wants,
        "payment_days": "30",
    }


def months(count: int) -> list[tuple[int, int]]:
    """Return the months before October 2026, the oldest first, and that month last."""
    last = 2026 * 12 + 9
    return [divmod(n, 12) for n in range(last - count, last + 1)]
