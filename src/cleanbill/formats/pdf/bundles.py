"""Bundles that stand on a bill as one line: their components' lines, gathered for printing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import groupby
from typing import Any

from cleanbill.formats.pdf.style import Style

Line = Mapping[str, Any]
_WHOSE = ("source", "reference", "item", "shown")


def gathered(lines: Sequence[Line], style: Style) -> list[Line]:
    """Return the lines with one in place of the components of each bundle that is shown as one.

    Its net is the sum of theirs, its detail names them; ``bundled`` are the lines it stands for.
    """
    found: list[Line] = []
    for whose, group in groupby(lines, _whose):
        own = list(group)
        found += own if whose is None else [_one(own, style)]
    return found


def _whose(line: Line) -> tuple[str, ...] | None:
    bundle = line.get("bundle")
    if bundle is None or bundle["shown"] != "one":
        return None
    occurrence = line.get("source", {}).get("occurrence", "")
    return (*(bundle[word] for word in _WHOSE), occurrence)


def _one(lines: Sequence[Line], style: Style) -> Line:
    first, bundle = lines[0], lines[0]["bundle"]
    numbers = [line["line"] for line in lines]
    net = sum((Decimal(line["net"]) for line in lines), Decimal(0))
    made = ", ".join(f"{style.number(n['quantity'])} × {n['description']}" for n in lines)
    kept = {key: first[key] for key in ("service", "credits", "cost_centre") if key in first}
    return {
        **kept,
        "line": "–".join(dict.fromkeys((numbers[0], numbers[-1]))),
        "description": bundle["description"],
        "item": bundle["item"],
        "quantity": bundle["quantity"],
        "unit_price": f"{net:f}",
        "net": f"{net:f}",
        "keys": {"model": "bundle"},
        "note": made,
        "bundled": list(lines),
    }
