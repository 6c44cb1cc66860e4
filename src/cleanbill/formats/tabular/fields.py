"""What a column of a file is: its name, its type, whether it and each value must be there."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

import polars as pl


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
    **{"unit": 20, "language": 10, "items": 1000, "conditions": 1000},
    **dict.fromkeys(("document_discount_tiers", "early_payment"), 200),
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
    other_names: tuple[str, ...] = ()
    """What other systems call the column, taken where a file has no column of our name."""
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


def key(name: str, kind: Type = Type.TEXT, choices: tuple[str, ...] = ()) -> Field:
    """A column that must exist and be filled in every row."""
    return Field(name, kind, needed=True, filled=True, choices=choices)


def known_as(field: Field, *names: str) -> Field:
    """Return the field with the names that it has in other systems."""
    return replace(field, other_names=names)


def texts(names: str) -> tuple[Field, ...]:
    """Columns of text that may be left out."""
    return tuple(Field(name) for name in names.split())
