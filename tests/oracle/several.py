"""Several taxes on a line, taxes withheld, and prices that include tax: sections 4 and 5.

Written from ``docs/calculation.md`` in fractions, line by line; shares no code with the product.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from tests.oracle.facts import FurtherTax, SellerFacts, TaxAnswer
from tests.oracle.rounding import by_largest_remainder, rounded

if TYPE_CHECKING:
    from tests.oracle.bill import Line


@dataclass(frozen=True, slots=True)
class Borne:
    """A further tax of a line: what it is, its base, and the line's part of it."""

    tax: FurtherTax
    base: int
    amount: int


def identity(tax: TaxAnswer) -> tuple[Any, ...]:
    """What first taxes of lines must share to be one row: VAT has one for all its rules."""
    return (tax.category, tax.rate_percent, tax.name, tax.rule if tax.name else None)


def effective(line: Line) -> list[Fraction]:
    """Return what each added tax of a line is of its net, the first tax in front."""
    found = [Fraction(line.tax.rate_percent) / 100]
    for tax in line.bears:
        if tax.kind == "added":
            own = Fraction(tax.rate_percent) / 100
            found.append(own * (1 + sum(found)) if tax.compound else own)
    return found


def signed_shares(whole: int, weights: Sequence[int]) -> list[int]:
    """Share the size of a whole by weight, by largest remainder; the sign comes afterwards."""
    if sum(weights) == 0:
        return [whole, *([0] * (len(weights) - 1))]
    sign = -1 if whole < 0 or (whole == 0 and weights[0] < 0) else 1
    exact = [Fraction(sign * whole * w, sum(weights)) for w in weights]
    return [sign * share for share in by_largest_remainder(sign * whole, exact)]


def grouped(keys: Sequence[Any]) -> list[list[int]]:
    """Return the places of equal keys, in the order in which they first come."""
    found: dict[Any, list[int]] = {}
    for place, key in enumerate(keys):
        found.setdefault(key, []).append(place)
    return list(found.values())


def taken_out(
    lines: Sequence[Line], seller: SellerFacts
) -> tuple[list[int], dict[tuple[int, int], int]]:
    """Return each line's net, and by line and number of tax what remains of its price, if so."""
    prices = [line.priced.net - line.share for line in lines]
    nets = list(prices)
    settled: dict[tuple[int, int], int] = {}
    added = [tuple(t for t in line.bears if t.kind == "added") for line in lines]
    keys = [(identity(line.tax), own) for line, own in zip(lines, added, strict=True)]
    for places in [[p] for p in range(len(lines))] if per_line(seller) else grouped(keys):
        rates = effective(lines[places[0]])
        gross = sum(prices[p] for p in places)
        if seller.inclusive_method == "tax":
            net = gross - rounded(gross * sum(rates) / (1 + sum(rates)))
        else:
            net = rounded(gross / (1 + sum(rates)))
        for place, share in zip(
            places, signed_shares(net, [prices[p] for p in places]), strict=True
        ):
            nets[place] = share
        if seller.inclusive_method == "rate":
            continue
        tax = gross - net
        weights = [tax * rate / sum(rates) for rate in rates] if sum(rates) else [Fraction(0)]
        wholes = by_largest_remainder(tax, weights) if sum(rates) else [tax]
        left = [prices[p] - nets[p] for p in places]
        numbers = [n for n, t in enumerate(lines[places[0]].bears, 2) if t.kind == "added"]
        for number, whole in zip([1, *numbers], wholes, strict=False):
            shares = signed_shares(whole, left)
            for place, share in zip(places, shares, strict=True):
                settled[place, number] = share
            left = [rest - share for rest, share in zip(left, shares, strict=True)]
        for number in [1, *numbers][len(wholes) :]:
            settled |= {(place, number): 0 for place in places}
    return nets, settled


def per_line(seller: SellerFacts) -> bool:
    return seller.tax_method == "per_line"


def taxed(lines: Sequence[Line], seller: SellerFacts) -> list[Line]:
    """Return the lines of one bill with all their taxes."""
    prices = [line.priced.net - line.share for line in lines]
    if lines[0].inclusive:
        nets, amounts = taken_out(lines, seller)
        included: list[int | None] = [p - n for p, n in zip(prices, nets, strict=True)]
    else:
        nets, amounts, included = prices, {}, [None] * len(lines)
    bases: dict[tuple[int, int], int] = {}

    def settle(wanted: Sequence[tuple[int, int]], rate: Fraction) -> None:
        exact = [bases[at] * rate for at in wanted]
        parts = [rounded(part) for part in exact]
        if not per_line(seller):
            whole = rounded(sum(bases[at] for at in wanted) * rate)
            parts = by_largest_remainder(whole, exact)
        for at, part in zip(wanted, parts, strict=True):
            amounts.setdefault(at, part)

    firsts = [identity(line.tax) for line in lines]
    bases |= {(place, 1): net for place, net in enumerate(nets)}
    for places in grouped(firsts):
        rate = Fraction(lines[places[0]].tax.rate_percent) / 100
        settle([(p, 1) for p in places], rate)
    every = [(p, n) for p, line in enumerate(lines) for n, _ in enumerate(line.bears, 2)]
    of = {(p, n): lines[p].bears[n - 2] for p, n in every}

    def level(at: tuple[int, int]) -> int:
        before = lines[at[0]].bears[: at[1] - 2]
        on = sum(1 for t in before if t.kind == "added" and t.compound)
        return on + 1 if of[at].compound else 0

    for stage in sorted({level(at) for at in every}):
        now = [at for at in every if level(at) == stage]
        for place, number in now:
            bases[place, number] = nets[place]
            for n in range(1, number) if stage else ():
                if n == 1 or of[place, n].kind == "added":
                    bases[place, number] += amounts[place, n]
        for places in grouped([of[at] for at in now]):
            wanted = [now[p] for p in places]
            settle(wanted, Fraction(of[wanted[0]].rate_percent) / 100)
    return [
        replace(
            line,
            included=included[place],
            tax_share=amounts[place, 1],
            further=tuple(
                Borne(tax, bases[place, n], amounts[place, n])
                for n, tax in enumerate(line.bears, 2)
            ),
        )
        for place, line in enumerate(lines)
    ]


def added_of(further: Sequence[Borne]) -> int:
    return sum(borne.amount for borne in further if borne.tax.kind == "added")


def credited(original: Line, line: Line, returned: Any) -> Line:
    """Complete a credit line, whose net, share and first tax are known, by its other figures."""
    amounts = [returned(borne.amount) for borne in original.further]
    included = None
    if original.included is not None:
        left = original.included - original.tax_share - added_of(original.further)
        own = [a for a, b in zip(amounts, original.further, strict=True) if b.tax.kind == "added"]
        included = returned(left) + line.tax_share + sum(own)
    net = line.priced.net - line.share - (included or 0)
    before, further = line.tax_share, []
    for borne, amount in zip(original.further, amounts, strict=True):
        base = net + (before if borne.tax.compound else 0)
        further.append(Borne(borne.tax, base, amount))
        before += amount if borne.tax.kind == "added" else 0
    return replace(line, included=included, further=tuple(further))
