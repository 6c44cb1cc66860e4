"""Drawing, whatever the kind of terms."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

import polars as pl

from cleanbill.cycle.draw import bundles, recurring, replay, replay_bundles, replay_slots, slots
from cleanbill.cycle.draw.terms import Context, Found, Refused, Row, Wanted
from cleanbill.engine.findings import effective_severity, findings_of
from cleanbill.engine.tables import CHARGES, FINDINGS, conformed, empty
from cleanbill.nouns.drawn import BUNDLES, MILESTONES, PROGRESS, RECURRING, SPEND

Drawer = Callable[[Sequence[Wanted], Context], Iterator[Found | Refused]]
Teller = Callable[[Mapping[str, Any], Mapping[str, Any]], str]
Replayer = Callable[[Wanted, Mapping[int, str]], Iterator[str]]


@dataclass(frozen=True, slots=True)
class Kind:
    """How a kind of terms is drawn, how a charge drawn from it is explained, and how all of them
    are replayed."""

    drawn: Drawer
    told: Teller
    replayed: Replayer


def _by_slots(kind: str) -> Kind:
    replayed = partial(replay_slots.replayed, kind)
    return Kind(partial(slots.drawn, kind), slots.told, replayed)


KINDS: dict[str, Kind] = {
    RECURRING: Kind(recurring.drawn, recurring.told, replay.replayed),
    MILESTONES: _by_slots(MILESTONES),
    PROGRESS: _by_slots(PROGRESS),
    BUNDLES: Kind(bundles.drawn, replay_bundles.told, replay_bundles.replayed),
    SPEND: _by_slots(SPEND),
}
"""Every kind of terms, in the order of drawing: spend waits for what the others have charged."""

DRAWN_ROW = {
    **CHARGES,
    "terms": pl.String,
    "terms_version": pl.Int32,
    "basis": pl.String,
    "replaces": pl.Int64,
}
STATE = {
    "reference": pl.String,
    "version": pl.Int32,
    "through": pl.Date,
    "next_day": pl.Date,
    "memory": pl.String,
    "trouble": pl.Boolean,
}


@dataclass(frozen=True, slots=True)
class Draw:
    """What was drawn. ``charges``: CHARGES with ``terms``, ``terms_version`` and ``basis`` as JSON,
    and in ``replaces`` the id of the charge that they take the place of, if there is one;
    ``states``: what is to be remembered of each set of terms; ``findings``: on those in trouble."""

    charges: pl.DataFrame
    states: pl.DataFrame
    findings: pl.DataFrame


def draw(kind: str, wanted: Sequence[Wanted], context: Context) -> Draw:
    """Return what is due of sets of terms of one kind, in their order.

    A set of terms that is in trouble gives no charge, keeps its state and has a finding.
    """
    rows: list[Row] = []
    states: list[Row] = []
    findings = [empty(FINDINGS)]
    for found in KINDS[kind].drawn(wanted, context):
        states.append(_state(found))
        if isinstance(found, Refused):
            findings.append(_finding(found, context))
            continue
        findings += [_finding(one, context) for one in found.waiting]
        own = found.wanted
        for row in found.rows:
            basis = json.dumps(row["basis"], ensure_ascii=False, default=_plain)
            drawn = {**row, "terms": own.reference, "terms_version": own.version, "basis": basis}
            rows.append({column: drawn.get(column) for column in DRAWN_ROW})
    occurrence = pl.col("occurrence").fill_null(1)
    charges = conformed(pl.DataFrame(rows, schema=DRAWN_ROW), DRAWN_ROW)
    return Draw(
        charges.with_columns(occurrence, pl.col("repeats").fill_null(0)),
        pl.DataFrame(states, schema=STATE),
        pl.concat(findings),
    )


def explained(kind: str, charge: Mapping[str, Any], basis: str) -> str:
    """Return in one sentence how the amount of a drawn charge came about.

    ``charge`` has the columns of CHARGES, ``basis`` is what was kept with it.
    """
    return told(kind, charge, json.loads(basis))


def told(kind: str, charge: Mapping[str, Any], basis: Mapping[str, Any]) -> str:
    """Return what ``explained`` returns, of a basis that has been read."""
    return KINDS[kind].told(charge, basis)


def replayed(kind: str, drawn: Wanted, bodies: Mapping[int, str]) -> Iterator[str]:
    """Yield what does not come out again of a set of terms, drawn from these versions of it.

    ``drawn`` has the complete history of its charges.
    """
    yield from KINDS[kind].replayed(drawn, bodies)


def _state(found: Found | Refused) -> Row:
    own = found.wanted
    if isinstance(found, Refused):
        kept = {"version": own.drawn_version, "through": own.through, "memory": own.memory}
        return {"reference": own.reference, **kept, "next_day": None, "trouble": True}
    return {
        "reference": own.reference,
        "version": own.version,
        "through": found.through,
        "next_day": found.next_day,
        "memory": found.memory,
        "trouble": bool(found.waiting),
    }


def _finding(refused: Refused, context: Context) -> pl.DataFrame:
    own = refused.wanted
    facts = {"terms": own.reference, "customer": own.customer, **refused.facts}
    severity = effective_severity(refused.check, context.policy.severities)
    return findings_of(
        refused.check,
        pl.DataFrame([{**facts, "currency": own.currency}], schema_overrides=_TEXT),
        "block" if severity == "off" else severity,
        subject=pl.col("terms"),
        parameters=tuple(facts),
    )


_TEXT = {"currency": pl.String, "customer": pl.String}


def _plain(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"a basis holds text, numbers and days, not {type(value).__name__}")
