"""Rules of GOBL younger than the release that the case names: documents may follow either.

A document does not say by which release it was calculated. Where the rule of the release does not
come to its figures, these are tried, and the page says so.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal

from tools.gobl_documents import Example
from tools.gobl_figures import Figures, differences
from tools.gobl_rates import percent

INCLUDED = (
    "by a later rule of GOBL: prices that include tax, tax out of all lines of a rate at once"
)
OF_DUE = (
    "by a later rule of GOBL: percentages of instalments are of what is due, not of the payable"
)
E8 = Decimal(10) ** 8


def younger(
    example: Example, golden: Figures, compatible: Figures, together: Figures
) -> tuple[Figures, str] | None:
    """Return the figures by a younger rule that are GOBL's, and which rule; None if none is.

    ``compatible`` are the figures by the release, ``together`` those with the tax taken out of
    all lines of one rate at once, tax first.
    """
    for figures, rule in _candidates(example, compatible, together):
        if not differences(figures, golden):
            return figures, rule
    return None


def _candidates(
    example: Example, compatible: Figures, together: Figures
) -> Iterator[tuple[Figures, str]]:
    included = (example.written.get("tax") or {}).get("prices_include")
    yield _of_due(example, compatible), OF_DUE
    if included and together.whole:
        yield together, INCLUDED
        yield _of_due(example, together), f"{INCLUDED}; {OF_DUE}"


def _of_due(example: Example, figures: Figures) -> Figures:
    """Return the figures with percentages of instalments taken of what is due."""
    payment = example.written.get("payment") or {}
    dues = (payment.get("terms") or {}).get("due_dates") or []
    payments = list(figures.payments)
    first = len(payments) - len(dues)
    for place, due in enumerate(dues, first):
        share = percent(due["percent"]) if due.get("percent") else 0
        if share:
            exact = Decimal(figures.totals["due"]) * share / E8
            payments[place] = int(exact.quantize(Decimal(1), ROUND_HALF_UP))
    return replace(figures, payments=payments)
