"""Whole bills with several taxes: prices that include tax, allowances, charges, retained taxes.

In: a ``Sheet``, the tables of any number of bills as somebody wrote them: rows, parts of rows,
discounts and charges, the taxes of each, what is paid. Out: ``Reckoned``, every printed figure of
each bill, under the rule that the bill names. Pure; all arithmetic goes through ``engine.exact``.
"""

from cleanbill.cycle.tax.reckon.exchange import exchanged, exchanged_amount, exchanged_price
from cleanbill.cycle.tax.reckon.reckoning import reckon
from cleanbill.cycle.tax.reckon.sheet import (
    Reckoned,
    Sheet,
    SheetError,
    Sums,
)
from cleanbill.nouns.tax import Inclusive, Kind

__all__ = [
    "Inclusive",
    "Kind",
    "Reckoned",
    "Sheet",
    "SheetError",
    "Sums",
    "exchanged",
    "exchanged_amount",
    "exchanged_price",
    "reckon",
]
