"""Whole bills with several taxes by hand: one bill at a time, plain fractions, no tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from tests.oracle.rounding import by_largest_remainder, rounded

ZERO = Fraction(0)


@dataclass(frozen=True)
class Tax:
    name: str
    kind: str
    mark: str
    percent: Fraction | None
    surcharge: Fraction | None = None


@dataclass(frozen=True)
class Change:
    charge: bool
    percent: Fraction | None = None
    base: Fraction | None = None
    per_unit: Fraction | None = None
    units: Fraction | None = None
    amount: Fraction | None = None
    taxes: Sequence[Tax] = ()


@dataclass(frozen=True)
class Row:
    quantity: Fraction
    price: Fraction
    changes: Sequence[Change] = ()
    taxes: Sequence[Tax] = ()
    parts: Sequence[Row] = ()


@dataclass(frozen=True)
class Bill:
    decimals: int
    sums: str
    included: str | None
    inclusive: str | None
    rounding: int
    cash_unit: int
    rows: Sequence[Row]
    changes: Sequence[Change] = ()
    payments: Sequence[tuple[bool, Fraction | None, int]] = ()


@dataclass
class Item:
    """What bears tax: place, amount, step of its rounding, taxes, net."""

    amount: Fraction
    step: Fraction
    taxes: Sequence[Tax]
    net: Fraction = ZERO

    def inside(self, bill: Bill) -> Tax | None:
        return next(
            (t for t in self.taxes if t.name == bill.included and t.percent is not None), None
        )


@dataclass
class Told:
    figures: dict[str, int] = field(default_factory=dict)
    rows: list[tuple[int, int, int]] = field(default_factory=list)
    changes: list[int] = field(default_factory=list)
    groups: list[tuple[Any, ...]] = field(default_factory=list)
    shares: list[int] = field(default_factory=list)
    payments: list[int] = field(default_factory=list)


def to_step(exact: Fraction, step: Fraction) -> Fraction:
    return rounded(exact / step) * step


def carried_step(bill: Bill) -> Fraction:
    return Fraction(1, 10 ** min(8, bill.decimals + 2))


def step_of(bill: Bill, price: Fraction) -> Fraction:
    if bill.sums != "carried":
        return Fraction(1, 10**bill.decimals)
    return Fraction(1, 10 ** min(8, max(bill.decimals + 2, _digits(price))))


def _digits(price: Fraction) -> int:
    return next(n for n in range(9) if (price * 10**n).denominator == 1)


def change_of(
    bill: Bill, change: Change, whole: Fraction, units: Fraction, step: Fraction
) -> Fraction:
    if change.percent:
        base = whole if change.base is None else change.base
        return to_step(base * change.percent / 100, step)
    if change.per_unit is not None:
        return to_step(change.per_unit * (units if change.units is None else change.units), step)
    assert change.amount is not None
    return change.amount if bill.sums == "carried" else to_step(change.amount, step)


def signed(change: Change, amount: Fraction) -> Fraction:
    return amount if change.charge else -amount


def row_of(bill: Bill, row: Row) -> tuple[Fraction, Fraction, Fraction, list[Fraction]]:
    """Return sum, total, step and the changes of a row, its parts first."""
    price = row.price
    if row.parts:
        digits = max(bill.decimals, *(_digits(part.price) for part in row.parts))
        price = sum((row_of(bill, part)[1] for part in row.parts), ZERO)
        price = to_step(price, Fraction(1, 10**digits))
    step = step_of(bill, price)
    whole = to_step(price * row.quantity, step)
    amounts = [change_of(bill, c, whole, row.quantity, step) for c in row.changes]
    total = whole + sum((signed(c, a) for c, a in zip(row.changes, amounts, strict=True)), ZERO)
    return whole, total, step, amounts


def signed_shares(whole: int, exact: list[Fraction], first: Fraction) -> list[int]:
    """Share the size by largest remainder, put the sign on afterwards."""
    sign = -1 if whole < 0 or (whole == 0 and first < 0) else 1
    return [sign * s for s in by_largest_remainder(sign * whole, [sign * e for e in exact])]


def by_weight(whole: int, weights: list[int]) -> list[int]:
    if sum(weights) == 0:
        return [whole, *([0] * (len(weights) - 1))]
    exact = [Fraction(whole * w, sum(weights)) for w in weights]
    return signed_shares(whole, exact, Fraction(weights[0]))


def free(bill: Bill, items: list[Item]) -> None:
    """Put the net of every item: without the tax that its price includes."""
    cent = Fraction(1, 10**bill.decimals)
    together: dict[Any, list[Item]] = {}
    for item in items:
        tax = item.inside(bill)
        if tax is None:
            item.net = item.amount
        elif bill.sums == "printed":
            together.setdefault((tax.percent, tax.surcharge, tax.mark), []).append(item)
        else:
            assert tax.percent is not None
            finer = min(item.step, carried_step(bill))
            exact = item.amount / (1 + tax.percent / 100)
            item.net = to_step(to_step(exact, finer), item.step)
    for (percent, _, _), held in together.items():
        gross = sum((item.amount for item in held), ZERO)
        if bill.inclusive == "tax":
            net = gross - to_step(gross * percent / (100 + percent), cent)
        else:
            net = to_step(gross * 100 / (100 + percent), cent)
        parts = by_weight(int(net / cent), [int(item.amount / cent) for item in held])
        for item, part in zip(held, parts, strict=True):
            item.net = part * cent


def told(bill: Bill) -> Told:
    """Return every printed figure of the bill."""
    answer = Told()

    def minor(amount: Fraction) -> int:
        return rounded(amount * 10**bill.decimals)

    priced = [row_of(bill, row) for row in bill.rows]
    whole = sum((total for _, total, _, _ in priced), ZERO)
    plain = Fraction(1, 10 ** (bill.decimals + (2 if bill.sums == "carried" else 0)))
    step = min((s for _, _, s, _ in priced), default=plain)
    own = [change_of(bill, c, whole, Fraction(1), step) for c in bill.changes]
    items = [Item(t, s, r.taxes) for r, (_, t, s, _) in zip(bill.rows, priced, strict=True)]
    items += [Item(signed(c, a), step, c.taxes) for c, a in zip(bill.changes, own, strict=True)]
    free(bill, items)
    for (total, net, _, _), item in zip(priced, items[: len(priced)], strict=True):
        answer.rows.append((minor(total), minor(net), minor(item.net)))
    answer.changes = [minor(a) for a in own]

    groups: dict[Tax, list[Item]] = {}
    for item in items:
        for tax in item.taxes:
            groups.setdefault(tax, []).append(item)
    included = left = added = retained = ZERO
    for tax, held in groups.items():
        base = sum((item.net for item in held), ZERO)
        gross = sum((item.amount for item in held), ZERO)
        finest = min(item.step for item in held)
        inside = tax.name == bill.included and tax.percent is not None
        rest = inside and bill.sums == "printed" and bill.inclusive in ("net", "tax")
        by_rate = to_step(base * (tax.percent or 0) / 100, finest)
        amount = gross - base if rest else by_rate
        extra = to_step(base * (tax.surcharge or 0) / 100, finest)
        answer.groups.append((*_named(tax), minor(base), minor(amount), minor(extra)))
        if inside:
            included += amount
            if bill.sums == "printed":
                left += gross - base - amount
        if tax.kind == "added":
            added += amount + extra
        if tax.kind == "retained":
            retained += amount + extra
        if bill.sums == "printed":
            nets = [minor(item.net) for item in held]
            if rest:
                answer.shares += [minor(i.amount) - n for i, n in zip(held, nets, strict=True)]
            else:
                exact = [n * (tax.percent or ZERO) / 100 for n in nets]
                answer.shares += signed_shares(minor(amount), exact, Fraction(nets[0]))
    down = sum((a for c, a in zip(bill.changes, own, strict=True) if not c.charge), ZERO)
    up = sum((a for c, a in zip(bill.changes, own, strict=True) if c.charge), ZERO)
    total = whole - down + up - included - left
    asked = minor(total + added - retained + left) + bill.rounding
    payable = rounded(Fraction(asked, bill.cash_unit)) * bill.cash_unit
    unrounded = total + added - retained + left + Fraction(bill.rounding, 10**bill.decimals)
    _pay(bill, answer, payable, to_pay_of=(unrounded, step))
    paid = sum(a for (p, _, _), a in zip(bill.payments, answer.payments, strict=True) if p)
    answer.figures = {
        "sum": minor(whole),
        "discount": minor(down),
        "charge": minor(up),
        "included": minor(included),
        "total": minor(total),
        "tax": minor(added),
        "with_tax": minor(total + added),
        "retained": minor(retained),
        "rounding": bill.rounding + minor(left) + payable - asked,
        "payable": payable,
        "prepaid": paid,
        "due": payable - paid,
    }
    return answer


def _named(tax: Tax) -> tuple[Any, ...]:
    return tax.name, tax.kind, tax.mark, tax.percent, tax.surcharge


def _pay(bill: Bill, answer: Told, payable: int, to_pay_of: tuple[Fraction, Fraction]) -> None:
    reached = {True: ZERO, False: ZERO}
    for prepaid, percent, amount in bill.payments:
        before = reached[prepaid]
        reached[prepaid] += percent or ZERO
        if not percent:
            answer.payments.append(amount)
        elif bill.sums == "printed":
            until = rounded(payable * reached[prepaid] / 100)
            answer.payments.append(until - rounded(payable * before / 100))
        elif bill.sums == "carried":
            unrounded, step = to_pay_of
            part = to_step(unrounded * percent / 100, step)
            answer.payments.append(rounded(part * 10**bill.decimals))
        else:
            answer.payments.append(rounded(payable * percent / 100))
