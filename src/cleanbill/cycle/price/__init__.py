"""Pricing: give each charge the price in force on its service date and work out its amount.

In: identified charges, price and tier tables, the policy. Out: the charges with the price that
was chosen, why, and gross, discount and net in minor units, rounded once. Null where no price
was found or an amount is out of bounds; verification says so.

And before there are charges: recurring terms and the day up to which to bill become charges, by
period and by exact shares of periods.
"""

from cleanbill.cycle.price.choose import carried, chosen
from cleanbill.cycle.price.matrix import attribute_names
from cleanbill.cycle.price.prorate import placed, prorated
from cleanbill.cycle.price.quote import amounts, quote
from cleanbill.cycle.price.recurring import corrections, explained, recurring_charges
from cleanbill.cycle.price.schedule import cycles, parts
from cleanbill.cycle.price.tiers import segments
from cleanbill.cycle.price.wellformed import INCOMPLETE, faults
from cleanbill.cycle.price.written import as_kept

__all__ = [
    "INCOMPLETE",
    "amounts",
    "as_kept",
    "attribute_names",
    "carried",
    "chosen",
    "corrections",
    "cycles",
    "explained",
    "faults",
    "parts",
    "placed",
    "prorated",
    "quote",
    "recurring_charges",
    "segments",
]
