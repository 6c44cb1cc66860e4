"""Taxes that an engine outside of the house tells: what it is asked, and what its answer is worth.

In: drafted lines with what an engine is asked about, and the answers that were fetched before. Out:
the lines with their taxes, or with the trouble that holds their bill. No answer is taken on trust:
our own sums judge it. Nothing here asks anybody.
"""

from cleanbill.cycle.tax.external.answered import (
    Answers,
    answered,
    asks,
    parted,
    questions,
    unlinked,
)
from cleanbill.cycle.tax.external.chosen import chosen
from cleanbill.cycle.tax.external.judged import Due, judged
from cleanbill.cycle.tax.external.said import said, treatment_of, with_answers

__all__ = [
    "Answers",
    "Due",
    "answered",
    "asks",
    "chosen",
    "judged",
    "parted",
    "questions",
    "said",
    "treatment_of",
    "unlinked",
    "with_answers",
]
