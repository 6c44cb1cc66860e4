"""Section 3, coupons: what each takes off an invoice, told with fractions and plain lists."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from tests.oracle.facts import DECIMALS, Coupon
from tests.oracle.rounding import by_largest_remainder, minor_units, rounded
from tests.oracle.several import identity

if TYPE_CHECKING:
    from tests.oracle.bill import Line

Taken = list[tuple[int, int]]
"""Row of a line, amount."""


@dataclass(slots=True)
class Purse:
    """One redemption and everything it ever gave: per invoice, less what credits returned."""

    coupon: Coupon
    given: dict[str, int] = field(default_factory=dict)

    @property
    def used(self) -> int:
        return sum(self.given.values())

    @property
    def uses(self) -> int:
        return sum(1 for amount in self.given.values() if amount > 0)

    def ready(self, day: date, currency: str) -> bool:
        """Tell whether it is in force on the day of the bill, in the bill's currency."""
        terms = self.coupon
        ends = [end for end in (terms.valid_to, terms.given_to) if end is not None]
        begun = terms.valid_from <= day and terms.given_from <= day
        return begun and all(day < end for end in ends) and currency == terms.currency

    def left(self) -> int | None:
        """Return what an amount still has for the next bill; None for a percent that may go on."""
        terms = self.coupon
        more = terms.bills is None or self.uses < terms.bills
        if terms.amount is None:
            return None if more else 0
        amount = minor_units(terms.amount, DECIMALS[terms.currency])
        if terms.lapses:
            return amount if more else 0
        bills = self.uses + 1 if terms.bills is None else min(self.uses + 1, terms.bills)
        return max(0, bills * amount - self.used)


class Purses:
    """All redemptions of a story, in the order in which a bill uses them."""

    def __init__(self, coupons: Iterable[Coupon]) -> None:
        self.all = [Purse(coupon, already(coupon)) for coupon in sorted(coupons, key=turn)]

    def of(self, customer: str) -> list[Purse]:
        return [purse for purse in self.all if purse.coupon.customer == customer]

    def budget(self, purse: Purse) -> int | None:
        """Return what the coupon's budget for everybody has left."""
        terms = purse.coupon
        if terms.budget is None:
            return None
        same = [other for other in self.all if other.coupon.code == terms.code]
        whole = minor_units(terms.budget, DECIMALS[terms.currency])
        return max(0, whole - sum(other.used for other in same))

    def named(self, key: str) -> Purse:
        return next(purse for purse in self.all if purse.coupon.key == key)


def already(coupon: Coupon) -> dict[str, int]:
    """Return what a coupon has given before the story begins."""
    places = DECIMALS[coupon.currency]
    return {f"before {n}": minor_units(given, places) for n, given in enumerate(coupon.before)}


def turn(coupon: Coupon) -> tuple[int, int, str]:
    """Percents before amounts among those of equal priority, then by code."""
    return coupon.priority, 0 if coupon.amount is None else 1, coupon.code


def aimed(coupon: Coupon, lines: Sequence[Line]) -> list[int]:
    """Return the rows that a coupon may take off."""
    rows = range(len(lines))
    if not coupon.items:
        return list(rows)
    return [row for row in rows if lines[row].charge.item in coupon.items]


def share(wanted: int, coupon: Coupon, lines: Sequence[Line]) -> Taken:
    """Share an amount over tax groups and lines; what does not fit above zero is not taken."""
    rows = [row for row in aimed(coupon, lines) if lines[row].taxable > 0]
    rooms: dict[object, int] = {}
    for row in rows:
        tax = identity(lines[row].tax)
        rooms[tax] = rooms.get(tax, 0) + lines[row].taxable
    for tax in rooms:
        whole = sum(line.taxable for line in lines if identity(line.tax) == tax)
        rooms[tax] = max(0, min(rooms[tax], whole))
    bill = max(0, sum(line.taxable for line in lines))
    amount = min(wanted, sum(rooms.values()), bill)
    if amount <= 0:
        return []
    groups = [tax for tax in rooms if rooms[tax]]
    exact = [Fraction(amount * rooms[tax], sum(rooms.values())) for tax in groups]
    taken = []
    for tax, part in zip(groups, by_largest_remainder(amount, exact), strict=True):
        own = [row for row in rows if identity(lines[row].tax) == tax]
        base = sum(lines[row].taxable for row in own)
        shares = [Fraction(part * lines[row].taxable, base) for row in own]
        taken += list(zip(own, by_largest_remainder(part, shares), strict=True))
    return [(row, amount) for row, amount in taken if amount]


def redeemed(lines: Sequence[Line], purses: Purses, day: date) -> tuple[list[Line], list[str]]:
    """Return the lines with what the customer's coupons take off, and the coupons used, in order.

    Nothing is used up yet: the bill may still be held, or come out below zero.
    """
    shown, used = list(lines), []
    alone = False
    first = lines[0].charge
    for purse in purses.of(first.customer):
        coupon = purse.coupon
        if not purse.ready(day, first.currency) or alone or (coupon.alone and used):
            continue
        base = max(0, sum(shown[row].taxable for row in aimed(coupon, shown)))
        wanted = purse.left()
        if wanted is None:
            wanted = rounded(base * Fraction(coupon.percent or 0) / 100)
        budget = purses.budget(purse)
        taken = (
            share(wanted if budget is None else min(wanted, budget), coupon, shown)
            if base > 0
            else []
        )
        for row, amount in taken:
            line = shown[row]
            parts = (*line.coupons, (coupon.key, amount))
            shown[row] = replace(line, share=line.share + amount, coupons=parts)
        if taken:
            used.append(coupon.key)
            alone = coupon.alone
    return shown, used


def use(lines: Iterable[Line], purses: Purses, invoice: str) -> None:
    """Count what the coupons of an invoice that goes out have given."""
    for line in lines:
        for key, amount in line.coupons:
            given = purses.named(key).given
            given[invoice] = given.get(invoice, 0) + amount


def held(amount: int, parts: Sequence[int]) -> list[int]:
    """Return how much of each part lies in an amount of their sum: the last is told apart first."""
    if not parts:
        return []
    whole, above = sum(parts), sum(parts[:-1])
    kept = rounded(Fraction(amount * above, whole)) if whole else 0
    return [*held(kept, parts[:-1]), amount - kept]


def share_until(original: Line, gone: Decimal) -> int:
    """Return what of a line's share is back when so many units are: it goes by the net."""
    net = original.priced.net
    if not net:
        return rounded(original.share * Fraction(gone) / Fraction(original.charge.quantity))
    back = rounded(net * Fraction(gone) / Fraction(original.charge.quantity))
    return rounded(Fraction(original.share * back, net))


def returned(original: Line, before: Decimal, credited: Decimal) -> list[tuple[str, int]]:
    """Return what a credit of so many units gives back of each coupon, ``before`` being gone."""
    parts = [amount for _, amount in original.coupons]
    every = [original.share - sum(parts), *parts]
    until_now = held(share_until(original, before), every)
    from_now = held(share_until(original, before + credited), every)
    amounts = [now - then for now, then in zip(from_now, until_now, strict=True)][1:]
    names = [key for key, _ in original.coupons]
    return [(key, amount) for key, amount in zip(names, amounts, strict=True) if amount]
