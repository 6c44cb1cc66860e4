"""Sealed text: what a party's key has closed, how it is told from plain text, what stands for it.

A seal is made and opened in ``store.sealing``; here is only its outside, for all who meet it.
"""

from __future__ import annotations

import re
from collections.abc import Callable

MARK = "s1:"
"""Every sealed text begins with it; the digit is the version of the way of sealing."""
ERASED = "[erased]"
"""What people read where the key of a sealed text has been destroyed."""
CASH_PARTY = ""
"""The party that charges without a customer are sealed under."""

Unseal = Callable[[str], "str | None"]
"""From sealed text to plain text; None where the key has been destroyed."""
SEALED = MARK + "[A-Za-z0-9_-]{22,}"
"""Matches a sealed text wherever it stands."""
_SEALED = re.compile(SEALED)


def is_sealed(text: str | None) -> bool:
    """Tell whether a text is sealed."""
    return text is not None and text.startswith(MARK)


def read_through(text: str, unseal: Unseal) -> str:
    """Return a text with every seal in it opened, or ``ERASED`` in its place."""
    return _SEALED.sub(lambda found: _or_erased(unseal(found.group())), text)


def _or_erased(text: str | None) -> str:
    return ERASED if text is None else text
