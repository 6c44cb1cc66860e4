"""What a bundle comes to, shared over its components: exactly, by stated shares or list prices.

In: the net of a bundle's charge, whole minor units, and a weight for each component. Out: what each
component is charged, as a quantity and a unit price whose product, rounded once, is its share.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from cleanbill.engine.exact import rounded, shared
from cleanbill.nouns.scales import PRICE_DECIMALS, PRICE_MAX_E8, QUANTITY_DECIMALS, QUANTITY_MAX_E6

ONE_E6: int = 10**QUANTITY_DECIMALS


def bundle_shares(net_minor: int, weights: Sequence[int]) -> list[int]:
    """Return the shares of a net in proportion to weights, by largest remainder; they add up to it.

    Ties go to the component that stands first. A net below zero is shared by its size. Raises
    ValueError where no weight is above zero.

    >>> bundle_shares(10000, [50, 30, 20]), bundle_shares(-100, [1, 1, 1])
    ([5000, 3000, 2000], [-34, -33, -33])
    """
    if min(weights) < 0 or not sum(weights):
        raise ValueError("its components have no weights above zero to share its price by")
    size = shared(abs(net_minor), weights)
    return [-share for share in size] if net_minor < 0 else size


def times(count_e6: int, each_e6: int) -> int:
    """Return how much of a component so many bundles have. Raises ValueError beyond six decimals.

    >>> times(2_000_000, 1_500_000)
    3000000
    """
    whole, rest = divmod(count_e6 * each_e6, ONE_E6)
    if rest or abs(whole) > QUANTITY_MAX_E6:
        raise ValueError("the quantity of a component has more than six decimals, or is too large")
    return whole


def unit_price(share_minor: int, quantity_e6: int, decimals: int) -> int:
    """Return the unit price, with 8 decimals, at which a quantity comes to exactly its share.

    Raises ValueError where the quantity is zero, or so large that no such price has 8 decimals.
    """
    if not quantity_e6:
        raise ValueError("its quantity is zero")
    scale = _scale(decimals)
    price = rounded(Fraction(abs(share_minor) * scale, abs(quantity_e6)))
    if price > PRICE_MAX_E8 or worth(quantity_e6, price, decimals) != share_minor:
        raise ValueError("no unit price with 8 decimals gives the share of a component exactly")
    return price


def worth(quantity_e6: int, price_e8: int, decimals: int) -> int:
    """Return what a quantity at a unit price comes to in minor units, rounded once."""
    return rounded(Fraction(quantity_e6 * price_e8, _scale(decimals)))


def _scale(decimals: int) -> int:
    """What quantity times price is divided by for minor units."""
    return int(10 ** (PRICE_DECIMALS + QUANTITY_DECIMALS - decimals))
