"""What the oracle is told: charges, customers, items, prices, agreements, a seller.

Quantities, prices and percents are Decimals as a person writes them; amounts are Decimals in
major units of their currency.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

DECIMALS = {"EUR": 2, "USD": 2, "GBP": 2, "CHF": 2, "JPY": 0, "KWD": 3, "CLF": 4}
"""Decimals of the minor unit, ISO 4217, for the currencies the generator uses."""


@dataclass(frozen=True, slots=True)
class Charge:
    charge_id: int
    reference: str
    customer: str
    item: str
    quantity: Decimal
    currency: str
    service_date: date
    kind: str = "sale"
    unit_price: Decimal | None = None
    amount: Decimal | None = None
    discount_percent: Decimal | None = None
    order: str | None = None
    purchase_order: str | None = None
    cost_centre: str | None = None
    cancels: str | None = None
    attributes: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Customer:
    customer: str
    kind: str
    country: str
    vat_id: str | None = None


@dataclass(frozen=True, slots=True)
class FurtherTax:
    """A tax that an item bears beside its first."""

    name: str
    kind: str
    category: str
    rate_percent: Decimal
    rule: str
    compound: bool = False


@dataclass(frozen=True, slots=True)
class Item:
    item: str
    kind: str
    tax_category: str = "standard"
    tax_name: str | None = None
    further: tuple[FurtherTax, ...] = ()


@dataclass(frozen=True, slots=True)
class Tier:
    """One segment of a price; ``up_to`` None is the open one."""

    up_to: Decimal | None = None
    unit_price: Decimal | None = None
    flat_amount: Decimal | None = None
    package_size: Decimal | None = None
    percent: Decimal | None = None
    volume_discount_percent: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Price:
    price_id: int
    item: str
    currency: str
    model: str
    valid_from: date
    tiers: tuple[Tier, ...]
    valid_to: date | None = None
    customer: str | None = None
    plan: str | None = None
    discount_percent: Decimal | None = None
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    conditions: tuple[tuple[str, str], ...] = ()
    increment: Decimal | None = None
    increment_rounding: str | None = None
    includes_tax: bool | None = None


@dataclass(frozen=True, slots=True)
class Agreement:
    """Terms of a customer; ``customer`` None holds for all who have none of their own."""

    agreement_id: int
    customer: str | None
    valid_from: date
    valid_to: date | None = None
    grouping: tuple[str, ...] = ()
    plan: str | None = None
    document_discount_percent: Decimal | None = None
    currency: str | None = None
    tiers: tuple[tuple[Decimal, Decimal], ...] = ()
    """Percent, and the net from which it holds."""
    early: str | None = None
    early_base: str | None = None


@dataclass(frozen=True, slots=True)
class Coupon:
    """A coupon given to a customer; ``bills`` None is every bill."""

    redemption_id: int
    code: str
    customer: str
    currency: str
    valid_from: date
    given_from: date
    amount: Decimal | None = None
    percent: Decimal | None = None
    valid_to: date | None = None
    given_to: date | None = None
    bills: int | None = 1
    budget: Decimal | None = None
    items: tuple[str, ...] = ()
    priority: int = 100
    alone: bool = False
    lapses: bool = False
    keeps: bool = False
    before: tuple[Decimal, ...] = ()
    """What it has given on each earlier invoice."""

    @property
    def key(self) -> str:
        """The name of the redemption."""
        return f"{self.code} {self.customer}"


@dataclass(frozen=True, slots=True)
class SellerFacts:
    country: str
    currency: str
    tax_method: str = "per_group"
    cash_unit_minor: int = 1
    inclusive_method: str = "net"
    prices_include_tax: bool = False


@dataclass(frozen=True, slots=True)
class TaxAnswer:
    category: str
    rate_percent: Decimal
    rule: str = field(compare=False)
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """One run's input: everything the product is told, and everything the oracle is."""

    seller: SellerFacts
    price_source: str = "list"
    charges: tuple[Charge, ...] = ()
    customers: tuple[Customer, ...] = ()
    items: tuple[Item, ...] = ()
    prices: tuple[Price, ...] = ()
    agreements: tuple[Agreement, ...] = ()
    coupons: tuple[Coupon, ...] = ()
    later: tuple[Charge, ...] = ()
    """Cancellations that come in a second run, when the first one's bills are issued."""
