"""Checks on retainers: what was paid in advance is drawn once, and credited only as it is left."""

from __future__ import annotations

from cleanbill.cycle.verify.declare import BLOCK, WARN
from cleanbill.cycle.verify.stated import kinds_of
from cleanbill.nouns.finding import Check, Subject

RETAINER_UNFIT = Check(
    "CB-RTN-001",
    WARN,
    Subject.DRAFT,
    "A retainer does not fit what is billed",
    "Retainer {coupon} of {customer} would have paid {kept} {currency} of this bill, but it was "
    "billed with another tax, or in another currency, than these lines.",
    "Nothing to do if that was meant: the retainer keeps what it has. Otherwise credit what is "
    "left of it, and bill it again with the tax category of what it is to pay.",
    parameters=kinds_of("coupon customer kept currency"),
)
RETAINER_DRAWN = Check(
    "CB-RTN-002",
    BLOCK,
    Subject.CHARGE,
    "More of a retainer is credited than is left of it",
    "Retainer {coupon} of {customer} has {left} {currency} left of what this credits; the rest has "
    "paid for other lines, or the charge does not name the sale that it takes back.",
    "Credit the bills that drew it first, or no more than what is left of the sale, by its name.",
    parameters=kinds_of("coupon customer left currency"),
)
DECLARED = (RETAINER_UNFIT, RETAINER_DRAWN)
