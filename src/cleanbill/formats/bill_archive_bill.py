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
    further = [tax for line in lines for tax in line.get("further_taxes", ())]
    none = Decimal(0)
    for line in lines:
        if _of(line, "gross") - _of(line, "discount") != _of(line, "net"):
            yield f"line {line['line']}: gross less discount is not net"
    for sums, rows, member, words in (
        ("lines_net", lines, "net", "nets of the lines"),
        ("document_discount", lines, "document_discount_share", "discount shares of the lines"),
        ("tax_included", lines, "tax_included", "taxes that the lines include"),
        ("net", _of_kind(taxes, None), "base", "bases of the tax rows"),
        ("tax", _of_kind(taxes, None, "added"), "tax", "taxes of the tax rows"),
        ("withheld", _of_kind(taxes, "retained"), "tax", "withheld taxes of the tax rows"),
        ("withheld", _of_kind(further, "retained"), "tax", "withheld taxes of the lines"),
    ):
        if sum((_of(row, member) for row in rows), none) != totals.get(sums, none):
            yield f"the {words} do not add up to {sums}"
    shares = [_of(line, "tax_share") for line in lines]
    shares += [_of(tax, "tax") for tax in _of_kind(further, "added")]
    if sum(shares, none) != totals["tax"]:
        yield "the tax shares of the lines do not add up to tax"
    included, withheld = totals.get("tax_included", none), totals.get("withheld", none)
    for names, sum_of, end in (
        (
            "lines_net, document_discount and tax_included",
            totals["lines_net"] - totals["document_discount"] - included,
            "net",
        ),
        ("net and tax", totals["net"] + totals["tax"], "gross"),
        (
            "gross, rounding and withheld",
            totals["gross"] + totals["rounding"] - withheld,
            "payable",
        ),
    ):
        if sum_of != totals[end]:
            yield f"{names} do not give {end}"
    # By rate, a cent may remain between a price and its net and tax; by the other rules, none.
    rule = document["calculation"].get("inclusive_method")
    if rule in ("net", "tax") and included != totals["tax"]:
        yield "tax_included is not the tax"


def _of_kind(taxes: list[Parts], *kinds: str | None) -> list[Parts]:
    """The taxes of some kinds; None is a line's first."""
    return [tax for tax in taxes if tax.get("kind") in kinds]


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
        ("tax_withheld", "withheld", 1),
    ):
        posted = unscaled(sign * side * accounts.get(account, 0), int(document["decimals"]))
        said = totals.get(total, "0")
        if posted != Decimal(said):
            yield f"the entry posts {posted} to {account}, the document says {said}"


def wrong_dates(document: Parts) -> Iterator[str]:
    """Yield dates that stand in the wrong order, in words."""
    if document["due_date"] < document["issue_date"]:
        yield "it is due before its issue date"
    for bill in document.get("preceding", ()):
        if bill["issue_date"] > document["issue_date"]:
            yield f"it is dated before {bill['number']}, which it credits"
