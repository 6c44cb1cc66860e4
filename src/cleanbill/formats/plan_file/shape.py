"""The shape of a plan file: which keys each of its tables has, and what they are read as."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from cleanbill.formats.tabular.columns import MODELS, ROUNDINGS

NAME_LENGTH = 100


class Kind(StrEnum):
    """What a value is read as; the text is what a person is told to write."""

    TEXT = "a text"
    NOTE = "a text for people"
    DATE = "a date such as 2026-01-31"
    CURRENCY = "an ISO 4217 code such as EUR"
    QUANTITY = 'a quantity such as 100 or "0.25"'
    PRICE = 'a price such as "0.05"'
    MONEY = 'an amount such as "10.00"'
    PERCENT = 'a percentage such as "7.5"'
    CHOICE = "one of a few words"
    FLAG = "true or false"
    TABLE = "a table"
    LIST = "a list of tables"


@dataclass(frozen=True, slots=True)
class Key:
    """A key of a table. ``choices`` are the words it may have."""

    kind: Kind
    needed: bool = False
    choices: tuple[str, ...] = ()


_CONTENT = {
    "unit_price": Key(Kind.PRICE),
    "flat_amount": Key(Kind.MONEY),
    "package_size": Key(Kind.QUANTITY),
    "percent": Key(Kind.PERCENT),
}
"""What a tier is made of; a price with one tier has it itself."""
_DATES = {
    "currency": Key(Kind.CURRENCY),
    "valid_from": Key(Kind.DATE),
    "valid_to": Key(Kind.DATE),
}
FILE = {
    "plan": Key(Kind.TEXT),
    "customer": Key(Kind.TEXT),
    **_DATES,
    "includes_tax": Key(Kind.FLAG),
    "note": Key(Kind.NOTE),
    "prices": Key(Kind.LIST, needed=True),
    "bundles": Key(Kind.LIST),
}
PRICE = {
    "item": Key(Kind.TEXT, needed=True),
    "model": Key(Kind.CHOICE, needed=True, choices=MODELS),
    **_DATES,
    **_CONTENT,
    "when": Key(Kind.TABLE),
    "included": Key(Kind.QUANTITY),
    "minimum": Key(Kind.MONEY),
    "maximum": Key(Kind.MONEY),
    "discount_percent": Key(Kind.PERCENT),
    "increment": Key(Kind.QUANTITY),
    "increment_rounding": Key(Kind.CHOICE, choices=ROUNDINGS),
    "includes_tax": Key(Kind.FLAG),
    "tiers": Key(Kind.LIST),
    "discounts": Key(Kind.LIST),
    "ramp": Key(Kind.LIST),
    "note": Key(Kind.NOTE),
}
TIER = {"up_to": Key(Kind.QUANTITY), **_CONTENT, "discount_percent": Key(Kind.PERCENT)}
DISCOUNT = {
    "above": Key(Kind.QUANTITY, needed=True),
    "percent": Key(Kind.PERCENT, needed=True),
}
STEP = {
    "from": Key(Kind.DATE, needed=True),
    **_CONTENT,
    "minimum": Key(Kind.MONEY),
    "maximum": Key(Kind.MONEY),
}
"""A step of a ramp: from a day on, these values instead of the price's own."""
BUNDLE = {
    "bundle": Key(Kind.TEXT, needed=True),
    "item": Key(Kind.TEXT, needed=True),
    "valid_from": Key(Kind.DATE),
    "valid_to": Key(Kind.DATE),
    "shown": Key(Kind.CHOICE, choices=("components", "one")),
    "components": Key(Kind.LIST, needed=True),
    "note": Key(Kind.NOTE),
}
"""An item that is priced as one, under a name of its own."""
COMPONENT = {
    "item": Key(Kind.TEXT, needed=True),
    "quantity": Key(Kind.QUANTITY),
    "share": Key(Kind.PERCENT),
    "addon": Key(Kind.FLAG),
}
CONTENT = tuple(_CONTENT)
