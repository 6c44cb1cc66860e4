"""Rows of a file of spend, milestone or progress terms, put together: one set per reference.

What belongs to the terms as a whole stands on their first row; where later rows repeat it, they
must agree.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import polars as pl

from cleanbill.formats import terms_json
from cleanbill.formats.recurring_rows import FAULTS, STATES, Composed, Known
from cleanbill.formats.terms_json import Terms
from cleanbill.nouns.cadence import Alignment, Cadence, Unit
from cleanbill.nouns.drawn import MILESTONES, PROGRESS, SPEND
from cleanbill.nouns.milestones import Milestone, MilestoneTerms
from cleanbill.nouns.progress import (
    FOREVER,
    WHOLE_E6,
    ProgressTerms,
    Retained,
    Step,
    Value,
)
from cleanbill.nouns.proration import Convention
from cleanbill.nouns.scales import RATE_DECIMALS, scaled
from cleanbill.nouns.spend import SpendTerms, Unsettled

Row = Mapping[str, Any]
Build = Callable[[str, Sequence[Row], str], Terms]
REFERENCES = ("order", "purchase_order", "cost_centre")
_AS_THEY_ARE = ("anchor", "billing_day", "billing_month", "description")
_STEP = re.compile(r"(\d+(?:\.\d+)?) ?%?(?: from (\d{4}-\d{2}-\d{2}))?")


def composed(kind: str, rows: pl.DataFrame, known: Known, zone: str) -> Composed:
    """Return the terms that accepted rows of a kind state, days in ``zone``, and rows at fault.

    A reference that cannot be used is refused with all its rows: part of a contract is none.
    """
    builders: dict[str, Build] = {SPEND: _spend, MILESTONES: _milestones, PROGRESS: _progress}
    build = builders[kind]
    by_reference: dict[str, list[Row]] = {}
    for row in rows.iter_rows(named=True):
        by_reference.setdefault(row["reference"], []).append(row)
    stated, faults = [], []
    for reference, own in by_reference.items():
        version, body = known.get(reference, (None, None))
        try:
            terms = build(reference, own, zone)
            if version is not None and body is not None:
                _same_party(terms, terms_json.read(kind, body, version))
        except ValueError as error:
            faults += [(row["row"], "terms:invalid", f"{error}.") for row in own]
            continue
        stated.append(
            {
                "reference": reference,
                "customer": terms.customer,
                "currency": terms.currency,
                "body": terms_json.written(terms),
                "row": own[0]["row"],
                "based_on": version,
            }
        )
    return Composed(
        pl.DataFrame(stated, schema=STATES), pl.DataFrame(faults, schema=FAULTS, orient="row")
    )


def _same_party(terms: Terms, known: Terms) -> None:
    if (terms.customer, terms.currency) != (known.customer, known.currency):
        raise ValueError(
            f"{terms.reference} belongs to {known.customer} in {known.currency}; give terms for "
            f"{terms.customer} in {terms.currency} another reference"
        )


def _spend(reference: str, rows: Sequence[Row], zone: str) -> SpendTerms:
    if len(rows) > 1:
        raise ValueError(f"{reference} stands in several rows; expected one for each set of terms")
    row = rows[0]
    given = {name: row[name] for name in _AS_THEY_ARE}
    return SpendTerms(
        reference=reference,
        customer=row["customer"],
        currency=row["currency"],
        cadence=Cadence(Unit(row["every"]), row["every_count"] or 1),
        start=row["start"],
        end=row["end"],
        minimum_minor=row["minimum_minor"],
        maximum_minor=row["maximum_minor"],
        shortfall_item=row["shortfall_item"],
        excess_item=row["excess_item"],
        items=tuple(i.strip() for i in (row["items"] or "").split(",") if i.strip()),
        check=Cadence(Unit(row["check"]), row["check_count"] or 1) if row["check"] else None,
        unsettled=Unsettled(row["unsettled"]),
        alignment=Alignment(row["alignment"]),
        convention=Convention(row["proration"]),
        zone=zone,
        **given,
        **_references(reference, rows),
    )


def _milestones(reference: str, rows: Sequence[Row], zone: str) -> MilestoneTerms:
    item = rows[0]["item"]
    return MilestoneTerms(
        reference=reference,
        customer=_one(reference, rows, "customer"),
        currency=_one(reference, rows, "currency"),
        item=item,
        value_minor=_one(reference, rows, "value_minor"),
        milestones=tuple(
            Milestone(
                name=row["milestone"],
                percent_e6=row["percent_e6"],
                amount_minor=row["amount_minor"],
                day=row["day"],
                item=None if row["item"] == item else row["item"],
                description=row["description"],
            )
            for row in rows
        ),
        **_references(reference, rows),
    )


def _progress(reference: str, rows: Sequence[Row], zone: str) -> ProgressTerms:
    return ProgressTerms(
        reference=reference,
        customer=_one(reference, rows, "customer"),
        currency=_one(reference, rows, "currency"),
        values=tuple(
            Value(
                line=row["line"],
                item=row["item"],
                scheduled_minor=row["scheduled_minor"],
                description=row["description"],
                since=row["since"] or FOREVER,
                change_order=row["change_order"],
            )
            for row in rows
        ),
        retainage=_steps(reference, _one(reference, rows, "retainage")),
        retained=Retained(_one(reference, rows, "retained") or Retained.TO_DATE),
        retainage_item=_one(reference, rows, "retainage_item"),
        **_references(reference, rows),
    )


def _references(reference: str, rows: Sequence[Row]) -> dict[str, Any]:
    return {name: _one(reference, rows, name) for name in REFERENCES}


def _one(reference: str, rows: Iterable[Row], column: str) -> Any:
    """Return what the rows say in a column that is about the terms as a whole."""
    said = list(dict.fromkeys(row[column] for row in rows if row[column] is not None))
    if len(said) > 1:
        word = column.removesuffix("_minor")
        raise ValueError(f"{reference}: its rows say different things of {word}; expected one")
    return said[0] if said else None


def _steps(reference: str, text: str | None) -> tuple[Step, ...]:
    """Read ``10, 5 from 2026-06-01``: ten percent, and five from that day on."""
    steps = []
    for part in (text or "").split(","):
        if not part.strip():
            continue
        found = _STEP.fullmatch(part.strip())
        if found is None:
            raise ValueError(
                f"{reference}: retainage {part.strip()!r} cannot be read; expected percents "
                "such as 10, or 10, 5 from 2026-06-01"
            )
        since = date.fromisoformat(found[2]) if found[2] else FOREVER
        steps.append(Step(since, scaled(found[1], RATE_DECIMALS, WHOLE_E6)))
    return tuple(steps)
