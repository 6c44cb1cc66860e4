"""The columns of each kind of file.

The page for people is ``docs/import-files.md``; this is the same list for the machine.
"""

from __future__ import annotations

from cleanbill.formats.tabular.fields import Field, Type, key, texts
from cleanbill.formats.tabular.moving_in import OLD_BILLS, OPEN_ITEMS
from cleanbill.nouns.tax import TAX_SCHEMES

_REFERENCES = ("order", "delivery", "ship_to", "purchase_order", "cost_centre")
PERIODS = ("day", "week", "month")
_CUSTOMER_KINDS = ("business", "consumer", "public", "cash")
_UNUSED = ("rolls_over", "expires", "credited")
_ITEM_KINDS = (
    *("goods", "service", "subscription", "freight", "discount"),
    *("manual", "fee", "voucher", "sample", "cost"),
)
ROUNDINGS = ("up", "nearest", "down")
_TAX_CATEGORIES = (
    *("standard", "reduced", "second_reduced", "super_reduced"),
    *("increased", "special", "zero", "exempt", "outside", "reverse_charge"),
    *("margin_travel", "margin_second_hand", "margin_art", "margin_collectors"),
)
MODELS = ("unit", "flat", "graduated", "volume", "package", "percentage", "dynamic")
_EXEMPTIONS = (
    *("resale", "government", "nonprofit", "manufacturing", "agriculture", "direct_pay"),
    *("sez", "other"),
)

_UNITS = (*PERIODS, "quarter", "half_year", "year")
_TERMS = (key("reference"), key("customer"), key("currency", Type.CURRENCY))

KINDS: dict[str, tuple[Field, ...]] = {
    "charges": (
        key("reference"),
        # Stands in reject files only: a mended row must keep the number it had in its first file.
        Field("occurrence", Type.COUNT),
        # A charge without a customer may be a cash sale: the column must exist, not each value.
        Field("customer", needed=True),
        key("item"),
        Field("description"),
        Field("kind", Type.CHOICE, choices=("sale", "cancellation"), default="sale"),
        key("quantity", Type.QUANTITY),
        Field("unit"),
        Field("unit_price", Type.PRICE),
        Field("amount", Type.MONEY),
        Field("discount_percent", Type.PERCENT),
        key("currency", Type.CURRENCY),
        key("service_date", Type.DATE),
        Field("service_end", Type.DATE),
        *texts("order delivery ship_to"),
        Field("ship_to_country", Type.COUNTRY),
        *texts("ship_to_region deliver_to"),
        *texts("purchase_order cost_centre cancels"),
        Field("includes_tax", Type.FLAG, open=True),
    ),
    "customers": (
        key("customer"),
        # What a customer lacks is a finding when it is billed, and no reason to lose the row.
        Field("name", needed=True),
        Field("kind", Type.CHOICE, choices=_CUSTOMER_KINDS),
        *texts("street street2 city postcode region"),
        Field("country", Type.COUNTRY, needed=True),
        *texts("vat_id email language buyer_reference"),
        Field("blocked", Type.FLAG),
        Field("tax_scheme", Type.CHOICE, choices=TAX_SCHEMES),
    ),
    "items": (
        key("item"),
        key("description"),
        Field("kind", Type.CHOICE, choices=_ITEM_KINDS),
        Field("unit"),
        Field("tax_category", Type.CHOICE, choices=_TAX_CATEGORIES),
        Field("blocked", Type.FLAG),
    ),
    "prices": (
        key("item"),
        *texts("customer plan"),
        key("currency", Type.CURRENCY),
        key("model", Type.CHOICE, MODELS),
        key("valid_from", Type.DATE),
        Field("valid_to", Type.DATE),
        Field("up_to", Type.QUANTITY),
        Field("unit_price", Type.PRICE),
        Field("flat_amount", Type.MONEY),
        Field("package_size", Type.QUANTITY),
        Field("percent", Type.PERCENT),
        Field("minimum", Type.MONEY),
        Field("maximum", Type.MONEY),
        Field("discount_percent", Type.PERCENT),
        Field("volume_discount_percent", Type.PERCENT),
        Field("included", Type.QUANTITY),
        Field("conditions"),
        Field("increment", Type.QUANTITY),
        Field("increment_rounding", Type.CHOICE, choices=ROUNDINGS),
        Field("includes_tax", Type.FLAG, open=True),
    ),
    "agreements": (
        # A row without a customer holds for all who have no agreement of their own.
        Field("customer", needed=True),
        Field("agreement"),
        key("valid_from", Type.DATE),
        Field("valid_to", Type.DATE),
        Field("currency", Type.CURRENCY),
        Field("grouping", Type.CHOICES, choices=(*_REFERENCES, *PERIODS)),
        Field("cut_off", Type.CHOICE, choices=("any", *PERIODS)),
        Field("required_references", Type.CHOICES, choices=_REFERENCES),
        Field("payment_days", Type.COUNT),
        Field("plan"),
        Field("document_discount_percent", Type.PERCENT),
        *texts("document_discount_tiers early_payment"),
        Field("early_payment_base", Type.CHOICE, choices=("payable", "net")),
        Field("purchase_order"),
    ),
    "orders": (
        key("purchase_order"),
        key("customer"),
        key("currency", Type.CURRENCY),
        Field("amended_on", Type.DATE),
        key("valid_from", Type.DATE),
        Field("valid_to", Type.DATE),
        Field("value", Type.MONEY),
        Field("calls_off"),
        # An order without lines has one row, and is for anything.
        *texts("line item"),
        Field("quantity", Type.QUANTITY),
        Field("amount", Type.MONEY),
        Field("unit_price", Type.PRICE),
    ),
    "coupons": (
        key("coupon"),
        Field("name"),
        key("currency", Type.CURRENCY),
        Field("amount", Type.MONEY),
        Field("percent", Type.PERCENT),
        key("valid_from", Type.DATE),
        Field("valid_to", Type.DATE),
        Field("bills", Type.COUNT),
        Field("every_bill", Type.FLAG),
        Field("months", Type.COUNT),
        Field("repeatable", Type.FLAG),
        Field("budget", Type.MONEY),
        Field("items"),
        Field("item_kinds", Type.CHOICES, choices=_ITEM_KINDS),
        Field("priority", Type.COUNT),
        Field("stacking", Type.CHOICE, choices=("together", "alone"), default="together"),
        Field("rest", Type.CHOICE, choices=("stays", "lapses"), default="stays"),
        Field("credited", Type.CHOICE, choices=("returns", "keeps"), default="returns"),
    ),
    "retainers": (
        key("retainer"),
        Field("name"),
        key("customer"),
        key("item"),
        key("currency", Type.CURRENCY),
        key("valid_from", Type.DATE),
        Field("valid_to", Type.DATE),
        Field("months", Type.COUNT),
        Field("items"),
        Field("item_kinds", Type.CHOICES, choices=_ITEM_KINDS),
        Field("unused", Type.CHOICE, choices=_UNUSED, default="rolls_over"),
        Field("top_up_below", Type.MONEY),
        Field("top_up_to", Type.MONEY),
        Field("credited", Type.CHOICE, choices=("returns", "keeps"), default="returns"),
    ),
    "redemptions": (
        key("coupon"),
        key("customer"),
        Field("redemption"),
        key("valid_from", Type.DATE),
        Field("valid_to", Type.DATE),
    ),
    "recurring": (
        key("reference"),
        # What must be there depends on the row: one states terms, another changes them.
        Field("customer"),
        Field("item"),
        Field("quantity", Type.QUANTITY),
        Field("unit_price", Type.PRICE),
        Field("currency", Type.CURRENCY),
        Field("every", Type.CHOICE, choices=_UNITS),
        Field("every_count", Type.COUNT),
        Field("start", Type.DATE),
        Field("end", Type.DATE),
        Field("trial_end", Type.DATE),
        Field("change_from", Type.DATE),
        Field("due", Type.CHOICE, choices=("advance", "arrears")),
        Field("alignment", Type.CHOICE, choices=("anniversary", "calendar")),
        Field("anchor", Type.DATE),
        Field("billing_day", Type.COUNT),
        Field("billing_month", Type.COUNT),
        Field("proration", Type.CHOICE, choices=("days", "seconds", "thirty", "none")),
        Field("stub", Type.CHOICE, choices=("grid", "counted")),
        Field("price_changes", Type.CHOICE, choices=("part", "day")),
        *texts("description unit order purchase_order cost_centre"),
    ),
    "bundles": (
        key("reference"),
        key("item"),
        Field("plan"),
        key("valid_from", Type.DATE),
        Field("valid_to", Type.DATE),
        key("component"),
        Field("quantity", Type.QUANTITY),
        # Without shares, list prices are the weights.
        Field("share", Type.PERCENT),
        Field("addon", Type.FLAG),
        Field("shown", Type.CHOICE, choices=("components", "one"), default="components"),
    ),
    "exemptions": (
        key("customer"),
        key("country", Type.COUNTRY),
        # Without a region it holds in the whole country.
        Field("region"),
        key("kind", Type.CHOICE, _EXEMPTIONS),
        # Who claims to be exempt without having sent a certificate is taxed, with a finding.
        Field("certificate"),
        Field("reason"),
        key("valid_from", Type.DATE),
        Field("valid_to", Type.DATE),
    ),
    "spend": (
        *_TERMS,
        key("every", Type.CHOICE, _UNITS),
        Field("every_count", Type.COUNT),
        key("start", Type.DATE),
        Field("end", Type.DATE),
        Field("minimum", Type.MONEY),
        Field("shortfall_item"),
        Field("maximum", Type.MONEY),
        Field("excess_item"),
        Field("items"),
        Field("check", Type.CHOICE, choices=_UNITS),
        Field("check_count", Type.COUNT),
        Field("unsettled", Type.CHOICE, choices=("wait", "go_on"), default="wait"),
        Field(
            "alignment",
            Type.CHOICE,
            choices=("anniversary", "calendar"),
            default="anniversary",
        ),
        Field("anchor", Type.DATE),
        Field("billing_day", Type.COUNT),
        Field("billing_month", Type.COUNT),
        Field(
            "proration",
            Type.CHOICE,
            choices=("days", "seconds", "thirty", "none"),
            default="days",
        ),
        *texts("description order purchase_order cost_centre"),
    ),
    "milestones": (
        *_TERMS,
        key("value", Type.MONEY),
        key("milestone"),
        key("item"),
        Field("percent", Type.PERCENT),
        Field("amount", Type.MONEY),
        Field("day", Type.DATE),
        *texts("description order purchase_order cost_centre"),
    ),
    "progress": (
        *_TERMS,
        key("line"),
        key("item"),
        key("scheduled", Type.MONEY),
        Field("since", Type.DATE),
        Field("change_order"),
        Field("retainage"),
        Field("retainage_item"),
        Field("retained", Type.CHOICE, choices=("to_date", "each_claim")),
        *texts("description order purchase_order cost_centre"),
    ),
    "claims": (
        key("terms"),
        key("claim", Type.COUNT),
        key("day", Type.DATE),
        key("line"),
        Field("percent", Type.PERCENT),
        Field("amount", Type.MONEY),
        Field("currency", Type.CURRENCY),
    ),
    "releases": (
        key("terms"),
        key("name"),
        key("day", Type.DATE),
        # Only retainage is released in amounts; without one, all that is held.
        Field("amount", Type.MONEY),
        Field("currency", Type.CURRENCY),
    ),
    "old_bills": OLD_BILLS,
    "open_items": OPEN_ITEMS,
}
"""Every kind of file and its columns, in the order of the typed table."""
