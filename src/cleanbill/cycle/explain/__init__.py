"""Explain an amount: how a line, a tax row and a total came about, step by step, and replay it.

In: the bill's document, the line's stored keys, the charge and the price version they point to.
Out: a tree of steps with exact intermediate values. ``replayed`` runs the very pricing code again;
where it disagrees with what was issued, the audit says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from cleanbill.cycle.explain.gross import gross_how, gross_parts, tier_of
from cleanbill.cycle.explain.step import Drawn, Row, Step, plain
from cleanbill.formats.bill_json import Document

__all__ = ["Drawn", "Step", "bill_steps", "line_steps", "plain", "tax_step"]


def bill_steps(document: Document) -> Step:
    """Return the derivation of a bill's payable amount down to its lines and tax rows."""
    totals = document["totals"]
    lines = tuple(
        Step(f"line {n['line']}", n["net"], f"{n['description']}") for n in document["lines"]
    )
    allowances = tuple(
        Step(
            f"discount on {a['tax']['category']} {a['tax']['rate_percent']} %",
            a["amount"],
            "sum of its lines' shares",
        )
        for a in document.get("allowances", [])
    )
    net = [Step("lines", totals["lines_net"], "sum of the lines' nets", lines)]
    if allowances:
        net.append(Step("document discount", totals["document_discount"], "taken off", allowances))
    parts = [
        Step("net", totals["net"], "lines less document discount", tuple(net)),
        Step(
            "tax",
            totals["tax"],
            "sum of the tax rows",
            tuple(tax_step(document, t) for t in document["taxes"]),
        ),
    ]
    gross = Step("gross", totals["gross"], "net plus tax", tuple(parts))
    rounding = Step("rounding", totals["rounding"], "to the seller's cash unit")
    below = (gross,) if Decimal(totals["rounding"]) == 0 else (gross, rounding)
    return Step(f"payable {document['currency']}", totals["payable"], "gross plus rounding", below)


def tax_step(document: Document, tax: Row) -> Step:
    """Return the derivation of a tax row: base, rate with its law, exact product, rounding."""
    exact = Decimal(tax["base"]) * Decimal(tax["rate_percent"]).scaleb(-2)
    if document["kind"] == "credit_note":
        how = "sum of the tax shares of the reversed lines"
    elif document["calculation"]["tax_method"] == "per_line":
        how = "sum of the lines' taxes, each rounded"
    else:
        how = f"{tax['base']} × {tax['rate_percent']} % = {plain(exact)}, rounded half up once"
    law = Step("rule", tax["rule"], tax.get("law", ""))
    why = (Step("reason", tax["reason"], tax.get("reason_code", "")),) if tax.get("reason") else ()
    return Step(f"tax {tax['category']} {tax['rate_percent']} %", tax["tax"], how, (law, *why))


def line_steps(
    document: Document,
    line: Row,
    charge: Row | None,
    price: Row | None,
    tiers: Sequence[Row],
    source: Row | None,
    drawn: Drawn | None = None,
) -> Step:
    """Return the derivation of a line's net down to the row of the file it came from.

    ``drawn`` says which terms its charge was drawn from, and how its amount came about.
    """
    parts = []
    if "credits" in line:
        credit = line["credits"]
        parts.append(
            Step(
                "reverses",
                f"{credit['number']} line {credit['line']}",
                "each amount is the original's, by the share of the quantity credited so far",
            )
        )
    parts.append(
        Step(
            "gross",
            line["gross"],
            gross_how(line, price, drawn),
            gross_parts(line, charge, price, tiers, int(document["decimals"])),
        )
    )
    if "discount" in line:
        exact = Decimal(line["gross"]) * Decimal(line.get("discount_percent", "0")).scaleb(-2)
        how = f"{line.get('discount_percent', '')} % of {line['gross']} = {plain(exact)}, rounded"
        parts.append(Step("discount", line["discount"], how + _whose(line, charge, tiers)))
    parts.append(_tax_share(document, line))
    if drawn is not None:
        parts.append(Step("terms", f"{drawn.terms}, version {drawn.version}", drawn.how))
    if charge is not None:
        parts.append(_source(charge, source))
    return Step(
        f"net {document['currency']}, line {line['line']}",
        line["net"],
        "gross less discount" if "discount" in line else "gross, no discount",
        tuple(parts),
    )


def _whose(line: Row, charge: Row | None, tiers: Sequence[Row]) -> str:
    """Tell whose discount it is: the charge's own, that of the tier, or that of the price."""
    if "credits" in line or charge is None:
        return ""
    if charge["discount_percent_e6"] is not None:
        return "; the charge's own"
    if tiers and tier_of(line, tiers)["volume_discount_percent_e6"] is not None:
        return f"; for the quantity, by tier {tier_of(line, tiers)['tier']}"
    return "; by the price"


def _tax_share(document: Document, line: Row) -> Step:
    tax = line["tax"]
    base = Decimal(line["net"]) - Decimal(line.get("document_discount_share", "0"))
    exact = base * Decimal(tax["rate_percent"]).scaleb(-2)
    keys = ("category", "rate_percent")
    group = next(t for t in document["taxes"] if all(t[k] == tax[k] for k in keys))
    return Step(
        "tax share",
        line["tax_share"],
        f"{plain(base)} × {tax['rate_percent']} % = {plain(exact)}; "
        f"share of the row's {group['tax']}",
        (tax_step(document, group),),
    )


def _source(charge: Row, source: Row | None) -> Step:
    where = f"{source['name']}, row {charge['row']}" if source else f"row {charge['row']}"
    if source and source["kind"] == "drawing":
        made = f"drawn by {source['actor']} {source['imported_at']}"
        return Step(
            "source", f"{charge['source']} · {charge['reference']}", where, (Step("drawing", made),)
        )
    proof = (
        (Step("file", source["sha256"][:16] + "…", f"imported {source['imported_at']}"),)
        if source
        else ()
    )
    return Step(
        "source",
        f"{charge['source']} · {charge['reference']}",
        f"{where}, occurrence {charge['occurrence']}, version {charge['version']}",
        proof,
    )
