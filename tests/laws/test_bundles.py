"""Laws of bundles on generated cases: shares add up exactly, and each is what arithmetic says.

Shares are worked out here with decimals of fractions, by another way than the engine's.
"""

from __future__ import annotations

import random
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import pytest
from tests.cases.worked_bundles import answer
from tests.cases.worked_prices import Case
from tests.laws.cases import CASES

from cleanbill.cycle.price.bundled import bundle_shares, times, unit_price, worth
from cleanbill.nouns.limits import PRICE_MAX_E8


def largest_remainder(whole: int, weights: list[int]) -> list[int]:
    """Give each its floor, then one unit at a time to whoever is furthest below what is due."""
    due = [Fraction(whole * weight, sum(weights)) for weight in weights]
    given = [int(one) for one in due]
    while sum(given) < whole:
        furthest = max(range(len(due)), key=lambda n: (due[n] - given[n], -n))
        given[furthest] += 1
    return given


@pytest.mark.parametrize("seed", range(4))
def test_shares_add_up_and_are_the_largest_remainders(seed: int) -> None:
    rng = random.Random(seed)
    uneven = 0
    for _ in range(CASES // 4):
        weights = [rng.choice((0, 1, rng.randrange(10**6))) for _ in range(rng.randrange(1, 9))]
        weights[rng.randrange(len(weights))] += 1
        net = rng.choice((-1, 1)) * rng.choice((0, rng.randrange(100), rng.randrange(10**9)))
        shares = bundle_shares(net, weights)
        size = largest_remainder(abs(net), weights)
        assert shares == ([-one for one in size] if net < 0 else size)
        assert sum(shares) == net
        uneven += any(abs(net) * weight % sum(weights) for weight in weights)
    assert uneven > CASES // 16


@pytest.mark.parametrize("seed", range(4))
def test_unit_prices_come_to_exactly_their_shares(seed: int) -> None:
    rng = random.Random(1000 + seed)
    for _ in range(CASES // 4):
        decimals = rng.choice((0, 2, 3))
        each, count = rng.randrange(1, 50 * 10**6), rng.randrange(1, 100)
        quantity = times(count * 10**6, each)
        assert quantity == count * each
        share = rng.randrange(10**9)
        if Fraction(share * 10**14, quantity * 10**decimals) > PRICE_MAX_E8:
            with pytest.raises(ValueError, match="no unit price"):
                unit_price(share, quantity, decimals)
            continue
        price = unit_price(share, quantity, decimals)
        exact = Fraction(quantity, 10**6) * Fraction(price, 10**8) * 10**decimals
        assert abs(exact - share) <= Fraction(1, 2)
        assert worth(quantity, price, decimals) == share
        assert unit_price(-share, -quantity, decimals) == price


def generated(rng: random.Random) -> Case:
    """Return a bundle as the worked cases write one, with credits that take all of it back."""
    count, size = rng.randrange(1, 7), rng.randrange(1, 5)
    items = {f"c{n}": rng.choice(("standard", "reduced", "zero")) for n in range(size)}
    weights = [rng.randrange(1, 1000) for _ in range(size)]
    each = [rng.randrange(1, 5) for _ in range(size)]
    price = Decimal(rng.randrange(1, 10**6)).scaleb(-2)
    parts = zip(items, each, weights, strict=True)
    steps = rng.sample(range(1, count), rng.randrange(count)) if count > 1 else []
    bounds = [0, *sorted(steps), count]
    whole = [[f"it: {b - a}"] for a, b in pairwise(bounds)]
    alone = [[f"c{n}: {count * k}"] for n, k in enumerate(each)]
    return {
        "items": {"it": "standard", **items},
        "prices": [f"unit: {price} each"],
        "bundle": [f"{k} {item} share {weight}" for item, k, weight in parts],
        "charges": [str(count)],
        "credits": rng.choice((whole, alone)),
    }


@pytest.mark.parametrize("seed", range(4))
def test_bundles_are_billed_by_the_largest_remainders_and_credited_to_nothing(seed: int) -> None:
    rng = random.Random(2000 + seed)
    several = 0
    for _ in range(max(3, CASES // 200)):
        case = generated(rng)
        found, said = answer(case)
        assert not said
        assert found.invoice is not None
        whole = Decimal(case["prices"][0].split()[1]) * int(case["charges"][0]) * 100
        weights = [int(text.split()[-1]) for text in case["bundle"]]
        nets = [int(Decimal(net) * 100) for net in found.invoice["nets"]]
        assert nets == largest_remainder(int(whole), weights)
        for word in ("sum", "net", "tax", "payable"):
            back = sum(Decimal(note[word]) for note in found.notes)
            assert back == Decimal(found.invoice[word])
        several += len(found.invoice["taxes"]) > 1
    assert several
