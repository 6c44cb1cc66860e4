"""Whether the printed rows of a document add up: lines, tax rows, totals."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from tools.gobl_figures import E8, Figures


def unadded(printed: Figures) -> list[str]:
    """Return which printed rows of a document do not add up; empty if all do."""
    totals, found = printed.totals, []
    for place, (total, change, result) in enumerate(printed.lines, 1):
        if total + change != result:
            found.append(f"line {place}: {total} + {change} ≠ {result}")
    if sum(line[2] for line in printed.lines) != totals["sum"]:
        found.append("lines do not add up to the sum")
    if sum(printed.changes) != totals["discount"] + totals["charge"]:
        found.append("discounts and charges do not add up")
    added = [g for g in printed.groups if g.kind == "added"]
    inside = sum(g.amount for g in added if g.inside)
    for group in printed.groups:
        if _rate(group.base, group.percent_e6) != group.amount and group.percent_e6:
            found.append(f"{group.title}: rate × {group.base} ≠ {group.amount}")
        if _rate(group.base, group.surcharge_e6) != group.surcharge:
            found.append(f"{group.title}: surcharge × {group.base} ≠ {group.surcharge}")
    if sum(g.amount + g.surcharge for g in added) != totals["tax"]:
        rows = sum(g.amount + g.surcharge for g in added)
        found.append(f"tax rows {rows} ≠ tax {totals['tax']}")
    if inside != totals["included"]:
        found.append(f"included tax rows {inside} ≠ {totals['included']}")
    retained = sum(g.amount + g.surcharge for g in printed.groups if g.kind == "retained")
    chain = {
        "retained": retained,
        "with_tax": totals["total"] + totals["tax"],
        "payable": totals["with_tax"] - totals["retained"] + totals["rounding"],
        "due": totals["payable"] - totals["prepaid"],
    }
    found += [f"{k}: {v} ≠ {totals[k]}" for k, v in chain.items() if v != totals[k]]
    before = totals["sum"] - totals["discount"] + totals["charge"]
    if inside:
        # Where prices include tax, what net and tax leave of them is a printed rounding row, at
        # most a minor unit for each rate.
        before -= totals["included"]
        left = abs(before - totals["total"])
        if left and not (totals["rounding"] and left <= sum(g.inside for g in added)):
            found.append(f"total: {before} ≠ {totals['total']}")
    elif before != totals["total"]:
        found.append(f"total: {before} ≠ {totals['total']}")
    return found


def _rate(base: int, percent_e6: int) -> int:
    exact = Decimal(base) * percent_e6 / E8
    return int(exact.quantize(Decimal(1), ROUND_HALF_UP))
