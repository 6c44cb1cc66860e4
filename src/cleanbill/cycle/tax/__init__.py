"""Tax: category, rate and rule for each line, then the tax of each group of a draft.

In: drafted lines with customer, place and item; the seller; the dated rules in ``data``. Out: the
lines with category, rate, rule and tax share, and one row per tax group. ``regimes`` has a module
for each kind of country. Where no tax can be told the category is null, the line says what is
needed, and verification holds the charge.
"""

from cleanbill.cycle.tax.assess import assess, drafted, summed, worded
from cleanbill.cycle.tax.determine import asks_for_places, determine
from cleanbill.cycle.tax.external import Answers, Due, judged, questions, said, with_answers
from cleanbill.cycle.tax.founded import unfounded
from cleanbill.cycle.tax.further import FurtherRates, further_rates
from cleanbill.cycle.tax.rules import Rules, rules
from cleanbill.cycle.tax.several import billed, listed

__all__ = [
    "Answers",
    "Due",
    "FurtherRates",
    "Rules",
    "asks_for_places",
    "assess",
    "billed",
    "determine",
    "drafted",
    "further_rates",
    "judged",
    "listed",
    "questions",
    "rules",
    "said",
    "summed",
    "unfounded",
    "with_answers",
    "worded",
]
