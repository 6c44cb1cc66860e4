"""Charges from terms: minimum and maximum spend, commitments, milestones, progress billing.

In: terms, the facts that they rest on (billed lines, releases, claims) and what was charged by
them before. Out: rows of CHARGES that close the difference, each with its basis.
"""

from cleanbill.cycle.price.terms.application import Application, applications
from cleanbill.cycle.price.terms.due import SLOTS, Drawn, Due, Reckoned, Waiting, charges
from cleanbill.cycle.price.terms.explained import explained
from cleanbill.cycle.price.terms.replayed import replayed
from cleanbill.cycle.price.terms.spend import Spent, Unbilled

__all__ = [
    "SLOTS",
    "Application",
    "Drawn",
    "Due",
    "Reckoned",
    "Spent",
    "Unbilled",
    "Waiting",
    "applications",
    "charges",
    "explained",
    "replayed",
]
