"""Laws of belonging: every row has its parent, and both belong to one organisation.

Large tables have no foreign keys in the database, because checking them row by row costs more than
writing the rows; this is where they are checked. Documents are too large to be read for it: they are
compared with their bills where they are read anyway.
"""

from __future__ import annotations

from cleanbill.store.laws.law import Law, bill_named

_PLAIN = "'{table} ' || x.id"
_OF_BILL = bill_named("x.bill_id")
NAMES = {
    "bill": "'bill ' || x.number",
    "bill_line": _OF_BILL + " || ' line ' || x.line",
    "bill_line_tax": _OF_BILL + " || ' line ' || x.line || ' tax ' || x.tax_no",
    "bill_tax": _OF_BILL + " || ' tax row ' || x.row",
    "posting": _OF_BILL + " || ' posting ' || x.entry_line",
    "bill_coupon": _OF_BILL + " || ' line ' || x.line || ' coupon ' || x.place",
    "charge": "'charge ' || x.id",
    "charge_link": "'charge ' || x.charge_id || ' link ' || x.turn",
    "series": "'series ' || x.prefix",
    **{
        table: _PLAIN.format(table=table)
        for table in ("customer", "item", "price", "price_tier", "agreement", "source_file")
    },
    **{
        table: _PLAIN.format(table=table)
        for table in ("exemption", "us_tax_rate", "us_tax_boundary", "us_tax_name")
    },
    **{table: _PLAIN.format(table=table) for table in ("coupon", "redemption", "purchase_order")},
    "purchase_order_version": "'purchase order ' || x.order_id || ' version ' || x.version",
    "purchase_order_line": "'purchase order ' || x.order_id || ' version ' || x.version "
    "|| ' line ' || x.line",
    **{table: _PLAIN.format(table=table) for table in ("seller", "run", "finding", "event")},
    "opening_item": "'opening item ' || x.number",
    **{
        table: _PLAIN.format(table=table)
        for table in ("finding_decision", "repair", "check_setting")
    },
    **{table: _PLAIN.format(table=table) for table in ("tax_answer", "tax_question")},
    "outbox": "'message ' || x.id",
    "delivered_file": _PLAIN.format(table="delivered_file"),
    "run_step": "'step ' || x.id",
    "terms": "'terms ' || x.reference || ' version ' || x.version",
    "terms_drawn": "'terms ' || x.reference",
    "terms_fact": "'terms ' || x.terms || ' ' || x.event || ' ' || x.name",
    "charge_basis": "'charge ' || x.charge_id",
    "usual": _PLAIN.format(table="usual"),
    "history_state": "'history of ' || x.organisation_id",
    **{table: _PLAIN.format(table=table) for table in ("bill_total", "finding_total")},
}
"""SQL that names a row ``x`` of a table."""

PARENTS: tuple[tuple[str, str, str], ...] = (
    ("bill_line", "bill_id", "bill"),
    ("bill_line", "credits_bill_id", "bill"),
    ("bill_line", "price_id", "price"),
    ("bill_line", "charge_id", "charge"),
    ("bill_line_tax", "bill_id", "bill"),
    ("bill_tax", "bill_id", "bill"),
    ("posting", "bill_id", "bill"),
    ("bill_coupon", "bill_id", "bill"),
    ("bill_coupon", "invoice_id", "bill"),
    ("bill_coupon", "redemption_id", "redemption"),
    ("purchase_order_version", "order_id", "purchase_order"),
    ("purchase_order_version", "source_file", "source_file"),
    ("purchase_order_line", "order_id", "purchase_order"),
    ("charge", "source_file", "source_file"),
    ("charge_basis", "charge_id", "charge"),
    ("terms", "source_file", "source_file"),
    ("terms_fact", "source_file", "source_file"),
    ("charge_link", "charge_id", "charge"),
    ("charge_link", "bill_id", "bill"),
    ("charge_link", "run_id", "run"),
    ("finding", "charge_id", "charge"),
    ("finding", "opened_run_id", "run"),
    ("finding", "closed_run_id", "run"),
    ("finding_decision", "finding_id", "finding"),
    ("finding_decision", "charge_id", "charge"),
    ("repair", "finding_id", "finding"),
    ("outbox", "bill_id", "bill"),
    ("delivered_file", "bill_id", "bill"),
    ("bill", "seller_id", "seller"),
    ("bill_total", "seller_id", "seller"),
    ("run", "seller_id", "seller"),
    ("run_step", "run_id", "run"),
    ("series", "seller_id", "seller"),
    ("price_tier", "price_id", "price"),
    ("us_tax_rate", "source_file", "source_file"),
    ("us_tax_boundary", "source_file", "source_file"),
    ("opening_item", "source_file_id", "source_file"),
)
"""Child table, its column, parent table."""


def _belongs(child: str, column: str, parent: str) -> Law:
    return Law(
        "BELONGS",
        f"The {parent} that {child}.{column} names exists in the same organisation.",
        f'SELECT {NAMES[child]} FROM "{child}" x LEFT JOIN "{parent}" p ON p.id = x."{column}" '
        f'WHERE x."{column}" IS NOT NULL AND ((x.organisation_id = %s AND (p.id IS NULL '
        "OR p.organisation_id <> x.organisation_id)) "
        "OR (p.organisation_id = %s AND p.organisation_id <> x.organisation_id))",
    )


ROOTS = (
    *("bill", "charge", "finding", "event", "run", "series", "seller", "source_file"),
    *("customer", "item", "price", "agreement", "terms", "terms_drawn", "terms_fact"),
    *("coupon", "redemption", "purchase_order", "exemption", "us_tax_name", "opening_item"),
    *("usual", "history_state", "finding_decision", "repair", "check_setting"),
    *("tax_answer", "tax_question", "bill_total", "finding_total", "outbox", "delivered_file"),
)
"""Tables whose rows belong to nothing but their organisation, or may."""


def _owned(table: str) -> Law:
    return Law(
        "OWNED",
        f"Every row of {table} belongs to an organisation that exists.",
        f'SELECT {NAMES[table]} FROM "{table}" x '
        "WHERE x.organisation_id NOT IN (SELECT id FROM organisation)",
    )


ERASED = Law(
    "ERASED",
    "Of a party whose key is destroyed, no row says who it was.",
    "SELECT 'customer ' || c.customer FROM customer c JOIN party_key k "
    "ON k.organisation_id = c.organisation_id AND k.party = c.customer "
    "WHERE c.organisation_id = %s AND k.salt IS NULL AND (c.name <> '[erased]' OR COALESCE("
    "c.street, c.street2, c.city, c.postcode, c.region, c.vat_id, c.email, c.buyer_reference) "
    "IS NOT NULL)",
)

ERASED_CLAIM = Law(
    "ERASED",
    "Of a party whose key is destroyed, no exemption says by which certificate or why.",
    "SELECT 'exemption ' || e.customer FROM exemption e JOIN party_key k "
    "ON k.organisation_id = e.organisation_id AND k.party = e.customer "
    "WHERE e.organisation_id = %s AND k.salt IS NULL "
    "AND (e.certificate <> '[erased]' OR e.reason IS NOT NULL)",
)

BELONGING: tuple[Law, ...] = (
    ERASED,
    ERASED_CLAIM,
    *(_belongs(*parent) for parent in PARENTS),
    *(_owned(table) for table in ROOTS),
)
