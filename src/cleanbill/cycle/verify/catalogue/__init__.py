"""The catalogue of checks: each declared once, in the file of its family, with a code for ever."""

from __future__ import annotations

from collections.abc import Iterable

from cleanbill.cycle.verify.catalogue import (
    agreements,
    bundles,
    cancellations,
    coupons,
    customers,
    documents,
    duplicates,
    figures,
    history,
    leakage,
    mix_ups,
    order_habits,
    orders,
    prices,
    recurring,
    references,
    retainers,
    system,
    tax,
    tax_engines,
    tax_gaps,
)
from cleanbill.cycle.verify.catalogue.documents import CANNOT_BE_BILLED
from cleanbill.cycle.verify.catalogue.recurring import (
    BUNDLE_CANNOT_BE_SHARED,
    TERMS_CANNOT_BE_CHARGED,
    TERMS_WAIT,
    TERMS_WITHOUT_PRICE,
)
from cleanbill.cycle.verify.catalogue.references import (
    AFTER_CUT_OFF,
    CORRECTION_OF_BILLED,
    NOT_BILLABLE,
)
from cleanbill.cycle.verify.declare import RowCheck, TableCheck
from cleanbill.nouns.finding import Check

__all__ = [
    "AFTER_CUT_OFF",
    "BUNDLE_CANNOT_BE_SHARED",
    "BY_CODE",
    "CANNOT_BE_BILLED",
    "CHARGE_CHECKS",
    "CORRECTION_OF_BILLED",
    "COUPON_CHECKS",
    "DECLARED",
    "DRAFT_CHECKS",
    "NOT_BILLABLE",
    "OF_THE_WHOLE",
    "ORIGINAL_UNBILLED",
    "RETAINER_DRAWN",
    "TABLE_CHECKS",
    "TERMS_CANNOT_BE_CHARGED",
    "TERMS_WAIT",
    "TERMS_WITHOUT_PRICE",
    "UNTOLD_TAX",
]

ORIGINAL_UNBILLED = cancellations.ORIGINAL_UNBILLED
COUPON_CHECKS = {**coupons.BY_REASON, "unfit": retainers.RETAINER_UNFIT}
RETAINER_DRAWN = retainers.RETAINER_DRAWN
UNTOLD_TAX = tuple(one.check.code for one in tax_engines.CHECKS)
"""What holds bills whose taxes nobody could tell; no organisation can weaken it."""
_FAMILIES: tuple[Iterable[RowCheck | TableCheck], ...] = (
    *(duplicates.CHECKS, figures.CHECKS, references.CHECKS, cancellations.CHECKS),
    *(
        customers.CHECKS,
        agreements.CHECKS,
        prices.CHECKS,
        bundles.CHECKS,
        tax.CHECKS,
        tax_gaps.CHECKS,
        tax_engines.CHECKS,
        documents.CHECKS,
        leakage.CHECKS,
        mix_ups.CHECKS,
        order_habits.CHECKS,
        orders.CHECKS,
        history.CHECKS,
    ),
)
_EVERY = sorted((c for family in _FAMILIES for c in family), key=lambda one: one.check.code)

CHARGE_CHECKS: tuple[RowCheck, ...] = tuple(
    c for c in _EVERY if isinstance(c, RowCheck) and c.table == "charges"
)
DRAFT_CHECKS: tuple[RowCheck, ...] = tuple(
    c for c in _EVERY if isinstance(c, RowCheck) and c.table == "drafts"
)
TABLE_CHECKS: tuple[TableCheck, ...] = tuple(c for c in _EVERY if isinstance(c, TableCheck))
DECLARED: tuple[Check, ...] = (
    *(c.check for c in _EVERY),
    *(ORIGINAL_UNBILLED, CORRECTION_OF_BILLED, CANNOT_BE_BILLED, AFTER_CUT_OFF, NOT_BILLABLE),
    *coupons.DECLARED,
    *retainers.DECLARED,
    *recurring.DECLARED,
    *system.DECLARED,
)
"""Every check there is, those included that other rooms report."""
OF_THE_WHOLE = (
    *(one.check.code for one in order_habits.CHECKS),
    "CB-HIS-015",
)
"""What is judged by all charges of a run: a look at some of them neither finds nor clears it."""
BY_CODE: dict[str, Check] = {c.code: c for c in DECLARED}
