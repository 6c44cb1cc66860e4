"""The books of the Online Retail year as they stand in the database: rows, bills, findings.

Read with plain SQL, so that what is checked and shown is what was kept, not what a run said.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

HELD = {
    "CB-CHG-017": "test row",
    "CB-CHG-003": "no price",
    "CB-CHG-013": "several originals",
    "CB-CHG-012": "no original",
    "CB-CHG-014": "more than was billed",
}
"""Blocking codes and the word for each; of a row with two, the first counts."""
NOT_BILLABLE = {
    "Adjustment of bad debt": "bad debt",
    "Fee that a market place or bank": "cost of the seller",
    "Sample booked without a customer": "sample",
    "Stock movement": "stock movement",
}
"""How the company file's reasons begin, and the word for each."""
UNTOUCHED = (
    *("charge", "charge_link", "bill", "bill_line", "bill_tax", "document", "posting", "finding"),
    *("customer", "item", "price", "price_tier", "agreement", "series", "seller", "organisation"),
)
"""What a repeated import and run must leave as it is: everything but the record of the attempt."""

_ROWS = """
SELECT c.row, c.id, c.reference, c."order", c.item, c.description, c.customer, c.kind,
       c.quantity_e6, c.unit_price_e8, c.repeats, k.kind, k.cause, b.kind, b.number, l.line,
       l.net_minor, l.tax_minor, o.charge_id
FROM charge c
LEFT JOIN charge_link k ON k.charge_id = c.id AND k.live
LEFT JOIN bill b ON b.id = k.bill_id
LEFT JOIN bill_line l ON l.bill_id = k.bill_id AND l.line = k.line
LEFT JOIN bill_line o ON o.bill_id = l.credits_bill_id AND o.line = l.credits_line
ORDER BY c.id
"""
_FINDINGS = """
SELECT charge_id, code, severity, at_stake_minor, parameters FROM finding
WHERE closed_run_id IS NULL AND charge_id IS NOT NULL
"""
_BILLS = """
SELECT b.id, b.kind, json_extract(d.body, '$.references.order'), b.customer, b.number, b.issue_date,
       b.line_count, b.net_minor, b.tax_minor, b.payable_minor
FROM bill b JOIN document d ON d.bill_id = b.id ORDER BY b.id
"""
_TAXES = "SELECT bill_id, rate_percent_e6, tax_rule, base_minor, tax_minor FROM bill_tax"


@dataclass(slots=True)
class Booked:
    """A charge and what became of it. ``pence`` as billed, else the amount at stake; signed."""

    place: int
    reference: str
    order: str
    item: str
    description: str | None
    customer: str | None
    cancels: bool
    repeats: int
    exact_e14: int
    fate: str
    reason: str
    pence: int
    tax: int
    number: str | None
    line: int | None
    original: int | None
    proposals: str

    @property
    def exact(self) -> Decimal:
        """Quantity times price as the source has them."""
        return Decimal(self.exact_e14).scaleb(-14)


@dataclass(slots=True)
class Issued:
    """An issued bill; amounts of a credit note are negative. ``taxes``: rate, rule, base, VAT."""

    kind: str
    order: str
    customer: str | None
    number: str
    day: str
    lines: int
    net: int
    tax: int
    payable: int
    taxes: list[tuple[int, str, int, int]]

    @property
    def groups(self) -> dict[int, list[int]]:
        """Base and VAT by rate in thousandths."""
        return {rate: [base, tax] for rate, _, base, tax in sorted(self.taxes)}


@dataclass(slots=True)
class Books:
    """All that the case looks at."""

    rows: list[Booked]
    bills: list[Issued]
    without_vat_id: int
    """Open findings CB-TAX-002."""


def read(database: Path) -> Books:
    """Return the rows and bills in the order in which they came in and were issued."""
    with _opened(database) as store:
        found: dict[int, list[tuple[Any, ...]]] = {}
        for charge, *rest in store.execute(_FINDINGS):
            found.setdefault(charge, []).append(tuple(rest))
        places = dict(store.execute("SELECT id, row FROM charge"))
        rows = [_booked(row, found.get(row[1], []), places) for row in store.execute(_ROWS)]
        taxes: dict[int, list[tuple[Any, ...]]] = {}
        for bill, *tax in store.execute(_TAXES):
            taxes.setdefault(bill, []).append(tuple(tax))
        bills = [_issued(row, taxes[row[0]]) for row in store.execute(_BILLS)]
        (count,) = store.execute(
            "SELECT count(*) FROM finding WHERE code = 'CB-TAX-002' AND closed_run_id IS NULL"
        ).fetchone()
    return Books(rows, bills, count)


def _opened(database: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{database}?mode=ro", uri=True)


def _booked(row: tuple[Any, ...], found: list[tuple[Any, ...]], places: dict[int, int]) -> Booked:
    place, _, reference, order, item, text, customer, kind, quantity, price, repeats = row[:11]
    link, cause, bill, number, line, net, tax, original = row[11:]
    exact = quantity * price
    sign = -1 if exact < 0 else 1
    stake = max((f[2] for f in found), default=0)
    codes = {f[0] for f in found if f[1] == "block"}
    proposals = next((f[3] for f in found if f[0] == "CB-CHG-013"), "")
    if link == "billed":
        fate = "billed" if bill == "invoice" else "credited"
        cash, alone = customer is None, original is None
        words = ("identified", "cash sale") if bill == "invoice" else ("linked", "alone")
        reason = words[cash if bill == "invoice" else alone]
        pence, tax = (net, tax) if bill == "invoice" else (-net, -tax)
    elif link == "not_billable":
        fate, pence = "not billable", sign * stake
        reason = next((word for start, word in NOT_BILLABLE.items() if cause.startswith(start)), "")
    else:
        fate, pence = "held", sign * stake
        reason = next((word for code, word in HELD.items() if code in codes), f"{sorted(codes)}")
    return Booked(
        *(place, reference, order, item, text, customer, kind == "cancellation", repeats, exact),
        *(fate, reason or str(cause), pence, tax or 0, number, line),
        *(places.get(original), proposals),
    )


def _issued(row: tuple[Any, ...], taxes: list[tuple[Any, ...]]) -> Issued:
    _, kind, order, customer, number, day, lines, *amounts = row
    sign = 1 if kind == "invoice" else -1
    net, tax, payable = (sign * amount for amount in amounts)
    parts = [(rate // 10**5, rule, sign * base, sign * due) for rate, rule, base, due in taxes]
    return Issued(
        kind.replace("_", " "), order, customer, number, day, lines, net, tax, payable, parts
    )


def figures(books: Books) -> dict[str, Any]:
    """Return the same figures, by the same names, as the independent script computes."""
    rows, bills = books.rows, books.bills
    whole = _counted(rows)
    matched = [row for row in rows if row.cancels and row.fate != "not billable"]
    named = [row for row in matched if row.customer is not None]
    words = {
        "one": ("linked", "more than was billed"),
        "several": ("several originals",),
        "none": ("alone", "no original"),
    }
    invoices = [bill for bill in bills if bill.kind == "invoice"]
    exact: dict[tuple[str, str], Decimal] = {}
    for row in rows:
        if row.number is not None:
            key = (row.number, row.order)
            exact[key] = exact.get(key, Decimal(0)) + row.exact
    return {
        "whole": {**whole, "rounding": whole["exact"] - Decimal(whole["pence"]).scaleb(-2)},
        "fates": {
            f"{fate}: {reason}": _counted(r for r in rows if (r.fate, r.reason) == (fate, reason))
            for fate, reason in sorted({(row.fate, row.reason) for row in rows})
        },
        "held": _counted(row for row in rows if row.fate == "held"),
        "candidates": {
            **{word: _counted(r for r in named if r.reason in words[word]) for word in words},
            "no customer": _counted(row for row in matched if row.customer is None),
        },
        "rows without a customer at a price": _counted(
            r for r in rows if r.customer is None and r.exact_e14 > 0 and not r.cancels
        ),
        "identified invoices": _summed((b for b in invoices if b.customer is not None), exact),
        "cash invoices": _summed((b for b in invoices if b.customer is None), exact),
        "credit notes": _summed((bill for bill in bills if bill.kind != "invoice"), exact),
        "bills without a VAT id": books.without_vat_id,
        "duplicates but for the time of day": sum(row.repeats > 0 for row in rows),
    }


def _counted(rows: Iterable[Booked]) -> dict[str, Any]:
    chosen = list(rows)
    return {
        "rows": len(chosen),
        "exact": Decimal(sum(row.exact_e14 for row in chosen)).scaleb(-14),
        "size": Decimal(sum(abs(row.exact_e14) for row in chosen)).scaleb(-14),
        "pence": sum(row.pence for row in chosen),
    }


def _summed(bills: Iterable[Issued], exact: dict[tuple[str, str], Decimal]) -> dict[str, Any]:
    chosen = [(bill, exact[bill.number, bill.order]) for bill in bills]
    return {
        "bills": len(chosen),
        "net": sum(bill.net for bill, _ in chosen),
        "tax": sum(bill.tax for bill, _ in chosen),
        "exact": sum((was for _, was in chosen), Decimal(0)),
        "furthest": max((abs(was - Decimal(bill.net).scaleb(-2)) for bill, was in chosen)),
    }


def differences(expected: Any, shown: Any, name: str = "") -> list[str]:
    """Return every figure of the books that differs from what is expected."""
    if isinstance(expected, dict) and isinstance(shown, dict):
        both = sorted(expected.keys() | shown.keys())
        parts = [(expected.get(k), shown.get(k), f"{name}, {k}" if name else k) for k in both]
        return [line for part in parts for line in differences(*part)]
    return [] if expected == shown else [f"{name}: expected {expected}, the books show {shown}"]


def unlike_bills(expected: Iterable[Any], issued: Iterable[Issued]) -> list[str]:
    """Compare every bill by its order: customer, day, lines, net, VAT, base and VAT by rate."""
    parts = ("customer", "day", "lines", "net", "tax", "groups")
    wanted, found = (
        {f"{b.kind} of {b.order}": tuple(getattr(b, part) for part in parts) for b in bills}
        for bills in (expected, issued)
    )
    return differences(wanted, found)


def unlike_rows(expected: Iterable[Any], kept: Iterable[Booked]) -> list[str]:
    """Compare every row: its fate and reason, the sale that it cancels, its pence."""
    parts = ("fate", "reason", "original", "pence")
    wanted, found = (
        {f"row {row.place}": tuple(getattr(row, part) for part in parts) for row in rows}
        for rows in (expected, kept)
    )
    return differences(wanted, found)


def snapshot(database: Path) -> dict[str, tuple[int, str]]:
    """Return row count and hash of each table that a repetition must not change."""
    taken = {}
    with _opened(database) as store:
        for table in UNTOUCHED:
            digest, count = hashlib.sha256(), 0
            for row in store.execute(f"SELECT * FROM {table} ORDER BY 1, 2, 3"):
                digest.update(repr(row).encode())
                count += 1
            taken[table] = (count, digest.hexdigest())
    return taken
