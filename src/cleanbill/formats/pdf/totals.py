"""The sums of a bill as rows of text: tax summary and totals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from cleanbill.formats.pdf.lines import RATED, tax_label
from cleanbill.formats.pdf.style import Style, is_zero, negated

_ADDING = (None, "added")
"""Kinds of taxes that are added to the net; the first taxes of lines name no kind."""


@dataclass(frozen=True, slots=True)
class TaxRow:
    """One tax group: its code and rate, what it is charged on, and why."""

    code: str
    rate: str
    base: str
    tax: str
    note: str


@dataclass(frozen=True, slots=True)
class TotalRow:
    """One row of the totals; ``tax`` names the group a discount belongs to."""

    name: str
    value: str
    tax: str = ""
    strong: bool = False


def tax_rows(document: Mapping[str, Any], style: Style, words: Mapping[str, str]) -> list[TaxRow]:
    """Return the tax summary; the reason no tax is charged and the law stand below a row, and what
    a tax does if it is not simply added to the net. Where taxes have names, each is called by one.
    """
    named = any("name" in group for group in document.get("taxes", ()))
    usual = words["vat" if document["seller"].get("vat_id") else "tax"]
    rows = []
    for group in document.get("taxes", ()):
        reason = group.get("reason") or group.get("reason_code", "")
        law = group.get("law", "")
        note = f"{reason} ({law})" if reason and law else reason or law
        does = [words["compound"]] if "compound" in group else []
        does += [words[group["kind"]]] if group.get("kind") in ("retained", "informative") else []
        note = " ".join(filter(None, (*does, note)))
        rows.append(
            TaxRow(
                code=group.get("name") or _unnamed(group, usual if named else ""),
                rate=style.percent(group["rate_percent"]) if "rate_percent" in group else "",
                base=style.money(group["base"]),
                tax=style.money(group["tax"]),
                note=note,
            )
        )
    return rows


def tax_note(document: Mapping[str, Any], style: Style, words: Mapping[str, str]) -> str:
    """Return what is to be known of the taxes as a whole: whether prices include them, and the tax
    in the currency the seller accounts for it in, with the rate used.
    """
    included = words["prices_include_tax"] if includes_tax(document) else ""
    other = document.get("tax_accounting")
    if not other:
        return included
    decimals = len(other["tax"].partition(".")[2])
    tax = Style(style.language, other["currency"], decimals).priced(other["tax"])
    rate = [words["exchange_rate"] + " " + style.number(other["rate"])] if "rate" in other else []
    day = [style.short_date(other["rate_date"])] if "rate_date" in other else []
    source = [other["rate_source"]] if "rate_source" in other else []
    text = ", ".join([f"{words['tax_accounting']} {tax}", *rate, *day, *source])
    return f"{included} {text}" if included else text


def includes_tax(document: Mapping[str, Any]) -> bool:
    """Tell whether the prices of a bill's lines include tax."""
    return "tax_included" in document["totals"]


def total_rows(
    document: Mapping[str, Any], style: Style, words: Mapping[str, str], tax_name: str
) -> list[TotalRow]:
    """Return the rows above the amount due; rows that would only repeat another are left out."""
    totals = document["totals"]
    adjusted = _adjustments(document, style, words)
    rows = []
    if adjusted or includes_tax(document):
        rows += [TotalRow(words["lines_net"], style.money(totals["lines_net"])), *adjusted]
    if includes_tax(document):
        included = negated(totals["tax_included"])
        rows.append(TotalRow(words["tax_included"], style.money(included)))
    rows.append(TotalRow(words["net_total"], style.money(totals["net"])))
    rows += _tax_totals(document, style, tax_name)
    after = [
        TotalRow(words[key], style.money(amount))
        for key, amount in (
            ("withheld", negated(totals.get("withheld", "0"))),
            ("prepaid", negated(totals.get("prepaid", "0"))),
            ("rounding", totals.get("rounding", "0")),
        )
        if not is_zero(amount)
    ]
    if after:
        rows.append(TotalRow(words["gross"], style.money(totals["gross"]), strong=True))
    return rows + after


def _adjustments(
    document: Mapping[str, Any], style: Style, words: Mapping[str, str]
) -> list[TotalRow]:
    """Return the rows of what is taken off or put on the whole bill, by tax group where known."""
    totals = document["totals"]
    rows = []
    for key, total in (("allowances", "document_discount"), ("charges", "charges")):
        off = key == "allowances"
        name = words["document_discount" if off else "document_charge"]
        for adjustment in document.get(key, ()):
            amount = negated(adjustment["amount"]) if off else adjustment["amount"]
            tax = tax_label(adjustment.get("tax", {}), style)
            why = _prepaid(adjustment, _reason(adjustment, name, style), style, words)
            rows.append(TotalRow(why, style.money(amount), tax))
        if key not in document and not is_zero(totals.get(total, "0")):
            amount = negated(totals[total]) if off else totals[total]
            rows.append(TotalRow(name, style.money(amount)))
    return rows


def _reason(adjustment: Mapping[str, Any], name: str, style: Style) -> str:
    reason = adjustment.get("reason", "")
    if reason in ("", "Document discount"):  # the engine's own word, not something a person wrote
        reason = name
    if "percent" in adjustment:
        reason = f"{reason} {style.percent(adjustment['percent'])}"
    return str(reason)


def _prepaid(
    adjustment: Mapping[str, Any], reason: str, style: Style, words: Mapping[str, str]
) -> str:
    """Say of what is drawn of a retainer which bill it was paid with, and what is left of it."""
    if "prepaid_by" not in adjustment:
        return reason
    if "left" not in adjustment:
        return f"{reason} ({adjustment['prepaid_by']})"
    told = {"number": adjustment["prepaid_by"], "left": style.money(adjustment["left"])}
    return f"{reason} ({words['prepaid_left'].format(**told)})"


def _unnamed(group: Mapping[str, Any], usual: str) -> str:
    """What a tax without a name is called: the usual word, if it is charged beside named ones."""
    category = str(group.get("category", ""))
    return usual if usual and category in RATED else category


def _tax_totals(document: Mapping[str, Any], style: Style, tax_name: str) -> list[TotalRow]:
    """Return one row for each name of a tax that is added, else one for all taxes together."""
    total = document["totals"]["tax"]
    groups = [group for group in document.get("taxes", ()) if group.get("kind") in _ADDING]
    sums: dict[str, Decimal] = {}
    for group in groups:
        name = group.get("name", tax_name)
        sums[name] = sums.get(name, Decimal(0)) + Decimal(group["tax"])
    # A document from elsewhere may round its taxes otherwise: what is printed must add up.
    if len(sums) > 1 and sum(sums.values()) == Decimal(total):
        return [TotalRow(name, style.money(f"{tax:f}")) for name, tax in sums.items()]
    name = " + ".join(sums) or tax_name
    if len(groups) == 1 and groups[0].get("category") == "S" and "rate_percent" in groups[0]:
        name = f"{name} {style.percent(groups[0]['rate_percent'])}"
    return [TotalRow(name, style.money(total))]
