"""Pricing: give each charge the price in force on its service date and work out its amount.

In: identified charges, price and tier tables, the policy. Out: the charges with the price that
was chosen, why, and gross, discount and net in minor units, rounded once. Null where no price
was found or an amount is out of bounds; verification says so.
"""

from cleanbill.cycle.price.choose import chosen
from cleanbill.cycle.price.quote import amounts, quote
from cleanbill.cycle.price.tiers import segments
from cleanbill.cycle.price.wellformed import faults

__all__ = ["amounts", "chosen", "faults", "quote", "segments"]
