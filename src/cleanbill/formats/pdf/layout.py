"""From a bill document to everything a printed bill says, as texts in reading order.

What comes in is the canonical document; what goes out is a ``Sheet`` that the page template and
the terminal set in type. All sums come from the document; only running totals are added up here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cleanbill.formats.pdf.lines import LineRow, line_rows
from cleanbill.formats.pdf.places import address_lines, country_name, paper_of, town_line
from cleanbill.formats.pdf.style import GAP, Style, cleaned
from cleanbill.formats.pdf.totals import (
    Payment,
    TaxRow,
    TotalRow,
    iban_groups,
    payment_box,
    tax_rows,
    total_rows,
)
from cleanbill.formats.pdf.words import language_of, words_of
from cleanbill.nouns.currency import decimals_of

_ACCENT = re.compile(r"#[0-9a-fA-F]{6}")


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
class Fact:
    """A name and its values; ``role`` is ``text``, ``code`` (to be copied) or ``large``."""

    name: str
    values: list[str]
    role: str = "text"


@dataclass(frozen=True, slots=True)
class Sheet:
    """Everything a printed bill says."""

    language: str
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
    words["tax_column"] = words[tax_word]
    kind = bill["kind"]
    return Sheet(
        language=language,
        paper=paper_of(_country(bill["seller"])),
        currency=currency,
        kind=kind,
        title=words.get(kind, _spelled(kind)),
        number=bill["number"],
        issued=[int(part) for part in bill["issue_date"].split("-")],
        date=style.date(bill["issue_date"]),
        words=words,
        letterhead=_letterhead(bill, words, language),
        customer=bill.get("customer", {}).get("name", ""),
        address=_address(bill, language),
        facts=_facts(bill, style, words),
        headline=words["amount_credited" if kind == "credit_note" else "amount_due"],
        headline_value=style.priced(bill["totals"]["payable"]),
        band=_band(bill, style, words),
        reason=bill.get("reason", ""),
        lines=line_rows(bill, style, words),
        taxes=tax_rows(bill, style),
        totals=total_rows(bill, style, words, words[f"{tax_word}_total"]),
        payment=payment_box(bill, style, words),
        notes=list(bill.get("notes", ())),
    )


def _country(party: Mapping[str, Any]) -> str:
    return str(party.get("address", {}).get("country", ""))


def _letterhead(bill: Mapping[str, Any], words: Mapping[str, str], language: str) -> Letterhead:
    seller = bill["seller"]
    address = seller.get("address", {})
    accent = seller.get("accent", "")
    accent = accent if _ACCENT.fullmatch(accent) else "#1b1b1b"
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
    country = country_name(_country(seller), language) if _country(seller) else ""
    registered = [
        f"{words[key]}{GAP}{seller[key]}" for key in ("vat_id", "tax_number") if seller.get(key)
    ]
    bank = [
        f"IBAN{GAP}{iban_groups(payment['iban'])}" if payment.get("iban") else "",
        f"BIC{GAP}{payment['bic']}" if payment.get("bic") else "",
        seller.get("website", ""),
        "" if seller.get("website") else contact.get("email", ""),
    ]
    columns = [
        [seller["name"], *street, country],
        [*seller.get("legal", ()), *registered],
        bank,
    ]
    return [column for column in ([line for line in lines if line] for lines in columns) if column]


def _address(bill: Mapping[str, Any], language: str) -> list[str]:
    customer = bill.get("customer", {})
    lines = address_lines(customer.get("address", {}), _country(bill["seller"]), language)
    return [customer["name"], *lines] if customer.get("name") else lines


def _facts(bill: Mapping[str, Any], style: Style, words: Mapping[str, str]) -> list[Fact]:
    customer, references = bill.get("customer", {}), bill.get("references", {})
    number = words.get(f"{bill['kind']}_number", words["invoice_number"])
    known = ("purchase_order", "order", "contract", "delivery", "cost_centre")
    keys = [*known, *sorted(set(references) - set(known))]
    facts = [
        Fact(number, [bill["number"]], "code"),
        Fact(words["issue_date"], [style.date(bill["issue_date"])]),
        Fact(words["customer_number"], [customer.get("reference", "")], "code"),
        Fact(words["customer_vat_id"], [customer.get("vat_id", "")], "code"),
        Fact(words["buyer_reference"], [customer.get("buyer_reference", "")], "code"),
        *(Fact(words.get(key, _spelled(key)), [references.get(key, "")], "code") for key in keys),
        Fact(words["deliver_to"], _delivery(bill, style.language)),
        Fact(words["preceding"], _preceding(bill, style) if bill["kind"] != "credit_note" else []),
        Fact(words["contact"], _contact(bill["seller"])),
    ]
    filled = [Fact(fact.name, [text for text in fact.values if text], fact.role) for fact in facts]
    return [fact for fact in filled if fact.values]


def _spelled(key: str) -> str:
    return key.replace("_", " ").capitalize()


def _contact(seller: Mapping[str, Any]) -> list[str]:
    contact = seller.get("contact", {})
    return [contact.get(key, "") for key in ("name", "phone", "email")]


def _delivery(bill: Mapping[str, Any], language: str) -> list[str]:
    place = bill.get("deliver_to", {})
    address = place.get("address", {})
    code = place.get("country") or address.get("country", "")
    country = country_name(code, language) if code and code != _country(bill["seller"]) else ""
    return [place.get("name", ""), *address.get("lines", ()), *town_line(address), country]


def _preceding(bill: Mapping[str, Any], style: Style) -> list[str]:
    return [
        f"{earlier['number']}, {style.short_date(earlier['issue_date'])}"
        if "issue_date" in earlier
        else earlier["number"]
        for earlier in bill.get("preceding", ())
    ]


def _band(bill: Mapping[str, Any], style: Style, words: Mapping[str, str]) -> list[Fact]:
    facts = []
    if bill["kind"] == "credit_note":
        corrected = _preceding(bill, style)
        if corrected:
            facts.append(Fact(words["corrects"], ["; ".join(corrected)], "code"))
    elif bill.get("due_date"):
        facts.append(Fact(words["due_date"], [style.date(bill["due_date"])], "large"))
    if "period" in bill:
        one = bill["period"]["start"] == bill["period"]["end"]
        name = words["service_date" if one else "service_period"]
        facts.append(Fact(name, [style.period(bill["period"])]))
    return facts
