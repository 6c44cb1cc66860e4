"""Checks on terms: reported where charges are drawn from them."""

from __future__ import annotations

from cleanbill.cycle.verify.declare import BLOCK, INFO
from cleanbill.cycle.verify.stated import kinds_of
from cleanbill.nouns.finding import Check, Owner, Subject

TERMS_WITHOUT_PRICE = Check(
    "CB-TRM-001",
    BLOCK,
    Subject.TERMS,
    "Terms without a price",
    "{terms} of {customer} has no price of its own, and for item {item} no price in {currency} is "
    "in force on {day}.",
    "Add the price from that day on, or give the terms a unit price; then run again. Everything "
    "else has been charged.",
    Owner.MASTER_DATA,
    kinds_of("terms customer item currency day"),
)
TERMS_CANNOT_BE_CHARGED = Check(
    "CB-TRM-002",
    BLOCK,
    Subject.TERMS,
    "Terms cannot be charged",
    "{terms} of {customer} cannot be charged: {error}.",
    "Import {terms} again with what is right, then run again. Everything else has been charged.",
    Owner.MASTER_DATA,
    kinds_of("terms customer error"),
)
TERMS_WAIT = Check(
    "CB-TRM-003",
    INFO,
    Subject.TERMS,
    "Terms wait for charges",
    "What {terms} of {customer} comes to from {days_from} to {days_to} follows from what is "
    "billed, and up to {unsettled} charges of these days are open or held: {references}.",
    "Settle these charges; the next run looks again. Terms whose unsettled says go_on do not wait.",
    parameters=kinds_of("terms customer days_from days_to unsettled references"),
)
BUNDLE_CANNOT_BE_SHARED = Check(
    "CB-TRM-004",
    BLOCK,
    Subject.TERMS,
    "A bundle cannot be shared over its components",
    "Bundle {terms}: {error}.",
    "Mend the bundle, its price or the charge, then run again. Every other charge is shared.",
    Owner.MASTER_DATA,
    kinds_of("terms customer error"),
)
DECLARED = (
    *(TERMS_WITHOUT_PRICE, TERMS_CANNOT_BE_CHARGED, TERMS_WAIT),
    BUNDLE_CANNOT_BE_SHARED,
)
