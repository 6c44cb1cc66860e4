"""Tables, trees and amounts for the terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Literal

from rich import box
from rich.markup import escape
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from cleanbill.cycle.explain import Step
from cleanbill.nouns.currency import decimals_of
from cleanbill.nouns.scales import unscaled

SEVERITY = {
    "block": Text("⬣ block", "red"),
    "warn": Text("▲ warn", "yellow"),
    "info": Text("● info", "blue"),
    "waived": Text("○ waived", "dim"),
    "deferred": Text("◷ deferred", "dim"),
}
"""Severities by shape, word and colour, never by colour alone."""


def money(minor: int | None, currency: str) -> str:
    """Return an amount grouped by thousands with its currency's decimals."""
    if minor is None:
        return "—"
    return f"{unscaled(minor, decimals_of(currency)):,}"


def table(
    title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]], right: Sequence[int] = ()
) -> Table:
    """Return a table; columns whose place is in ``right`` are set flush right."""
    shown = Table(
        title=Text(title),
        box=box.SIMPLE_HEAD,
        title_justify="left",
        title_style="bold",
        pad_edge=False,
    )
    for place, name in enumerate(columns):
        figures = place in right
        justify: Literal["left", "right"] = "right" if figures else "left"
        shown.add_column(name, justify=justify, overflow="fold", no_wrap=figures)
    for row in rows:
        shown.add_row(*(cell if isinstance(cell, Text) else Text(str(cell)) for cell in row))
    return shown


def tree(step: Step) -> Tree:
    """Return a derivation as a tree."""
    branch = Tree(_label(step), guide_style="dim")
    for part in step.parts:
        branch.add(tree(part))
    return branch


def _label(step: Step) -> str:
    how = f"  [dim]{escape(step.how)}[/]" if step.how else ""
    return f"{escape(step.label)}  [bold]{escape(step.value)}[/]{how}"


def as_values(step: Step) -> dict[str, Any]:
    """Return a derivation as JSON values."""
    return {
        "label": step.label,
        "value": step.value,
        "how": step.how,
        "parts": [as_values(part) for part in step.parts],
    }


def figure(value: int, decimals: int) -> str:
    """Return a scaled number without superfluous zeros."""
    text = f"{unscaled(value, decimals):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
