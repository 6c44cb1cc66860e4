"""Worked cases of prices, discounts and credits as people write them, turned into charges.

A case is a table in a TOML file below ``tests/cases/prices``: a sentence, prices, charges, what
must be printed and why. A price is written ``unit: 0.335 each``, ``flat: 29.90 flat``,
``package: 7.00 per 12``, ``percentage: 1.13 %, 0.30 flat``, ``dynamic: as charged`` (the charge
brings it), ``including: 100, 0.05 each, 10.00 flat`` (a quantity that the flat amount includes) or,
in tiers from the lowest, ``graduated: to 10 1.00 each, 5.00 flat; above 0.50 each``; ``5 off`` in a
tier is a discount of five percent for quantities that fall into it. ``when`` names the facts that
a charge must bring, ``facts`` those that it does. A charge is its quantity, or a table.
An item is its tax category and kind (``standard``, ``reduced``, ``standard discount``). Each list
in ``credits`` is a run of its own and gives a credit note: ``1: 2`` credits two units of line 1;
``rest`` takes back whatever is left of the bill. ``inclusive`` says by which rule tax is taken out
of prices that include it; ``with_tax`` is what a price, or a charge of the price that it brings,
says of tax itself; ``names`` gives items' taxes other names than VAT, and ``further`` their other
taxes, such as ``QST 9.5 compound`` or ``IRPF 15 retained``. A coupon is written
``GIFT: 50.00`` or ``TEN: 10 %, on books, alone``; other words are ``priority 1``, ``2 bills``,
``every bill``, ``lapses`` and ``gave 7.00`` for each earlier bill. A document discount
``2 from 100; 3 from 200`` is one by volume, ``early`` one for early payment. ``fails`` says what
the engine does wrong today, ``unasked`` why the oracle has no answer.
"""

from __future__ import annotations

import tomllib
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.oracle.facts import (
    Agreement,
    Batch,
    Charge,
    Coupon,
    Customer,
    FurtherTax,
    Item,
    Price,
    SellerFacts,
    Tier,
)

FOLDER = Path(__file__).with_name("prices")
DAY, SINCE = date(2026, 10, 14), date(2026, 1, 1)
Case = dict[str, Any]
CASE = set(
    "says why fails unasked currency seller cash_unit method items price prices terms "
    "charges coupons credits expect notes inclusive names further".split()
)
PRICE = set(
    "is item customer plan currency from until discount minimum maximum when increment "
    "rounding with_tax".split()
)
CHARGE = {"quantity", "item", "day", "amount", "price", "discount", "facts", "with_tax"}
TERMS = {"plan", "document_discount", "early", "early_base"}


def cases() -> list[tuple[str, Case]]:
    """Return every case with its name: theme and place."""
    found = []
    for file in sorted(FOLDER.glob("*.toml")):
        for place, case in enumerate(tomllib.loads(file.read_text("utf-8"))["case"], 1):
            found.append((f"{file.stem} {place}", case))
    return found


def known(table: Case, words: set[str]) -> Case:
    """Return the table; a word that means nothing here is an error."""
    assert table.keys() <= words, f"{sorted(table.keys() - words)} mean nothing here"
    return table


def number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def tier_of(text: str) -> Tier:
    """Return a tier as it is written, for example ``to 10 1.00 each, 5.00 flat``."""
    if text.strip() == "as charged":
        return Tier()
    words: dict[str, Decimal] = {}
    head, _, rest = text.strip().partition(" ")
    up_to = None
    if head == "to":
        bound, _, rest = rest.partition(" ")
        up_to = Decimal(bound)
    elif head != "above":
        rest = text.strip()
    for part in rest.split(","):
        value, meaning, *more = part.split()
        words[meaning] = Decimal(value)
        if meaning == "per":
            words["package"] = Decimal(more[0])
    assert words.keys() <= {"each", "flat", "per", "package", "%", "off"}, text
    return Tier(
        up_to,
        words.get("each", words.get("per")),
        words.get("flat"),
        words.get("package"),
        words.get("%"),
        words.get("off"),
    )


def tiers_of(model: str, text: str) -> tuple[str, tuple[Tier, ...]]:
    """Return the model and tiers of a price; an included quantity is a tier at nothing."""
    if model != "including":
        return model, tuple(map(tier_of, text.split(";")))
    quantity, _, rest = text.partition(",")
    beyond = tier_of(rest)
    within = Tier(Decimal(quantity), Decimal(0), beyond.flat_amount)
    return "graduated", (within, replace(beyond, flat_amount=None))


def price_of(table: Case | str, place: int, currency: str) -> Price:
    """Return a price; written as text alone it is the list price of the item ``it``."""
    row = known({"is": table} if isinstance(table, str) else table, PRICE)
    model, tiers = tiers_of(*row["is"].split(": ", 1))
    return Price(
        place,
        row.get("item", "it"),
        row.get("currency", currency),
        model,
        row.get("from", SINCE),
        tiers,
        valid_to=row.get("until"),
        customer=row.get("customer"),
        plan=row.get("plan"),
        discount_percent=number(row.get("discount")),
        minimum=number(row.get("minimum")),
        maximum=number(row.get("maximum")),
        conditions=tuple(row.get("when", {}).items()),
        increment=number(row.get("increment")),
        increment_rounding=row.get("rounding"),
        includes_tax=row.get("with_tax"),
    )


def charge_of(table: Case | str, place: int, currency: str) -> Charge:
    """Return a charge; written as text alone it is a quantity of the item ``it``."""
    row = known({"quantity": table} if isinstance(table, str) else table, CHARGE)
    return Charge(
        place,
        f"R{place}",
        "C",
        row.get("item", "it"),
        Decimal(row.get("quantity", "1")),
        currency,
        row.get("day", DAY),
        unit_price=number(row.get("price")),
        amount=number(row.get("amount")),
        discount_percent=number(row.get("discount")),
        attributes=tuple(row.get("facts", {}).items()),
    )


def with_tax(case: Case) -> dict[str, bool]:
    """Return what charges say themselves of the tax in their prices, by reference."""
    told = ((n, c) for n, c in enumerate(case["charges"], 1) if isinstance(c, dict))
    return {f"R{n}": c["with_tax"] for n, c in told if "with_tax" in c}


def further_of(text: str) -> FurtherTax:
    """Return a further tax as it is written, for example ``IRPF 15 retained``."""
    name, rate, *words = text.split()
    assert set(words) <= {"retained", "informative", "compound"}, text
    kinds = [word for word in words if word != "compound"]
    kind = kinds[0] if kinds else "added"
    return FurtherTax(name, kind, "S", Decimal(rate), name.lower(), "compound" in words)


def agreement_of(terms: Case, currency: str) -> Agreement:
    """Return the terms of the customer; a discount of several steps is one by volume."""
    discount, plan = terms.get("document_discount"), terms.get("plan")
    early = {"early": terms.get("early"), "early_base": terms.get("early_base")}
    if discount is None or "from" not in discount:
        return Agreement(1, "C", SINCE, None, (), plan, number(discount), **early)
    steps = [step.split(" from ") for step in discount.split("; ")]
    tiers = tuple((Decimal(percent), Decimal(bound)) for percent, bound in steps)
    return Agreement(1, "C", SINCE, None, (), plan, None, currency, tiers, **early)


def coupon_of(text: str, place: int, currency: str) -> Coupon:
    """Return a coupon as it is written, for example ``TEN: 10 %, on books, alone``."""
    code, _, terms = text.partition(": ")
    value, *words = terms.split(", ")
    percent = value.endswith(" %")
    made: dict[str, Any] = {"percent" if percent else "amount": Decimal(value.removesuffix(" %"))}
    before: list[Decimal] = []
    for word in words:
        match word.split():
            case ["on", item]:
                made["items"] = (*made.get("items", ()), item)
            case ["priority", turn]:
                made["priority"] = int(turn)
            case ["every", "bill"]:
                made["bills"] = None
            case [count, "bills"]:
                made["bills"] = int(count)
            case ["gave", amount]:
                before.append(Decimal(amount))
            case ["alone" | "lapses"]:
                made[word] = True
            case _:
                raise AssertionError(f"{word!r} means nothing here")
    return Coupon(place, code, "C", currency, SINCE, SINCE, before=tuple(before), **made)


def batch_of(case: Case) -> Batch:
    """Return what a case tells, as plain facts."""
    known(case, CASE)
    currency, country = case.get("currency", "EUR"), case.get("seller", "DE")
    unit = int(Decimal(case.get("cash_unit", "0.01")) * 100)
    prices = [case["price"]] if "price" in case else case.get("prices", [])
    agreements = []
    if "terms" in case:
        terms = known(case["terms"], TERMS)
        agreements.append(agreement_of(terms, currency))
    items = {name: text.split() for name, text in case.get("items", {"it": "standard"}).items()}
    return Batch(
        SellerFacts(
            country,
            currency,
            case.get("method", "per_group"),
            unit,
            case.get("inclusive", "net"),
            "inclusive" in case,
        ),
        price_source="list" if prices else "charge",
        charges=tuple(charge_of(c, n, currency) for n, c in enumerate(case["charges"], 1)),
        customers=(Customer("C", "business", country),),
        items=tuple(
            Item(
                name,
                words[1] if words[1:] else "goods",
                words[0],
                case.get("names", {}).get(name),
                tuple(map(further_of, case.get("further", {}).get(name, []))),
            )
            for name, words in items.items()
        ),
        prices=tuple(price_of(p, n, currency) for n, p in enumerate(prices, 1)),
        agreements=tuple(agreements),
        coupons=tuple(coupon_of(c, n, currency) for n, c in enumerate(case.get("coupons", []), 1)),
    )


def cancellations_of(run: list[str], batch: Batch, after: int) -> list[Charge]:
    """Return the charges of one run of credits, such as ``1: 2``: two units of the first line."""
    found = []
    for place, text in enumerate(run, after + 1):
        line, quantity = text.split(": ")
        sold = batch.charges[int(line) - 1]
        found.append(
            Charge(
                place,
                f"X{place}",
                "C",
                sold.item,
                Decimal(quantity),
                sold.currency,
                sold.service_date,
                kind="cancellation",
                amount=sold.amount,
                cancels=sold.reference,
            )
        )
    return found
