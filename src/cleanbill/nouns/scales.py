"""Scales and bounds: how exact numbers are kept as integers, and how large they may be.

Amounts are whole minor units of their currency. Quantities, unit prices and rates are integers
with a fixed scale that stands in the column's name (``quantity_e6`` is millionths). The bounds
make every product of two of them fit 128 bits, so nothing can wrap.
"""

from __future__ import annotations

from decimal import Decimal

QUANTITY_DECIMALS = 6
PRICE_DECIMALS = 8
RATE_DECIMALS = 6
"""Rates are percent: 19 % is 19_000_000."""

QUANTITY_MAX_E6 = 10**12 * 10**QUANTITY_DECIMALS
"""A quantity may be up to a million million units."""
PRICE_MAX_E8 = 10**10 * 10**PRICE_DECIMALS
"""A unit price may be up to ten thousand million major units."""
RATE_MAX_E6 = 10**5 * 10**RATE_DECIMALS
AMOUNT_MAX_MINOR = 10**16
"""A line may amount to ten thousand million million minor units; nine hundred such lines fit."""


class NotExact(ValueError):
    """The number has more decimals than its scale keeps, or lies outside its bounds."""


def scaled(value: Decimal | int | str, decimals: int, limit: int) -> int:
    """Return ``value`` as an integer of ``10**-decimals``; never rounds.

    Raises NotExact when decimals would be lost, ``limit`` is exceeded, or it is no finite number.

    >>> scaled("2.55", 8, 10**18)
    255000000
    """
    try:
        number = Decimal(value)
    except ArithmeticError:
        raise NotExact(f"{value!r} is no number") from None
    if not number.is_finite():
        raise NotExact(f"{value} is not a finite number")
    if not number:
        return 0
    if number.adjusted() > 40:
        raise NotExact(f"{value} is too large")
    sign, digits, exponent = number.as_tuple()
    assert isinstance(exponent, int)
    significant = "".join(map(str, digits)).rstrip("0")
    places = len(significant) - len(digits) - exponent
    if places > decimals:
        raise NotExact(f"{value} has more than {decimals} decimals")
    whole: int = int(significant) * 10 ** (decimals - places)
    if whole > limit:
        raise NotExact(f"{value} is beyond the limit of {unscaled(limit, decimals)}")
    return -whole if sign else whole


def unscaled(value: int, decimals: int) -> Decimal:
    """Return the exact Decimal of a scaled integer: ``unscaled(255, 2) == Decimal("2.55")``."""
    sign = 1 if value < 0 else 0
    return Decimal((sign, tuple(map(int, str(abs(value)))), -decimals))
