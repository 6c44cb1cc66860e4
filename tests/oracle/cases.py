"""Short ways to write down one charge, one price, one bill in the worked cases."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from tests.oracle.bill import Bill, Line, bill_of
from tests.oracle.facts import Charge, Price, SellerFacts, TaxAnswer, Tier
from tests.oracle.pricing import Priced, priced

DAY = date(2026, 10, 14)
GERMAN = SellerFacts("DE", "EUR")


def number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def charge(
    quantity: str = "1",
    currency: str = "EUR",
    *,
    amount: str | None = None,
    discount: str | None = None,
    kind: str = "sale",
    reference: str = "R1",
    cancels: str | None = None,
) -> Charge:
    return Charge(
        1,
        reference,
        "C",
        "I",
        Decimal(quantity),
        currency,
        DAY,
        kind=kind,
        amount=number(amount),
        discount_percent=number(discount),
        cancels=cancels,
    )


def tier(
    unit_price: str | None = None,
    flat: str | None = None,
    *,
    up_to: str | None = None,
    package: str | None = None,
    percent: str | None = None,
) -> Tier:
    return Tier(number(up_to), number(unit_price), number(flat), number(package), number(percent))


def price(
    model: str,
    *tiers: Tier,
    currency: str = "EUR",
    discount: str | None = None,
    minimum: str | None = None,
    maximum: str | None = None,
) -> Price:
    return Price(
        1,
        "I",
        currency,
        model,
        date(2026, 1, 1),
        tiers,
        discount_percent=number(discount),
        minimum=number(minimum),
        maximum=number(maximum),
    )


def unit(unit_price: str, quantity: str, currency: str = "EUR", discount: str | None = None) -> int:
    """Return the net of a quantity at a unit price."""
    table = price("unit", tier(unit_price), currency=currency)
    return priced(charge(quantity, currency, discount=discount), table).net


def line(net: int, rate: str = "19", reference: str = "R1", rule: str = "rule") -> Line:
    """Return a line of this net without discount, whatever its price was."""
    was = Priced("unit", None, None, net, 0, net)
    return Line(charge(reference=reference), was, TaxAnswer("S", Decimal(rate), rule))


def bill(
    *nets: int,
    rate: str = "19",
    percent: str | None = None,
    tax_method: str = "per_group",
    currency: str = "EUR",
    cash_unit_minor: int = 1,
) -> Bill:
    """Return the bill of lines with these nets and one rate."""
    seller = SellerFacts("DE", currency, tax_method, cash_unit_minor)
    lines = [line(net, rate, f"R{place}") for place, net in enumerate(nets, 1)]
    return bill_of(lines, seller, number(percent))
