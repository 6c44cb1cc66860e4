"""Parallel: what another system billed for the same charges, beside what we would bill.

In: our charges and drafted bills, the old system's rows. Out: every difference with its cause, so
that the causes add up to the difference of the two totals exactly.
"""

from cleanbill.cycle.parallel.compare import TOLERANCE, Comparison, compared
from cleanbill.cycle.parallel.old_side import Measure, measure_of, unusable
from cleanbill.cycle.parallel.our_side import our_bills, our_rows
from cleanbill.cycle.parallel.tables import CAUSES, DIFFERENCES, OLD_ROWS, OUR_BILLS, OUR_ROWS

__all__ = [
    "CAUSES",
    "DIFFERENCES",
    "OLD_ROWS",
    "OUR_BILLS",
    "OUR_ROWS",
    "TOLERANCE",
    "Comparison",
    "Measure",
    "compared",
    "measure_of",
    "our_bills",
    "our_rows",
    "unusable",
]
