"""Checks on customers: who they are, where they are, how they are reached, and whether twice."""

from __future__ import annotations

import polars as pl

from cleanbill.cycle.verify.catalogue.parties import (
    consumer_with_vat_id,
    country_differs,
    e_mail_implausible,
    e_mail_missing,
    kind_missing,
    lacks_region,
    leitweg_id_wrong,
    name_placeholder,
    postcode_wrong,
    public_without_reference,
    seller_itself,
    street_placeholder,
    vat_id_wrong,
)
from cleanbill.cycle.verify.declare import (
    BLOCK,
    MASTER_DATA,
    WARN,
    TableCheck,
    row_check,
    table_check,
)
from cleanbill.cycle.verify.look import Tables
from cleanbill.nouns.country import COUNTRIES
from cleanbill.nouns.finding import Mending, Proposal

_needs_vat_id = (
    pl.col("tax_place_foreign")
    & pl.col("tax_place_eu")
    & pl.col("customer_vat_id").is_not_null()
    & ~pl.col("vat_id_valid")
)


def _twins_by(by: str) -> TableCheck:
    """Customers that are there twice, by their VAT id or by name and postcode."""

    def find(tables: Tables) -> pl.LazyFrame:
        assert tables.twins is not None
        found = tables.twins.lazy().filter(pl.col("by") == by)
        return found.select("customer", pl.col("customer").alias("subject"), "twin")

    if by == "vat_id":
        texts = (
            "CB-CUS-007",
            WARN,
            "VAT id is used by another customer",
            "Customers {customer} and {twin} have the same VAT id.",
            "Find out whose it is; if they are one company, bill it under one number.",
        )
    else:
        texts = (
            "CB-CUS-014",
            WARN,
            "Customer seems to be there twice",
            "Customers {customer} and {twin} have the same name and postcode.",
            "If they are one, keep one of them: their terms and credits must not drift apart.",
        )
    return table_check(
        *texts,
        find,
        "customer twin",
        about="customer",
        needs={"twins": "customer twin by"},
        proposal=Proposal(Mending.MERGE_CUSTOMERS, ("customer", "twin")),
    )


CHECKS = (
    row_check(
        "CB-CUS-001",
        BLOCK,
        "Name or address is incomplete",
        "Customer {customer} has no full name and postal address, which an invoice must show.",
        "Complete the address of customer {customer}.",
        pl.col("addresses_required")
        & pl.col("customer_known").fill_null(False)
        & (pl.col("customer_name").is_null() | ~pl.col("address_known")),
        "customer",
        owner=MASTER_DATA,
        proposal=Proposal(
            Mending.CORRECT_CUSTOMER, ("customer",), "name street city postcode country"
        ),
    ),
    row_check(
        "CB-CUS-002",
        BLOCK,
        "VAT id fails its checksum",
        "{customer_vat_id} is no valid VAT id, and the tax of this supply depends on it.",
        "Ask {customer} for the right VAT id.",
        _needs_vat_id,
        "customer_vat_id customer",
        where="customer_vat_id",
        owner=MASTER_DATA,
        proposal=Proposal(Mending.ASK_FOR_VAT_ID, ("customer",), "vat_id"),
    ),
    row_check(
        "CB-CUS-004",
        BLOCK,
        "Country is missing or unknown",
        "Customer {customer} has no valid country (it says {customer_country}), so tax cannot be "
        "told.",
        "Enter the customer's country as its two-letter ISO code.",
        pl.col("customer_known").fill_null(False)
        & ~pl.col("customer_country").is_in(sorted(COUNTRIES)).fill_null(False),
        "customer customer_country",
        owner=MASTER_DATA,
        proposal=Proposal(Mending.CORRECT_CUSTOMER, ("customer",), change="country"),
    ),
    row_check(
        "CB-CUS-005",
        BLOCK,
        "Customer is blocked",
        "Customer {customer} is blocked for billing.",
        "Ask master data why, and unblock the customer when it is settled.",
        pl.col("customer_blocked"),
        "customer",
        owner=MASTER_DATA,
    ),
    _twins_by("vat_id"),
    _twins_by("name"),
    table_check(
        "CB-CUS-006",
        WARN,
        "VAT id is wrong",
        "{customer_vat_id} of customer {customer} has not the form and checksum of its country.",
        "Ask {customer} for the right VAT id; the tax of this bill does not depend on it.",
        vat_id_wrong,
        "customer customer_vat_id",
        about="customer",
        needs={"customers": "customer vat_id country"},
        where={"customers": "vat_id"},
        proposal=Proposal(Mending.ASK_FOR_VAT_ID, ("customer",), "vat_id"),
    ),
    table_check(
        "CB-CUS-008",
        WARN,
        "VAT id of another country",
        "Customer {customer} is in {customer_country}, its VAT id {customer_vat_id} is of {other}.",
        "Check the country and the VAT id; both decide the tax.",
        country_differs,
        "customer customer_country customer_vat_id other",
        about="customer",
        needs={"customers": "customer vat_id country"},
        where={"customers": "vat_id"},
        proposal=Proposal(Mending.CORRECT_CUSTOMER, ("customer", "other"), "country vat_id"),
    ),
    table_check(
        "CB-CUS-009",
        WARN,
        "Postcode does not fit the country",
        "{customer_postcode} is no postcode of {customer_country}; one looks like {like}.",
        "Correct the postcode or the country of customer {customer}.",
        postcode_wrong,
        "customer customer_postcode customer_country like",
        about="customer",
        needs={"customers": "customer postcode country"},
        where={"customers": "postcode"},
        proposal=Proposal(Mending.CORRECT_CUSTOMER, ("customer",), change="postcode"),
    ),
    table_check(
        "CB-CUS-010",
        WARN,
        "Name is a placeholder",
        "Customer {customer} is called \u201c{customer_name}\u201d.",
        "Enter the full name, as the law wants it on the bill (Directive 2006/112/EC Art. 226(5)).",
        name_placeholder,
        "customer customer_name",
        about="customer",
        needs={"customers": "customer name"},
        where={"customers": "name"},
        proposal=Proposal(Mending.CORRECT_CUSTOMER, ("customer",), change="name"),
    ),
    table_check(
        "CB-CUS-011",
        WARN,
        "Address is a placeholder",
        "The address of customer {customer} reads \u201c{customer_street}, {customer_city}\u201d.",
        "Enter the postal address of customer {customer}.",
        street_placeholder,
        "customer customer_street customer_city",
        about="customer",
        needs={"customers": "customer street city"},
        proposal=Proposal(Mending.CORRECT_CUSTOMER, ("customer",), "street city postcode"),
    ),
    table_check(
        "CB-CUS-012",
        WARN,
        "E-mail address cannot be right",
        "Nothing can be delivered to \u201c{customer_email}\u201d.",
        "Ask customer {customer} for the address that bills are to go to.",
        e_mail_implausible,
        "customer customer_email",
        about="customer",
        needs={"customers": "customer email"},
        where={"customers": "email"},
        proposal=Proposal(Mending.CORRECT_CUSTOMER, ("customer",), change="email"),
    ),
    table_check(
        "CB-CUS-013",
        WARN,
        "E-mail address is missing",
        "Customer {customer} has no e-mail address, which the policy wants (email_required).",
        "Ask customer {customer} for the address that bills are to go to.",
        e_mail_missing,
        "customer",
        about="customer",
        needs={"customers": "customer email"},
        proposal=Proposal(Mending.CORRECT_CUSTOMER, ("customer",), change="email"),
    ),
    table_check(
        "CB-CUS-015",
        WARN,
        "Consumer with a VAT id",
        "Customer {customer} is a consumer, yet has a VAT id.",
        "Make it a business, or take the VAT id out: the two are taxed at different places.",
        consumer_with_vat_id,
        "customer",
        about="customer",
        needs={"customers": "customer kind vat_id"},
        where={"customers": "vat_id kind"},
        proposal=Proposal(Mending.CORRECT_CUSTOMER, ("customer",), "kind vat_id"),
    ),
    table_check(
        "CB-CUS-016",
        WARN,
        "Kind of customer is not given",
        "Nobody has said whether {customer} in {customer_country} is a business, a public body or "
        "a consumer; it is taxed as a consumer.",
        "Enter the kind of customer {customer}.",
        kind_missing,
        "customer customer_country",
        about="customer",
        needs={"customers": "customer kind country"},
        proposal=Proposal(Mending.CORRECT_CUSTOMER, ("customer",), change="kind"),
    ),
    table_check(
        "CB-CUS-017",
        WARN,
        "Public body without buyer reference",
        "{customer} is a public body in Germany and has no Leitweg-ID, without which its offices "
        "take no electronic invoice (E-RechV § 5(1) no. 1).",
        "Ask {customer} for its Leitweg-ID and enter it as the buyer reference.",
        public_without_reference,
        "customer",
        about="customer",
        needs={"customers": "customer kind country buyer_reference"},
        where={"customers": "kind"},
        proposal=Proposal(Mending.ASK_FOR_REFERENCE, ("customer",), change="buyer_reference"),
    ),
    table_check(
        "CB-CUS-018",
        WARN,
        "Leitweg-ID fails its checksum",
        "{customer_buyer_reference} of customer {customer} is no Leitweg-ID.",
        "Ask {customer} for the right one; a bill with a wrong one reaches nobody.",
        leitweg_id_wrong,
        "customer customer_buyer_reference",
        about="customer",
        needs={"customers": "customer kind country buyer_reference"},
        where={"customers": "buyer_reference kind"},
        proposal=Proposal(Mending.ASK_FOR_REFERENCE, ("customer",), change="buyer_reference"),
    ),
    table_check(
        "CB-CUS-019",
        WARN,
        "State or province is missing",
        "The address of customer {customer} in {customer_country} lacks the state or province, "
        "which mail there needs.",
        "Enter it as the region of customer {customer}.",
        lacks_region,
        "customer customer_country",
        about="customer",
        needs={"customers": "customer country region street postcode"},
        proposal=Proposal(Mending.CORRECT_CUSTOMER, ("customer",), change="region"),
    ),
    table_check(
        "CB-CUS-020",
        WARN,
        "Customer has the seller's own VAT id",
        "Customer {customer} bears {customer_vat_id}, the seller's own VAT id.",
        "Correct the VAT id; if it is the seller's own branch, no bill is needed.",
        seller_itself,
        "customer customer_vat_id",
        about="customer",
        needs={"customers": "customer vat_id"},
        where={"customers": "vat_id"},
        proposal=Proposal(Mending.ASK_FOR_VAT_ID, ("customer",), "vat_id"),
    ),
)
