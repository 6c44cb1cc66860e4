"""Checks on what determination of taxes could not tell: its gap, and what would close it."""

from __future__ import annotations

import polars as pl

from cleanbill.cycle.verify.declare import BLOCK, MASTER_DATA, WARN, row_check
from cleanbill.nouns.finding import Mending, Proposal


def _gap(kind: str) -> pl.Expr:
    """What is missing, where item and place of delivery are known at all."""
    known = pl.col("item_known").fill_null(False) & ~pl.col("site_unknown")
    return known & (pl.col("tax_gap") == kind)


CHECKS = (
    row_check(
        "CB-TAX-003",
        BLOCK,
        "Place of taxation is incomplete",
        "The tax depends on more than the country: {tax_needed}.",
        "Complete the address, and run again.",
        _gap("incomplete"),
        "tax_needed customer",
        where="tax_gap",
        owner=MASTER_DATA,
        proposal=Proposal(
            Mending.CORRECT_CUSTOMER, ("customer",), "street city postcode region country"
        ),
    ),
    row_check(
        "CB-TAX-004",
        BLOCK,
        "Not covered by the tax rules",
        "No tax can be told here, and none is assumed. Not covered: {tax_needed}.",
        "Bill this charge by other means, and name it under [[policy.not_billable]]; "
        "docs/tax-regimes.md says what is covered.",
        _gap("uncovered"),
        "tax_needed customer item",
        where="tax_gap",
    ),
    row_check(
        "CB-TAX-005",
        BLOCK,
        "Seller is not registered",
        "Tax is charged under a registration: {tax_needed}.",
        "Put the registration into the company file and run `cleanbill setup` again.",
        _gap("unregistered"),
        "tax_needed",
        where="tax_gap",
        owner=MASTER_DATA,
    ),
    row_check(
        "CB-TAX-006",
        BLOCK,
        "Tax rates are not loaded",
        "Rates of this place come from files: {tax_needed}.",
        "Load the files named, and run again.",
        _gap("unloaded"),
        "tax_needed",
        where="tax_gap",
        owner=MASTER_DATA,
    ),
    row_check(
        "CB-TAX-007",
        WARN,
        "Exemption is not proven",
        "{customer} claims to be exempt, but {tax_needed}; tax is charged.",
        "Ask {customer} for a certificate in force and import it (`cleanbill import exemptions`), "
        "or end the claim.",
        _gap("unproven"),
        "customer tax_needed",
        where="tax_gap",
        owner=MASTER_DATA,
    ),
)
