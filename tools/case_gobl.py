"""Reckon the GOBL examples in our terms, compare every figure, and write the page of the case.

    python -m tools.case_gobl [--data FOLDER] [--regimes FOLDER] [--page FILE]

Each document is reckoned twice: by the rule it names itself (compatibility), where every figure
must be GOBL's, and by our own rule (default), where every printed row must add up. A difference
that is not explained by the golden figures themselves ends with exit code 1.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from dataclasses import dataclass, field
from decimal import InvalidOperation
from pathlib import Path

from tools import gobl_figures, gobl_later, gobl_page
from tools.gobl_documents import Example, examples
from tools.gobl_figures import Figures, differences, regrouped
from tools.gobl_printed import unadded
from tools.gobl_rates import OTHER
from tools.gobl_terms import expressed

from cleanbill.cycle.tax import reckon

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT.parent / "shared/data/gobl"
REGIMES = "data/regimes"
PAGE = ROOT / "docs/cases/gobl.md"


@dataclass(frozen=True, slots=True)
class Row:
    """One document: what both modes came to, and why they differ from the golden figures."""

    example: Example
    golden: Figures | None
    compatible: Figures | None
    default: Figures | None
    wrong: list[str] = field(default_factory=list)
    """What differs in compatibility mode, or could not be expressed."""
    broken: list[str] = field(default_factory=list)
    """Printed rows of our default mode that do not add up: must be empty."""
    differs: list[str] = field(default_factory=list)
    """What differs in default mode."""
    reason: str = ""
    """Why default mode differs; empty where it should not or nobody knows."""
    notes: list[str] = field(default_factory=list)

    @property
    def wrong_reason(self) -> str:
        """Why compatibility mode differs: another rate by law; empty where nobody knows."""
        return "; ".join(note for note in self.notes if note.startswith(OTHER))

    @property
    def explained(self) -> bool:
        """Whether every difference has its reason, and every printed row adds up."""
        unknown = self.wrong and not self.wrong_reason
        differing = self.differs and not (self.reason or self.wrong_reason)
        return not (unknown or self.broken or differing)


@dataclass(frozen=True, slots=True)
class Case:
    """All documents, and what was counted on the way."""

    rows: list[Row]
    left_out: dict[str, list[str]]
    features: Counter[str]
    sources: Counter[str]


def run(data: Path, regimes: Path | None = None) -> Case:
    """Return the comparison of every document that GOBL calculates.

    ``regimes`` is where GOBL describes the countries, if not beside the examples.
    """
    documents, left_out = examples(data)
    beside = data / REGIMES
    terms = expressed(documents, regimes or (beside if beside.is_dir() else DATA / REGIMES))
    sheets = {
        "compatible": terms.sheet(),
        "default": terms.sheet(reckon.Sums.PRINTED),
        "rounded": terms.sheet(reckon.Sums.ROUNDED),
        "together": terms.sheet(reckon.Sums.PRINTED, reckon.Inclusive.TAX),
    }
    found = {
        name: gobl_figures.reckoned(reckon.reckon(sheet), sheet) for name, sheet in sheets.items()
    }
    rows = []
    for bill, example in enumerate(documents):
        if bill in terms.failed:
            rows.append(Row(example, None, None, None, [terms.failed[bill]]))
            continue
        try:
            golden = gobl_figures.golden(example.golden, example.decimals)
        except InvalidOperation:
            rows.append(Row(example, None, None, None, ["an amount of the result is no number"]))
            continue
        except (KeyError, ValueError, ArithmeticError, TypeError, AttributeError) as problem:
            rows.append(Row(example, None, None, None, [f"result cannot be read: {problem}"]))
            continue
        compatible, default = found["compatible"][bill], found["default"][bill]
        if not (compatible.whole and default.whole):
            rows.append(Row(example, golden, None, None, ["a figure is beyond what we can keep"]))
            continue
        notes = list(dict.fromkeys(terms.notes.get(bill, [])))
        younger = None
        if differences(compatible, golden):
            younger = gobl_later.younger(example, golden, compatible, found["together"][bill])
        if younger:
            compatible, rule = younger
            notes.append(rule)
        differs = differences(default, golden)
        cut = regrouped(compatible, golden)
        rows.append(
            Row(
                example,
                golden,
                compatible,
                default,
                differences(compatible, golden),
                unadded(default),
                differs,
                _reason(golden, default, found["rounded"][bill]) if differs else "",
                [*notes, *([cut] if cut else [])],
            )
        )
    return Case(rows, left_out, terms.features, terms.sources)


def _reason(golden: Figures, default: Figures, rounded: Figures) -> str:
    """Return why our own rule comes to other figures than GOBL's, told from the figures."""
    broken = unadded(golden)
    if broken:
        return "golden rows do not add up in print: " + "; ".join(broken)
    if not differences(default, rounded):
        return "the document carries two digits more than it prints; we round every row"
    if any(group.inside for group in golden.groups):
        return "tax is taken out of each line there, out of all lines of one rate here"
    if default.payments != rounded.payments:
        return "each instalment is rounded for itself there; here they add up to what is payable"
    return ""


def main() -> None:
    """Run the case and write its page."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument(
        "--data", type=Path, default=DATA, help="documents of GOBL, with examples/ or without"
    )
    parser.add_argument("--regimes", type=Path, help="GOBL's countries, if not below --data")
    parser.add_argument("--page", type=Path, default=PAGE, help="the page to write")
    chosen = parser.parse_args()
    case = run(chosen.data.resolve(), chosen.regimes)
    if not case.rows:
        parser.exit(2, "No document with totals is there; name a folder of them with --data.\n")
    chosen.page.parent.mkdir(parents=True, exist_ok=True)
    chosen.page.write_text(gobl_page.page(case), encoding="utf-8")
    unexplained = [row for row in case.rows if not row.explained]
    for row in unexplained:
        print(f"{row.example.name}: " + "; ".join([*row.wrong, *row.broken, *row.differs]))
    print(
        f"{chosen.page.name}: {len(case.rows)} documents, "
        f"{sum(not r.wrong for r in case.rows)} as GOBL has them, "
        f"{sum(not r.broken for r in case.rows)} add up by our rule, "
        f"{len(unexplained)} not explained"
    )
    sys.exit(1 if unexplained else 0)


if __name__ == "__main__":
    main()
