"""Stories with coupons: generated batches, cut into three runs, their customers given coupons."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from random import Random
from typing import Any

from tests.oracle.bill import ISSUED, Bill, invoices
from tests.oracle.coupons import Purses
from tests.oracle.credits import Ledger, credit_notes
from tests.oracle.facts import DECIMALS, Agreement, Batch, Charge, Coupon
from tests.oracle.generated import batch
from tests.oracle.generated_taxes import with_taxes

DAYS = (ISSUED, date(2026, 11, 4), date(2026, 11, 5))
"""When the runs of a story issue."""
SINCE = date(2020, 1, 1)
EARLY = (None, "3 in 10; 2 in 20", None, "0.333333 in 0; 100 in 7")


@dataclass(frozen=True, slots=True)
class Story:
    """A batch whose charges come in runs; each run bills what is new and credits what was."""

    batch: Batch
    runs: tuple[tuple[Charge, ...], ...]


def money(rng: Random, currency: str) -> Decimal:
    """Return an amount: mostly small, sometimes more than any bill, sometimes one minor unit."""
    places = DECIMALS[currency]
    minor = rng.choice((1, rng.randrange(1, 100), rng.randrange(1, 10**5), rng.randrange(1, 10**9)))
    return Decimal(minor).scaleb(-places)


def coupon_of(rng: Random, number: int, customer: str, currency: str, items: list[str]) -> Coupon:
    """Return a coupon of any kind, in force on some of the days."""
    percent = rng.random() < 0.5
    ends = rng.choice((None, None, None, DAYS[1], DAYS[2], date(2026, 11, 1)))
    return Coupon(
        redemption_id=number,
        code=f"C{number:04d}",
        customer=customer,
        currency=currency,
        valid_from=rng.choice((SINCE, SINCE, DAYS[0], DAYS[1])),
        given_from=rng.choice((SINCE, SINCE, SINCE, DAYS[1])),
        valid_to=ends,
        given_to=rng.choice((None, None, DAYS[2])),
        amount=None if percent else money(rng, currency),
        percent=Decimal(rng.choice(("5", "10", "33.333333", "50", "100"))) if percent else None,
        bills=rng.choice((1, 1, 2, 3, None)),
        items=tuple(rng.sample(items, min(3, len(items)))) if rng.random() < 0.45 else (),
        priority=rng.choice((100, 100, 100, 1, 200)),
        alone=rng.random() < 0.1,
        lapses=rng.random() < 0.3,
        keeps=rng.random() < 0.3,
    )


def coupons_of(rng: Random, sold: Batch) -> tuple[Coupon, ...]:
    """Return coupons of most customers, one or several each; some share a budget."""
    currency = {charge.customer: charge.currency for charge in sold.charges}
    bought = {c: [x.item for x in sold.charges if x.customer == c] for c in currency}
    found: list[Coupon] = []
    for customer in currency:
        for _ in range(rng.choice((1, 2, 2, 3, 4))):
            number = len(found) + 1
            paid = currency[customer] if rng.random() < 0.95 else "USD"
            made = coupon_of(rng, number, customer, paid, sorted(set(bought[customer])))
            found.append(made)
    names = {paid: f"BUDGET {paid}" for paid in DECIMALS}
    budgets = {paid: money(rng, paid) for paid in DECIMALS}
    pattern = {paid: coupon_of(rng, 1, "", paid, []) for paid in DECIMALS}
    for customer, paid in currency.items():
        if rng.random() < 0.4:
            own = replace(pattern[paid], customer=customer, code=names[paid], budget=budgets[paid])
            found.append(replace(own, redemption_id=len(found) + 1))
    return tuple(found)


def tiers_of(rng: Random, currency: str) -> tuple[tuple[Decimal, Decimal], ...]:
    """Return no tiers, mostly, or a few whose bounds lie where bills may be."""
    if rng.random() < 0.7:
        return ()
    places = DECIMALS[currency]
    bounds = sorted({Decimal(rng.randrange(10**n)).scaleb(-places) for n in (3, 5, 7)})
    return tuple((Decimal(rng.choice(("0", "1", "2.5", "7"))), bound) for bound in bounds)


def tiered(agreement: Agreement, tiers: dict[str, Any], paid: dict[str, str]) -> Agreement:
    """Return the agreement with the customer's discount by the volume of the bill, if any."""
    own = tiers.get(agreement.customer or "")
    if not own:
        return agreement
    currency = paid[agreement.customer or ""]
    return replace(agreement, document_discount_percent=None, currency=currency, tiers=own)


def story(seed: str, bill_count: int, first_bill: int, *, several_taxes: bool = False) -> Story:
    """Return a story of about so many bills. Credits name only what the oracle has billed."""
    rng = Random(f"coupons {seed}")
    whole = batch(seed, bill_count, first_bill)
    if several_taxes:
        whole = with_taxes(whole, Random(f"{seed}-taxes"))
    single = {
        c: {x.currency for x in whole.charges if x.customer == c.customer} for c in whole.customers
    }
    paid = {c.customer: next(iter(s)) for c, s in single.items() if len(s) == 1}
    tiers = {name: tiers_of(rng, currency) for name, currency in paid.items()}
    own = replace(
        whole,
        agreements=tuple(
            replace(tiered(a, tiers, paid), early=EARLY[n % 4], early_base=("net", None)[n % 2])
            for n, a in enumerate(whole.agreements)
        ),
        coupons=coupons_of(rng, whole),
    )
    third = {c.reference[:6] for c in own.charges if rng.random() < 0.3}
    sales = [c for c in own.charges if c.kind == "sale"]
    others = [c for c in own.charges if c.kind != "sale"]
    first = [c for c in sales if c.reference[:6] not in third]
    last = [c for c in sales if c.reference[:6] in third]
    own_run = [c for c in others if c.reference[:6] not in third]
    late = [c for c in (*others, *own.later) if c.reference[:6] in third]
    between = [c for c in own.later if c.reference[:6] not in third]
    return Story(own, (tuple(first + own_run), tuple(between), tuple(last + late)))


@dataclass(slots=True)
class Told:
    """What the oracle makes of a story: the bills of each run, and what every coupon has given."""

    bills: list[list[Bill]]
    charges: list[list[Charge]]
    """The charges of each run without credits of what was not billed."""
    purses: Purses
    ledger: Ledger


def told(own: Story) -> Told:
    """Bill a story run by run; a coupon gets back what credits return, before the next run."""
    purses, ledger = Purses(own.batch.coupons), Ledger(())
    of: dict[str, str] = {}
    result = Told([], [], purses, ledger)
    for charges, day in zip(own.runs, DAYS, strict=True):
        sent = invoices(replace(own.batch, charges=charges), purses, day)
        for bill in sent:
            of |= {line.charge.reference: bill.lines[0].charge.reference for line in bill.lines}
        ledger.add(sent)
        kept = [c for c in charges if c.cancels is None or c.cancels in ledger.lines]
        notes = credit_notes(own.batch, kept, ledger)
        for line in (line for note in notes for line in note.lines):
            for key, amount in line.coupons:
                purse = purses.named(key)
                if not purse.coupon.keeps:
                    purse.given[of[line.charge.cancels or ""]] += amount
        result.bills.append([*sent, *notes])
        result.charges.append(kept)
    return result


def stories(
    seed: int | str, bill_count: int, size: int = 40, *, several_taxes: bool = False
) -> Iterator[Story]:
    """Yield stories of about ``bill_count`` bills together; equal seeds give equal stories."""
    for first in range(0, bill_count, size):
        count = min(size, bill_count - first)
        yield story(f"{seed}-{first}", count, first, several_taxes=several_taxes)
