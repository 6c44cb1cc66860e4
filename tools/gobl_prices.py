"""Prices and quantities of GOBL documents with the decimals that we keep."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any

from cleanbill.cycle.tax import reckon
from cleanbill.nouns.scales import (
    PRICE_DECIMALS,
    PRICE_MAX_E8,
    QUANTITY_DECIMALS,
    QUANTITY_MAX_E6,
    scaled,
    unscaled,
)

EXCHANGE_DECIMALS, EXCHANGE_MAX = 10, 10**18
CARRIED_DIGITS = 2
"""Digits more than the currency that `precise` carries."""
ONE = 10**QUANTITY_DECIMALS
EXACT = Context(prec=80)
FINEST = Decimal(1).scaleb(-PRICE_DECIMALS)
FINER = "quantity × price with more decimals than we keep, as one amount"


def amount_e8(text: str | None) -> int | None:
    """Return an amount with 8 decimals, rounded where it has more; raises ValueError."""
    if text is None:
        return None
    if places(text) > PRICE_DECIMALS:
        text = f"{Decimal(text).quantize(FINEST, ROUND_HALF_UP, EXACT):f}"
    return scaled(text, PRICE_DECIMALS, PRICE_MAX_E8)


def places(text: str) -> int:
    """Return how many decimals a number has, without zeros at its end."""
    return len(str(text).partition(".")[2].rstrip("0"))


def is_finer(quantity: str, price: str | None) -> bool:
    """Whether quantity or price has more decimals than we keep."""
    fine = price is not None and places(price) > PRICE_DECIMALS
    return fine or places(quantity) > QUANTITY_DECIMALS


def factors(quantity: str, price: str | None) -> tuple[int, int | None]:
    """Return quantity and price in our scales; finer ones as their product, the price of one."""
    if price is None or not is_finer(quantity, price):
        return scaled(quantity, QUANTITY_DECIMALS, QUANTITY_MAX_E6), amount_e8(price)
    product = EXACT.multiply(Decimal(quantity), Decimal(price))
    return ONE, amount_e8(f"{product:f}")


def per_unit(change: Mapping[str, Any], quantity: str, decimals: int) -> Mapping[str, Any]:
    """Return a charge per unit of a row as an amount where GOBL rounds it to the rate's decimals.

    They are fewer than the row's where the rate has fewer; so is it where the row's quantity is
    not kept as it is.
    """
    rate = change.get("rate")
    if not rate:
        return change
    quantity = str(change.get("quantity") or quantity)
    if len(str(rate).partition(".")[2]) >= decimals + CARRIED_DIGITS:
        return {**change, "quantity": quantity}
    product = EXACT.multiply(Decimal(str(rate)), Decimal(quantity))
    amount = product.quantize(Decimal(str(rate)), ROUND_HALF_UP, EXACT)
    return {**change, "rate": None, "percent": None, "amount": f"{amount:f}"}


def exchanged(price: str, rate: str, decimals: int) -> str:
    """Return a price at an exchange rate, with the decimals of the other currency."""
    factor = scaled(rate, EXCHANGE_DECIMALS, EXCHANGE_MAX)
    found = reckon.exchanged(amount_e8(price) or 0, factor, decimals)
    return f"{unscaled(found, PRICE_DECIMALS):f}"
