"""What a customer has paid in advance: a coupon of a billed line, for lines taxed as it was.

Each billed line of a retainer's item is a purse of its own. So every draw names the bill that it
was paid with, what is left of each is a plain difference, and a credit gives back to where it came
from.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from cleanbill.cycle.invoice.coupon import Coupon, Group, Line

_FURTHER = "further taxes"
"""What was paid in advance with several taxes is like no line: the parts of each would differ."""


@dataclass(slots=True)
class Prepaid(Coupon):
    """A billed line of a retainer's item: what it funded, for which days, how it was taxed."""

    funded: int
    start: date
    stop: date | None
    tax: Group
    paying: frozenset[str]
    """The items that bill retainers; nothing is drawn for them."""

    @classmethod
    def on(cls, row: dict[str, Any], paying: frozenset[str]) -> Prepaid:
        """Return the purse of a row of REDEEMABLE that is of a retainer."""
        plain = Coupon.of(row)
        tax = tax_of(
            *(bool(row["funded_inclusive"]), row["funded_category"], row["funded_rate_e6"]),
            *(row["funded_tax"], row["funded_rule"]),
            _FURTHER if row["funded_further"] else False,
        )
        funded = row["funded_minor"] or 0
        known = (plain.terms, plain.items, plain.kinds, plain.used, plain.uses)
        return cls(*known, funded, row["given_from"], row["given_to"], tax, paying)

    def left(self) -> int:
        """What may still be drawn."""
        return max(0, self.funded - self.used)

    def end(self) -> date | None:
        """No day of a bill ends it: its days are those of services."""
        return None

    def begun(self, day: date) -> bool:
        """Any bill may draw it that has services of its days."""
        return True

    def asked(self, line: Line) -> bool:
        """Tell whether the line is one that the retainer is for, however it is taxed."""
        if line.item in self.paying or not Coupon.aims_at(self, line):
            return False
        return self.start <= line.service and (self.stop is None or line.service < self.stop)

    def aims_at(self, line: Line) -> bool:
        """Tell whether the line may draw it: one that it is for, taxed as it was."""
        return line.tax == self.tax and self.asked(line)

    def unfit(self, lines: Iterable[Line], currency: str) -> int:
        """How much it might have paid of lines that are taxed otherwise, or in other money."""
        other = currency != self.terms["currency"]
        missed = (ln.left for ln in lines if self.asked(ln) and (other or ln.tax != self.tax))
        return min(self.left(), sum(max(0, left) for left in missed))


def tax_of(
    inclusive: bool, category: str, rate: int, tax: str | None, rule: str, further: bool | str
) -> Group:
    """Return how a line is taxed, as purses and lines compare it."""
    return (inclusive, category, rate, tax, rule, further)
