"""Checks on coupons: why a bill did not use one that its customer has."""

from __future__ import annotations

from collections.abc import Mapping

from cleanbill.cycle.verify.declare import INFO, WARN
from cleanbill.cycle.verify.stated import kinds_of
from cleanbill.nouns.finding import Check, Subject

COUPON_ENDED = Check(
    "CB-DOC-010",
    INFO,
    Subject.DRAFT,
    "A coupon ended before the bill",
    "Coupon {coupon} of {customer} ended on {ended}; the bill has services from before, and is "
    "issued afterwards.",
    "If the customer is to have it all the same, give the coupon or its redemption a later "
    "valid_to, credit the bill with --reopen and bill it again.",
    parameters=kinds_of("coupon customer ended"),
)
COUPON_CURRENCY = Check(
    "CB-DOC-011",
    WARN,
    Subject.DRAFT,
    "A coupon is in another currency",
    "Coupon {coupon} of {customer} is in {currency}, the bill in {billed_in}; amounts are not "
    "exchanged.",
    "Give the customer a coupon in {billed_in}, if it is to count on this bill.",
    parameters=kinds_of("coupon customer currency billed_in"),
)
COUPON_BUDGET = Check(
    "CB-DOC-012",
    WARN,
    Subject.DRAFT,
    "The budget of a coupon is used up",
    "Coupon {coupon} would have given {customer} {kept} {currency} more, but its budget for all "
    "customers is used up.",
    "Nothing to do if that was meant; otherwise make a coupon with a budget of its own.",
    parameters=kinds_of("coupon customer kept currency"),
)
COUPON_NOT_ALONE = Check(
    "CB-DOC-013",
    INFO,
    Subject.DRAFT,
    "A coupon that stands alone was not used",
    "Coupon {coupon} of {customer} does not go together with another that comes before it.",
    "Nothing to do: a later bill may use it. Coupons come by priority, percents before amounts.",
    parameters=kinds_of("coupon customer"),
)
COUPON_NEGATIVE = Check(
    "CB-DOC-014",
    INFO,
    Subject.DRAFT,
    "Coupons would bring a bill below zero",
    "With coupon {coupon} the bill for {customer} would come to less than zero, because of lines "
    "below zero; it goes without coupons.",
    "Nothing to do: the coupon keeps what it has for later bills.",
    parameters=kinds_of("coupon customer"),
)
BY_REASON: Mapping[str, Check] = {
    "ended": COUPON_ENDED,
    "currency": COUPON_CURRENCY,
    "budget": COUPON_BUDGET,
    "alone": COUPON_NOT_ALONE,
    "negative": COUPON_NEGATIVE,
}
DECLARED = tuple(BY_REASON.values())
