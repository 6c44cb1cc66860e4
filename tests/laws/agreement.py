"""Compare what the product printed with what the oracle says, figure by figure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from tests.oracle.bill import Bill, printed
from tests.oracle.facts import DECIMALS

Document = dict[str, Any]
LINE_AMOUNTS = ("gross", "discount", "net", "document_discount_share", "tax_share")


def references(document: Document) -> list[str]:
    return [line["source"]["reference"] for line in document["lines"]]


def shown(document: Document) -> dict[str, Any]:
    """Return a document's figures in the shape of the oracle's ``printed``."""
    none = f"{Decimal(0).scaleb(-int(document['decimals'])):f}"
    lines = [
        {
            "reference": line["source"]["reference"],
            "quantity": Decimal(line["quantity"]),
            **{name: line.get(name, none) for name in LINE_AMOUNTS},
            "coupons": tuple(part["amount"] for part in line.get("coupon_shares", ())),
            "category": line["tax"]["category"],
            "rate_percent": Decimal(line["tax"]["rate_percent"]),
            "name": line["tax"].get("name"),
            "tax_included": line.get("tax_included"),
            "further": [
                tuple(tax[k] for k in ("name", "kind", "rule", "base", "tax"))
                for tax in line.get("further_taxes", [])
            ],
        }
        for line in document["lines"]
    ]
    groups = sorted(
        (
            *(g["category"], Decimal(g["rate_percent"]), g["base"], g["tax"]),
            *(g.get("name", ""), g.get("kind", "")),
        )
        for g in document["taxes"]
    )
    allowances = sorted(
        (a["tax"]["category"], Decimal(a["tax"]["rate_percent"]), a["amount"])
        for a in document.get("allowances", [])
    )
    return {
        "lines": lines,
        "taxes": groups,
        "allowances": allowances,
        "totals": dict(document["totals"]),
    }


def differences(bill: Bill, document: Document) -> list[str]:
    """Return the figures in which a document differs from the oracle's bill of its lines."""
    due, got = printed(bill), shown(document)
    name = f"{document['number']} ({bill.customer}, {bill.currency})"
    found = []
    if document["kind"] != ("credit_note" if bill.credit_note else "invoice"):
        found.append(f"{name}: is a {document['kind']}")
    if int(document["decimals"]) != DECIMALS[bill.currency]:
        found.append(f"{name}: has {document['decimals']} decimals")
    for line, right in zip(got["lines"], due["lines"], strict=True):
        for key, value in right.items():
            if line[key] != value:
                where = f"{right['reference']} {key}"
                found.append(f"{name}: {where}: printed {line[key]}, oracle {value}")
    for part in ("taxes", "allowances", "totals"):
        if got[part] != due[part]:
            found.append(f"{name}: {part}: printed {got[part]}, oracle {due[part]}")
    return found


def disagreements(bills: Iterable[Bill], documents: Iterable[Document]) -> list[str]:
    """Return every difference between the oracle's bills and the product's documents."""
    due = {tuple(line.charge.reference for line in bill.lines): bill for bill in bills}
    found = []
    for document in documents:
        bill = due.pop(tuple(references(document)), None)
        if bill is None:
            found.append(f"{document['number']}: gathers other lines: {references(document)}")
        else:
            found += differences(bill, document)
    found += [f"no document with the lines {', '.join(lines)}" for lines in due]
    return found


def doubled(documents: Iterable[Document]) -> list[str]:
    """Return the charges that stand on more than one line."""
    counted = Counter(name for document in documents for name in references(document))
    return [name for name, times in counted.items() if times > 1]
