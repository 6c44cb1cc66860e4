"""Checks on cancellations and the sales that they reverse."""

from __future__ import annotations

import polars as pl

from cleanbill.cycle.verify.catalogue.figures import SALE
from cleanbill.cycle.verify.declare import BLOCK, WARN, row_check
from cleanbill.cycle.verify.stated import kinds_of
from cleanbill.nouns.finding import Check, Mending, Proposal, Subject

_cancel = pl.col("kind") == "cancellation"
_linked = _cancel & pl.col("original_id").is_not_null()

CHECKS = (
    row_check(
        "CB-CHG-012",
        BLOCK,
        "Cancellation without an original",
        "No sale to {customer} of item {item} at this price and at least this quantity was found.",
        "Name the invoice it belongs to, or issue it as a credit of its own.",
        _cancel & (pl.col("candidates").fill_null(0) == 0) & ~pl.col("credit_alone"),
        "customer item quantity cancels",
        proposal=Proposal(Mending.CHOOSE_ORIGINAL, ("customer", "item"), "cancels"),
    ),
    row_check(
        "CB-CHG-013",
        BLOCK,
        "Cancellation with several possible originals",
        "{candidates} sales could be meant: {proposals}.",
        "Choose the sale that is reversed.",
        _cancel & (pl.col("candidates") > 1),
        "candidates proposals item quantity",
        where="candidates",
        proposal=Proposal(Mending.CHOOSE_ORIGINAL, ("proposals",), "cancels"),
    ),
    row_check(
        "CB-CHG-014",
        BLOCK,
        "Credit exceeds what was billed",
        "Together with earlier credits, more than the billed quantity of {item} would be credited.",
        "Correct the quantity, or find the second sale that is meant.",
        _cancel & pl.col("exceeds"),
        "item quantity proposals",
        where="exceeds",
        proposal=Proposal(Mending.CORRECT_CHARGE, ("quantity",), change="quantity"),
    ),
    row_check(
        "CB-CHG-033",
        WARN,
        "Credit at another price than the sale",
        "The cancellation says {unit_price}, the sale {proposals} was at {original_price}; "
        "{original_price} is credited.",
        "If only the price was wrong, credit the whole sale and bill it again at the right price.",
        _linked & (pl.col("unit_price_e8") != pl.col("original_price_e8")),
        "unit_price original_price proposals item",
        where="original_price_e8 unit_price_e8",
        proposal=Proposal(
            Mending.CORRECT_CHARGE, ("original_price",), "unit_price", "original_price"
        ),
    ),
    row_check(
        "CB-CHG-034",
        WARN,
        "Cancelled before it was supplied",
        "The cancellation is of {service_date}, the sale {proposals} of {original_date}.",
        "If it was never supplied, write both off; otherwise correct the date.",
        _linked & (pl.col("service_date") < pl.col("original_date")),
        "service_date original_date proposals",
        where="original_date",
        proposal=Proposal(
            Mending.CORRECT_CHARGE, ("original_date",), "service_date", "original_date"
        ),
    ),
    row_check(
        "CB-CHG-035",
        BLOCK,
        "Credit in another currency than the sale",
        "The cancellation is in {currency}, the sale {proposals} in {original_currency}.",
        "Correct the currency: a credit returns what was asked for, in the same money.",
        _linked & (pl.col("currency") != pl.col("original_currency")),
        "currency original_currency proposals",
        where="original_currency",
        proposal=Proposal(
            Mending.CORRECT_CHARGE, ("original_currency",), "currency", "original_currency"
        ),
    ),
    row_check(
        "CB-CHG-045",
        BLOCK,
        "Sale that says it cancels something",
        "The row is a sale, yet it says that it cancels {cancels}: it would be billed, not "
        "credited.",
        "Mark it as a cancellation, or take the reference to {cancels} out.",
        SALE & pl.col("cancels").is_not_null(),
        "cancels item quantity",
        where="cancels",
        proposal=Proposal(Mending.CORRECT_CHARGE, ("cancels",), "kind cancels"),
    ),
)
ORIGINAL_UNBILLED = Check(
    "CB-CHG-020",
    BLOCK,
    Subject.CHARGE,
    "Original is not billed yet",
    "The sale {proposals} that it cancels is itself held or waiting.",
    "Settle the sale first; the two may cancel out.",
    parameters=kinds_of("proposals"),
)
