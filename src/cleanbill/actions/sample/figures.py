"""Figures as files write them: exact decimals from whole numbers."""

from __future__ import annotations

from cleanbill.nouns.currency import decimals_of
from cleanbill.nouns.scales import unscaled

BASE_DECIMALS = 4
"""List prices are kept in ten-thousandths of a euro."""

_PERMILLE_OF_EURO = {
    "EUR": 1_000,
    "CHF": 950,
    "GBP": 860,
    "USD": 1_080,
    "JPY": 170_000,
    "KWD": 330,
}
CURRENCIES = tuple(_PERMILLE_OF_EURO)


def plain(value: int, decimals: int) -> str:
    """Return the decimal text of a scaled whole number without trailing zeros.

    >>> plain(1250, 2)
    '12.5'
    """
    text = f"{unscaled(value, decimals):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def in_currency(base: int, currency: str, percent: int = 100, extra_decimals: int = 0) -> str:
    """Return a price of ``base`` ten-thousandths of a euro in a currency, rounded half up.

    >>> in_currency(865_000, "JPY")
    '14705'
    """
    places = decimals_of(currency) + extra_decimals
    exact = base * _PERMILLE_OF_EURO[currency] * percent * 10**places
    step = 10 ** (BASE_DECIMALS + 5)
    return f"{unscaled((2 * exact + step) // (2 * step), places):f}"
