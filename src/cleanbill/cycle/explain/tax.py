"""Explain taxes: how a tax row came about, and each line's share of it, step by step."""

from __future__ import annotations

from decimal import Decimal

from cleanbill.cycle.explain.step import Row, Step, plain
from cleanbill.formats.bill_json import Document
from cleanbill.nouns.tax_engine import RULE

INCLUSIVE = {
    "net": "each group's price ÷ (100 % + its rates), rounded half up once; the tax remains",
    "tax": "each group's price × rates ÷ (100 % + rates), rounded half up once; the net remains",
    "rate": "each group's price ÷ (100 % + its rates), rounded half up once; the tax is the rate "
    "of that net",
}
"""How tax is taken out of prices that include it, by the rule."""


def rule_of(document: Document) -> str:
    """Return the rule by which tax was taken out of prices; nothing where they include none."""
    return str(document["calculation"].get("inclusive_method", ""))


def tax_step(document: Document, tax: Row) -> Step:
    """Return the derivation of a tax row: base, rate with its law, exact product, rounding."""
    exact = Decimal(tax["base"]) * Decimal(tax["rate_percent"]).scaleb(-2)
    if document["kind"] == "credit_note":
        how = "sum of the tax shares of the reversed lines"
    elif tax["rule"].startswith(RULE):
        how = "sum of what the tax engine told of each line; its base × rate was checked"
    elif rule_of(document) in ("net", "tax") and tax.get("kind") in (None, "added"):
        how = f"what remains of the prices above {tax['base']}; {INCLUSIVE[rule_of(document)]}"
    elif document["calculation"]["tax_method"] == "per_line":
        how = "sum of the lines' taxes, each rounded"
    else:
        how = f"{tax['base']} × {tax['rate_percent']} % = {plain(exact)}, rounded half up once"
    law = Step("rule", tax["rule"], tax.get("law", ""))
    why = (Step("reason", tax["reason"], tax.get("reason_code", "")),) if tax.get("reason") else ()
    if "compound" in tax:
        how += "; the base is the net and the taxes before"
    name = f"tax {tax.get('name') or tax['category']} {tax['rate_percent']} %"
    return Step(name, tax["tax"], how, (law, *why))


def tax_share(document: Document, line: Row) -> Step:
    """Return the derivation of a line's share of its first tax."""
    tax = line["tax"]
    base = Decimal(line["net"]) - Decimal(line.get("document_discount_share", "0"))
    base -= Decimal(line.get("tax_included", "0"))
    exact = base * Decimal(tax["rate_percent"]).scaleb(-2)
    keys = ("category", "rate_percent", "name", *(("rule",) if "name" in tax else ()))
    group = next(
        t
        for t in document["taxes"]
        if "kind" not in t and all(t.get(k) == tax.get(k) for k in keys)
    )
    return Step(
        "tax share",
        line["tax_share"],
        f"{plain(base)} × {tax['rate_percent']} % = {plain(exact)}; {_told(tax)}"
        f"share of the row's {group['tax']}",
        (tax_step(document, group),),
    )


def _told(tax: Row) -> str:
    """Say that an engine told the amount, where one did."""
    return "told by the tax engine; " if tax["rule"].startswith(RULE) else ""


def further_share(document: Document, tax: Row) -> Step:
    """Return the derivation of a line's share of a further tax."""
    keys = ("category", "compound", "kind", "name", "rate_percent", "rule")
    group = next(t for t in document["taxes"] if all(t.get(k) == tax.get(k) for k in keys))
    exact = Decimal(tax["base"]) * Decimal(tax["rate_percent"]).scaleb(-2)
    return Step(
        f"share of {tax.get('name', tax['category'])}, {tax['kind']}",
        tax["tax"],
        f"{tax['base']} × {tax['rate_percent']} % = {plain(exact)}; {_told(tax)}"
        f"share of the row's {group['tax']}",
        (tax_step(document, group),),
    )
