"""The files of a company made up: what it imports before, and what it imports for the test."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

from tools.planted.company import Company, Row, months
from tools.planted.month import month
from tools.planted.numbers import german
from tools.planted.planting import Planted, Spot

COLUMNS = {
    "customers": "customer name kind street city postcode country vat_id email language "
    "buyer_reference blocked",
    "items": "item description kind unit tax_category blocked",
    "prices": "item customer currency model valid_from valid_to unit_price",
    "agreements": "customer agreement valid_from valid_to currency grouping cut_off "
    "required_references payment_days",
    "charges": "reference customer item description kind quantity unit unit_price "
    "discount_percent currency service_date service_end order delivery ship_to_country "
    "purchase_order cancels",
    "key": "kind error file reference order customer field before after",
}
MASTER = ("customers", "items", "prices", "agreements")
_COMPANY = """\
[organisation]
name = "Evidence"
slug = "evidence"

[seller]
key = "evidence"
name = "Evidence Supplies GmbH"
currency = "EUR"
vat_id = "{vat_id}"
tax_method = "per_group"

[seller.address]
lines = ["Kaispeicherweg 11"]
city = "Hamburg"
postcode = "20457"
country = "DE"

[seller.contact]
name = "Billing"
phone = "+49 40 66969 100"
email = "billing@evidence.example"

[policy]
price_source = "list_then_charge"
"""
_OTHER_SYSTEM = 'kind = "charges"\nsource = "warehouse"\n'


def write_master(folder: Path, made: Company, tables: dict[str, list[Row]]) -> None:
    """Write the company file and the master data."""
    text = _COMPANY.format(vat_id=german(made.dice("seller")))
    (folder / "company.toml").write_text(text, encoding="utf-8")
    (folder / "warehouse.toml").write_text(_OTHER_SYSTEM, encoding="utf-8")
    for name in MASTER:
        _write(folder / f"{name}.csv", name, tables[name])


def write_history(folder: Path, made: Company, count: int) -> Iterator[tuple[str, Path]]:
    """Write month after month, the oldest first; yield the last day and the file of each."""
    for year, place in months(count)[:-1]:
        rows = month(made, year, place)
        path = folder / f"charges-{year}-{place + 1:02}.csv"
        _write(path, "charges", rows)
        yield f"{year}-{place + 1:02}", path


def write_month(folder: Path, made: Company, planted: Planted) -> None:
    """Write the month under test, the second system's rows, the edited master data and the key."""
    write_master(folder, made, planted.master)
    _write(folder / "charges.csv", "charges", planted.rows)
    _write(folder / "other.csv", "charges", planted.other)
    _write(folder / "key.csv", "key", [line for spot in planted.spots for line in _key(spot)])


def _key(spot: Spot) -> Iterator[Row]:
    """A line for each cell that changed; one without a cell where the whole row is the error."""
    row = {
        "kind": spot.edit.kind,
        "error": spot.edit.name,
        "file": spot.edit.file,
        "reference": spot.before.get("reference") or spot.before.get("item", ""),
        "order": spot.before.get("order", ""),
        "customer": spot.before.get("customer", ""),
    }
    if not spot.cells:
        yield row
    for column, after in spot.cells.items():
        yield row | {"field": column, "before": spot.before.get(column, ""), "after": after}


def _write(path: Path, name: str, rows: list[Row]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        columns = COLUMNS[name].split()
        writer = csv.DictWriter(file, columns, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
