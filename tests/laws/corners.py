"""Batches of a few charges, written by hand, for corners that chance seldom finds."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from tests.oracle.facts import Agreement, Batch, Charge, Customer, Item, Price, SellerFacts, Tier

DAY, SINCE = date(2026, 10, 14), date(2019, 1, 1)
GERMAN = SellerFacts("DE", "EUR")
AT_HOME = Customer("C1", "business", "DE")
IN_AUSTRIA = Customer("C1", "business", "AT", "ATU99999993")


def charge(
    number: int,
    item: str = "A",
    quantity: str = "1",
    *,
    order: str = "O1",
    cancels: str | None = None,
    amount: str | None = None,
    day: date = DAY,
) -> Charge:
    return Charge(
        number,
        f"R{number}",
        "C1",
        item,
        Decimal(quantity),
        "EUR",
        day,
        kind="sale" if cancels is None else "cancellation",
        amount=None if amount is None else Decimal(amount),
        order=order,
        cancels=cancels,
    )


def price(item: str, *tiers: Tier, model: str = "unit") -> Price:
    return Price(ord(item), item, "EUR", model, SINCE, tiers)


def each(unit_price: str) -> Tier:
    return Tier(unit_price=Decimal(unit_price))


SHOP = Batch(
    GERMAN,
    customers=(AT_HOME,),
    items=(Item("A", "service"), Item("D", "discount")),
    prices=(price("A", each("10")), price("D", each("10"))),
)
"""A service A and a discount D, ten euro each."""


def shop(*charges: Charge, **changes: object) -> Batch:
    return replace(SHOP, charges=charges, **changes)  # type: ignore[arg-type]


def held_invoices_beside_credits() -> Batch:
    """Three invoices that are held because they are negative, three good ones, their credits."""
    held = [charge(n, "D", "-1", order=f"O0{n}") for n in (1, 2, 3)]
    sold = [charge(n, quantity="2", order=f"O{n}") for n in (4, 5, 6)]
    back = [charge(n + 10, order=f"O{n}", cancels=f"R{n}") for n in (4, 5, 6)]
    return shop(*held, *sold, *back)


def included_units(model: str) -> Batch:
    """A first tier that has a flat amount and no unit price: ten units included."""
    tiers = (Tier(up_to=Decimal(10), flat_amount=Decimal(5)), each("0.50"))
    return shop(
        charge(1, quantity="5"), charge(2, quantity="15"), prices=(price("A", *tiers, model=model),)
    )


def credit_without_amount() -> Batch:
    """A commission of an amount, reversed by a cancellation that does not repeat the amount."""
    share = price("A", Tier(percent=Decimal("2.5")), model="percentage")
    sale = charge(1, amount="100.00")
    return shop(sale, charge(2, cancels="R1"), prices=(share,))


def credit_after_the_price_ended() -> Batch:
    """A sale reversed on a day on which its item has no price any more."""
    ended = replace(price("A", each("10")), valid_to=date(2026, 10, 20))
    return shop(charge(1), charge(2, cancels="R1", day=date(2026, 10, 25)), prices=(ended,))


def exempt_abroad(kind: str) -> Batch:
    return shop(charge(1), customers=(IN_AUSTRIA,), items=(Item("A", kind, "exempt"),))


def two_rules_of_one_rate() -> Batch:
    """19 % before and after the half year of 16 %."""
    return shop(charge(1, day=date(2020, 6, 30)), charge(2, day=date(2021, 1, 1)))


def opposite_ties_per_line() -> Batch:
    """Half a cent of tax off on the first line, half a cent of tax on the second (7 % of 0.50)."""
    items = (Item("A", "service", "reduced"), Item("D", "discount", "reduced"))
    prices = (price("A", each("0.50")), price("D", each("0.50")))
    seller = SellerFacts("DE", "EUR", "per_line")
    charges = charge(1, "D", "-1"), charge(2), charge(3, quantity="20")
    return shop(*charges, items=items, prices=prices, seller=seller)


def nothing_to_share() -> Batch:
    """A document discount on lines that come to nothing together."""
    terms = Agreement(1, "C1", SINCE, None, ("order",), None, Decimal(10))
    return shop(charge(1), charge(2, "D", "-1"), agreements=(terms,))


def too_many_large_lines(count: int) -> Batch:
    """Lines that fit 64 bits each, of which the bill's sums do not."""
    charges = [charge(n, quantity="9999999999") for n in range(1, count + 1)]
    return shop(*charges, prices=(price("A", each("9999.99")),))
