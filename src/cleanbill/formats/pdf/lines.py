"""The lines of a bill as rows of text, each with the running total it leaves behind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from cleanbill.formats.pdf.bundles import gathered
from cleanbill.formats.pdf.style import GAP, Style, is_zero, negated
from cleanbill.formats.pdf.words import unit_word

RATED = ("S", "L", "M")
"""Tax categories that charge a rate: standard, and those of the Canaries, Ceuta and Melilla."""


@dataclass(frozen=True, slots=True)
class LineRow:
    """One line as printed; ``*_pad`` is the unseen rest that aligns decimal marks."""

    position: str
    description: str
    detail: str
    quantity: str
    quantity_pad: str
    unit: str
    price: str
    price_pad: str
    price_per: str
    discount: str
    tax: str
    net: str
    running: str


def line_rows(document: Mapping[str, Any], style: Style, words: Mapping[str, str]) -> list[LineRow]:
    """Return the printed rows of a document's lines, in its order."""
    lines: Sequence[Mapping[str, Any]] = gathered(document.get("lines", ()), style)
    quantities = [style.number(line["quantity"]) for line in lines]
    prices = [_price(line, style) for line in lines]
    quantity_places = max(map(style.places, quantities), default=0)
    price_places = max(map(style.places, prices), default=0)
    running = Decimal(0)
    rows = []
    for line, quantity, price in zip(lines, quantities, prices, strict=True):
        running += Decimal(line["net"])
        rows.append(
            LineRow(
                position=line["line"],
                description=line["description"],
                detail=_detail(line, document, style, words),
                quantity=quantity,
                quantity_pad=style.padding(quantity, quantity_places),
                unit=unit_word(line.get("unit", ""), line["quantity"], style.language),
                price=price,
                price_pad=style.padding(price, price_places) if price else "",
                price_per=_price_per(line, style, words),
                discount=_discount(line, style),
                tax=_taxes(line, style),
                net=style.money(line["net"]),
                running=style.money(f"{running:f}"),
            )
        )
    return rows


def tax_label(tax: Mapping[str, Any], style: Style) -> str:
    """Return how a line names its tax: the rate where it is taxed, else the category."""
    if tax.get("category") in RATED and "rate_percent" in tax:
        return style.percent(tax["rate_percent"])
    return str(tax.get("category", ""))


def _taxes(line: Mapping[str, Any], style: Style) -> str:
    """Return the rates of all taxes of a line, in their order; of a bundle, each that occurs."""
    if "bundled" in line:
        return " / ".join(dict.fromkeys(_taxes(one, style) for one in line["bundled"]))
    taxes = (line.get("tax", {}), *line.get("further_taxes", ()))
    return " + ".join(tax_label(tax, style) for tax in taxes if tax.get("kind") in (None, "added"))


def _model(line: Mapping[str, Any]) -> str:
    return str(line.get("keys", {}).get("model", "unit"))


def _by_unit(line: Mapping[str, Any]) -> bool:
    return _model(line) in ("unit", "dynamic") and "billed_quantity" not in line


def _price(line: Mapping[str, Any], style: Style) -> str:
    # Others have no price of one unit: the document then holds the whole gross there.
    return style.money(line["unit_price"]) if _by_unit(line) else ""


def _price_per(line: Mapping[str, Any], style: Style, words: Mapping[str, str]) -> str:
    base = line.get("price_base_quantity", "1")
    if not _by_unit(line) or Decimal(base) == 1:
        return ""
    code = line.get("price_base_unit") or line.get("unit", "")
    unit = unit_word(code, base, style.language).replace(" ", GAP)
    return GAP.join(filter(None, (words["per"], style.number(base), unit)))


def _discount(line: Mapping[str, Any], style: Style) -> str:
    if is_zero(line.get("discount", "0")) and is_zero(line.get("discount_percent", "0")):
        return ""
    if "discount_percent" in line:
        return style.percent(negated(line["discount_percent"]))
    return style.money(negated(line["discount"]))


def _detail(
    line: Mapping[str, Any], document: Mapping[str, Any], style: Style, words: Mapping[str, str]
) -> str:
    facts = [
        f"{words[key]}{GAP}{line[key]}"
        for key in ("item", "buyer_item", "purchase_order_line", "cost_centre")
        if key in line
    ]
    facts += [f"{line[key]['id']}" for key in ("standard_item", "object") if key in line]
    if "service" in line and line["service"] != document.get("period"):
        facts.append(style.period(line["service"]))
    if "billed_quantity" in line:
        unit = unit_word(line.get("unit", ""), line["billed_quantity"], style.language)
        billed = GAP.join(filter(None, (style.number(line["billed_quantity"]), unit)))
        facts.append(words["billed_quantity"].format(quantity=billed))
    if _model(line) != "unit":
        facts.append(words.get(_model(line), _model(line)))
    if "bundle" in line:
        facts.append(words["in_bundle"].format(bundle=line["bundle"]["description"]))
    if "credits" in line:
        facts.append(words["credits_line"].format(**line["credits"]))
    facts += [f"{each['name']}: {each['value']}" for each in line.get("attributes", ())]
    facts += _adjustments(line, style, words)
    # Short facts lead, so that a long text wraps between its own words.
    text = "\n".join(filter(None, (line.get("detail", ""), line.get("note", ""))))
    lead = " · ".join(facts)
    return ("\n" if "\n" in text else " · ").join(filter(None, (lead, text)))


def _adjustments(line: Mapping[str, Any], style: Style, words: Mapping[str, str]) -> list[str]:
    taken = [(words["line_allowance"], each, True) for each in line.get("allowances", ())]
    put = [(words["line_charge"], each, False) for each in line.get("charges", ())]
    return [
        f"{each.get('reason', name)}{GAP}"
        + style.money(negated(each["amount"]) if off else each["amount"])
        for name, each, off in (*taken, *put)
    ]
