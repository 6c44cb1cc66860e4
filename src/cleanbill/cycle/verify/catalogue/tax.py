"""Checks on tax: rates, registrations, ids that a treatment rests on, reasons that bills state."""

from __future__ import annotations

import polars as pl

from cleanbill.cycle.verify.declare import (
    BLOCK,
    INFO,
    MASTER_DATA,
    WARN,
    row_check,
    table_check,
)
from cleanbill.cycle.verify.look import Tables
from cleanbill.cycle.verify.vat_ids import issued_by
from cleanbill.nouns.finding import Mending, Proposal

_BY_TIME = ("SEC", "MIN", "HUR", "DAY", "WEE", "MON", "QAN", "ANN", "H", "STD", "HOUR", "HOURS")
"""Units of time: UN/ECE Recommendation 20 and what people write for an hour."""
_ON_THE_CUSTOMER = ("reverse_charge_services", "intra_community_goods", "domestic_reverse_charge")
_treated = pl.col("treatment").is_in(_ON_THE_CUSTOMER)


def _time_as_goods(tables: Tables) -> pl.LazyFrame:
    """Items that are sold by time and yet are taxed as goods."""
    by_time = pl.col("unit").str.to_uppercase().is_in(_BY_TIME)
    wrong = tables.items.lazy().filter((pl.col("kind") == "goods") & by_time)
    return wrong.select("item", pl.col("item").alias("subject"), "unit", "kind")


CHECKS = (
    row_check(
        "CB-TAX-001",
        BLOCK,
        "No tax rate known",
        "For category {item_tax_category} on {service_date} no rate is known "
        "in the seller's country.",
        "Correct the item's tax category, or add the rate with its law.",
        pl.col("item_known").fill_null(False)
        & pl.col("tax_category").is_null()
        & pl.col("tax_gap").is_null()
        & pl.col("customer_country").is_not_null(),
        "item_tax_category service_date item",
        owner=MASTER_DATA,
        proposal=Proposal(Mending.SET_TAX_CATEGORY, ("item",), "tax_category"),
    ),
    row_check(
        "CB-TAX-002",
        INFO,
        "EU customer without VAT id is taxed at home",
        "{customer} in {tax_place} gave no VAT id, so the seller's own VAT is charged, "
        "as the policy says.",
        "If the customer is a business, ask for its VAT id before the bill goes out.",
        pl.col("assumed"),
        "customer payable currency tax_place",
        owner=MASTER_DATA,
        proposal=Proposal(Mending.ASK_FOR_VAT_ID, ("customer",), "vat_id"),
        draft=True,
    ),
    table_check(
        "CB-TAX-010",
        WARN,
        "Sold by time, taxed as goods",
        "Item {item} is sold by {unit}, but its kind is {kind}: abroad, goods and services are "
        "taxed at different places.",
        "Set the item's kind to service, or correct its unit.",
        _time_as_goods,
        "item unit kind",
        about="item",
        needs={"items": "item unit kind"},
        where={"items": "unit kind"},
        proposal=Proposal(Mending.CORRECT_ITEM, ("item",), change="kind"),
    ),
    row_check(
        "CB-TAX-011",
        WARN,
        "Distance sale taxed at home",
        "Goods go to a consumer in {tax_place}, taxed at home: right only while such sales stay "
        "below 10,000 EUR a year (Directive 2006/112/EC Art. 59c).",
        "Above it, register in {tax_place} or for the one-stop shop, and enter the registration.",
        pl.col("distant"),
        "customer payable currency tax_place",
        owner=MASTER_DATA,
        draft=True,
    ),
    row_check(
        "CB-TAX-013",
        BLOCK,
        "Exempt delivery to a VAT id of the seller's own country",
        "{customer} gave {customer_vat_id}; goods go to another member state untaxed only to a VAT "
        "id of another country than that they leave (Directive 2006/112/EC Art. 138(1)(b)).",
        "Ask {customer} for its VAT id abroad, or tax the delivery at home.",
        (pl.col("treatment") == "intra_community_goods")
        & (issued_by(pl.col("customer_vat_id")) == pl.col("seller_country")),
        "customer customer_vat_id item",
        where="customer_vat_id",
        owner=MASTER_DATA,
        proposal=Proposal(Mending.ASK_FOR_VAT_ID, ("customer",), "vat_id"),
    ),
    row_check(
        "CB-TAX-014",
        BLOCK,
        "Reverse charge without the seller's VAT id",
        "{customer} shall owe the tax itself, but the company file has no VAT id of the seller, "
        "which such a bill must show (Directive 2006/112/EC Art. 226(3)).",
        "Enter the seller's vat_id in the company file.",
        _treated & pl.col("seller_vat_id").is_null(),
        "customer item",
        owner=MASTER_DATA,
    ),
    row_check(
        "CB-TAX-008",
        WARN,
        "Export for a customer at home",
        "Goods for {customer}, who is at home, go to {ship_to_country} untaxed.",
        "Keep proof that they left, and of who carried them; if the customer fetched them, tax "
        "them at home.",
        (pl.col("treatment") == "export_goods")
        & (pl.col("customer_country") == pl.col("seller_country")),
        "customer ship_to_country item",
        where="ship_to_country",
    ),
    row_check(
        "CB-TAX-009",
        WARN,
        "Exempt without naming the law",
        "The bill would say only that {item} is exempt, without the provision that says so "
        "(Directive 2006/112/EC Art. 226(11)).",
        "Check whether {item} is exempt in {seller_country}; if so, add its words to the tax data.",
        (pl.col("treatment") == "domestic_exempt") & (pl.col("tax_rule") == "domestic_exempt"),
        "item seller_country",
        owner=MASTER_DATA,
        proposal=Proposal(Mending.SET_TAX_CATEGORY, ("item",), "tax_category"),
    ),
)
