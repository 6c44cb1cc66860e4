"""A seeded generator of adversarial batches, as plain data for the oracle."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from random import Random

from tests.oracle.bill import invoices
from tests.oracle.facts import DECIMALS, Agreement, Batch, Charge, Customer, SellerFacts
from tests.oracle.generated_prices import (
    CHANGE,
    PERCENTS,
    RANKS,
    REBATE,
    REGIONS,
    RETURNED,
    SINCE,
    Shelf,
    percent,
    scaled,
    stocked,
    unit_price,
)
from tests.oracle.pricing import agreement_for, gross_of, price_for, stepped

UNTIL = date(2026, 10, 31)
AMOUNT_MAX_MINOR = 10**16
RATE_CHANGES = [date(2020, 6, 30), date(2020, 7, 1), date(2020, 12, 31), date(2021, 1, 1)]
VAT_IDS = {"DE": "DE999999995", "AT": "ATU99999993", "FR": "FR11999999998", "GB": "GB999999973"}
GROUPINGS = [("order",)] * 5 + [
    ("purchase_order",),
    ("order", "month"),
    ("cost_centre", "week"),
    (),
    ("month",),
    ("week",),
    ("day",),
]
SPLITTING = ("order", "purchase_order", "cost_centre")


def sellers(rng: Random) -> SellerFacts:
    country = rng.choice(("DE", "GB"))
    currency, cash_unit = rng.choice((("EUR", 1), ("GBP", 1), ("CHF", 5), ("CHF", 10), ("JPY", 1)))
    return SellerFacts(country, currency, rng.choice(("per_group", "per_line")), cash_unit)


def customer_of(rng: Random, number: int, seller: str) -> Customer:
    """Return a customer: mostly domestic, some EU business or consumer, some overseas."""
    name = f"C{number:04d}"
    abroad = [country for country in ("DE", "AT", "FR", "GB") if country != seller]
    match rng.choice(("home", "home", "home", "consumer", "eu", "eu consumer", "overseas")):
        case "home":
            return Customer(name, "business", seller, rng.choice((None, VAT_IDS[seller])))
        case "consumer":
            return Customer(name, "consumer", seller)
        case "eu":
            country = rng.choice(abroad)
            return Customer(name, "business", country, VAT_IDS[country])
        case "eu consumer" if seller == "DE":
            return Customer(name, "consumer", rng.choice(("AT", "FR")))
    return Customer(name, "business", rng.choice(("US", "CH", "JP")))


def agreements_of(rng: Random, customer: str, number: int) -> list[Agreement]:
    """Return no terms, one agreement, or two that follow each other under one grouping."""
    if rng.random() < 0.1:
        return []
    discount = Decimal(rng.choice(("0.5", "2", "3", *PERCENTS))) if rng.random() < 0.5 else None
    grouping = rng.choice(GROUPINGS)
    plan = rng.choice((None, None, "gold", "silver"))
    whole = Agreement(2 * number, customer, SINCE, None, grouping, plan, discount)
    if rng.random() < 0.8:
        return [whole]
    other = rng.choice((None, "gold", "silver"))
    after = replace(whole, agreement_id=2 * number + 1, valid_from=CHANGE, plan=other)
    return [replace(whole, valid_to=CHANGE), after]


def facts(rng: Random) -> tuple[tuple[str, str], ...]:
    """Return what a charge brings beside its columns: often a region, sometimes a rank."""
    region = rng.choice((*REGIONS, *REGIONS, "", "eu"))
    rank = rng.choice((*RANKS, ""))
    given = (("region", region), ("tier", rank), ("row's note", 'a "quoted" word'))
    return tuple((name, value) for name, value in given if value)


@dataclass(slots=True)
class Making:
    """A batch in the making."""

    rng: Random
    seller: SellerFacts
    shelf: Shelf
    bill_number: int
    customers: list[Customer] = field(default_factory=list)
    agreements: list[Agreement] = field(default_factory=list)
    charges: list[Charge] = field(default_factory=list)

    def quantity(self, charge: Charge) -> Charge:
        """Give the charge a quantity and amount at which its price is tried, within bounds."""
        agreement = agreement_for(charge, self.agreements)
        price = price_for(charge, agreement.plan if agreement else None, self.shelf.prices)
        assert price is not None
        rng, decimals = self.rng, DECIMALS[charge.currency]
        bounds = [tier.up_to for tier in price.tiers if tier.up_to is not None]
        bounds += [tier.package_size for tier in price.tiers if tier.package_size is not None]
        choices = [
            Decimal(1),
            Decimal(2 * rng.randrange(50) + 1),
            scaled(rng.randrange(1, 10**9), 6),
            scaled(rng.randrange(1, 10**7), 3),
            scaled(1, 6),
            scaled(rng.randrange(1, 10**18), 6),
        ]
        edges = [b + off for b in bounds for off in (scaled(-1, 6), Decimal(0), scaled(1, 6))]
        choices += 2 * [edge for edge in edges if edge > 0]
        amount = None
        if price.model == "percentage":
            largest = rng.choice((1000, 10**6, AMOUNT_MAX_MINOR))
            amount = scaled(rng.choice((50, 5000, rng.randrange(largest))), decimals)
        brought = unit_price(rng, decimals) if price.model == "dynamic" else None
        quantity = rng.choice(choices)
        if gross_of(price, quantity, amount, decimals, brought) > AMOUNT_MAX_MINOR:
            quantity = Decimal(1) if price.model == "unit" else scaled(1, 6)
        if gross_of(price, quantity, amount, decimals, brought) > AMOUNT_MAX_MINOR:
            quantity = scaled(1, 6)
        if price.increment and stepped(price, quantity) > 10**12:
            quantity = Decimal(1)
        return replace(charge, quantity=quantity, amount=amount, unit_price=brought)

    def day(self, month: int, when: str) -> date:
        if when == "changes":
            return self.rng.choice(RATE_CHANGES)
        if when == "price":
            return CHANGE - timedelta(self.rng.randrange(2))
        return date(2026, month, self.rng.randrange(1, 29))

    def bill(self, customer: Customer, currency: str) -> None:
        """Add the charges of what is meant to be one bill, where the agreement gathers by order."""
        rng = self.rng
        self.bill_number += 1
        flavour = rng.choice(("", "", "", "", "", "", "tiny", "tie", "huge", "small"))
        count = rng.choice((1, 1, 2, 3, 5, rng.randrange(1, 16), rng.randrange(1, 41)))
        items = [item for item in self.shelf.items if item.item not in (RETURNED, REBATE)]
        if flavour:
            items = [i for i in items if self.shelf.flavours[i.item] == flavour]
        month, when = (
            rng.randrange(1, 11),
            rng.choice(("", "", "", "", "changes", "price", "price")),
        )
        abroad = customer.country != self.seller.country
        items = [i for i in items if not (abroad and i.tax_category == "exempt")] or [
            i for i in items if i.tax_category != "exempt"
        ]
        if not items:
            return
        for line in range(1, count + 1):
            charge = Charge(
                charge_id=len(self.charges) + 1,
                reference=f"B{self.bill_number:05d}-{line:02d}",
                customer=customer.customer,
                item=rng.choice(items).item,
                quantity=Decimal(1),
                currency=currency,
                service_date=self.day(month, when),
                discount_percent=percent(rng, 20),
                order=f"O{self.bill_number}",
                purchase_order=f"P{self.bill_number}",
                cost_centre=f"K{self.bill_number}",
                attributes=facts(rng),
            )
            charge = charge if flavour == "tiny" else self.quantity(charge)
            self.charges.append(charge)
        if rng.random() < 0.05 and flavour != "tiny":
            self.rebate(self.charges[-1])

    def rebate(self, beside: Charge) -> None:
        """Add a line of negative quantity: what the discount items are for."""
        quantity = -Decimal(self.rng.choice(("1", "0.5", "0.333333", "0.000001")))
        last = replace(beside, charge_id=len(self.charges) + 1, item=REBATE, amount=None)
        name = f"{beside.reference[:-3]}-99"
        self.charges.append(replace(last, reference=name, quantity=quantity))


def batch(seed: str, bill_count: int, first_bill: int) -> Batch:
    """Return one seller's batch of about so many bills, some of them credited."""
    rng = Random(seed)
    return with_credits(sold(rng, bill_count, first_bill), rng)


def sold(rng: Random, bill_count: int, first_bill: int) -> Batch:
    """Return one seller's batch of about so many bills, none of them credited."""
    seller = sellers(rng)
    others = [currency for currency in DECIMALS if currency != seller.currency]
    currencies = (seller.currency, *rng.sample(others, 2))
    shelf = stocked(rng, seller.country, currencies)
    making = Making(rng, seller, shelf, first_bill)
    making.agreements.append(Agreement(1, None, SINCE, None, ("order",), None, Decimal("1.5")))
    for plan in ("gold", "silver"):
        for _ in range(6):
            shelf.override(None, plan)
    for plan in (None, None, "gold"):
        for _ in range(6):
            shelf.matrix(None, plan)
    while making.bill_number < first_bill + bill_count:
        number = len(making.customers) + 1
        customer = customer_of(rng, number, seller.country)
        own = agreements_of(rng, customer.customer, number)
        making.customers.append(customer)
        making.agreements += own
        if rng.random() < 0.3:
            shelf.override(customer.customer, None)
        if rng.random() < 0.5:
            shelf.matrix(customer.customer, None)
        grouping = own[0].grouping if own else ("order",)
        split = any(key in SPLITTING for key in grouping)
        for _ in range(rng.randrange(1, 4) if split else 1):
            making.bill(customer, rng.choice(currencies))
    return Batch(
        seller=seller,
        charges=tuple(making.charges),
        customers=tuple(making.customers),
        items=tuple(shelf.items),
        prices=tuple(shelf.prices),
        agreements=tuple(making.agreements),
    )


def parts(rng: Random, quantity: Decimal) -> list[Decimal]:
    """Return one to four parts of a quantity, often all of it."""
    millionths = int(quantity.scaleb(6))
    cuts = {rng.randrange(1, millionths) for _ in range(rng.randrange(4)) if millionths > 1}
    edges = [0, *sorted(cuts), millionths]
    found = [scaled(end - start, 6) for start, end in pairwise(edges)]
    return found if rng.random() < 0.6 else found[:-1]


def with_credits(sold: Batch, rng: Random) -> Batch:
    """Add cancellations in several steps, some in the same run, some in a later one."""
    issued = [bill for bill in invoices(sold) if all(ln.charge.quantity > 0 for ln in bill.lines)]
    now: list[Charge] = []
    later: list[Charge] = []
    for bill in issued:
        if rng.random() > 0.15:
            continue
        for line in bill.lines:
            steps = parts(rng, line.charge.quantity) if rng.random() < 0.7 else []
            run = now if rng.random() < 0.5 else later
            for step, quantity in enumerate(steps, 1):
                run = later if run is later or rng.random() < 0.4 else now
                name = f"{line.charge.reference}-X{step}"
                cancels: str | None = line.charge.reference
                credit = replace(line.charge, reference=name, kind="cancellation", cancels=cancels)
                run.append(replace(credit, quantity=quantity * rng.choice((1, -1))))
    alone = [line.charge for bill in issued for line in bill.lines if rng.random() < 0.01]
    now += [
        replace(c, kind="cancellation", reference=f"{c.reference}-U", item=RETURNED, amount=None)
        for c in alone
        if c.quantity < 10**9
    ]
    numbered = [
        replace(charge, charge_id=len(sold.charges) + place)
        for place, charge in enumerate([*now, *later], 1)
    ]
    charges = (*sold.charges, *numbered[: len(now)])
    return replace(sold, charges=charges, later=tuple(numbered[len(now) :]))


def batches(seed: int, bill_count: int, size: int = 50) -> Iterator[Batch]:
    """Yield batches of about ``bill_count`` bills together; equal seeds give equal batches."""
    for first in range(0, bill_count, size):
        yield batch(f"{seed}-{first}", min(size, bill_count - first), first)
