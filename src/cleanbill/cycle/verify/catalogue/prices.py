"""Checks on prices: in force, once, in order, within what may be granted."""

from __future__ import annotations

import polars as pl

from cleanbill.cycle.verify.catalogue.figures import PRICED_ITSELF, SALE
from cleanbill.cycle.verify.catalogue.terms import (
    above_last_tier,
    minimum_above_maximum,
    price_rises,
    price_zero,
    special_above_list,
    special_far_below_list,
    stale,
)
from cleanbill.cycle.verify.declare import BLOCK, MASTER_DATA, WARN, row_check, table_check
from cleanbill.nouns.finding import Mending, Proposal
from cleanbill.nouns.scales import QUANTITY_MAX_E6

_listed = PRICED_ITSELF & pl.col("price_id").is_not_null()
_PRICE = "price_id item customer plan currency valid_from"
_COMPARED = {
    "prices": f"{_PRICE} valid_to model discount_percent_e6 conditions",
    "tiers": "price_id unit_price_e8",
    "listed": "item currency valid_from valid_to list_price_e8",
}
"""What special prices are compared with."""

CHECKS = (
    row_check(
        "CB-PRC-001",
        BLOCK,
        "No price in force",
        "Item {item} has no price in {currency} on {service_date}.",
        "Add the price, or correct the date or currency of the charge.",
        PRICED_ITSELF
        & pl.col("price_level").is_null()
        & (pl.col("price_source") != "charge")
        & pl.col("item_known").fill_null(False),
        "item currency service_date",
        owner=MASTER_DATA,
        proposal=Proposal(Mending.ADD_PRICE, ("item", "currency", "service_date"), "unit_price"),
    ),
    row_check(
        "CB-PRC-002",
        BLOCK,
        "Prices overlap",
        "Two prices of item {item} are in force on {service_date}.",
        "End the older price on the day the newer one begins.",
        pl.col("prices_overlap"),
        "item service_date",
        where="price_id",
        owner=MASTER_DATA,
        proposal=Proposal(Mending.END_EARLIER, ("item", "service_date")),
    ),
    row_check(
        "CB-PRC-003",
        WARN,
        "Charged price differs from the agreed one",
        "The row says {unit_price}, the {price_level} price is {line_price}.",
        "Check which is right; the {price_level} price is billed.",
        (pl.col("price_level") != "charge")
        & pl.col("unit_price_e8").is_not_null()
        & (pl.col("unit_price_e8") != pl.col("line_price_e8")),
        "unit_price line_price price_level",
        where="unit_price_e8",
        proposal=Proposal(Mending.USE_AGREED_PRICE, ("line_price",), "unit_price", "line_price"),
    ),
    table_check(
        "CB-PRC-014",
        WARN,
        "Price is zero",
        "Every tier of this price of {item} is zero: it is billed at nothing.",
        "Enter the price, or leave it if {item} is meant to be free.",
        price_zero,
        "item",
        about="price_id",
        needs={
            "prices": f"{_PRICE} model",
            "tiers": "price_id unit_price_e8 flat_minor percent_e6",
        },
        proposal=Proposal(Mending.ADD_PRICE, ("item",), "unit_price"),
    ),
    table_check(
        "CB-PRC-015",
        WARN,
        "Price is stale",
        "This price of {item} holds since {valid_from}, for more than {price_age_days_most} days.",
        "Confirm it with a new version, or enter the new price.",
        stale,
        "item valid_from price_age_days_most",
        about="price_id",
        needs={"prices": _PRICE},
        proposal=Proposal(Mending.ADD_PRICE, ("item",), "unit_price valid_from"),
    ),
    row_check(
        "CB-PRC-004",
        BLOCK,
        "Several prices fit equally well",
        "On {service_date} two {price_level} prices of item {item} name equally many facts of this "
        "charge.",
        "Add a price that names the facts of both, or take one of them out of force.",
        PRICED_ITSELF & pl.col("prices_tied"),
        "item service_date price_level",
        owner=MASTER_DATA,
    ),
    row_check(
        "CB-PRC-005",
        WARN,
        "Brings no fact that its prices ask for",
        "Item {item} is priced by {facts_lacking}, and the charge says nothing of it.",
        "Look whether {source} sends it under another name; otherwise the general price is right.",
        PRICED_ITSELF & pl.col("facts_lacking").is_not_null(),
        "facts_lacking item source",
        where="facts_lacking",
        owner=MASTER_DATA,
    ),
    table_check(
        "CB-PRC-006",
        WARN,
        "Quantity above the last tier",
        "{quantity} of {item} is more than the last tier of its price reaches, {bound}; the price "
        "of that tier is billed all the same.",
        "Add the tier above {bound}, or leave its bound empty if it has none.",
        above_last_tier,
        "quantity item bound",
        about="charge_id",
        needs={"charges": "price_id tier quantity_e6", "tiers": "price_id tier up_to_e6"},
        where={"charges": "price_id", "tiers": "up_to_e6"},
    ),
    table_check(
        "CB-PRC-007",
        WARN,
        "Price rises with the quantity",
        "Tier {tier} of this price of {item} costs {higher_price}, the tier below {lower_price}.",
        "Check the order of the tiers; leave it if more is meant to cost more.",
        price_rises,
        "item tier lower_price higher_price",
        about="price_id",
        needs={
            "prices": f"{_PRICE} model",
            "tiers": "price_id up_to_e6 unit_price_e8",
        },
        where={"tiers": "up_to_e6"},
    ),
    table_check(
        "CB-PRC-008",
        WARN,
        "Special price above the list",
        "{whose} pays {special_price} for {item}; the list price is {list_price}.",
        "Check the special price: it was surely meant to be lower.",
        special_above_list,
        "whose item special_price list_price",
        about="price_id",
        needs=_COMPARED,
        proposal=Proposal(Mending.USE_AGREED_PRICE, ("list_price",), "unit_price", "list_price"),
    ),
    table_check(
        "CB-PRC-009",
        WARN,
        "Special price far below the list",
        "{whose} pays {special_price} for {item}, more than {discount_percent_most} % below the "
        "list price of {list_price}.",
        "Have the special price approved, or look for a misplaced decimal mark in it.",
        special_far_below_list,
        "whose item special_price list_price discount_percent_most",
        about="price_id",
        needs=_COMPARED,
        proposal=Proposal(Mending.ASK_FOR_APPROVAL, ("item", "special_price"), "assignee"),
    ),
    row_check(
        "CB-PRC-010",
        WARN,
        "Discount beyond authority",
        "{item} is discounted by {discount_percent} %; more than {discount_percent_most} % needs "
        "to be approved.",
        "Have the discount approved, or correct it.",
        SALE
        & (pl.col("discount_percent_most") > 0)
        & (pl.col("discount_percent_e6") > pl.col("discount_percent_most") * 10**6)
        & (pl.col("discount_percent_e6") <= 100 * 10**6),
        "item discount_percent discount_percent_most",
        proposal=Proposal(Mending.ASK_FOR_APPROVAL, ("item", "discount_percent"), "assignee"),
    ),
    row_check(
        "CB-PRC-011",
        WARN,
        "Price below the floor",
        "{item} is billed at {line_price}; the policy's lowest price is {floor_price}.",
        "Have the price approved, or bill {item} at {floor_price} or more.",
        SALE & (pl.col("line_price_e8") < pl.col("floor_price_e8")),
        "item line_price floor_price",
        where="floor_price_e8",
        proposal=Proposal(Mending.ASK_FOR_APPROVAL, ("item", "line_price"), "assignee"),
    ),
    table_check(
        "CB-PRC-012",
        BLOCK,
        "Minimum above maximum",
        "This price of {item} is at least {minimum} and at most {maximum}.",
        "Correct the two; no amount can keep to both.",
        minimum_above_maximum,
        "item minimum maximum",
        about="price_id",
        needs={"prices": f"{_PRICE} minimum_minor maximum_minor"},
        where={"prices": "minimum_minor maximum_minor"},
    ),
    row_check(
        "CB-PRC-013",
        BLOCK,
        "Price without tiers",
        "The {price_level} price of {item} in force on {service_date} has no tier, so it says no "
        "amount.",
        "Import the price again, with a unit price, flat amount or percentage.",
        _listed & pl.col("tier").is_null() & (pl.col("quantity_e6").abs() <= QUANTITY_MAX_E6),
        "item price_level service_date",
        where="price_id",
        owner=MASTER_DATA,
    ),
)
