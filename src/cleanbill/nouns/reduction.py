"""Terms of reductions as people write them: ``2 from 1000; 3.5 from 5000``, ``2 in 10; 1 in 20``.

Percent comes first, then from which net amount, or within how many days. Steps are parted by
semicolons or commas; numbers have a point.
"""

from __future__ import annotations

import re
from decimal import Decimal
from functools import cache

from cleanbill.nouns.scales import AMOUNT_MAX_MINOR, RATE_DECIMALS, NotExact, scaled

_STEP = re.compile(r"(\d+(?:\.\d+)?)\s*%?\s*(from|in)\s+(\d+(?:\.\d+)?)(?:\s*days?)?")
HUNDRED_E6 = 100 * 10**RATE_DECIMALS
DAYS_MAX = 3650


class WrongSteps(ValueError):
    """The text is no list of steps; says what is wrong with it."""


@cache
def steps(text: str, word: str) -> tuple[tuple[int, Decimal], ...]:
    """Return ``(percent_e6, bound)`` of each step, bounds rising; ``word`` is ``from`` or ``in``.

    Raises WrongSteps.

    >>> steps("2 from 1000; 3.5 from 5000", "from")
    ((2000000, Decimal('1000')), (3500000, Decimal('5000')))
    """
    found = []
    for part in re.split(r"[;,]", text):
        match = _STEP.fullmatch(part.strip())
        if match is None or match[2] != word:
            raise WrongSteps(f"{part.strip()!r} is no step: write PERCENT {word} NUMBER")
        try:
            percent = scaled(match[1], RATE_DECIMALS, HUNDRED_E6)
        except NotExact as error:
            raise WrongSteps(f"{match[1]} is no percent up to 100: {error}") from None
        found.append((percent, Decimal(match[3])))
    bounds = [bound for _, bound in found]
    if sorted(set(bounds)) != bounds:
        raise WrongSteps("each step must lie above the one before it")
    return tuple(found)


def tiers(text: str, decimals: int) -> tuple[tuple[int, int], ...]:
    """Return ``(percent_e6, from_minor)`` of a discount by volume, in a currency's minor units.

    Raises WrongSteps.

    >>> tiers("2 from 1000", 2)
    ((2000000, 100000),)
    """
    try:
        return tuple(
            (percent, scaled(bound, decimals, AMOUNT_MAX_MINOR))
            for percent, bound in steps(text, "from")
        )
    except NotExact as error:
        raise WrongSteps(str(error)) from None


def early_steps(text: str) -> tuple[tuple[int, int], ...]:
    """Return ``(percent_e6, days)`` of a discount for early payment. Raises WrongSteps.

    >>> early_steps("3 in 10 days; 2 in 20")
    ((3000000, 10), (2000000, 20))
    """
    found = steps(text, "in")
    if any(days != int(days) or days > DAYS_MAX for _, days in found):
        raise WrongSteps(f"days are whole and not more than {DAYS_MAX}")
    return tuple((percent, int(days)) for percent, days in found)
