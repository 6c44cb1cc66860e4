"""What follows from terms is charged by one rule: what a slot comes to now, less what was charged.

A *slot* is one thing that terms ask for: the shortfall of a period, a milestone, a line of a
claim. Terms and facts say what each slot comes to; the rows of this room turn what has been
charged for it into that. So a repetition charges nothing, and whatever becomes known later (a late
line, a corrected claim, other terms) leads to a row of its own: nothing that stands is edited.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import polars as pl

from cleanbill.engine.tables import CHARGES, Schema, conformed, empty
from cleanbill.nouns.currency import decimals_of
from cleanbill.nouns.drawn import MILESTONES, PIECE, PROGRESS, SPEND
from cleanbill.nouns.milestones import MilestoneTerms
from cleanbill.nouns.progress import ProgressTerms
from cleanbill.nouns.scales import AMOUNT_MAX_MINOR, PRICE_DECIMALS, PRICE_MAX_E8, QUANTITY_DECIMALS
from cleanbill.nouns.spend import SpendTerms

SLOTS: Schema = {
    "terms": pl.String,
    "terms_version": pl.Int32,
    "basis": pl.String,
}
"""What stands beside the CHARGES of this room: whose they are, and why (JSON)."""
_COLUMNS: Schema = {**CHARGES, **SLOTS}


Terms = SpendTerms | MilestoneTerms | ProgressTerms
"""All that are charged by slots."""
SOURCES: dict[type[Terms], str] = {
    SpendTerms: SPEND,
    MilestoneTerms: MILESTONES,
    ProgressTerms: PROGRESS,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """What a slot comes to by now; ``first`` and ``last`` are the days that it is for.

    ``lowers``: an amount below zero stands on invoices, as a row of quantity -1; otherwise it is a
    cancellation. ``basis`` says how the amount came about, in text and whole numbers.
    """

    slot: str
    item: str
    first: date
    last: date
    amount_minor: int
    basis: Mapping[str, Any]
    description: str | None = None
    lowers: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """What has been charged for a slot: in how many rows, together how much, for its last day.

    ``live`` are the sales among them that nothing has taken back: reference and amount.
    """

    slot: str
    item: str
    rows: int
    amount_minor: int
    last: date
    description: str | None = None
    lowers: bool = False
    live: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A slot that is due but for charges that are not settled: how many, and some by name."""

    terms: str
    customer: str
    slot: str
    first: date
    last: date
    unsettled: int
    references: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reckoned:
    """What terms come to up to a day, and what they wait for."""

    dues: tuple[Due, ...]
    waiting: tuple[Waiting, ...] = field(default=())


def charges(
    terms: Terms, reckoned: Reckoned, before: Iterable[Drawn], through: date
) -> tuple[pl.DataFrame, list[Drawn]]:
    """Return the rows, CHARGES with SLOTS, that bring what was charged to what is due.

    ``before`` is what these terms have charged so far; it comes back with the new rows in it. A
    slot that they no longer know is taken back, if its days are over by ``through`` and it does
    not wait. Where less is due than was charged, the sales are cancelled whole, each by its name,
    and what is still due is charged anew. Amounts beyond the bounds of the schema are null;
    verification holds those rows.
    """
    known = {one.slot: one for one in before}
    waiting = {one.slot for one in reckoned.waiting}
    dues = {due.slot: due for due in reckoned.dues}
    for left in known.values():
        if left.slot not in dues and left.slot not in waiting and left.last <= through:
            dues[left.slot] = _nothing(left)
    rows: list[dict[str, Any]] = []
    for due in dues.values():
        own, known[due.slot] = _rows(terms, due, known.get(due.slot))
        rows += own
    # Most sets of terms have nothing due, most of the time.
    table = empty(_COLUMNS) if not rows else pl.DataFrame(rows, schema_overrides=_COLUMNS)
    if rows:
        table = conformed(table, _COLUMNS).sort("service_date", maintain_order=True)
    return table, [one for one in known.values() if one.rows]


def _nothing(left: Drawn) -> Due:
    """A slot that was charged and is no longer part of the terms comes to nothing."""
    return Due(
        slot=left.slot,
        item=left.item,
        first=left.last,
        last=left.last,
        amount_minor=0,
        basis={"kind": "withdrawn"},
        description=left.description,
        lowers=left.lowers,
    )


def _rows(terms: Terms, due: Due, before: Drawn | None) -> tuple[list[dict[str, Any]], Drawn]:
    """Return the rows of a slot, and what has been charged for it with them."""
    now = before or _unknown(due)
    rows = []
    if due.amount_minor < now.amount_minor and not due.lowers:
        for name, minor in now.live:
            rows.append(_row(terms, due, now, -minor, cancels=name))
            now = _with(now, due, -minor)
        now = replace(now, live=())
    owing = due.amount_minor - now.amount_minor
    if owing:
        row = _row(terms, due, now, owing)
        rows.append(row)
        now = _with(now, due, owing)
        if owing > 0 and not due.lowers:
            now = replace(now, live=(*now.live, (row["reference"], owing)))
    return rows, now


def _unknown(due: Due) -> Drawn:
    return Drawn(slot=due.slot, item=due.item, rows=0, amount_minor=0, last=due.last)


def _with(drawn: Drawn, due: Due, owing: int) -> Drawn:
    return replace(
        drawn,
        item=due.item,
        rows=drawn.rows + 1,
        amount_minor=drawn.amount_minor + owing,
        last=due.last,
        description=due.description,
        lowers=due.lowers,
    )


def _row(
    terms: Terms, due: Due, charged: Drawn, owing: int, cancels: str | None = None
) -> dict[str, Any]:
    name = f"{terms.reference}/{due.slot}"
    lowered = owing < 0 and due.lowers
    price = abs(owing) * 10 ** (PRICE_DECIMALS - decimals_of(terms.currency))
    bounded = abs(owing) <= AMOUNT_MAX_MINOR and price <= PRICE_MAX_E8
    basis = {
        **due.basis,
        "slot": due.slot,
        "amount_minor": due.amount_minor,
        "charged_minor": charged.amount_minor,
        "owing_minor": owing,
    }
    if cancels is not None:
        basis["cancels"] = cancels
    return {
        "source": SOURCES[type(terms)],
        "reference": f"{name}/{charged.rows + 1}" if charged.rows else name,
        "occurrence": 1,
        "customer": terms.customer,
        "item": due.item if cancels is None else charged.item,
        "description": due.description,
        "kind": "sale" if owing >= 0 or lowered else "cancellation",
        "quantity_e6": -(10**QUANTITY_DECIMALS) if lowered else 10**QUANTITY_DECIMALS,
        "unit": PIECE,
        "unit_price_e8": price if bounded else None,
        "amount_minor": owing if bounded else None,
        "currency": terms.currency,
        "service_date": due.last,
        "order": terms.order,
        "purchase_order": terms.purchase_order,
        "cost_centre": terms.cost_centre,
        "cancels": cancels,
        "terms": terms.reference,
        "terms_version": terms.version,
        "basis": json.dumps(basis, ensure_ascii=False, sort_keys=True),
    }
