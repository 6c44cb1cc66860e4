"""Explain which purchase order a line draws on, and why that one."""

from __future__ import annotations

from cleanbill.cycle.explain.step import Step

_WHY = {
    None: "named by the charge",
    "agreement": "named by the agreement",
    "only_open": "the customer's only open one",
}


def order_step(number: str, chosen_by: str | None, kind: str) -> Step:
    """Return the step that names the order of a line of a bill of this kind."""
    if kind != "invoice":
        return Step("purchase order", number, "that of the line it reverses; it gets the net back")
    return Step("purchase order", number, f"{_WHY[chosen_by]}; it draws the net")
