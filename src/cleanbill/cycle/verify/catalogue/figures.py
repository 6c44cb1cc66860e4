"""Checks on the figures of a charge: quantity, unit, price, discount, amount, currency."""

from __future__ import annotations

import polars as pl

from cleanbill.cycle.verify.declare import BLOCK, MASTER_DATA, WARN, row_check
from cleanbill.engine.exact import wide
from cleanbill.nouns.currency import DECIMALS
from cleanbill.nouns.drawn import BUNDLES, DRAWN
from cleanbill.nouns.finding import Mending, Proposal
from cleanbill.nouns.scales import QUANTITY_DECIMALS

SALE = pl.col("kind") == "sale"
PRICED_ITSELF = pl.col("original_id").is_null()
"""A cancellation that is linked takes price and amounts from the line it reverses."""
_ONE = 10**QUANTITY_DECIMALS
_dynamic = pl.col("model") == "dynamic"
_OWN_PRICE = pl.col("price_level") == "charge"
_WORDS = ("H87", "EA", "NAR", "PCE", "PCS", "piece", "pieces", "Stk", "Stück", "each")
_PIECES = sorted({form for w in _WORDS for form in (w, w.upper(), w.lower(), w.capitalize())})
"""Units of which there is no half: UN/ECE Recommendation 20 and what people write for them."""
_major = pl.col("decimals").replace_strict(
    {n: 10**n for n in (0, 2, 3, 4)}, default=None, return_dtype=pl.Int64
)
_far = (wide(pl.col("unit_price_e8")) >= wide(pl.col("list_high_e8")) * pl.col("price_factor")) | (
    wide(pl.col("unit_price_e8")) * pl.col("price_factor") <= pl.col("list_low_e8")
)
_no_base = (pl.col("model") == "percentage") & pl.col("amount_minor").is_null()
_known_currency = pl.col("currency").is_in(sorted(DECIMALS))

CHECKS = (
    row_check(
        "CB-CHG-002",
        BLOCK,
        "Quantity is zero",
        "The quantity is {quantity}: there is nothing to bill.",
        "Correct the quantity in {source} and send the row again, or write the charge off.",
        pl.col("quantity_e6").fill_null(0) == 0,
        "quantity source",
        proposal=Proposal(Mending.WRITE_OFF),
    ),
    row_check(
        "CB-CHG-003",
        BLOCK,
        "Price is missing or zero",
        "The charge brings no unit price above zero for {item}, and no list price is used.",
        "Enter the price, or mark the charge as free of charge.",
        (PRICED_ITSELF & pl.col("price_level").is_null() & (pl.col("price_source") == "charge"))
        | (_OWN_PRICE & (pl.col("source") != BUNDLES) & (pl.col("unit_price_e8") == 0))
        | (PRICED_ITSELF & _dynamic & (pl.col("unit_price_e8").fill_null(0) == 0)),
        "unit_price item",
        proposal=Proposal(Mending.CORRECT_CHARGE, ("item",), "unit_price"),
    ),
    row_check(
        "CB-CHG-004",
        BLOCK,
        "Price is negative",
        "The unit price is {unit_price}. A price below zero is no price.",
        "Use a cancellation or a discount item instead of a negative price.",
        pl.col("unit_price_e8") < 0,
        "unit_price item",
        where="unit_price_e8",
    ),
    row_check(
        "CB-CHG-005",
        BLOCK,
        "Negative quantity that is no cancellation",
        "The quantity is {quantity}, but the row is not marked as a cancellation.",
        "Mark it as a cancellation, or correct the quantity; a stock movement is not billable.",
        SALE & (pl.col("quantity_e6") < 0) & (pl.col("item_kind").fill_null("goods") != "discount"),
        "quantity item",
        proposal=Proposal(Mending.CORRECT_CHARGE, ("quantity",), "kind quantity"),
    ),
    row_check(
        "CB-CHG-016",
        BLOCK,
        "Amount out of bounds",
        "Quantity {quantity} at price {unit_price} exceeds what one line may amount to.",
        "Look for a misplaced decimal mark in {source}.",
        PRICED_ITSELF
        & pl.col("price_level").is_not_null()
        & pl.col("net_minor").is_null()
        & ~_no_base.fill_null(False)
        & ~(_dynamic & pl.col("unit_price_e8").is_null()).fill_null(False)
        & _known_currency,
        "quantity unit_price source",
        proposal=Proposal(
            Mending.CORRECT_CHARGE, ("quantity", "unit_price"), "quantity unit_price"
        ),
    ),
    row_check(
        "CB-CHG-019",
        WARN,
        "Unit differs from the item's",
        "The row counts in {unit}, item {item} is sold in {item_unit}.",
        "Correct the unit, or convert the quantity.",
        # A share of a period is one piece, whatever the item is sold in.
        (pl.col("unit") != pl.col("item_unit")) & ~pl.col("source").is_in(DRAWN),
        "unit item_unit item",
        where="unit item_unit",
        proposal=Proposal(Mending.CORRECT_CHARGE, ("item_unit",), "unit", "item_unit"),
    ),
    row_check(
        "CB-CHG-026",
        WARN,
        "Price far from the list",
        "The row brings {unit_price} for {item}, whose list price is between {list_low} and "
        "{list_high}.",
        "Look for a misplaced decimal mark, or a price for another unit, in {source}.",
        # Terms have prices of their own, for periods of any length.
        _OWN_PRICE
        & ~pl.col("source").is_in(DRAWN)
        & (pl.col("unit_price_e8") > 0)
        & (pl.col("price_factor") > 0)
        & _far,
        "unit_price item list_low list_high source",
        where="unit_price_e8 list_low_e8",
        proposal=Proposal(Mending.CORRECT_CHARGE, ("list_low", "list_high"), change="unit_price"),
    ),
    row_check(
        "CB-CHG-027",
        WARN,
        "Quantity is very large",
        "The row bills {quantity} {unit} of {item}; more than {quantity_most} is doubtful.",
        "Look for a misplaced decimal mark, or a smaller unit than the item is sold in, in "
        "{source}.",
        (pl.col("quantity_most") > 0)
        & (
            wide(pl.col("quantity_e6")).abs()
            > wide(pl.col("quantity_most")) * 10**QUANTITY_DECIMALS
        )
        & pl.col("net_minor").is_not_null(),
        "quantity unit item quantity_most source",
        proposal=Proposal(Mending.CORRECT_CHARGE, ("quantity",), change="quantity"),
    ),
    row_check(
        "CB-CHG-037",
        WARN,
        "A fraction of a piece",
        "The row bills {quantity} {unit} of {item}, which comes in whole pieces.",
        "Correct the quantity, or the unit if {item} is measured or weighed.",
        (pl.col("quantity_e6") % _ONE != 0) & pl.col("unit").is_in(_PIECES),
        "quantity unit item",
        where="unit",
        proposal=Proposal(Mending.CORRECT_CHARGE, ("quantity",), change="quantity"),
    ),
    row_check(
        "CB-CHG-038",
        BLOCK,
        "Percentage without the amount it is of",
        "Item {item} costs a percentage, but the row does not say of which amount.",
        "Have {source} send the amount that the percentage applies to.",
        PRICED_ITSELF & _no_base,
        "item source",
        proposal=Proposal(Mending.CORRECT_CHARGE, change="amount"),
    ),
    row_check(
        "CB-CHG-039",
        WARN,
        "Line amount is very large",
        "The line comes to {net} {currency}: {quantity} of {item}.",
        "Compare with the order. Nothing to do if it is right; a limit of your own stands in the "
        "policy (line_amount_most).",
        (pl.col("line_amount_most") > 0)
        & (pl.col("currency") == pl.col("seller_currency"))
        & (wide(pl.col("net_minor")).abs() > wide(pl.col("line_amount_most")) * _major),
        "net currency quantity item line_amount_most",
        proposal=Proposal(Mending.ASK_FOR_APPROVAL, ("net", "currency"), "assignee"),
    ),
    row_check(
        "CB-CHG-024",
        BLOCK,
        "Line discount is no share of the price",
        "The discount is {discount_percent} %. A discount lies between 0 and 100 %.",
        "Correct the discount in {source} or in the price; use an item of its own for a surcharge.",
        PRICED_ITSELF
        & ((pl.col("discount_percent_e6") < 0) | (pl.col("discount_percent_e6") > 100 * 10**6)),
        "discount_percent source item",
        proposal=Proposal(Mending.CORRECT_CHARGE, change="discount_percent"),
    ),
    row_check(
        "CB-CHG-043",
        BLOCK,
        "Currency is unknown",
        "{currency} is no currency of ISO 4217, so the amount has no smallest unit to round to.",
        "Correct the currency in {source}.",
        ~_known_currency,
        "currency source",
        proposal=Proposal(Mending.CORRECT_CHARGE, change="currency"),
    ),
    row_check(
        "CB-CHG-044",
        WARN,
        "A discount that makes the bill dearer",
        "Item {item} is a discount, but the row adds {net} {currency} to the bill.",
        "Turn the sign of the quantity round, or choose another item.",
        SALE & (pl.col("item_kind") == "discount") & (pl.col("net_minor") > 0),
        "item net currency quantity",
        proposal=Proposal(Mending.CORRECT_CHARGE, ("quantity",), change="quantity"),
    ),
    row_check(
        "CB-CHG-048",
        WARN,
        "Percentage of nothing",
        "Item {item} costs a percentage of the row's amount, and that amount is 0.",
        "Check the amount in {source}; only a minimum or fixed part is billed.",
        PRICED_ITSELF & (pl.col("model") == "percentage") & (pl.col("amount_minor") == 0),
        "item source",
        where="amount_minor",
        owner=MASTER_DATA,
        proposal=Proposal(Mending.CORRECT_CHARGE, change="amount"),
    ),
)
