"""Terms that are charged by slots: spend, milestones, progress; see ``cycle.price.terms``.

They are looked at in every drawing, because what they come to follows from facts that may become
known at any time. What was charged is remembered slot by slot.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from cleanbill.cycle.draw.recurring import FAULTS
from cleanbill.cycle.draw.terms import Context, Found, Refused, Row, Wanted
from cleanbill.cycle.price.terms import (
    Drawn,
    Reckoned,
    Spent,
    Unbilled,
    Waiting,
    charges,
    explained,
    milestones,
    progress,
    spend,
)
from cleanbill.cycle.verify.catalogue import TERMS_CANNOT_BE_CHARGED, TERMS_WAIT
from cleanbill.engine.tables import CHARGES
from cleanbill.formats import terms_json
from cleanbill.formats.fact_rows import claims_of, releases_of, retainage_releases_of
from cleanbill.formats.terms_json import Terms
from cleanbill.nouns.milestones import MilestoneTerms
from cleanbill.nouns.spend import SpendTerms

Facts = Mapping[str, Sequence[Row]]
"""``spent``, ``unbilled`` (see ``store.facts``) or ``facts``: releases and claims."""
ALWAYS = date.min
"""Before every day: such terms are looked at each time."""


def drawn(kind: str, wanted: Sequence[Wanted], context: Context) -> Iterator[Found | Refused]:
    """Yield what is due of each set of terms of a kind."""
    for one in wanted:
        yield _drawn(kind, one, context)


def told(charge: Mapping[str, Any], basis: Mapping[str, Any]) -> str:
    """Return in one sentence how the amount of a charge came about."""
    return explained(basis, charge["currency"])


def reckoned(terms: Terms, facts: Facts, through: date) -> Reckoned:
    """Return what terms come to by a day. Raises ValueError where facts do not fit the terms."""
    if isinstance(terms, SpendTerms):
        bought = [
            Spent(row["day"], row["item"], row["net_minor"]) for row in facts.get("spent", ())
        ]
        late = [
            Unbilled(row["day"], row["item"], row["reference"]) for row in facts.get("unbilled", ())
        ]
        return spend.reckoned(terms, bought, late, through)
    known = facts.get("facts", ())
    if isinstance(terms, MilestoneTerms):
        return milestones.reckoned(terms, releases_of(known), through)
    claims = claims_of(terms.reference, known)
    return progress.reckoned(terms, claims, retainage_releases_of(known), through)


def _drawn(kind: str, one: Wanted, context: Context) -> Found | Refused:
    try:
        terms = terms_json.read(kind, one.body, one.version)
        found = reckoned(terms, one.facts, context.through)
        rows, now = charges(terms, found, _remembered(one.memory), context.through)
        if rows["amount_minor"].null_count():
            raise ValueError("an amount is beyond what a charge may come to")
    except FAULTS as error:
        facts = {"error": str(error) or type(error).__name__}
        return Refused(one, TERMS_CANNOT_BE_CHARGED, facts)
    kept = [
        {c: row[c] for c in CHARGES if row[c] is not None} | {"basis": json.loads(row["basis"])}
        for row in rows.iter_rows(named=True)
    ]
    through = max(context.through, one.through or context.through)
    waiting = [_waiting(one, found.waiting)] if found.waiting else []
    return Found(one, through, kept, ALWAYS, _to_remember(now), waiting)


def _waiting(one: Wanted, slots: Sequence[Waiting]) -> Refused:
    first = slots[0]
    facts = {
        "days_from": first.first.isoformat(),
        "days_to": max(slot.last for slot in slots).isoformat(),
        "unsettled": str(max(slot.unsettled for slot in slots)),
        "references": ", ".join(first.references),
    }
    return Refused(one, TERMS_WAIT, facts)


def _to_remember(slots: Iterable[Drawn]) -> str:
    return json.dumps(
        [
            [
                *(s.slot, s.item, s.rows, s.amount_minor, s.last.isoformat()),
                *(s.description, s.lowers, s.live),
            ]
            for s in slots
        ],
        ensure_ascii=False,
    )


def _remembered(memory: str | None) -> list[Drawn]:
    return [
        Drawn(
            slot=slot,
            item=item,
            rows=rows,
            amount_minor=amount,
            last=date.fromisoformat(last),
            description=description,
            lowers=lowers,
            live=tuple((name, minor) for name, minor in live),
        )
        for slot, item, rows, amount, last, description, lowers, live in json.loads(memory or "[]")
    ]
