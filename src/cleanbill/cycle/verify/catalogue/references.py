"""Checks on what a charge refers to and when: customer, item, dates, places, texts, orders."""

from __future__ import annotations

from datetime import date

import polars as pl

from cleanbill.cycle.verify.declare import BLOCK, INFO, MASTER_DATA, WARN, row_check
from cleanbill.cycle.verify.stated import kinds_of
from cleanbill.nouns.country import COUNTRIES
from cleanbill.nouns.finding import Check, Mending, Proposal, Subject

_test_words = r"(?i)\b(do not bill|test|dummy|placeholder|asdf|xxx+)\b"
_SAYS_NOTHING = r"(?i)^(?:[^\p{L}]*|n/?a|none|null|nil|tbd|tba|misc|unknown|various|item|text)$"
PLACEHOLDER = r"(?i)^(?:[0.\-_/?*x ]+|n/?a|none|null|nil|tb[da]|unknown|pending|to follow|folgt)$"
"""Text that stands where something is still to be entered."""
_FIRST_DAY = date(1980, 1, 1)
"""Days up to this are what programs write where they have no date (1899, 1900, 1970, 1980)."""
_days = (pl.col("until") - pl.col("service_date")).dt.total_days()
_lasts = (pl.col("service_end") - pl.col("service_date")).dt.total_days() + 1

CHECKS = (
    row_check(
        "CB-CHG-006",
        BLOCK,
        "Unknown customer",
        "Customer {customer} is not in the master data.",
        "Add customer {customer}, or correct the reference in {source}.",
        pl.col("customer").is_not_null() & pl.col("customer_known").is_null(),
        "customer source",
        owner=MASTER_DATA,
    ),
    row_check(
        "CB-CHG-007",
        BLOCK,
        "Unknown item",
        "Item {item} is not in the master data, so neither price nor tax can be told.",
        "Add item {item} with its tax category, or correct the reference in {source}.",
        pl.col("item_known").is_null(),
        "item source",
        owner=MASTER_DATA,
    ),
    row_check(
        "CB-CHG-008",
        BLOCK,
        "Customer is missing",
        "The row names no customer, and this organisation bills no cash sales.",
        "Enter the customer, or allow cash sales in the policy.",
        pl.col("customer").is_null() & ~pl.col("cash"),
        "reference",
        proposal=Proposal(Mending.CORRECT_CHARGE, ("reference",), change="customer"),
    ),
    row_check(
        "CB-CHG-009",
        BLOCK,
        "Service date is missing",
        "Without a service date neither price, tax nor period can be told.",
        "Enter the day on which the service was rendered or the goods delivered.",
        pl.col("service_date").is_null(),
        "reference",
        proposal=Proposal(Mending.CORRECT_CHARGE, ("reference",), change="service_date"),
    ),
    row_check(
        "CB-CHG-011",
        BLOCK,
        "Currency differs from the agreement",
        "The charge is in {currency}, the agreement {agreement} is in {agreed_currency}.",
        "Correct the currency, or agree on {currency} with the customer.",
        pl.col("agreed_currency").is_not_null() & (pl.col("agreed_currency") != pl.col("currency")),
        "currency agreed_currency agreement",
        where="agreed_currency",
        proposal=Proposal(
            Mending.CORRECT_CHARGE, ("agreed_currency",), "currency", "agreed_currency"
        ),
    ),
    row_check(
        "CB-CHG-017",
        BLOCK,
        "Test or placeholder row",
        "The description reads \u201c{description}\u201d.",
        "Write the charge off if it is a test; otherwise give it a real description.",
        pl.col("description").str.contains(_test_words),
        "description",
        where="description",
        proposal=Proposal(Mending.WRITE_OFF),
    ),
    row_check(
        "CB-CHG-018",
        WARN,
        "Description is missing",
        "Neither the row nor item {item} has a description; the bill would print the item number.",
        "Describe item {item} in the master data.",
        pl.col("description").is_null(),
        "item",
        owner=MASTER_DATA,
    ),
    row_check(
        "CB-CHG-021",
        BLOCK,
        "Item is blocked",
        "Item {item} is blocked for billing.",
        "Unblock the item, or replace it by its successor.",
        pl.col("item_blocked"),
        "item",
        owner=MASTER_DATA,
    ),
    row_check(
        "CB-CHG-028",
        BLOCK,
        "Service ends before it begins",
        "The service of {reference} begins on {service_date} and ends on {service_end}.",
        "Correct the two dates in {source}; often they have only changed places.",
        pl.col("service_end") < pl.col("service_date"),
        "reference service_date service_end source",
        where="service_end",
        proposal=Proposal(
            Mending.CORRECT_CHARGE, ("service_date", "service_end"), "service_date service_end"
        ),
    ),
    row_check(
        "CB-CHG-029",
        WARN,
        "Late charge",
        "The service of {service_date} is more than {late_days} days old.",
        "Ask {source} why it comes so late, and tell the customer before the bill does.",
        pl.col("dated_by_run") & (pl.col("late_days") > 0) & (_days > pl.col("late_days")),
        "service_date late_days source",
    ),
    row_check(
        "CB-CHG-030",
        WARN,
        "Service lies far in the future",
        "The service date {service_date} is more than {future_days} days ahead: the charge would "
        "wait until then.",
        "Look for a wrong year in {source}; leave it if it is meant.",
        (pl.col("future_days") > 0) & (_days < -pl.col("future_days")),
        "service_date future_days source",
        waiting=True,
        proposal=Proposal(Mending.CORRECT_CHARGE, ("service_date",), change="service_date"),
    ),
    row_check(
        "CB-CHG-031",
        BLOCK,
        "Service date is a placeholder",
        "The service date {service_date} is what programs write where they have none.",
        "Enter the day on which the service was rendered or the goods delivered.",
        pl.col("service_date") <= _FIRST_DAY,
        "service_date source",
        proposal=Proposal(Mending.CORRECT_CHARGE, ("service_date",), change="service_date"),
    ),
    row_check(
        "CB-CHG-032",
        WARN,
        "Service lasts very long",
        "One charge covers {service_date} to {service_end}, more than {service_days_most} days.",
        "Look for a wrong year in {source}, or bill the service in parts.",
        (pl.col("service_days_most") > 0) & (_lasts > pl.col("service_days_most")),
        "service_date service_end service_days_most source",
        where="service_end",
    ),
    row_check(
        "CB-CHG-041",
        WARN,
        "Description says nothing",
        "The bill would print \u201c{description}\u201d for {item}.",
        "Describe what was supplied; the law asks for its kind and extent "
        "(Directive 2006/112/EC Art. 226(6)).",
        pl.col("description").str.strip_chars().str.contains(_SAYS_NOTHING),
        "description item",
        where="description",
        proposal=Proposal(Mending.CORRECT_CHARGE, ("item",), change="description"),
    ),
    row_check(
        "CB-CHG-042",
        BLOCK,
        "Country of delivery is unknown",
        "The goods go to the country {ship_to_country}; the tax of the place cannot be told.",
        "Enter the country of delivery as its two-letter ISO code in {source}.",
        ~pl.col("ship_to_country").is_in(sorted(COUNTRIES)),
        "ship_to_country source",
        where="ship_to_country",
        proposal=Proposal(Mending.CORRECT_CHARGE, change="ship_to_country"),
    ),
    row_check(
        "CB-CHG-046",
        WARN,
        "Cash sale without an order",
        "{reference} names no order: all cash sales without one stand on one bill.",
        "Have {source} send the number of the receipt as the order.",
        pl.col("cash") & pl.col("order").is_null(),
        "reference source",
        proposal=Proposal(Mending.CORRECT_CHARGE, change="order"),
    ),
    row_check(
        "CB-CHG-047",
        WARN,
        "Purchase order is a placeholder",
        "The row gives \u201c{purchase_order}\u201d as the customer's purchase order.",
        "Ask {customer} for the number; bills with a wrong one come back.",
        pl.col("purchase_order").str.strip_chars().str.contains(PLACEHOLDER),
        "purchase_order customer",
        where="purchase_order",
        proposal=Proposal(Mending.ASK_FOR_REFERENCE, ("customer",), change="purchase_order"),
    ),
    row_check(
        "CB-CHG-040",
        BLOCK,
        "Place of delivery is unknown",
        "The charge is delivered to {deliver_to}, who is not in the master data.",
        "Add {deliver_to} as a customer with its address, or correct the reference in {source}.",
        pl.col("site_unknown"),
        "deliver_to source",
        where="deliver_to",
        owner=MASTER_DATA,
    ),
    row_check(
        "CB-CUS-003",
        BLOCK,
        "Required reference is missing",
        "Customer {customer} pays only bills that carry: {required_references}.",
        "Ask the customer for the reference and add it to the charge.",
        pl.col("lacks_reference"),
        "customer required_references",
        where="required_references",
        proposal=Proposal(
            Mending.ASK_FOR_REFERENCE,
            ("customer", "required_references"),
            "purchase_order order delivery cost_centre",
        ),
    ),
)
CORRECTION_OF_BILLED = Check(
    "CB-CHG-022",
    WARN,
    Subject.CHARGE,
    "Correction of a billed charge",
    "The source now says something else of {reference} (version {version}) than what was billed.",
    "Compare the two; if the new one is right, credit the bill with --reopen and bill it again.",
    parameters=kinds_of("reference version"),
)
AFTER_CUT_OFF = Check(
    "CB-CHG-010",
    INFO,
    Subject.CHARGE,
    "After the cut-off",
    "A run up to {until} does not bill the service of {service_date} yet.",
    "Nothing to do: a later run bills it. What an agreement bills by whole weeks or months waits "
    "until these are over.",
    parameters=kinds_of("service_date until cut_off"),
)
NOT_BILLABLE = Check(
    "CB-CHG-015",
    INFO,
    Subject.CHARGE,
    "Not billable by policy",
    "The policy does not bill this charge, because: {not_billable}.",
    "Nothing to do; change the policy if this should be billed.",
    parameters=kinds_of("not_billable"),
)
