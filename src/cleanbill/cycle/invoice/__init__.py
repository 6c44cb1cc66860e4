"""Invoicing: gather lines into drafts, total them, reverse lines by credit, number and close.

In: clear charges with price and tax. Out: drafts with lines, tax groups and totals; then, with the
next number, bills that are ready to be written as documents.
"""

from cleanbill.cycle.invoice.coupons import redeemed, spent
from cleanbill.cycle.invoice.credit import coupons_returned, credited
from cleanbill.cycle.invoice.draft import discounted, gather
from cleanbill.cycle.invoice.issue import issue, numbered
from cleanbill.cycle.invoice.totals import totals
from cleanbill.cycle.invoice.wellformed import agreement_faults, coupon_faults, redemption_faults

__all__ = [
    "agreement_faults",
    "coupon_faults",
    "coupons_returned",
    "credited",
    "discounted",
    "gather",
    "issue",
    "numbered",
    "redeemed",
    "redemption_faults",
    "spent",
    "totals",
]
