"""Pricing: give each charge the price in force on its service date and work out its amount.

In: identified charges, price and tier tables, the policy. Out: the charges with the price that
was chosen, why, and gross, discount and net in minor units, rounded once. Null where no price
was found or an amount is out of bounds; verification says so.

And before there are charges: recurring terms and the day up to which to bill become charges, by
period and by exact shares of periods.
"""

from cleanbill.cycle.price.choose import carried, chosen
from cleanbill.cycle.price.corrected import (
    Likeness,
    Sale,
    corrected,
    corrections,
    likeness,
    likeness_of,
)
from cleanbill.cycle.price.listed import Answer, Answers, Ask, asks, priced
from cleanbill.cycle.price.matrix import attribute_names
from cleanbill.cycle.price.prorate import placed, prorated
from cleanbill.cycle.price.quote import amounts, quote
from cleanbill.cycle.price.recurring import (
    BASIS,
    explained,
    first_rows,
    name_of,
    quantity_text,
    recurring_charges,
    row_of,
    table,
)
from cleanbill.cycle.price.schedule import cycles, parts
from cleanbill.cycle.price.tiers import segments
from cleanbill.cycle.price.wellformed import INCOMPLETE, faults
from cleanbill.cycle.price.written import as_kept

__all__ = [
    "BASIS",
    "INCOMPLETE",
    "Answer",
    "Answers",
    "Ask",
    "Likeness",
    "Sale",
    "amounts",
    "as_kept",
    "asks",
    "attribute_names",
    "carried",
    "chosen",
    "corrected",
    "corrections",
    "cycles",
    "explained",
    "faults",
    "first_rows",
    "likeness",
    "likeness_of",
    "name_of",
    "parts",
    "placed",
    "priced",
    "prorated",
    "quantity_text",
    "quote",
    "recurring_charges",
    "row_of",
    "segments",
    "table",
]
