"""Who gets the bill, its numbers and dates: names beside values at the head of a bill."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cleanbill.formats.pdf.places import address_lines, country_name, town_line
from cleanbill.formats.pdf.style import Style, is_zero

_REFERENCES = (
    "purchase_order",
    "order",
    "project",
    "contract",
    "tender",
    "delivery",
    "receiving_advice",
    "object",
    "cost_centre",
)
"""The order references are printed in; any other follows by name."""


@dataclass(frozen=True, slots=True)
class Fact:
    """A name and its values; ``role`` is ``text``, ``code`` (to be copied) or ``large``."""

    name: str
    values: list[str]
    role: str = "text"


def window_lines(bill: Mapping[str, Any], language: str) -> list[str]:
    """Return what stands in the window of an envelope; nothing for a sale without an address."""
    customer = bill.get("customer", {})
    if not _is_postal(customer):
        return []
    address = address_lines(customer["address"], country_of(bill["seller"]), language)
    names = (customer.get(key, "") for key in ("name", "trading_name"))
    return [*filter(None, (*names, customer.get("contact", {}).get("name", ""))), *address]


def facts_of(bill: Mapping[str, Any], style: Style, words: Mapping[str, str]) -> list[Fact]:
    """Return the facts beside the address, in the order a clerk looks for them."""
    customer, language = bill.get("customer", {}), style.language
    number = words.get(f"{bill['kind']}_number", words["invoice_number"])
    days = {key: bill[key] for key in ("delivery_date", "tax_point_date") if key in bill}
    earlier = preceding(bill, style) if bill["kind"] != "credit_note" else []
    facts = [
        Fact(number, [bill["number"]], "code"),
        Fact(words["issue_date"], [style.date(bill["issue_date"])]),
        *(Fact(words[key], [style.date(day)]) for key, day in days.items()),
        Fact(words["customer"], [] if _is_postal(customer) else [customer.get("name", "")]),
        Fact(words["customer_number"], [customer.get("reference", "")], "code"),
        Fact(words["customer_vat_id"], [customer.get("vat_id", "")], "code"),
        Fact(words["buyer_reference"], [customer.get("buyer_reference", "")], "code"),
        *_references(bill.get("references", {}), words),
        Fact(words["deliver_to"], _delivery(bill, language)),
        Fact(words["preceding"], earlier),
        Fact(words["tax_representative"], _representative(bill, language)),
        Fact(words["contact"], _contact(bill["seller"])),
    ]
    filled = [Fact(fact.name, [text for text in fact.values if text], fact.role) for fact in facts]
    return [fact for fact in filled if fact.values]


def band_of(bill: Mapping[str, Any], style: Style, words: Mapping[str, str]) -> list[Fact]:
    """Return what stands beside the amount due: by when, for which time, correcting what."""
    facts = []
    if bill["kind"] == "credit_note":
        corrected = preceding(bill, style)
        if corrected:
            facts.append(Fact(words["corrects"], ["; ".join(corrected)], "code"))
    elif bill.get("due_date") and _is_owed(bill["totals"]["payable"]):
        facts.append(Fact(words["due_date"], [style.date(bill["due_date"])], "large"))
    if "period" in bill:
        one = bill["period"].get("start") == bill["period"].get("end")
        name = words["service_date" if one else "service_period"]
        facts.append(Fact(name, [style.period(bill["period"])]))
    return facts


def preceding(bill: Mapping[str, Any], style: Style) -> list[str]:
    """Return the bills that came before this one, each with its date."""
    return [
        f"{earlier['number']}, {style.short_date(earlier['issue_date'])}"
        if "issue_date" in earlier
        else earlier["number"]
        for earlier in bill.get("preceding", ())
    ]


def country_of(party: Mapping[str, Any]) -> str:
    """Return the code of the country a party sits in, or nothing."""
    return str(party.get("address", {}).get("country", ""))


def spelled(key: str) -> str:
    """Return a key as a label, where no word is known for it."""
    return key.replace("_", " ").capitalize()


def _is_postal(customer: Mapping[str, Any]) -> bool:
    address = customer.get("address", {})
    return bool(address.get("lines") or address.get("city") or address.get("postcode"))


def _is_owed(payable: str) -> bool:
    return not (is_zero(payable) or payable.startswith("-"))


def _references(references: Mapping[str, Any], words: Mapping[str, str]) -> list[Fact]:
    keys = [*_REFERENCES, *sorted(set(references) - set(_REFERENCES))]
    values = ((key, references[key]) for key in keys if key in references)
    return [
        Fact(
            words.get(key, spelled(key)), [value if isinstance(value, str) else value["id"]], "code"
        )
        for key, value in values
    ]


def _delivery(bill: Mapping[str, Any], language: str) -> list[str]:
    place = bill.get("deliver_to", {})
    code = place.get("country", "")
    country = country_name(code, language) if code and code != country_of(bill["seller"]) else ""
    return [place.get("name", ""), *place.get("lines", ()), *town_line(place), country]


def _representative(bill: Mapping[str, Any], language: str) -> list[str]:
    agent = bill.get("tax_representative", {})
    address = address_lines(agent.get("address", {}), country_of(bill["seller"]), language)
    return [agent.get("name", ""), *address, agent.get("vat_id", "")]


def _contact(seller: Mapping[str, Any]) -> list[str]:
    contact = seller.get("contact", {})
    return [contact.get(key, "") for key in ("name", "phone", "email")]
