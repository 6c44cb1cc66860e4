"""Rows of the source files: text by column, and the columns of each file."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

Row = dict[str, str]
"""A row as its file shows it; an absent column is an empty cell."""

CUSTOMERS = "customers.csv"
ITEMS = "items.csv"
PRICES = "prices.csv"
AGREEMENTS = "agreements.csv"
RECURRING = "recurring.csv"
CHARGES = "charges.csv"
ANSWER_KEY = "answer-key.csv"

COLUMNS: dict[str, tuple[str, ...]] = {
    CUSTOMERS: (
        "customer", "name", "kind", "street", "street2", "city", "postcode", "region", "country",
        "vat_id", "email", "language", "buyer_reference", "blocked",
    ),
    ITEMS: ("item", "description", "kind", "unit", "tax_category", "blocked"),
    PRICES: (
        "item", "customer", "plan", "currency", "model", "valid_from", "valid_to", "up_to",
        "unit_price", "flat_amount", "package_size", "percent", "minimum", "maximum",
        "discount_percent",
    ),
    AGREEMENTS: (
        "customer", "agreement", "valid_from", "valid_to", "currency", "grouping", "cut_off",
        "required_references", "payment_days", "plan", "document_discount_percent",
    ),
    CHARGES: (
        "reference", "customer", "item", "description", "kind", "quantity", "unit", "unit_price",
        "amount", "discount_percent", "currency", "service_date", "service_end", "order",
        "delivery", "ship_to", "ship_to_country", "purchase_order", "cost_centre", "cancels",
    ),
    RECURRING: (
        "reference", "customer", "item", "quantity", "unit_price", "currency", "every", "start",
        "end", "change_from", "due", "alignment", "unit",
    ),
    ANSWER_KEY: (
        "file", "row", "reference", "error", "expected_finding", "field", "before", "after",
    ),
}  # fmt: skip
SOURCE_FILES = (CUSTOMERS, ITEMS, PRICES, AGREEMENTS, CHARGES)
"""The files that errors are planted in; RECURRING has none."""

REFERENCE_COLUMN = {
    CUSTOMERS: "customer",
    ITEMS: "item",
    PRICES: "item",
    AGREEMENTS: "customer",
    CHARGES: "reference",
}
"""What a person calls a row of each file."""


def write_rows(folder: Path, name: str, rows: Sequence[Row]) -> Path:
    """Write a file's rows as UTF-8 CSV with newlines, the columns in their order."""
    path = folder / name
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS[name], restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return path
