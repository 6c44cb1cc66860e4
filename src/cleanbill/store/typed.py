"""Read what people type when they look for a bill: the beginning of a number, an amount."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

from cleanbill.cycle.invoice.issue import DIGITS

LONGEST = 13
"""A sequence has fewer digits."""


def numbers_from(prefix: str, text: str, following: int) -> list[tuple[int, int]]:
    """Return from where to where sequences lie whose number begins with a text.

    ``following`` is the series' next sequence. Small and capital letters are the same.

    >>> numbers_from("INV-", "inv-00012", 5000)
    [(120, 129)]
    >>> numbers_from("INV-", "INV-1000", 2_000_000)
    [(100000, 100099), (1000000, 1000999)]
    >>> numbers_from("INV-", "IN", 10), numbers_from("INV-", "INX", 10)
    ([(1, 9)], [])
    """
    if prefix[: len(text)].casefold() == text.casefold():
        return [(1, following - 1)]
    digits = text[len(prefix) :]
    if text[: len(prefix)].casefold() != prefix.casefold():
        return []
    if not (digits.isascii() and digits.isdigit()):
        return []
    found = []
    for width in range(max(DIGITS, len(digits)), LONGEST if digits[0] != "0" else DIGITS + 1):
        low, high = int(digits.ljust(width, "0")), int(digits.ljust(width, "9"))
        low, high = max(low, 1), min(high, following - 1)
        if low <= high:
            found.append((low, high))
    return found


def amount_of(text: str) -> Decimal | None:
    """Return the amount that somebody typed, with point or comma before its decimals, or None."""
    if not re.fullmatch(r"-?\d[\d.,' ]{0,20}", text, re.ASCII):
        return None
    plain = re.sub(r"[' ]", "", text)
    last = max(plain.rfind("."), plain.rfind(","))
    if last >= 0 and len(plain) - last - 1 != 3:
        whole, decimals = plain[:last], plain[last + 1 :]
        plain = re.sub(r"[.,]", "", whole) + "." + decimals
    else:
        plain = re.sub(r"[.,]", "", plain)
    try:
        return Decimal(plain)
    except InvalidOperation:
        return None
