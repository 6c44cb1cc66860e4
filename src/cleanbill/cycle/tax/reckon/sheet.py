"""What is reckoned: the tables of a sheet, their columns and scales, and the rules to choose from.

``_e8`` columns are amounts in major units with 8 decimals, whatever the currency; ``_e6`` are
quantities and percent with 6. Tables meet by ``bill``, ``row`` and ``adjustment``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

import polars as pl

from cleanbill.engine.tables import Schema, empty
from cleanbill.nouns.tax import Inclusive, Kind


class SheetError(ValueError):
    """The tables contradict each other; the message says where and what was expected."""


class Sums(StrEnum):
    """When figures are rounded, and so whether the printed ones add up."""

    PRINTED = "printed"
    """Ours: every row is rounded, a group's tax once, and every sum is the sum of printed rows."""
    ROUNDED = "rounded"
    """Each figure is rounded where it arises, tax taken out of an inclusive row too."""
    CARRIED = "carried"
    """Two digits more than the currency are carried to the end; each figure is then rounded for
    itself, so that printed rows need not add up."""


BILLS: Schema = {
    "bill": pl.Int64,
    "decimals": pl.Int64,
    "sums": pl.String,
    "included": pl.String,
    "inclusive": pl.String,
    "rounding_minor": pl.Int64,
    "cash_unit_minor": pl.Int64,
}
"""``included`` is the tax that prices include, null for none; ``inclusive`` null is ``rate``;
``rounding_minor`` is an amount that the bill itself adds to what is payable, null for none; payable
is rounded to ``cash_unit_minor``, null for the minor unit."""

ROWS: Schema = {
    "bill": pl.Int64,
    "row": pl.Int64,
    "part_of": pl.Int64,
    "quantity_e6": pl.Int64,
    "price_e8": pl.Int64,
}
"""A row that has parts (rows whose ``part_of`` names it) takes their sum for its price."""

ADJUSTMENTS: Schema = {
    "bill": pl.Int64,
    "adjustment": pl.Int64,
    "row": pl.Int64,
    "charge": pl.Boolean,
    "percent_e6": pl.Int64,
    "base_e8": pl.Int64,
    "rate_e8": pl.Int64,
    "quantity_e6": pl.Int64,
    "amount_e8": pl.Int64,
}
"""Discounts and charges of a row, or (``row`` null) of the bill. One of: ``percent_e6`` of
``base_e8`` (null: of the row's or bill's sum), ``rate_e8`` per unit of ``quantity_e6`` (null: the
row's quantity), or ``amount_e8``."""

TAXES: Schema = {
    "bill": pl.Int64,
    "row": pl.Int64,
    "adjustment": pl.Int64,
    "tax": pl.String,
    "kind": pl.String,
    "mark": pl.String,
    "percent_e6": pl.Int64,
    "surcharge_e6": pl.Int64,
}
"""The taxes of a row (``adjustment`` null) or of a bill's adjustment (``row`` null). ``mark`` keeps
groups apart that have the same rate: country, reason of exemption. ``percent_e6`` null: no tax."""

PAYMENTS: Schema = {
    "bill": pl.Int64,
    "payment": pl.Int64,
    "prepaid": pl.Boolean,
    "percent_e6": pl.Int64,
    "amount_minor": pl.Int64,
}
"""What is paid already, and (``prepaid`` false) instalments: percent of the payable, or amount."""

TABLES = {
    "bills": BILLS,
    "rows": ROWS,
    "adjustments": ADJUSTMENTS,
    "taxes": TAXES,
    "payments": PAYMENTS,
}


@dataclass(frozen=True, slots=True)
class Sheet:
    """Bills to be reckoned, as tables of the schemas above; keys are unique, order is kept."""

    bills: pl.DataFrame
    rows: pl.DataFrame
    adjustments: pl.DataFrame = field(default_factory=lambda: empty(ADJUSTMENTS))
    taxes: pl.DataFrame = field(default_factory=lambda: empty(TAXES))
    payments: pl.DataFrame = field(default_factory=lambda: empty(PAYMENTS))


@dataclass(frozen=True, slots=True)
class Reckoned:
    """The printed figures, in minor units: of rows, adjustments, tax groups, payments and bills."""

    bills: pl.DataFrame
    """``sum, discount, charge, included, total, tax, with_tax, retained, rounding, payable,
    prepaid, due``, each ``_minor``."""
    rows: pl.DataFrame
    """``sum_minor``, ``total_minor``; ``net_minor``, without the tax that prices include."""
    adjustments: pl.DataFrame
    """``amount_minor``."""
    groups: pl.DataFrame
    """``base_minor, tax_minor, surcharge_minor`` by tax, kind, mark and percentages."""
    shares: pl.DataFrame
    """Each row's ``tax_minor`` of its groups, where sums are PRINTED; they add up to the group."""
    payments: pl.DataFrame
    """``amount_minor``."""


def checked(sheet: Sheet) -> Sheet:
    """Return the sheet; raises SheetError where its tables contradict each other."""
    for name, schema in TABLES.items():
        wrong = {c: t for c, t in schema.items() if getattr(sheet, name).schema.get(c) != t}
        if wrong:
            raise SheetError(f"{name}: expected the columns {wrong}")
    rules = set(sheet.bills["sums"]) - set(Sums)
    rules |= set(sheet.bills["inclusive"].drop_nulls()) - set(Inclusive)
    rules |= set(sheet.taxes["kind"]) - set(Kind)
    if rules:
        raise SheetError(f"unknown rule or kind of tax: {', '.join(sorted(map(str, rules)))}")
    included = sheet.taxes.join(sheet.bills, on="bill").filter(pl.col("tax") == pl.col("included"))
    if (included["kind"] != Kind.ADDED).any():
        raise SheetError("only an added tax can be included in prices")
    if included.select("bill", "row", "adjustment").is_duplicated().any():
        raise SheetError("a row can bear the tax that prices include only once")
    if (sheet.bills["cash_unit_minor"].fill_null(1) < 1).any():
        raise SheetError("cash_unit_minor: expected a positive number of minor units, or null")
    bills = set(sheet.bills["bill"])
    for name in ("rows", "adjustments", "taxes", "payments"):
        if set(getattr(sheet, name)["bill"]) - bills:
            raise SheetError(f"{name} name a bill that is not among the bills")
    return sheet
