"""Verification: say what is wrong with a charge or a draft before a bill goes out, and the repair.

In: charges with master data, prices and tax attached. Out: the same charges with a disposition
(``clear``, ``held``, ``waiting``, ``not_billable``) and the findings. What is held never blocks
others and is never lost.
"""

from cleanbill.cycle.verify.allot import allotted
from cleanbill.cycle.verify.drafts import kept_back, review
from cleanbill.cycle.verify.habits import (
    odd_orders,
    orders_counted,
    prices_charged,
    shared_prices,
)
from cleanbill.cycle.verify.identify import identify
from cleanbill.cycle.verify.link import link
from cleanbill.cycle.verify.order_rows import order_faults, order_versions
from cleanbill.cycle.verify.screen import corrections, screen
from cleanbill.cycle.verify.settled import drawn_already, orphaned, unredeemed
from cleanbill.cycle.verify.twins import twins
from cleanbill.cycle.verify.usual import VERSION as USUAL_VERSION
from cleanbill.cycle.verify.usual import usual_of, usual_of_items
from cleanbill.cycle.verify.verdicts import VERDICTS, Verdicts
from cleanbill.cycle.verify.worth import DECISIONS, budget, ranked, within

__all__ = [
    "DECISIONS",
    "USUAL_VERSION",
    "VERDICTS",
    "Verdicts",
    "allotted",
    "budget",
    "corrections",
    "drawn_already",
    "identify",
    "kept_back",
    "link",
    "odd_orders",
    "order_faults",
    "order_versions",
    "orders_counted",
    "orphaned",
    "prices_charged",
    "ranked",
    "review",
    "screen",
    "shared_prices",
    "twins",
    "unredeemed",
    "usual_of",
    "usual_of_items",
    "within",
]
