"""Rows of a file of bundles, put together: one row for each component, one bundle per reference.

What belongs to the bundle as a whole stands on its first row; where later rows repeat it, they must
agree. A plan file says the same of the bundles of its plan.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from cleanbill.formats import bundle_json
from cleanbill.formats.recurring_rows import FAULTS, STATES, Composed, Known
from cleanbill.nouns.bundle import BundleTerms, Component, Shown

Row = Mapping[str, Any]


def composed(rows: pl.DataFrame, known: Known) -> Composed:
    """Return the bundles that accepted rows state, and rows at fault.

    A bundle that cannot be used is refused with all its rows: part of a bundle is none.
    """
    by_reference: dict[str, list[Row]] = {}
    for row in rows.iter_rows(named=True):
        by_reference.setdefault(row["reference"], []).append(row)
    stated, faults = [], []
    for reference, own in by_reference.items():
        version, body = known.get(reference, (None, None))
        try:
            terms = bundle_of(reference, own)
            if version is not None and body is not None:
                same_item(terms, bundle_json.read(body, version))
        except ValueError as error:
            faults += [(row["row"], "terms:invalid", f"{error}.") for row in own]
            continue
        stated.append(state(terms, own[0]["row"], version))
    return Composed(
        pl.DataFrame(stated, schema=STATES), pl.DataFrame(faults, schema=FAULTS, orient="row")
    )


def bundle_of(reference: str, rows: Sequence[Row]) -> BundleTerms:
    """Return the bundle that its rows state. Raises ValueError."""
    return BundleTerms(
        reference=reference,
        item=_one(reference, rows, "item"),
        start=_one(reference, rows, "valid_from"),
        end=_one(reference, rows, "valid_to"),
        plan=_one(reference, rows, "plan"),
        shown=Shown(_one(reference, rows, "shown") or Shown.COMPONENTS),
        components=tuple(
            Component(
                item=row["component"],
                quantity_e6=row["quantity_e6"] if row["quantity_e6"] is not None else 10**6,
                share_e6=row["share_e6"],
                addon=bool(row["addon"]),
            )
            for row in rows
        ),
    )


def state(terms: BundleTerms, row: int, based_on: int | None) -> dict[str, Any]:
    """Return a bundle as terms are kept; it belongs to no customer and has no currency."""
    return {
        "reference": terms.reference,
        "customer": None,
        "currency": None,
        "body": bundle_json.written(terms),
        "row": row,
        "based_on": based_on,
    }


def same_item(terms: BundleTerms, known: BundleTerms) -> None:
    """Raise ValueError where a bundle would become another item, or one of another plan."""
    if (terms.item, terms.plan) != (known.item, known.plan):
        whose = f"plan {known.plan}" if known.plan else "everybody"
        raise ValueError(
            f"{terms.reference} is {known.item} for {whose}; give another bundle another reference"
        )


def _one(reference: str, rows: Sequence[Row], column: str) -> Any:
    said = list(dict.fromkeys(row[column] for row in rows if row[column] is not None))
    if len(said) > 1:
        raise ValueError(f"{reference}: its rows say different things of {column}; expected one")
    return said[0] if said else None
