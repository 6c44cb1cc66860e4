"""Checks on whole bills: what they add up to, what they must show, who sends them."""

from __future__ import annotations

import polars as pl
from stdnum import iban
from stdnum.exceptions import ValidationError

from cleanbill.cycle.verify.declare import BLOCK, INFO, MASTER_DATA, WARN, row_check, table_check
from cleanbill.cycle.verify.look import Tables
from cleanbill.cycle.verify.stated import kinds_of
from cleanbill.cycle.verify.vat_ids import KNOWN, PREFIXES, vat_id_valid
from cleanbill.nouns.finding import Check, Mending, Proposal, Subject

_BIC = r"^[A-Z]{4}[A-Z]{2}[A-Z0-9]{2}(?:[A-Z0-9]{3})?$"
_asked = pl.col("payable_minor").abs()
_unit = pl.col("decimals").replace_strict(
    {n: 10**n for n in (0, 2, 3, 4)}, default=None, return_dtype=pl.Int64
)
_own_money = pl.col("currency") == pl.col("seller_currency")
_invoice = pl.col("kind") == "invoice"


def _of_seller(tables: Tables, wrong: bool, **facts: str) -> pl.LazyFrame:
    """One row about the seller where it is true, else none."""
    told = {"subject": tables.seller.key, **facts}
    row = pl.DataFrame({name: [value] for name, value in told.items()})
    return (row if wrong else row.clear()).lazy()


def _iban_wrong(tables: Tables) -> pl.LazyFrame:
    number = tables.seller.bank.iban
    try:
        wrong = bool(number) and not iban.validate(number)
    except ValidationError:
        wrong = True
    return _of_seller(tables, wrong, iban=number)


def _bic_wrong(tables: Tables) -> pl.LazyFrame:
    number = tables.seller.bank.bic
    plain = pl.Series([number.replace(" ", "").upper()])
    return _of_seller(tables, bool(number) and not plain.str.contains(_BIC)[0], bic=number)


def _seller_vat_id_wrong(tables: Tables) -> pl.LazyFrame:
    number = tables.seller.vat_id
    judged = PREFIXES.get(number[:2].upper(), number[:2].upper()) in KNOWN
    wrong = bool(number) and judged and not vat_id_valid(number)
    return _of_seller(tables, wrong, vat_id=number)


def _seller_address_lacks(tables: Tables) -> pl.LazyFrame:
    address = tables.seller.address
    parts = {"street": address.lines, "city": address.city, "postcode": address.postcode}
    lacking = ", ".join(name for name, value in parts.items() if not value)
    return _of_seller(tables, bool(lacking), lacking=lacking)


def _seller_untaxed(tables: Tables) -> pl.LazyFrame:
    """A seller without any number who charges tax, where bills show one: American ones need not."""
    seller = tables.seller
    numbered = seller.vat_id or seller.tax_number or any(r.number for r in seller.registrations)
    taxed = (tables.charges["rate_percent_e6"] > 0).any()
    shown = seller.address.country != "US"
    return _of_seller(tables, shown and not numbered and bool(taxed))


def _contact_lacks(tables: Tables) -> pl.LazyFrame:
    """What a German public buyer wants to know of the seller's contact and the file does not say.

    BR-DE-2 and BR-DE-5 to BR-DE-7 of XRechnung: name, telephone, e-mail.
    """
    contact = tables.seller.contact
    parts = {"name": contact.name, "phone": contact.phone, "email": contact.email}
    lacking = ", ".join(name for name, value in parts.items() if not value)
    public = tables.customers.filter((pl.col("kind") == "public") & (pl.col("country") == "DE"))
    return _of_seller(tables, bool(lacking) and not public.is_empty(), lacking=lacking)


CHECKS = (
    row_check(
        "CB-DOC-001",
        BLOCK,
        "Invoice total is negative",
        "The discounts of this bill exceed its charges: {payable} {currency}.",
        "Issue the discount as a credit note, or bill it with further charges.",
        (pl.col("payable_minor") < 0) & _invoice,
        "customer payable currency",
        draft=True,
    ),
    row_check(
        "CB-DOC-002",
        WARN,
        "Bill over zero",
        "The bill for {customer} comes to 0 {currency}.",
        "Look whether the discounts are right; it goes out as it is.",
        (pl.col("payable_minor") == 0) & ~pl.col("couponed"),
        "customer currency",
        draft=True,
    ),
    row_check(
        "CB-DOC-003",
        BLOCK,
        "Total out of bounds",
        "The lines of this bill for {customer} add up to more than a bill may amount to.",
        "Look for a misplaced decimal mark in its charges, or bill them apart.",
        pl.col("payable_minor").is_null(),
        "customer currency",
        draft=True,
    ),
    row_check(
        "CB-DOC-004",
        BLOCK,
        "Due before it is issued",
        "The bill for {customer} is issued on {issue_date} and would be due on {due_date}.",
        "Correct the days to pay in agreement {agreement}, or in the policy.",
        pl.col("due_date") < pl.col("issue_date"),
        "customer issue_date due_date agreement",
        owner=MASTER_DATA,
        draft=True,
    ),
    row_check(
        "CB-DOC-005",
        WARN,
        "Needs a second person",
        "The bill for {customer} asks for {payable} {currency}; from {approval_amount} on the "
        "policy wants a second person.",
        "Have a second person approve the bill.",
        (pl.col("approval_amount") > 0)
        & _own_money
        & (_asked >= pl.col("approval_amount") * _unit),
        "customer payable currency approval_amount",
        proposal=Proposal(
            Mending.ASK_FOR_APPROVAL, ("customer", "payable", "currency"), "assignee"
        ),
        draft=True,
    ),
    row_check(
        "CB-DOC-006",
        WARN,
        "Same content as another bill of this run",
        "Another bill for {customer} in this run has the same lines and comes to {payable} "
        "{currency}, too.",
        "Ask whether the same was entered under two orders; if not, nothing to do.",
        pl.col("same_content"),
        "customer payable currency",
        draft=True,
    ),
    row_check(
        "CB-DOC-008",
        INFO,
        "Several purchase orders on one bill",
        "The bill for {customer} holds charges of several purchase orders, so it names none.",
        "Group by purchase_order in the agreement, or ask {customer} whether it pays such bills.",
        pl.col("orders") > 1,
        "customer payable currency",
        where="orders",
        draft=True,
    ),
    row_check(
        "CB-DOC-007",
        WARN,
        "Bill not worth sending",
        "The bill for {customer} asks for {payable} {currency}; below {small_amount} the policy "
        "would rather wait.",
        "Group by month in the agreement, or let it go out.",
        (pl.col("small_amount") > 0)
        & _own_money
        & _invoice
        & (pl.col("payable_minor") > 0)
        & (_asked < pl.col("small_amount") * _unit),
        "customer payable currency small_amount",
        proposal=Proposal(Mending.MOVE_TO_NEXT_PERIOD, ("customer",), "until"),
        draft=True,
    ),
    row_check(
        "CB-HIS-006",
        WARN,
        "Bill total is unusual",
        "The bill for {customer} comes to {net} {currency} before tax, {times} × a usual bill of "
        "{whole_net} ({whole_bills} bills).",
        "Look through its lines for what is new or missing; nothing to do if the order was of "
        "that size.",
        pl.col("total_unusual"),
        "customer net currency times whole_net whole_bills",
        where="whole_bills",
        draft=True,
    ),
    table_check(
        "CB-SEL-001",
        WARN,
        "The seller's IBAN is wrong",
        "{iban} fails the check digits of an IBAN: no customer can pay to it.",
        "Correct the bank's iban in the company file.",
        _iban_wrong,
        "iban",
        about="",
        needs={},
    ),
    table_check(
        "CB-SEL-002",
        WARN,
        "The seller's VAT id is wrong",
        "{vat_id} has not the form and checksum of its country; customers lose their deduction.",
        "Correct the seller's vat_id in the company file.",
        _seller_vat_id_wrong,
        "vat_id",
        about="",
        needs={},
    ),
    table_check(
        "CB-SEL-003",
        WARN,
        "The seller's address is incomplete",
        "The company file does not give the seller's {lacking}, which an invoice must show "
        "(Directive 2006/112/EC Art. 226(5)).",
        "Complete the seller's address in the company file.",
        _seller_address_lacks,
        "lacking",
        about="",
        needs={},
    ),
    table_check(
        "CB-SEL-004",
        WARN,
        "Contact is missing for public buyers",
        "Public bodies in Germany want the seller's contact on the bill; its {lacking} is not "
        "given (XRechnung BR-DE-2, BR-DE-5 to BR-DE-7).",
        "Complete the seller's contact on the page of the look of documents, or in the company "
        "file.",
        _contact_lacks,
        "lacking",
        about="",
        needs={"customers": "kind country"},
        where={"customers": "kind"},
    ),
    table_check(
        "CB-SEL-005",
        WARN,
        "The seller's BIC is wrong",
        "{bic} has not the form of a BIC (ISO 9362): eight or eleven letters and digits.",
        "Correct the bank's bic in the company file.",
        _bic_wrong,
        "bic",
        about="",
        needs={},
    ),
    table_check(
        "CB-TAX-012",
        WARN,
        "Tax without a tax number",
        "Bills charge tax, but the company file has neither a VAT id nor a tax number of the "
        "seller; one of them must stand on the bill (Directive 2006/112/EC Art. 226(3)).",
        "Enter the seller's vat_id or tax_number in the company file.",
        _seller_untaxed,
        about="",
        needs={"charges": "rate_percent_e6"},
        where={"charges": "rate_percent_e6"},
    ),
)
CANNOT_BE_BILLED = Check(
    "CB-CHG-023",
    BLOCK,
    Subject.CHARGE,
    "Billing this customer fails",
    "When the charges of {customer} were billed, the program ran into an error: {error}.",
    "Look for values out of the ordinary in this charge and in the customer's master data, prices "
    "and agreements; correct them and run again. Everybody else has been billed.",
    parameters=kinds_of("customer error"),
)
