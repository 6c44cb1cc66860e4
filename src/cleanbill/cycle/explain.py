"""Explain an amount: how a line, a tax row and a total came about, step by step, and replay it.

In: the bill's document, the line's stored keys, the charge and the price version they point to.
Out: a tree of steps with exact intermediate values. ``replayed`` runs the very pricing code again;
where it disagrees with what was issued, the audit says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from cleanbill.formats.bill_json import Document
from cleanbill.nouns.scales import (
    PRICE_DECIMALS,
    QUANTITY_DECIMALS,
    RATE_DECIMALS,
    unscaled,
)

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Step:
    """One amount, how it came about, and the steps it rests on."""

    label: str
    value: str
    how: str = ""
    parts: tuple[Step, ...] = field(default_factory=tuple)


def plain(value: Decimal) -> str:
    """Return a decimal without exponent and superfluous zeros."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


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
) -> Step:
    """Return the derivation of a line's net down to the row of the file it came from."""
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
            _gross_how(line, charge, price),
            _gross_parts(line, price, tiers, document),
        )
    )
    if "discount" in line:
        exact = Decimal(line["gross"]) * Decimal(line.get("discount_percent", "0")).scaleb(-2)
        how = f"{line.get('discount_percent', '')} % of {line['gross']} = {plain(exact)}, rounded"
        parts.append(Step("discount", line["discount"], how))
    parts.append(_tax_share(document, line))
    if charge is not None:
        parts.append(_source(charge, source))
    return Step(
        f"net {document['currency']}, line {line['line']}",
        line["net"],
        "gross less discount" if "discount" in line else "gross, no discount",
        tuple(parts),
    )


def _gross_how(line: Row, charge: Row | None, price: Row | None) -> str:
    level = line["keys"]["price"]
    if level == "charge":
        return "price brought by the charge itself"
    since = f", in force since {price['valid_from']}" if price else ""
    return f"{level} price, version {line['keys'].get('price_version', '1')}{since}"


def _gross_parts(
    line: Row, price: Row | None, tiers: Sequence[Row], document: Document
) -> tuple[Step, ...]:
    if "credits" in line:
        part = f"what {line['quantity']} {line.get('unit', '')} are of the original's gross"
        return (Step("share of the original", line["gross"], part),)
    quantity = Decimal(line["quantity"])
    model = line["keys"]["model"]
    decimals = int(document["decimals"])
    if price is None or model == "unit":
        unit_price = Decimal(line["unit_price"])
        exact = quantity * unit_price
        return (
            Step(
                "quantity × unit price",
                plain(exact),
                f"{line['quantity']} {line.get('unit', '')} × {line['unit_price']}, "
                f"rounded to {line['gross']}",
            ),
        )
    if model == "flat":
        return (Step("flat amount", line["gross"], "whatever the quantity"),)
    if model == "graduated":
        return _graduated(quantity, tiers, decimals)
    tier = next((t for t in tiers if str(t["tier"]) == line["keys"].get("tier")), tiers[0])
    unit_price = unscaled(tier["unit_price_e8"] or 0, PRICE_DECIMALS)
    flat = unscaled(tier["flat_minor"] or 0, decimals)
    if model == "volume":
        return (
            Step(
                f"tier {tier['tier']}",
                plain(quantity * unit_price + flat),
                f"{line['quantity']} × {plain(unit_price)}" + (f" + {plain(flat)}" if flat else ""),
            ),
        )
    if model == "package":
        size = unscaled(tier["package_size_e6"], QUANTITY_DECIMALS)
        full, begun = divmod(quantity, size)
        packs = full + (1 if begun else 0)
        return (
            Step(
                "packages",
                plain(packs * unit_price),
                f"{line['quantity']} in packages of {plain(size)}: "
                f"{plain(packs)} begun × {plain(unit_price)}",
            ),
        )
    return (Step("percentage", line["gross"], _percentage_how(price, tier, flat)),)


def _percentage_how(price: Row, tier: Row, flat: Decimal) -> str:
    percent = unscaled(tier["percent_e6"] or 0, RATE_DECIMALS)
    limited = price["minimum_minor"] or price["maximum_minor"]
    limits = ", within its minimum and maximum" if limited else ""
    return f"{plain(percent)} % of the amount" + (f" + {plain(flat)}" if flat else "") + limits


def _graduated(quantity: Decimal, tiers: Sequence[Row], decimals: int) -> tuple[Step, ...]:
    steps: list[Step] = []
    below = Decimal(0)
    for tier in tiers:
        top = None if tier["up_to_e6"] is None else unscaled(tier["up_to_e6"], QUANTITY_DECIMALS)
        part = (quantity if top is None else min(quantity, top)) - below
        if part <= 0 and steps:
            break
        unit_price = unscaled(tier["unit_price_e8"] or 0, PRICE_DECIMALS)
        flat = unscaled(tier["flat_minor"] or 0, decimals)
        reach = "and above" if top is None else f"to {plain(top)}"
        steps.append(
            Step(
                f"tier {tier['tier']}",
                plain(part * unit_price + flat),
                f"from {plain(below)} {reach}: {plain(part)} × {plain(unit_price)}"
                + (f" + {plain(flat)}" if flat else ""),
            )
        )
        if top is None:
            break
        below = top
    return tuple(steps)


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
