"""Invoicing: gather lines into drafts, total them, reverse lines by credit, number and close.

In: clear charges with price and tax. Out: drafts with lines, tax groups and totals; then, with the
next number, bills that are ready to be written as documents.
"""

from cleanbill.cycle.invoice.coupons import redeemed, spent
from cleanbill.cycle.invoice.credit import coupons_returned, credited
from cleanbill.cycle.invoice.draft import discounted, gather
from cleanbill.cycle.invoice.issue import issue, numbered, referring
from cleanbill.cycle.invoice.retainer_rows import as_coupons, retainer_faults
from cleanbill.cycle.invoice.totals import totals
from cleanbill.cycle.invoice.wellformed import agreement_faults, coupon_faults, redemption_faults

__all__ = [
    "agreement_faults",
    "as_coupons",
    "coupon_faults",
    "coupons_returned",
    "credited",
    "discounted",
    "gather",
    "issue",
    "numbered",
    "redeemed",
    "redemption_faults",
    "referring",
    "retainer_faults",
    "spent",
    "totals",
]
