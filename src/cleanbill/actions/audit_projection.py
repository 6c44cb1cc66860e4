"""Rows against their document: what the tables say of a bill is what its document says."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from cleanbill.formats import bill_json
from cleanbill.nouns.scales import QUANTITY_DECIMALS, RATE_DECIMALS, unscaled
from cleanbill.nouns.seal import Unseal
from cleanbill.store import archive


@dataclass(frozen=True, slots=True)
class Breach:
    """A broken law and a row that breaks it."""

    code: str
    says: str
    row: str


SEALS = "Every seal opens, unless its party has been erased."


def breaches(
    number: str,
    body: str,
    facts: Sequence[Any],
    lines: Sequence[Sequence[Any]],
    unseal: Unseal | None,
) -> Iterator[Breach]:
    """Compare a bill's row and its lines' rows with its document.

    ``facts`` are those of ``archive.HEAD`` and ``archive.TOTALS``; ``lines`` of
    ``archive.PRINTED``. ``unseal`` opens what is sealed in it; None: there is no key to try.
    """
    try:
        document = bill_json.read(body)
    except ValueError:
        yield Breach("DOCUMENT-READS", "Every document is a bill of the schema.", f"bill {number}")
        return
    if unseal and not _opens(document, unseal):
        yield Breach("SEAL", SEALS, f"bill {number}")
    if not _head_same(document, number, facts):
        yield Breach("PROJECTION", "The bill's row says what its document says.", f"bill {number}")
    for printed, row in zip(document["lines"], lines, strict=False):
        if not _line_same(document, printed, dict(zip(archive.PRINTED, row, strict=True))):
            where = f"bill {number} line {row[0]}"
            yield Breach("PROJECTION", "A line's row says what its document says.", where)


def _opens(document: bill_json.Document, unseal: Unseal) -> bool:
    """Tell whether what is sealed opens, and holds what it should (BrokenSeal is a ValueError)."""
    try:
        bill_json.opened(document, unseal)
    except ValueError:
        return False
    return True


def _head_same(document: bill_json.Document, number: str, facts: Sequence[Any]) -> bool:
    head = dict(zip(archive.HEAD, facts, strict=False))
    totals = zip(archive.TOTALS, facts[len(archive.HEAD) :], strict=True)
    return (
        document["number"] == number
        and document["kind"] == head["kind"]
        and document["customer"].get("reference") == head["customer"]
        and document["issue_date"] == str(head["issue_date"])
        and document["due_date"] == str(head["due_date"])
        and document["currency"] == head["currency"]
        and len(document["lines"]) == head["line_count"]
        and all(
            Decimal(document["totals"][name]) == unscaled(minor, head["decimals"])
            for name, minor in totals
        )
    )


def _line_same(document: bill_json.Document, printed: dict[str, Any], row: dict[str, Any]) -> bool:
    decimals = int(document["decimals"])
    money = (
        ("gross", "gross_minor"),
        ("discount", "discount_minor"),
        ("net", "net_minor"),
        ("document_discount_share", "share_minor"),
        ("tax_share", "tax_minor"),
    )
    keys, tax = printed["keys"], printed["tax"]
    texts = (
        (printed["line"], row["line"]),
        (printed.get("item"), row["item"]),
        (tax["category"], row["tax_category"]),
        (tax["rule"], row["tax_rule"]),
        (keys["model"], row["model"]),
        (keys["price"], row["price_level"]),
        (keys.get("price_version"), row["price_version"]),
        (keys.get("tier"), row["tier"]),
        (printed.get("credits", {}).get("line"), row["credits_line"]),
    )
    return (
        all(said == (None if kept is None else str(kept)) for said, kept in texts)
        and all(Decimal(printed.get(n, "0")) == unscaled(row[c], decimals) for n, c in money)
        and Decimal(printed["quantity"]) == unscaled(row["quantity_e6"], QUANTITY_DECIMALS)
        and Decimal(tax["rate_percent"]) == unscaled(row["rate_percent_e6"], RATE_DECIMALS)
    )
