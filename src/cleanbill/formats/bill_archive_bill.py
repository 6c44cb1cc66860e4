"""What a single archived bill must satisfy, from its texts alone: totals, entry, dates."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from cleanbill.nouns.scales import unscaled

Parts = dict[str, Any]


def document_of(text: str) -> Parts:
    """Return a document; raises ValueError when it is no bill of a schema we know."""
    document = json.loads(text)
    if not isinstance(document, dict) or document.get("schema") != "cleanbill.bill/1":
        raise ValueError("expected a document of schema cleanbill.bill/1")
    return document


def postings_of(text: str) -> list[Parts]:
    """Return an entry's postings; raises ValueError when the text is no entry."""
    entry = json.loads(text)
    if not isinstance(entry, dict) or entry.get("schema") != "cleanbill.entry/1":
        raise ValueError("expected an entry of schema cleanbill.entry/1")
    return list(entry["postings"])


def wrong_sums(document: Parts) -> Iterator[str]:
    """Yield each sum inside a document that does not add up, in words."""
    totals = {name: Decimal(text) for name, text in document["totals"].items()}
    lines, taxes = document["lines"], document["taxes"]
    for line in lines:
        if _of(line, "gross") - _of(line, "discount") != _of(line, "net"):
            yield f"line {line['line']}: gross less discount is not net"
    for sums, rows, member, words in (
        ("lines_net", lines, "net", "nets of the lines"),
        ("document_discount", lines, "document_discount_share", "discount shares of the lines"),
        ("tax", lines, "tax_share", "tax shares of the lines"),
        ("net", taxes, "base", "bases of the tax rows"),
        ("tax", taxes, "tax", "taxes of the tax rows"),
    ):
        if sum((_of(row, member) for row in rows), Decimal(0)) != totals[sums]:
            yield f"the {words} do not add up to {sums}"
    for start, other, sign, end in (
        ("lines_net", "document_discount", -1, "net"),
        ("net", "tax", 1, "gross"),
        ("gross", "rounding", 1, "payable"),
    ):
        if totals[start] + sign * totals[other] != totals[end]:
            yield f"{start} and {other} do not give {end}"


def _of(row: Parts, member: str) -> Decimal:
    return Decimal(row.get(member, "0"))


def wrong_entry(document: Parts, postings: list[Parts]) -> Iterator[str]:
    """Yield what is wrong with an entry, in words: balance, currency, date, amounts."""
    sums: dict[str, int] = {}
    accounts: dict[str, int] = {}
    for posting in postings:
        amount = int(posting["amount_minor"])
        sums[posting["currency"]] = sums.get(posting["currency"], 0) + amount
        accounts[posting["account"]] = accounts.get(posting["account"], 0) + amount
        if posting["posted_on"] != document["issue_date"]:
            yield f"posting {posting['line']} has another date than the bill"
    yield from (f"the entry is off by {s} minor units of {c}" for c, s in sums.items() if s)
    if set(sums) != {document["currency"]}:
        yield "the entry is not in the bill's currency"
    sign = -1 if document["kind"] == "credit_note" else 1
    totals = document["totals"]
    for account, total, side in (
        ("receivable", "payable", 1),
        ("revenue", "net", -1),
        ("tax_payable", "tax", -1),
        ("rounding", "rounding", -1),
    ):
        posted = unscaled(sign * side * accounts.get(account, 0), int(document["decimals"]))
        if posted != Decimal(totals[total]):
            yield f"the entry posts {posted} to {account}, the document says {totals[total]}"


def wrong_dates(document: Parts) -> Iterator[str]:
    """Yield dates that stand in the wrong order, in words."""
    if document["due_date"] < document["issue_date"]:
        yield "it is due before its issue date"
    for bill in document.get("preceding", ()):
        if bill["issue_date"] > document["issue_date"]:
            yield f"it is dated before {bill['number']}, which it credits"
