"""Rows of a file of recurring terms, put together: one set of terms per reference.

A row without ``change_from`` states terms; rows of the same reference with it say what changes on
which day. A file that states terms says everything about them: changes that it leaves out are
gone. A reference that has change rows only gets them in addition to what is known.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from cleanbill.formats import recurring_json
from cleanbill.nouns.cadence import Alignment, Cadence, Unit
from cleanbill.nouns.proration import Convention, Stub
from cleanbill.nouns.recurring import Change, RecurringTerms, Repricing, Timing

Row = dict[str, Any]
Known = Mapping[str, tuple[int, str]]
"""Reference -> version and body of what is known of these terms."""
REFERENCE_MOST = 100
_STATED = ("customer", "item", "quantity_e6", "currency", "every", "start")
_CHOICES = {
    "alignment": ("alignment", Alignment),
    "due": ("timing", Timing),
    "proration": ("convention", Convention),
    "stub": ("stub", Stub),
    "price_changes": ("repricing", Repricing),
}
_AS_THEY_ARE = (
    *("customer", "item", "currency", "quantity_e6", "unit_price_e8", "start", "end", "trial_end"),
    *("anchor", "billing_day", "billing_month", "description", "unit", "order", "purchase_order"),
    "cost_centre",
)
_CHANGED = ("item", "quantity_e6", "unit_price_e8")
STATES: dict[str, Any] = {
    "reference": pl.String,
    "customer": pl.String,
    "currency": pl.String,
    "body": pl.String,
    "row": pl.Int64,
    "based_on": pl.Int32,
}
FAULTS: dict[str, Any] = {"row": pl.Int64, "problem": pl.String, "what_to_do": pl.String}


class _Wrong(Exception):
    """A row cannot be used; says the code of the problem and what to do."""

    def __init__(self, row: Row, problem: str, what_to_do: str) -> None:
        super().__init__(problem)
        self.row, self.problem, self.what_to_do = row, problem, what_to_do


@dataclass(frozen=True, slots=True)
class Composed:
    """``stated``: reference, customer, currency, body, the first ``row``, and ``based_on``, the
    version known before (null: none). ``faults``: every row of a reference that cannot be used."""

    stated: pl.DataFrame
    faults: pl.DataFrame


def composed(rows: pl.DataFrame, known: Known, zone: str) -> Composed:
    """Return the terms that these accepted rows state, days in ``zone``, and the rows at fault."""
    stated, faults = [], []
    for reference, own in _by_reference(rows):
        before = known.get(reference)
        try:
            terms = _terms(reference, own, before, zone)
        except _Wrong as wrong:
            faults += [_fault(row, own, wrong) for row in own]
            continue
        stated.append(
            {
                "reference": reference,
                "customer": terms.customer,
                "currency": terms.currency,
                "body": recurring_json.written(terms),
                "row": own[0]["row"],
                "based_on": before[0] if before else None,
            }
        )
    return Composed(pl.DataFrame(stated, schema=STATES), pl.DataFrame(faults, schema=FAULTS))


def _by_reference(rows: pl.DataFrame) -> Iterator[tuple[str, list[Row]]]:
    found: dict[str, list[Row]] = {}
    for row in rows.iter_rows(named=True):
        found.setdefault(row["reference"], []).append(row)
    yield from found.items()


def _fault(row: Row, own: Sequence[Row], wrong: _Wrong) -> Row:
    if row is wrong.row:
        return {"row": row["row"], "problem": wrong.problem, "what_to_do": wrong.what_to_do}
    text = (
        f"Row {wrong.row['row']} of the same terms cannot be used: mend it, and send all of them."
    )
    return {"row": row["row"], "problem": "terms:incomplete", "what_to_do": text}


def _terms(
    reference: str, own: Sequence[Row], before: tuple[int, str] | None, zone: str
) -> RecurringTerms:
    heads = [row for row in own if row["change_from"] is None]
    if len(heads) > 1:
        text = f"{reference} is stated twice; fill in change_from where a row is a change."
        raise _Wrong(heads[1], "reference:twice", text)
    if len(reference) > REFERENCE_MOST:
        text = f"shorten the reference to at most {REFERENCE_MOST} characters"
        raise _Wrong(own[0], "reference:too_long", text)
    known = recurring_json.read(before[1], before[0]) if before else None
    if heads:
        terms = _stated(heads[0], zone)
        if known is not None:
            _same_party(heads[0], terms, known)
    elif known is None:
        text = f"{reference} is not known yet: add the row that states it, without change_from."
        raise _Wrong(own[0], "reference:unknown", text)
    else:
        terms = known
    for row in own:
        if row["change_from"] is not None:
            terms = _with_change(terms, row)
    return terms


def _stated(row: Row, zone: str) -> RecurringTerms:
    for column in _STATED:
        if row[column] is None:
            name = column.removesuffix("_e6")
            raise _Wrong(row, f"{name}:missing", f"{name} is empty: fill it in.")
    said = {name: row[name] for name in _AS_THEY_ARE if row[name] is not None}
    for column, (name, choice) in _CHOICES.items():
        if row[column] is not None:
            said[name] = choice(row[column])
    try:
        cadence = Cadence(Unit(row["every"]), row["every_count"] or 1)
        return RecurringTerms(
            **{"unit_price_e8": None, **said},
            reference=row["reference"],
            cadence=cadence,
            zone=zone,
        )
    except ValueError as error:
        raise _Wrong(row, "terms:invalid", f"{error}.") from error


def _same_party(row: Row, terms: RecurringTerms, known: RecurringTerms) -> None:
    for name in ("customer", "currency"):
        was, now = getattr(known, name), getattr(terms, name)
        if was != now:
            text = (
                f"{terms.reference} belongs to {known.customer} in {known.currency}: end it, and "
                f"begin terms of another reference for {terms.customer} in {terms.currency}."
            )
            raise _Wrong(row, f"{name}:changed", text)


def _with_change(terms: RecurringTerms, row: Row) -> RecurringTerms:
    said = {name: row[name] for name in _CHANGED if row[name] is not None}
    if not said:
        text = "A change says another item, quantity or unit_price; fill one in."
        raise _Wrong(row, "change_from:nothing_changes", text)
    change = Change(row["change_from"], **said)
    if change in terms.changes:
        return terms
    try:
        return replace(terms, changes=(*terms.changes, change))
    except ValueError as error:
        raise _Wrong(row, "terms:invalid", f"{error}.") from error
