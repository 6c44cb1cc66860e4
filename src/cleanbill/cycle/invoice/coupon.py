"""One coupon before one bill: how much it still has, what it aims at, and how it is shared."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from cleanbill.engine.exact import shared

Group = tuple[Any, ...]


@dataclass(slots=True)
class Coupon:
    """One redemption: its terms, and what it and its budget have given so far."""

    terms: dict[str, Any]
    items: frozenset[str]
    kinds: frozenset[str]
    used: int
    uses: int

    @classmethod
    def of(cls, row: dict[str, Any]) -> Coupon:
        """Return the coupon of a row of REDEEMABLE."""
        items, kinds = _listed(row["items"]), _listed(row["item_kinds"])
        return cls(row, items, kinds, row["used_minor"], row["uses"])

    def left(self) -> int | None:
        """What an amount may still give on the next bill; of a percent, whether it may: 0 or null.

        What a bill leaves of its amount ``stays`` for later bills, or ``lapses``.
        """
        bills: int | None = self.terms["bills"]
        amount: int | None = self.terms["amount_minor"]
        more = bills is None or self.uses < bills
        if amount is None:
            return None if more else 0
        if self.terms["rest"] == "lapses":
            return amount if more else 0
        opened = self.uses + 1 if bills is None else min(self.uses + 1, bills)
        return max(0, amount * opened - self.used)

    def end(self) -> date | None:
        """The first day on which it no longer holds."""
        ends = [d for d in (self.terms["valid_to"], self.terms["given_to"]) if d is not None]
        return min(ends, default=None)

    def begun(self, day: date) -> bool:
        """Tell whether it holds on a day, or did."""
        return bool(self.terms["valid_from"] <= day and self.terms["given_from"] <= day)

    def aims_at(self, line: Line) -> bool:
        """Tell whether it may take off this line: any, or one of its items or kinds of items."""
        if not (self.items or self.kinds):
            return True
        return line.item in self.items or line.kind in self.kinds


@dataclass(slots=True)
class Line:
    """A line of a bill, and what reductions have left of its net so far."""

    line: int
    item: str | None
    kind: str | None
    left: int
    group: Group
    service: date = date.min
    tax: Group = ()
    """How it is taxed, to the rule: what was paid in advance is drawn by lines taxed as it was."""


@dataclass(slots=True)
class Bill:
    """An invoice in the making, as coupons see it."""

    draft: int
    currency: str
    day: date
    first_service: date
    lines: list[Line]


def _listed(text: str | None) -> frozenset[str]:
    return frozenset(part.strip() for part in (text or "").split(",") if part.strip())


def room(coupon: Coupon, lines: Sequence[Line]) -> tuple[dict[Group, int], int]:
    """How much the coupon may take from each tax group, and in all."""
    aimed: dict[Group, int] = {}
    whole: dict[Group, int] = {}
    for line in lines:
        whole[line.group] = whole.get(line.group, 0) + line.left
        if line.left > 0 and coupon.aims_at(line):
            aimed[line.group] = aimed.get(line.group, 0) + line.left
    rooms = {group: min(amount, max(0, whole[group])) for group, amount in aimed.items()}
    return rooms, min(sum(rooms.values()), max(0, sum(whole.values())))


def taken(coupon: Coupon, lines: Sequence[Line], wanted: int) -> Iterator[tuple[Line, int]]:
    """Share what the coupon takes over tax groups, then over the lines of each."""
    rooms, most = room(coupon, lines)
    whole = min(wanted, most)
    if whole <= 0:
        return
    open_groups = [group for group, room in rooms.items() if room > 0]
    parts = shared(whole, [rooms[group] for group in open_groups])
    for group, part in zip(open_groups, parts, strict=True):
        members = [ln for ln in lines if ln.group == group and ln.left > 0 and coupon.aims_at(ln)]
        for line, amount in zip(members, shared(part, [ln.left for ln in members]), strict=True):
            if amount:
                yield line, amount
