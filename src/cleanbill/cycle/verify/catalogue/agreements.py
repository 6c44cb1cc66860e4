"""Checks on agreements: in force, once, with terms that mean something."""

from __future__ import annotations

import polars as pl

from cleanbill.cycle.verify.catalogue.terms import (
    discount_impossible,
    discount_large,
    ends_soon,
    lapsed,
    pays_late,
    unknown_grouping,
    unknown_reference,
)
from cleanbill.cycle.verify.declare import BLOCK, INFO, MASTER_DATA, WARN, row_check, table_check
from cleanbill.nouns.finding import Mending, Proposal

_AGREED = "customer agreement"

CHECKS = (
    row_check(
        "CB-AGR-001",
        BLOCK,
        "No agreement in force",
        "Customer {customer} has agreements, but none is in force on {service_date}.",
        "Extend or renew the agreement, or correct the service date.",
        pl.col("has_agreements") & pl.col("agreement_id").is_null(),
        "customer service_date",
        where="has_agreements",
        owner=MASTER_DATA,
    ),
    row_check(
        "CB-AGR-002",
        BLOCK,
        "Agreements overlap",
        "Two agreements of customer {customer} are in force on {service_date}.",
        "End the older one on the day the newer one begins.",
        pl.col("agreements_overlap"),
        "customer service_date",
        where="agreements_overlap",
        owner=MASTER_DATA,
        proposal=Proposal(Mending.END_EARLIER, ("customer", "service_date")),
    ),
    table_check(
        "CB-AGR-009",
        WARN,
        "Own agreement has ended",
        "Customer {customer} has no agreement of its own in force on {service_date} any more: the "
        "terms of {agreement}, for everybody, are used.",
        "Renew the customer's agreement if it still holds; nothing to do if it has really ended.",
        lapsed,
        "customer service_date agreement",
        about="customer",
        needs={"charges": "customer service_date agreement agreement_id agreement_lapsed"},
        where={"charges": "agreement_lapsed"},
    ),
    table_check(
        "CB-AGR-003",
        WARN,
        "Very long time to pay",
        "Agreement {agreement} of {customer} gives {payment_days} days to pay.",
        "Check the agreement; between businesses in the EU more than 60 days must be agreed "
        "expressly (Directive 2011/7/EU Art. 3(5)).",
        pays_late,
        f"{_AGREED} payment_days",
        about="agreement_id",
        needs={"agreements": "agreement_id customer agreement payment_days"},
        where={"agreements": "payment_days"},
    ),
    table_check(
        "CB-AGR-004",
        WARN,
        "Discount of the agreement beyond authority",
        "Agreement {agreement} of {customer} discounts whole bills by {document_discount_percent} "
        "%; more than {discount_percent_most} % needs to be approved.",
        "Have the discount approved, or correct it.",
        discount_large,
        f"{_AGREED} document_discount_percent discount_percent_most",
        about="agreement_id",
        needs={"agreements": "agreement_id customer agreement document_discount_percent_e6"},
        where={"agreements": "document_discount_percent_e6"},
        proposal=Proposal(
            Mending.ASK_FOR_APPROVAL, ("agreement", "document_discount_percent"), "assignee"
        ),
    ),
    table_check(
        "CB-AGR-005",
        BLOCK,
        "Discount of the agreement below zero or above everything",
        "Agreement {agreement} of {customer} discounts whole bills by {document_discount_percent} "
        "%, which no discount can be.",
        "Correct the discount in the agreement.",
        discount_impossible,
        f"{_AGREED} document_discount_percent",
        about="agreement_id",
        needs={"agreements": "agreement_id customer agreement document_discount_percent_e6"},
        where={"agreements": "document_discount_percent_e6"},
    ),
    table_check(
        "CB-AGR-006",
        WARN,
        "Required reference is not known",
        "Agreement {agreement} of {customer} requires \u201c{words}\u201d, which no charge can "
        "carry: nothing is asked for.",
        "Name one of purchase_order, order, delivery, cost_centre, ship_to.",
        unknown_reference,
        f"{_AGREED} words",
        about="agreement_id",
        needs={"agreements": "agreement_id customer agreement required_references"},
        where={"agreements": "required_references"},
    ),
    table_check(
        "CB-AGR-007",
        WARN,
        "Grouping is not known",
        "Agreement {agreement} of {customer} groups by \u201c{words}\u201d, which nothing can be "
        "grouped by: it is passed over.",
        "Name one of order, delivery, ship_to, purchase_order, cost_centre, day, week, month.",
        unknown_grouping,
        f"{_AGREED} words",
        about="agreement_id",
        needs={"agreements": "agreement_id customer agreement grouping"},
        where={"agreements": "grouping"},
    ),
    table_check(
        "CB-AGR-008",
        INFO,
        "Agreement ends soon",
        "Agreement {agreement} of {customer} is in force only before {valid_to}.",
        "Renew it, or charges from that day on are held; nothing to do if the customer leaves.",
        ends_soon,
        f"{_AGREED} valid_to",
        about="agreement_id",
        needs={"agreements": "agreement_id customer agreement valid_to"},
        where={"agreements": "valid_to"},
    ),
)
