"""From a bill document to everything a printed bill says, as texts in reading order.

What comes in is the canonical document; what goes out is a ``Sheet`` that the page template and
the terminal set in type. All sums come from the document; only running totals are added up here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cleanbill.formats.pdf.facts import (
    Fact,
    band_of,
    country_of,
    facts_of,
    spelled,
    window_lines,
)
from cleanbill.formats.pdf.lines import LineRow, line_rows
from cleanbill.formats.pdf.payment import Payment, iban_groups, payment_box
from cleanbill.formats.pdf.places import country_name, paper_of, town_line
from cleanbill.formats.pdf.style import GAP, Style, cleaned
from cleanbill.formats.pdf.totals import (
    TaxRow,
    TotalRow,
    includes_tax,
    tax_note,
    tax_rows,
    total_rows,
)
from cleanbill.formats.pdf.words import RIGHT_TO_LEFT, language_of, words_of
from cleanbill.nouns.currency import decimals_of
from cleanbill.nouns.look import DEFAULT_ACCENT, is_accent


@dataclass(frozen=True, slots=True)
class Letterhead:
    """Who bills: the mark, the name, the sender's line and the legal columns at the foot."""

    name: str
    tagline: str
    initials: str
    accent: str
    on_accent: str
    sender: str
    legal: list[list[str]]


@dataclass(frozen=True, slots=True)
class Sheet:
    """Everything a printed bill says."""

    language: str
    right_to_left: bool
    paper: str
    currency: str
    kind: str
    title: str
    number: str
    issued: list[int]
    date: str
    words: dict[str, str]
    letterhead: Letterhead
    customer: str
    address: list[str]
    facts: list[Fact]
    headline: str
    headline_value: str
    band: list[Fact]
    reason: str
    lines: list[LineRow]
    taxes: list[TaxRow]
    tax_note: str
    totals: list[TotalRow]
    payment: Payment | None
    notes: list[str]


def layout(document: Mapping[str, Any]) -> Sheet:
    """Return what the printed bill says."""
    bill = cleaned(document)
    language = language_of(bill.get("language", "en"))
    currency = bill["currency"]
    decimals = int(bill["decimals"]) if "decimals" in bill else decimals_of(currency)
    style = Style(language, currency, decimals)
    # Only a seller registered for value added tax charges one; others charge "tax".
    tax_word = "vat" if bill["seller"].get("vat_id") else "tax"
    words = words_of(language)
    named = any("name" in tax for tax in bill.get("taxes", ()))
    # Columns of taxes bear their common word, where there are others than VAT.
    words["tax_column"] = words["tax" if named else tax_word]
    if named:
        words["code"] = words["tax"]
    words["line_amount"] = words["with_tax" if includes_tax(bill) else "net"]
    kind = bill["kind"]
    return Sheet(
        language=language,
        right_to_left=language in RIGHT_TO_LEFT,
        paper=paper_of(country_of(bill["seller"])),
        currency=currency,
        kind=kind,
        title=words.get(kind, spelled(kind)),
        number=bill["number"],
        issued=[int(part) for part in bill["issue_date"].split("-")],
        date=style.date(bill["issue_date"]),
        words=words,
        letterhead=letterhead(bill, words, language),
        customer=bill.get("customer", {}).get("name", ""),
        address=window_lines(bill, language),
        facts=facts_of(bill, style, words),
        headline=words["amount_credited" if kind == "credit_note" else "amount_due"],
        headline_value=style.priced(bill["totals"]["payable"]),
        band=band_of(bill, style, words),
        reason=bill.get("reason", ""),
        lines=line_rows(bill, style, words),
        taxes=tax_rows(bill, style, words),
        tax_note=tax_note(bill, style, words),
        totals=total_rows(bill, style, words, words[f"{tax_word}_total"]),
        payment=payment_box(bill, style, words),
        notes=_notes(bill, words),
    )


def letterhead(bill: Mapping[str, Any], words: Mapping[str, str], language: str) -> Letterhead:
    """Return who bills, in the words of one language; the bill's texts must be cleaned."""
    seller = bill["seller"]
    address = seller.get("address", {})
    accent = seller.get("accent", "")
    accent = accent if is_accent(accent) else DEFAULT_ACCENT
    names = [part for part in seller["name"].split() if part[0].isalnum()]
    street = [*address.get("lines", ()), *town_line(address)]
    return Letterhead(
        name=seller["name"],
        tagline=seller.get("tagline", ""),
        initials=(seller.get("initials") or "".join(part[0] for part in names[:2]).upper())[:3],
        accent=accent,
        on_accent=_readable_on(accent),
        sender=" · ".join([seller["name"], *street]),
        legal=_legal(bill, street, words, language),
    )


def _readable_on(accent: str) -> str:
    red, green, blue = (int(accent[start : start + 2], 16) for start in (1, 3, 5))
    return "#1b1b1b" if 299 * red + 587 * green + 114 * blue > 160_000 else "#ffffff"


def _legal(
    bill: Mapping[str, Any], street: list[str], words: Mapping[str, str], language: str
) -> list[list[str]]:
    seller, payment = bill["seller"], bill.get("payment", {})
    contact = seller.get("contact", {})
    country = country_name(country_of(seller), language) if country_of(seller) else ""
    registered = [
        f"{words[key]}{GAP}{seller[key]}" for key in ("vat_id", "tax_number") if seller.get(key)
    ]
    identifier = seller.get("legal_registration", {}).get("id", "")
    bank = [
        f"IBAN{GAP}{iban_groups(payment['iban'])}" if payment.get("iban") else "",
        f"BIC{GAP}{payment['bic']}" if payment.get("bic") else "",
        seller.get("website", ""),
        "" if seller.get("website") else contact.get("email", ""),
    ]
    columns = [
        [seller["name"], *street, country],
        [seller.get("trading_name", ""), *seller.get("legal", ()), identifier, *registered],
        bank,
    ]
    return [column for column in ([line for line in lines if line] for lines in columns) if column]


def _notes(bill: Mapping[str, Any], words: Mapping[str, str]) -> list[str]:
    notes = [note if isinstance(note, str) else note["text"] for note in bill.get("notes", ())]
    attached = [each.get("description", each["reference"]) for each in bill.get("attachments", ())]
    return [*notes, f"{words['attachments']}: {', '.join(attached)}"] if attached else notes
