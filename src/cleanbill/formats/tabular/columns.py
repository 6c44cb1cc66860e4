"""The columns of each kind of file: name, type, whether the column and each value must be there.

The page for people is ``docs/import-files.md``; this is the same list for the machine.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import polars as pl

from cleanbill.nouns.tax import TAX_SCHEMES


class Type(StrEnum):
    """What a column's text is read as."""

    TEXT = "text"
    QUANTITY = "quantity"
    PRICE = "price"
    PERCENT = "percent"
    MONEY = "money"
    DATE = "date"
    FLAG = "flag"
    COUNT = "count"
    CHOICE = "choice"
    CHOICES = "choices"
    COUNTRY = "country"
    CURRENCY = "currency"


SUFFIXES = {
    Type.QUANTITY: "_e6",
    Type.PRICE: "_e8",
    Type.PERCENT: "_e6",
    Type.MONEY: "_minor",
}
_POLARS: dict[Type, pl.DataType] = {
    **dict.fromkeys(SUFFIXES, pl.Int64()),
    Type.DATE: pl.Date(),
    Type.FLAG: pl.Boolean(),
    Type.COUNT: pl.Int32(),
}
_LENGTHS = {
    **{"description": 1000, "email": 320, "city": 200, "region": 200, "postcode": 40, "vat_id": 40},
    **dict.fromkeys(("reference", "cancels", "name", "street", "street2", "ship_to"), 300),
    **{"unit": 20, "language": 10, "conditions": 1000},
}
"""Longest texts by column, where it is not 100: bills print them, indexes hold them."""
NUMERIC = frozenset(SUFFIXES)
"""Types whose text has a decimal mark."""


@dataclass(frozen=True, slots=True)
class Field:
    """One column of a kind. ``needed``: the column must exist; ``filled``: in every row, too."""

    name: str
    type: Type = Type.TEXT
    needed: bool = False
    filled: bool = False
    choices: tuple[str, ...] = ()
    default: str = ""
    open: bool = False
    """A flag that says neither yes nor no where the file says nothing; others are then no."""

    @property
    def length_max(self) -> int:
        """How many characters a text of this column may have."""
        return _LENGTHS.get(self.name, 100)

    @property
    def typed_name(self) -> str:
        """The name in the typed table, with its scale: ``quantity`` is ``quantity_e6``."""
        return self.name + SUFFIXES.get(self.type, "")


def dtype_of(field: Field) -> pl.DataType:
    """Return the Polars type that the field has in the typed table."""
    return _POLARS.get(field.type, pl.String())


def _key(name: str, kind: Type = Type.TEXT, choices: tuple[str, ...] = ()) -> Field:
    """A column that must exist and be filled in every row."""
    return Field(name, kind, needed=True, filled=True, choices=choices)


def _texts(names: str) -> tuple[Field, ...]:
    return tuple(Field(name) for name in names.split())


_REFERENCES = ("order", "delivery", "ship_to", "purchase_order", "cost_centre")
PERIODS = ("day", "week", "month")
_CUSTOMER_KINDS = ("business", "consumer", "public", "cash")
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
_TERMS = (_key("reference"), _key("customer"), _key("currency", Type.CURRENCY))

KINDS: dict[str, tuple[Field, ...]] = {
    "charges": (
        _key("reference"),
        # Stands in reject files only: a mended row must keep the number it had in its first file.
        Field("occurrence", Type.COUNT),
        # A charge without a customer may be a cash sale: the column must exist, not each value.
        Field("customer", needed=True),
        _key("item"),
        Field("description"),
        Field("kind", Type.CHOICE, choices=("sale", "cancellation"), default="sale"),
        _key("quantity", Type.QUANTITY),
        Field("unit"),
        Field("unit_price", Type.PRICE),
        Field("amount", Type.MONEY),
        Field("discount_percent", Type.PERCENT),
        _key("currency", Type.CURRENCY),
        _key("service_date", Type.DATE),
        Field("service_end", Type.DATE),
        *_texts("order delivery ship_to"),
        Field("ship_to_country", Type.COUNTRY),
        *_texts("ship_to_region deliver_to"),
        *_texts("purchase_order cost_centre cancels"),
    ),
    "customers": (
        _key("customer"),
        # What a customer lacks is a finding when it is billed, and no reason to lose the row.
        Field("name", needed=True),
        Field("kind", Type.CHOICE, choices=_CUSTOMER_KINDS),
        *_texts("street street2 city postcode region"),
        Field("country", Type.COUNTRY, needed=True),
        *_texts("vat_id email language buyer_reference"),
        Field("blocked", Type.FLAG),
        Field("tax_scheme", Type.CHOICE, choices=TAX_SCHEMES),
    ),
    "items": (
        _key("item"),
        _key("description"),
        Field("kind", Type.CHOICE, choices=_ITEM_KINDS),
        Field("unit"),
        Field("tax_category", Type.CHOICE, choices=_TAX_CATEGORIES),
        Field("blocked", Type.FLAG),
    ),
    "prices": (
        _key("item"),
        *_texts("customer plan"),
        _key("currency", Type.CURRENCY),
        _key("model", Type.CHOICE, MODELS),
        _key("valid_from", Type.DATE),
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
        _key("valid_from", Type.DATE),
        Field("valid_to", Type.DATE),
        Field("currency", Type.CURRENCY),
        Field("grouping", Type.CHOICES, choices=(*_REFERENCES, *PERIODS)),
        Field("cut_off", Type.CHOICE, choices=("any", *PERIODS)),
        Field("required_references", Type.CHOICES, choices=_REFERENCES),
        Field("payment_days", Type.COUNT),
        Field("plan"),
        Field("document_discount_percent", Type.PERCENT),
    ),
    "recurring": (
        _key("reference"),
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
        *_texts("description unit order purchase_order cost_centre"),
    ),
    "exemptions": (
        _key("customer"),
        _key("country", Type.COUNTRY),
        # Without a region it holds in the whole country.
        Field("region"),
        _key("kind", Type.CHOICE, _EXEMPTIONS),
        # Who claims to be exempt without having sent a certificate is taxed, with a finding.
        Field("certificate"),
        Field("reason"),
        _key("valid_from", Type.DATE),
        Field("valid_to", Type.DATE),
    ),
    "spend": (
        *_TERMS,
        _key("every", Type.CHOICE, _UNITS),
        Field("every_count", Type.COUNT),
        _key("start", Type.DATE),
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
        *_texts("description order purchase_order cost_centre"),
    ),
    "milestones": (
        *_TERMS,
        _key("value", Type.MONEY),
        _key("milestone"),
        _key("item"),
        Field("percent", Type.PERCENT),
        Field("amount", Type.MONEY),
        Field("day", Type.DATE),
        *_texts("description order purchase_order cost_centre"),
    ),
    "progress": (
        *_TERMS,
        _key("line"),
        _key("item"),
        _key("scheduled", Type.MONEY),
        Field("since", Type.DATE),
        Field("change_order"),
        Field("retainage"),
        Field("retainage_item"),
        Field("retained", Type.CHOICE, choices=("to_date", "each_claim")),
        *_texts("description order purchase_order cost_centre"),
    ),
    "claims": (
        _key("terms"),
        _key("claim", Type.COUNT),
        _key("day", Type.DATE),
        _key("line"),
        Field("percent", Type.PERCENT),
        Field("amount", Type.MONEY),
        Field("currency", Type.CURRENCY),
    ),
    "releases": (
        _key("terms"),
        _key("name"),
        _key("day", Type.DATE),
        # Only retainage is released in amounts; without one, all that is held.
        Field("amount", Type.MONEY),
        Field("currency", Type.CURRENCY),
    ),
}
"""Every kind of file and its columns, in the order of the typed table."""
