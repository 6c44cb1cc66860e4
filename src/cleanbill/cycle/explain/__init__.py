"""Explain an amount: how a line, a tax row and a total came about, step by step, and replay it.

In: the bill's document, the line's stored keys, the charge and the price version they point to.
Out: a tree of steps with exact intermediate values. ``replayed`` runs the very pricing code again;
where it disagrees with what was issued, the audit says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from cleanbill.cycle.explain.gross import gross_how, gross_parts, tier_of
from cleanbill.cycle.explain.order import order_step
from cleanbill.cycle.explain.reductions import reduction, reduction_steps
from cleanbill.cycle.explain.step import Drawn, Row, Step, plain
from cleanbill.cycle.explain.tax import INCLUSIVE, further_share, rule_of, tax_share, tax_step
from cleanbill.formats.bill_json import Document

__all__ = [
    "Drawn",
    "Step",
    "bill_steps",
    "line_steps",
    "order_step",
    "plain",
    "price_how",
    "price_parts",
    "tax_step",
]


def price_how(line: Row, price: Row) -> str:
    """Return in words which price a priced charge, written like a line, got, and since when."""
    return gross_how(line, price, None)


def price_parts(line: Row, charge: Row, price: Row, tiers: Sequence[Row]) -> tuple[Step, ...]:
    """Return the steps that the gross of a priced charge, written like a line, rests on."""
    return gross_parts(line, charge, price, tiers, int(line["decimals"]))


def bill_steps(document: Document) -> Step:
    """Return the derivation of a bill's payable amount down to its lines and tax rows."""
    totals = document["totals"]
    lines = tuple(
        Step(f"line {n['line']}", n["net"], f"{n['description']}") for n in document["lines"]
    )
    allowances = tuple(
        Step(
            f"{reduction(a)} on {a['tax']['category']} {a['tax']['rate_percent']} %",
            a["amount"],
            "sum of its lines' shares",
        )
        for a in document.get("allowances", [])
    )
    net = [Step("lines", totals["lines_net"], "sum of the lines' nets", lines)]
    if allowances:
        net.append(Step("document discount", totals["document_discount"], "taken off", allowances))
    how = "lines less document discount"
    if "tax_included" in totals:
        net.append(Step("tax included", totals["tax_included"], INCLUSIVE[rule_of(document)]))
        how += ", less the tax that prices include"
    added = [t for t in document["taxes"] if t.get("kind") in (None, "added")]
    parts = [
        Step("net", totals["net"], how, tuple(net)),
        Step(
            "tax",
            totals["tax"],
            "sum of the tax rows",
            tuple(tax_step(document, t) for t in added),
        ),
    ]
    gross = Step("gross", totals["gross"], "net plus tax", tuple(parts))
    below = [gross]
    if Decimal(totals["rounding"]) != 0:
        why = "to the seller's cash unit"
        if rule_of(document) == "rate":
            why = "what net and tax by rate leave of the prices, and to the seller's cash unit"
        below.append(Step("rounding", totals["rounding"], why))
    if "withheld" in totals:
        kept = [t for t in document["taxes"] if t.get("kind") == "retained"]
        steps = tuple(tax_step(document, t) for t in kept)
        below.append(Step("withheld", totals["withheld"], "by the customer, taken off", steps))
    whole = "gross plus rounding" + (" less what is withheld" if "withheld" in totals else "")
    return Step(f"payable {document['currency']}", totals["payable"], whole, tuple(below))


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
    if "coupon_shares" in line:
        parts.append(reduction_steps(document, line))
    if "tax_included" in line:
        out = f"inside {line['net']} less discount; {INCLUSIVE[rule_of(document)]}, shared by line"
        parts.append(Step("tax included", line["tax_included"], out))
    parts.append(tax_share(document, line))
    parts += [further_share(document, tax) for tax in line.get("further_taxes", ())]
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
