"""The catalogue of checks: each declared once with its code, texts and the rows it finds wrong.

A charge check is one expression over identified, priced and taxed charges; all of them run in one
pass. ``parameters`` are the columns that its texts speak of.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from cleanbill.nouns.country import COUNTRIES
from cleanbill.nouns.drawn import DRAWN
from cleanbill.nouns.finding import Check, Owner, Severity, Subject

BLOCK, WARN, INFO = Severity.BLOCK, Severity.WARN, Severity.INFO


@dataclass(frozen=True)
class ChargeCheck:
    """A check on charges: its declaration, the rows that are wrong, the facts its texts need."""

    check: Check
    wrong: pl.Expr
    parameters: tuple[str, ...] = ()

    @property
    def needs(self) -> list[str]:
        """The columns the expression reads."""
        return sorted(set(self.wrong.meta.root_names()))


def _charge(
    code: str,
    severity: Severity,
    title: str,
    reason: str,
    repair: str,
    wrong: pl.Expr,
    *parameters: str,
    owner: Owner = Owner.SPECIALIST,
) -> ChargeCheck:
    return ChargeCheck(
        Check(code, severity, Subject.CHARGE, title, reason, repair, owner), wrong, parameters
    )


_sale = pl.col("kind") == "sale"
_cancel = pl.col("kind") == "cancellation"
_priced_itself = pl.col("original_id").is_null()
"""A cancellation that is linked takes price and amounts from the line it reverses."""
_dynamic = pl.col("model") == "dynamic"
_percent = pl.col("discount_percent_e6")
_credited_alone = pl.col("credit_alone")
_needs_vat_id = (
    pl.col("tax_place_foreign")
    & pl.col("tax_place_eu")
    & pl.col("customer_vat_id").is_not_null()
    & ~pl.col("vat_id_valid")
)


def _gap(kind: str) -> pl.Expr:
    """What tax determination found missing, where item and place of delivery are known at all."""
    known = pl.col("item_known").fill_null(False) & ~pl.col("site_unknown")
    return known & (pl.col("tax_gap") == kind)


_test_words = r"(?i)\b(do not bill|test|dummy|placeholder|asdf|xxx+)\b"

CATALOGUE: tuple[ChargeCheck, ...] = (
    _charge(
        "CB-CHG-001",
        WARN,
        "Exact duplicate",
        "This row repeats an earlier one in every field ({reference}).",
        "If it was meant once, write this charge off; if twice, dismiss the finding.",
        pl.col("repeats") > 0,
        "reference",
        "item",
        "quantity",
    ),
    _charge(
        "CB-CHG-002",
        BLOCK,
        "Quantity is zero",
        "The quantity is {quantity}: there is nothing to bill.",
        "Correct the quantity in {source} and send the row again, or write the charge off.",
        pl.col("quantity_e6").fill_null(0) == 0,
        "quantity",
        "source",
    ),
    _charge(
        "CB-CHG-003",
        BLOCK,
        "Price is missing or zero",
        "The charge brings the unit price {unit_price} and no list price is used.",
        "Enter the price, or mark the charge as free of charge.",
        (_priced_itself & pl.col("price_level").is_null() & (pl.col("price_source") == "charge"))
        | ((pl.col("price_level") == "charge") & (pl.col("unit_price_e8") == 0))
        | (_priced_itself & _dynamic & (pl.col("unit_price_e8").fill_null(0) == 0)),
        "unit_price",
        "item",
    ),
    _charge(
        "CB-CHG-004",
        BLOCK,
        "Price is negative",
        "The unit price is {unit_price}. A price below zero is no price.",
        "Use a cancellation or a discount item instead of a negative price.",
        pl.col("unit_price_e8") < 0,
        "unit_price",
        "item",
    ),
    _charge(
        "CB-CHG-005",
        BLOCK,
        "Negative quantity that is no cancellation",
        "The quantity is {quantity}, but the row is not marked as a cancellation.",
        "Mark it as a cancellation, or correct the quantity; a stock movement is not billable.",
        _sale
        & (pl.col("quantity_e6") < 0)
        & (pl.col("item_kind").fill_null("goods") != "discount"),
        "quantity",
        "item",
    ),
    _charge(
        "CB-CHG-006",
        BLOCK,
        "Unknown customer",
        "Customer {customer} is not in the master data.",
        "Add customer {customer}, or correct the reference in {source}.",
        pl.col("customer").is_not_null() & pl.col("customer_known").is_null(),
        "customer",
        "source",
        owner=Owner.MASTER_DATA,
    ),
    _charge(
        "CB-CHG-007",
        BLOCK,
        "Unknown item",
        "Item {item} is not in the master data, so neither price nor tax can be told.",
        "Add item {item} with its tax category, or correct the reference in {source}.",
        pl.col("item_known").is_null(),
        "item",
        "source",
        owner=Owner.MASTER_DATA,
    ),
    _charge(
        "CB-CHG-008",
        BLOCK,
        "Customer is missing",
        "The row names no customer, and this organisation bills no cash sales.",
        "Enter the customer, or allow cash sales in the policy.",
        pl.col("customer").is_null() & ~pl.col("cash"),
        "reference",
    ),
    _charge(
        "CB-CHG-009",
        BLOCK,
        "Service date is missing",
        "Without a service date neither price, tax nor period can be told.",
        "Enter the day on which the service was rendered or the goods delivered.",
        pl.col("service_date").is_null(),
        "reference",
    ),
    _charge(
        "CB-CHG-011",
        BLOCK,
        "Currency differs from the agreement",
        "The charge is in {currency}, the agreement {agreement} is in {agreed_currency}.",
        "Correct the currency, or agree on {currency} with the customer.",
        pl.col("agreed_currency").is_not_null() & (pl.col("agreed_currency") != pl.col("currency")),
        "currency",
        "agreed_currency",
        "agreement",
    ),
    _charge(
        "CB-CHG-012",
        BLOCK,
        "Cancellation without an original",
        "No sale to {customer} of item {item} at this price and at least this quantity was found.",
        "Name the invoice it belongs to, or issue it as a credit of its own.",
        _cancel & (pl.col("candidates").fill_null(0) == 0) & ~_credited_alone,
        "customer",
        "item",
        "quantity",
        "cancels",
    ),
    _charge(
        "CB-CHG-013",
        BLOCK,
        "Cancellation with several possible originals",
        "{candidates} sales could be meant: {proposals}.",
        "Choose the sale that is reversed.",
        _cancel & (pl.col("candidates") > 1),
        "candidates",
        "proposals",
        "item",
        "quantity",
    ),
    _charge(
        "CB-CHG-014",
        BLOCK,
        "Credit exceeds what was billed",
        "Together with earlier credits, more than the billed quantity of {item} would be credited.",
        "Correct the quantity, or find the second sale that is meant.",
        _cancel & pl.col("exceeds"),
        "item",
        "quantity",
        "proposals",
    ),
    _charge(
        "CB-CHG-016",
        BLOCK,
        "Amount out of bounds",
        "Quantity {quantity} at price {unit_price} exceeds what one line may amount to.",
        "Look for a misplaced decimal mark in {source}.",
        _priced_itself
        & pl.col("price_level").is_not_null()
        & pl.col("net_minor").is_null()
        & ~(_dynamic & pl.col("unit_price_e8").is_null()).fill_null(False),
        "quantity",
        "unit_price",
        "source",
    ),
    _charge(
        "CB-CHG-017",
        BLOCK,
        "Test or placeholder row",
        "The description reads \u201c{description}\u201d.",
        "Write the charge off if it is a test; otherwise give it a real description.",
        pl.col("description").str.contains(_test_words),
        "description",
    ),
    _charge(
        "CB-CHG-018",
        WARN,
        "Description is missing",
        "Neither the row nor item {item} has a description; the bill would print the item number.",
        "Describe item {item} in the master data.",
        pl.col("description").is_null(),
        "item",
        owner=Owner.MASTER_DATA,
    ),
    _charge(
        "CB-CHG-019",
        WARN,
        "Unit differs from the item's",
        "The row counts in {unit}, item {item} is sold in {item_unit}.",
        "Correct the unit, or convert the quantity.",
        # A share of a period is one piece, whatever the item is sold in.
        (pl.col("unit") != pl.col("item_unit")) & ~pl.col("source").is_in(DRAWN),
        "unit",
        "item_unit",
        "item",
    ),
    _charge(
        "CB-CHG-021",
        BLOCK,
        "Item is blocked",
        "Item {item} is blocked for billing.",
        "Unblock the item, or replace it by its successor.",
        pl.col("item_blocked"),
        "item",
        owner=Owner.MASTER_DATA,
    ),
    _charge(
        "CB-CHG-024",
        BLOCK,
        "Line discount is no share of the price",
        "The discount is {line_discount} %. A discount lies between 0 and 100 %.",
        "Correct the discount in {source} or in the price; use an item of its own for a surcharge.",
        _priced_itself & ((_percent < 0) | (_percent > 100 * 10**6)),
        "line_discount",
        "source",
        "item",
    ),
    _charge(
        "CB-CHG-040",
        BLOCK,
        "Place of delivery is unknown",
        "The charge is delivered to {deliver_to}, who is not in the master data.",
        "Add {deliver_to} as a customer with its address, or correct the reference in {source}.",
        pl.col("site_unknown"),
        "deliver_to",
        "source",
        owner=Owner.MASTER_DATA,
    ),
    _charge(
        "CB-CUS-001",
        BLOCK,
        "Name or address is incomplete",
        "Customer {customer} has no full name and postal address, which an invoice must show.",
        "Complete the address of customer {customer}.",
        pl.col("addresses_required")
        & pl.col("customer_known").fill_null(False)
        & (pl.col("customer_name").is_null() | ~pl.col("address_known")),
        "customer",
        owner=Owner.MASTER_DATA,
    ),
    _charge(
        "CB-CUS-002",
        BLOCK,
        "VAT id fails its checksum",
        "{customer_vat_id} is no valid VAT id, and the tax of this supply depends on it.",
        "Ask {customer} for the right VAT id.",
        _needs_vat_id,
        "customer_vat_id",
        "customer",
        owner=Owner.MASTER_DATA,
    ),
    _charge(
        "CB-CUS-003",
        BLOCK,
        "Required reference is missing",
        "Customer {customer} pays only bills that carry: {required_references}.",
        "Ask the customer for the reference and add it to the charge.",
        pl.col("lacks_reference"),
        "customer",
        "required_references",
    ),
    _charge(
        "CB-CUS-004",
        BLOCK,
        "Country is missing or unknown",
        "Customer {customer} has the country {customer_country}; tax cannot be told.",
        "Enter the customer's country as its two-letter ISO code.",
        pl.col("customer_known").fill_null(False)
        & ~pl.col("customer_country").is_in(sorted(COUNTRIES)).fill_null(False),
        "customer",
        "customer_country",
        owner=Owner.MASTER_DATA,
    ),
    _charge(
        "CB-CUS-005",
        BLOCK,
        "Customer is blocked",
        "Customer {customer} is blocked for billing.",
        "Ask master data why, and unblock the customer when it is settled.",
        pl.col("customer_blocked"),
        "customer",
        owner=Owner.MASTER_DATA,
    ),
    _charge(
        "CB-AGR-001",
        BLOCK,
        "No agreement in force",
        "Customer {customer} has agreements, but none is in force on {service_date}.",
        "Extend or renew the agreement, or correct the service date.",
        pl.col("has_agreements") & pl.col("agreement_id").is_null(),
        "customer",
        "service_date",
        owner=Owner.MASTER_DATA,
    ),
    _charge(
        "CB-AGR-002",
        BLOCK,
        "Agreements overlap",
        "Two agreements of customer {customer} are in force on {service_date}.",
        "End the older one on the day the newer one begins.",
        pl.col("agreements_overlap"),
        "customer",
        "service_date",
        owner=Owner.MASTER_DATA,
    ),
    _charge(
        "CB-PRC-001",
        BLOCK,
        "No price in force",
        "Item {item} has no price in {currency} on {service_date}.",
        "Add the price, or correct the date or currency of the charge.",
        _priced_itself
        & pl.col("price_level").is_null()
        & (pl.col("price_source") != "charge")
        & pl.col("item_known").fill_null(False),
        "item",
        "currency",
        "service_date",
        owner=Owner.MASTER_DATA,
    ),
    _charge(
        "CB-PRC-002",
        BLOCK,
        "Prices overlap",
        "Two prices of item {item} are in force on {service_date}.",
        "End the older price on the day the newer one begins.",
        pl.col("prices_overlap"),
        "item",
        "service_date",
        owner=Owner.MASTER_DATA,
    ),
    _charge(
        "CB-PRC-003",
        WARN,
        "Charged price differs from the agreed one",
        "The row says {unit_price}, the {price_level} price is {line_price}.",
        "Check which is right; the {price_level} price is billed.",
        (pl.col("price_level") != "charge")
        & pl.col("unit_price_e8").is_not_null()
        & (pl.col("unit_price_e8") != pl.col("line_price_e8")),
        "unit_price",
        "line_price",
        "price_level",
    ),
    _charge(
        "CB-PRC-004",
        BLOCK,
        "Several prices fit equally well",
        "On {service_date} two {price_level} prices of item {item} name equally many facts of this "
        "charge.",
        "Add a price that names the facts of both, or take one of them out of force.",
        _priced_itself & pl.col("prices_tied"),
        "item",
        "service_date",
        "price_level",
        owner=Owner.MASTER_DATA,
    ),
    _charge(
        "CB-PRC-005",
        WARN,
        "Brings no fact that its prices ask for",
        "Item {item} is priced by {facts_lacking}, and the charge says nothing of it.",
        "Look whether {source} sends it under another name; otherwise the general price is right.",
        _priced_itself & pl.col("facts_lacking").is_not_null(),
        "facts_lacking",
        "item",
        "source",
        owner=Owner.MASTER_DATA,
    ),
    _charge(
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
        "item_tax_category",
        "service_date",
        "item",
        owner=Owner.MASTER_DATA,
    ),
    _charge(
        "CB-TAX-003",
        BLOCK,
        "Place of taxation is incomplete",
        "The tax depends on more than the country: {tax_needed}.",
        "Complete the address, and run again.",
        _gap("incomplete"),
        "tax_needed",
        "customer",
        owner=Owner.MASTER_DATA,
    ),
    _charge(
        "CB-TAX-004",
        BLOCK,
        "Not covered by the tax rules",
        "No tax can be told here, and none is assumed. Not covered: {tax_needed}.",
        "Bill this charge by other means, and name it under [[policy.not_billable]]; "
        "docs/tax-regimes.md says what is covered.",
        _gap("uncovered"),
        "tax_needed",
        "customer",
        "item",
    ),
    _charge(
        "CB-TAX-005",
        BLOCK,
        "Seller is not registered",
        "Tax is charged under a registration: {tax_needed}.",
        "Put the registration into the company file and run `cleanbill setup` again.",
        _gap("unregistered"),
        "tax_needed",
        owner=Owner.MASTER_DATA,
    ),
    _charge(
        "CB-TAX-006",
        BLOCK,
        "Tax rates are not loaded",
        "Rates of this place come from files: {tax_needed}.",
        "Load the files named, and run again.",
        _gap("unloaded"),
        "tax_needed",
        owner=Owner.MASTER_DATA,
    ),
    _charge(
        "CB-TAX-007",
        WARN,
        "Exemption is not proven",
        "{customer} claims to be exempt, but {tax_needed}; tax is charged.",
        "Ask {customer} for a certificate in force and import it (`cleanbill import exemptions`), "
        "or end the claim.",
        _gap("unproven"),
        "customer",
        "tax_needed",
        owner=Owner.MASTER_DATA,
    ),
)

ORIGINAL_UNBILLED = Check(
    "CB-CHG-020",
    BLOCK,
    Subject.CHARGE,
    "Original is not billed yet",
    "The sale {proposals} that it cancels is itself held or waiting.",
    "Settle the sale first; the two may cancel out.",
)
CORRECTION_OF_BILLED = Check(
    "CB-CHG-022",
    WARN,
    Subject.CHARGE,
    "Correction of a billed charge",
    "The source now says something else of {reference} (version {version}) than what was billed.",
    "Compare the two; if the new one is right, credit the bill with --reopen and bill it again.",
)
CANNOT_BE_BILLED = Check(
    "CB-CHG-023",
    BLOCK,
    Subject.CHARGE,
    "Billing this customer fails",
    "When the charges of {customer} were billed, the program ran into an error: {error}.",
    "Look for values out of the ordinary in this charge and in the customer's master data, prices "
    "and agreements; correct them and run again. Everybody else has been billed.",
)
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
)
TERMS_CANNOT_BE_CHARGED = Check(
    "CB-TRM-002",
    BLOCK,
    Subject.TERMS,
    "Terms cannot be charged",
    "{terms} of {customer} cannot be charged: {error}.",
    "Import {terms} again with what is right, then run again. Everything else has been charged.",
    Owner.MASTER_DATA,
)
TERMS_WAIT = Check(
    "CB-TRM-003",
    INFO,
    Subject.TERMS,
    "Terms wait for charges",
    "What {terms} of {customer} comes to from {days_from} to {days_to} follows from what is "
    "billed, and up to {unsettled} charges of these days are open or held: {references}.",
    "Settle these charges; the next run looks again. Terms whose unsettled says go_on do not wait.",
)
AFTER_CUT_OFF = Check(
    "CB-CHG-010",
    INFO,
    Subject.CHARGE,
    "After the cut-off",
    "Service date {service_date} lies after the cut-off ({cut_off}) of this run.",
    "Nothing to do: a later run bills it.",
)
NOT_BILLABLE = Check(
    "CB-CHG-015",
    INFO,
    Subject.CHARGE,
    "Not billable by policy",
    "{not_billable}",
    "Nothing to do; change the policy if this should be billed.",
)
DRAFT_NEGATIVE = Check(
    "CB-DOC-001",
    BLOCK,
    Subject.DRAFT,
    "Invoice total is negative",
    "The discounts of this bill exceed its charges: {payable} {currency}.",
    "Issue the discount as a credit note, or bill it with further charges.",
)
DRAFT_OUT_OF_BOUNDS = Check(
    "CB-DOC-003",
    BLOCK,
    Subject.DRAFT,
    "Total out of bounds",
    "The lines of this bill for {customer} add up to more than a bill may amount to.",
    "Look for a misplaced decimal mark in its charges, or bill them apart.",
)
DRAFT_ZERO = Check(
    "CB-DOC-002",
    WARN,
    Subject.DRAFT,
    "Bill over zero",
    "The bill for {customer} comes to 0 {currency}.",
    "Look whether the discounts are right; it goes out as it is.",
)
DRAFT_NO_VAT_ID = Check(
    "CB-TAX-002",
    INFO,
    Subject.DRAFT,
    "EU customer without VAT id is taxed at home",
    "{customer} in {tax_place} gave no VAT id, so the seller's own VAT is charged, "
    "as the policy says.",
    "If the customer is a business, ask for its VAT id before the bill goes out.",
    Owner.MASTER_DATA,
)
DECLARED: tuple[Check, ...] = (
    *(c.check for c in CATALOGUE),
    ORIGINAL_UNBILLED,
    CORRECTION_OF_BILLED,
    CANNOT_BE_BILLED,
    TERMS_WITHOUT_PRICE,
    TERMS_CANNOT_BE_CHARGED,
    TERMS_WAIT,
    AFTER_CUT_OFF,
    NOT_BILLABLE,
    DRAFT_NEGATIVE,
    DRAFT_OUT_OF_BOUNDS,
    DRAFT_ZERO,
    DRAFT_NO_VAT_ID,
)
BY_CODE: dict[str, Check] = {c.code: c for c in DECLARED}
