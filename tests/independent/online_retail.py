"""What Online Retail must come to, computed without the product: no import from it, no Polars.

It reads the Parquet file row by row and follows docs/calculation.md and the comments of
examples/online-retail/company.toml, in plain integers, decimals and loops:

    python tests/independent/online_retail.py online_retail_541909.parquet

prints the expected figures and every bill as JSON.
"""

from __future__ import annotations

import json
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

COSTS = {"AMAZONFEE", "BANK CHARGES"}
CREDITED_ALONE = {"D", "M", "m", "POST", "DOT", "C2", "23444", "CRUK"}
"""Allowances, manual entries, postage, commission: price credits that need no original."""
HOME = {"United Kingdom", "Unspecified"}
UNION = {
    *("Austria", "Belgium", "Cyprus", "Czech Republic", "Denmark", "EIRE", "European Community"),
    *("Finland", "France", "Germany", "Greece", "Italy", "Lithuania", "Malta", "Netherlands"),
    *("Poland", "Portugal", "Spain", "Sweden"),
}
HIGHER_RATE_FROM = date(2011, 1, 4)
"""The standard rate rose from 17.5 % to 20 %."""
ZERO = Decimal(0)


@dataclass(slots=True)
class Row:
    """A row of the file and what becomes of it; ``place`` counts from 1."""

    place: int
    order: str
    item: str
    description: str | None
    quantity: int
    moment: datetime
    price: Decimal
    customer: str | None
    country: str
    fate: str = ""
    reason: str = ""
    candidates: list[int] = field(default_factory=list)
    original: int | None = None
    pence: int = 0
    tax: int = 0
    permille: int = 0

    @property
    def exact(self) -> Decimal:
        return self.quantity * self.price

    @property
    def cancels(self) -> bool:
        return self.order.startswith("C")


@dataclass(slots=True)
class Bill:
    """An invoice or credit note (amounts negative); ``exact`` is the source's own total."""

    kind: str
    order: str
    customer: str | None
    country: str
    day: str
    lines: int
    exact: Decimal
    net: int
    tax: int
    groups: dict[int, list[int]]
    """Base and VAT by rate in thousandths."""


def rounded(numerator: int, denominator: int) -> int:
    """Half away from zero, once."""
    size = (2 * abs(numerator) + denominator) // (2 * denominator)
    return size if numerator >= 0 else -size


def in_pence(amount: Decimal) -> int:
    return int((amount * 100).quantize(Decimal(1), ROUND_HALF_UP))


def read(path: Path) -> Iterator[Row]:
    """The price is a binary float in the file: its shortest decimal text is what was meant."""
    table = pq.read_table(path)
    names = "InvoiceNo StockCode Description Quantity InvoiceDate UnitPrice CustomerID Country"
    columns = [table.column(name).to_pylist() for name in names.split()]
    prices = {value: Decimal(repr(value)) for value in set(columns[5])}
    for place, values in enumerate(zip(*columns, strict=True), 1):
        order, item, text, quantity, moment, price, customer, country = values
        known = None if customer is None else str(customer)
        yield Row(place, order, item, text, quantity, moment, prices[price], known, country)


def rate_of(row: Row) -> int:
    """Exports bear none; the Union and home the British standard rate, in thousandths."""
    if row.country not in HOME | UNION:
        return 0
    return 200 if row.moment.date() >= HIGHER_RATE_FROM else 175


def repeated(rows: Iterable[Row], with_time: bool) -> int:
    """Rows that repeat an earlier one in every field, the time of day counting or not."""
    seen = Counter(
        (r.order, r.item, r.description, r.quantity, r.price, r.customer, r.country)
        + ((r.moment,) if with_time else (r.moment.date(),))
        for r in rows
    )
    return sum(times - 1 for times in seen.values())


def not_billable(row: Row) -> str:
    """Why no customer can be asked for the money; rows with a customer never fall under it."""
    if row.customer is not None:
        return ""
    if row.item == "B":
        return "bad debt"
    if row.item in COSTS:
        return "cost of the seller"
    if row.item == "S":
        return "sample"
    return "stock movement" if row.price == 0 and row.quantity < 0 else ""


def settle_sale(row: Row) -> None:
    row.fate, row.reason = "billed", "cash sale" if row.customer is None else "identified"
    row.pence = in_pence(row.exact)
    if row.description and re.search(r"\btest\b", row.description, re.IGNORECASE):
        row.fate, row.reason = "held", "test row"
    elif row.price == 0:
        row.fate, row.reason = "held", "no price"
    assert row.price >= 0
    assert row.quantity > 0


def find_originals(rows: list[Row]) -> None:
    """Same customer, item and price, sold not later, at least as many: then it is possible."""
    sold = defaultdict(list)
    for row in rows:
        if not row.cancels and row.customer is not None and row.fate in ("billed", "held"):
            sold[row.customer, row.item, row.price].append(row)
    for row in rows:
        if row.cancels and row.customer is not None and row.fate != "not billable":
            row.candidates = [
                sale.place
                for sale in sold[row.customer, row.item, row.price]
                if sale.moment <= row.moment and sale.quantity >= -row.quantity
            ]


def settle_cancellation(row: Row, rows: list[Row], credited: Counter[int]) -> None:
    row.pence = in_pence(row.exact)
    if len(row.candidates) > 1:
        row.fate, row.reason = "held", "several originals"
    elif not row.candidates:
        alone = row.item in CREDITED_ALONE
        row.fate, row.reason = ("credited", "alone") if alone else ("held", "no original")
    else:
        sale = rows[row.candidates[0] - 1]
        before, after = credited[sale.place], credited[sale.place] - row.quantity
        assert sale.fate == "billed"
        if after > sale.quantity:
            row.fate, row.reason = "held", "more than was billed"
            return
        row.fate, row.reason, row.permille = "credited", "linked", sale.permille
        row.original = sale.place
        credited[sale.place] = after
        row.pence = -parted(sale.pence, before, after, sale.quantity)
        row.tax = -parted(sale.tax, before, after, sale.quantity)


def parted(amount: int, before: int, after: int, whole: int) -> int:
    return rounded(amount * after, whole) - rounded(amount * before, whole)


def bills_of(rows: Iterable[Row], kind: str) -> list[Bill]:
    """One bill per order; the VAT of what has none yet is rounded once and shared by line."""
    orders = defaultdict(list)
    for row in rows:
        orders[row.order, row.customer, row.country].append(row)
    bills = []
    for (order, customer, country), lines in orders.items():
        fresh = [line for line in lines if line.reason != "linked"]
        share_tax(fresh)
        exact, day = sum((line.exact for line in lines), ZERO), lines[0].moment.date().isoformat()
        groups: dict[int, list[int]] = defaultdict(lambda: [0, 0])
        for line in lines:
            groups[line.permille][0] += line.pence
            groups[line.permille][1] += line.tax
        net, tax = (sum(group[part] for group in groups.values()) for part in (0, 1))
        parts = (len(lines), exact, net, tax, dict(sorted(groups.items())))
        bills.append(Bill(kind, order, customer, country, day, *parts))
    return bills


def share_tax(lines: list[Row]) -> None:
    """Exact shares floored; what is left goes to the largest remainders, ties to the first."""
    rates = {line.permille for line in lines} or {0}
    assert len(rates) == 1
    rate, sign = min(rates), -1 if lines and lines[0].pence < 0 else 1
    whole = rounded(sum(abs(line.pence) for line in lines) * rate, 1000)
    shares = [divmod(abs(line.pence) * rate, 1000) for line in lines]
    left = whole - sum(share for share, _ in shares)
    first = sorted(range(len(lines)), key=lambda place: (-shares[place][1], place))[:left]
    for place, line in enumerate(lines):
        line.tax = sign * (shares[place][0] + (place in first))


def settled(path: Path) -> tuple[list[Row], list[Bill]]:
    """Decide about every row, then draw up the invoices, then the credit notes."""
    rows = list(read(path))
    for row in rows:
        row.reason, row.permille = not_billable(row), rate_of(row)
        if row.reason:
            row.fate, row.pence = "not billable", in_pence(row.exact)
        elif not row.cancels:
            settle_sale(row)
    find_originals(rows)
    invoices = bills_of((row for row in rows if row.fate == "billed"), "invoice")
    credited: Counter[int] = Counter()
    for row in rows:
        if row.cancels and row.fate != "not billable":
            settle_cancellation(row, rows, credited)
    notes = bills_of((row for row in rows if row.fate == "credited"), "credit note")
    return rows, invoices + notes


def counted(rows: Iterable[Row]) -> dict[str, Any]:
    chosen = list(rows)
    exact = sum((row.exact for row in chosen), ZERO)
    size = sum((abs(row.exact) for row in chosen), ZERO)
    pence = sum(row.pence for row in chosen)
    return {"rows": len(chosen), "exact": exact, "size": size, "pence": pence}


def summed(bills: Iterable[Bill]) -> dict[str, Any]:
    chosen = list(bills)
    return {
        "bills": len(chosen),
        "net": sum(bill.net for bill in chosen),
        "tax": sum(bill.tax for bill in chosen),
        "exact": sum((bill.exact for bill in chosen), ZERO),
        "furthest": max(abs(bill.exact - Decimal(bill.net) / 100) for bill in chosen),
    }


def figures(rows: list[Row], bills: list[Bill]) -> dict[str, Any]:
    """Everything that the product's books must show, by name."""
    fates = sorted({(row.fate, row.reason) for row in rows})
    cancellations = [row for row in rows if row.cancels and row.fate != "not billable"]
    named = [row for row in cancellations if row.customer is not None]
    invoices = [bill for bill in bills if bill.kind == "invoice"]
    cash = [row for row in rows if row.customer is None and row.quantity > 0 < row.price]
    whole = counted(rows)
    return {
        "whole": {**whole, "rounding": whole["exact"] - Decimal(whole["pence"]) / 100},
        "fates": {
            f"{fate}: {reason}": counted(r for r in rows if (r.fate, r.reason) == (fate, reason))
            for fate, reason in fates
        },
        "held": counted(row for row in rows if row.fate == "held"),
        "candidates": {
            "one": counted(row for row in named if len(row.candidates) == 1),
            "several": counted(row for row in named if len(row.candidates) > 1),
            "none": counted(row for row in named if not row.candidates),
            "no customer": counted(row for row in cancellations if row.customer is None),
        },
        "rows without a customer at a price": counted(cash),
        "identified invoices": summed(b for b in invoices if b.customer is not None),
        "cash invoices": summed(b for b in invoices if b.customer is None),
        "credit notes": summed(bill for bill in bills if bill.kind != "invoice"),
        "bills without a VAT id": sum(b.customer is not None and b.country in UNION for b in bills),
        "duplicates but for the time of day": repeated(rows, with_time=False),
        "exact duplicates": repeated(rows, with_time=True),
    }


def main() -> None:
    rows, bills = settled(Path(sys.argv[1]))
    answer = {**figures(rows, bills), "bills": [asdict(bill) for bill in bills]}
    print(json.dumps(answer, default=str))


if __name__ == "__main__":
    main()
