"""The page of the GOBL case: what was compared, document by document, and every difference."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tools.gobl_figures import TOTALS, Figures

if TYPE_CHECKING:
    from tools.case_gobl import Case, Row

COLUMNS = {
    "sum": ("sum", "discount", "charge", "total", "line", "discount or charge"),
    "tax": ("included", "tax", "with_tax", "retained", "tax row"),
    "payable": ("rounding", "payable", "prepaid", "due", "payment"),
}
"""The three columns of the table, and the figures that each stands for."""

HEAD = """# GOBL's examples: sums and taxes against somebody else's

*Written by `make cases` (`tools/case_gobl.py`). Every figure is computed when the page is written.*

[GOBL](https://github.com/invopop/gobl) (Apache-2.0, release 0.502.1) comes with invoices of many
countries and, for each, the totals that its own calculation gives. Here each document is read
without its totals, expressed in our terms and reckoned twice (`cycle/tax/reckon`):

- **Compatibility**: by the rule that the document, its extension or its country names. `precise`
  carries two digits more than the currency through all sums and rounds each printed figure for
  itself (our `carried`); `currency` rounds each figure where it arises (our `rounded`). Every
  figure has to be GOBL's, to the cent: sums and totals of lines, discounts, charges, tax rows,
  totals, prepaid, due, instalments.
- **Default**: by our own rule, `printed`. Every printed row has to add up: lines, tax rows (rate ×
  base too), totals, payments.

The [formulas](../calculation.md) stand on one page. Rates come from
[our dated data](../../src/cleanbill/cycle/tax/data/SOURCES.md) for the day of the document wherever
these know the country, tax and rate by name; else as the document states them; else, where it only
names a rate, from GOBL's description of the country. What a tax does (added, withheld, only stated)
is taken from that description; for a country without one, from the document's own totals.

Other documents are compared with `python -m tools.case_gobl --data FOLDER`: the folder may hold
JSON and YAML files at any depth, in an envelope or not. `out/NAME.json` beside `NAME.yaml` is its
result; a result without the file it was made from is compared with itself, read without what
GOBL calculates. `--regimes FOLDER` names GOBL's descriptions of countries (`data/regimes`) where
they do not lie below, `--page FILE` the page to write. What is no such document is listed with the
reason, and so is one that cannot be expressed: an amount beyond our bounds, a price in a currency
without an exchange rate, a rule or rate that nobody describes."""


def table(heads: Sequence[str], rows: Iterable[Sequence[Any]], right: Sequence[int] = ()) -> str:
    """Return a Markdown table; columns whose place is in ``right`` are set flush right."""
    rule = ["---:" if place in right else "---" for place in range(len(heads))]
    return "\n".join("| " + " | ".join(map(str, row)) + " |" for row in (heads, rule, *rows))


def page(case: Case) -> str:
    """Return the whole page."""
    rows = case.rows
    parts = [
        HEAD,
        "## Counts",
        table(("", "documents"), _counts(rows), (1,)),
        "## What occurs",
        table(("in the documents", "documents"), _ranked(case.features), (1,)),
        "Where the rates came from, by tax of a line or charge ("
        "*none*: exempt, zero, reverse charge and their like):",
        table(("rates", "taxes"), _ranked(case.sources), (1,)),
        "## Differences",
        _differences(rows),
        "## Not compared",
        _left_out(case.left_out),
        "## Document by document",
        "✓ equals GOBL's figure; ✗ does not. *Adds up*: every printed row of our default does.",
        table(
            ("document", "country", "compatibility: sum", "tax", "payable",
             "default: sum", "tax", "payable", "adds up"),
            (_row(row) for row in rows),
        ),
    ]  # fmt: skip
    return "\n\n".join(part for part in parts if part) + "\n"


def _ranked(counted: Mapping[str, int]) -> list[tuple[str, int]]:
    """Return counts with the largest first, equal ones by name."""
    return sorted(counted.items(), key=lambda one: (-one[1], one[0]))


def _counts(rows: Sequence[Row]) -> list[tuple[str, int]]:
    return [
        ("compared, from " + str(len({r.example.country for r in rows})) + " countries", len(rows)),
        ("compatibility: every figure is GOBL's", sum(not r.wrong for r in rows)),
        ("default: every printed row adds up", sum(not r.broken for r in rows)),
        ("default: every figure is GOBL's too", sum(not r.wrong and not r.differs for r in rows)),
        (
            "default: differs, with the reason below",
            sum(bool(r.differs and r.reason) for r in rows),
        ),
        ("not explained", sum(not r.explained for r in rows)),
    ]


def _differences(rows: Sequence[Row]) -> str:
    found = []
    for row in rows:
        if row.wrong:
            why = row.wrong_reason or "not explained"
            found.append((row.example.name, "compatibility", _said(row.wrong), _said([why])))
        if row.broken:
            found.append((row.example.name, "default", _said(row.broken), "does not add up"))
        if row.differs:
            why = row.wrong_reason or row.reason or "not explained"
            found.append((row.example.name, "default", _said(row.differs), _said([why])))
        said = row.wrong_reason if row.wrong else ""
        found += [
            (row.example.name, "both", "none in the amounts", _said([note]))
            for note in row.notes
            if note not in said
        ]
    heads = ("document", "mode", "ours ≠ GOBL's, in minor units", "reason")
    return table(heads, found) if found else "None."


def _said(texts: Iterable[str]) -> str:
    return "; ".join(texts).replace("|", "/")


def _left_out(left_out: dict[str, list[str]]) -> str:
    rows = [(reason, len(names), ", ".join(names)) for reason, names in sorted(left_out.items())]
    return table(("reason", "documents", "which"), rows, (1,)) if rows else "Nothing."


def _row(row: Row) -> tuple[str, ...]:
    marks = [*_marks(row.wrong, row.compatible), *_marks(row.differs, row.default)]
    added = "✗" if row.broken or row.default is None else "✓"
    return (row.example.name, row.example.country, *marks, added)


def _marks(differences: Sequence[str], figures: Figures | None) -> list[str]:
    """Return a mark per column: whether one of the figures that it stands for differs."""
    if figures is None:
        return ["✗"] * len(COLUMNS)
    return [
        "✗" if any(_names(text, names) for text in differences) else "✓"
        for names in COLUMNS.values()
    ]


def _names(difference: str, names: Sequence[str]) -> bool:
    what = difference.split(":")[0].split(" × ")[-1].split(" ≠")[0]
    known = what if what in TOTALS.values() else what.rstrip("0123456789 ")
    return known in names
