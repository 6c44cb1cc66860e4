"""Draw from terms what has fallen due, as ordinary charges; a run does it before it bills.

Drawn is in chunks of terms, each one transaction: its charges, their bases and how far the terms
have been drawn are kept together or not at all. So a drawing that was killed goes on where it
stopped, and one that is repeated draws nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache, partial

import polars as pl
from django.db import transaction

from cleanbill.actions.access import Actor, action
from cleanbill.actions.fill_retainers import fill_due, would_fill
from cleanbill.actions.gather_bundles import bundle_facts
from cleanbill.actions.gather_facts import facts_of
from cleanbill.actions.keep_source_file import keep_drawing
from cleanbill.actions.open_books import Progress, silent
from cleanbill.cycle import draw as drawing
from cleanbill.engine.tables import CHARGES, FINDINGS, empty
from cleanbill.formats import tabular
from cleanbill.nouns.drawn import BUNDLES
from cleanbill.store import faults, reading, terms
from cleanbill.store.companies import policy_of, seller_of
from cleanbill.store.finding_writing import open_findings_of_terms
from cleanbill.store.models import Organisation, SellerRecord
from cleanbill.store.retries import persistently
from cleanbill.store.writing import ChargesTaken

CHUNK = 1000
"""Sets of terms that are drawn in one transaction."""
BUNDLES_MOST = 1_000_000
"""All bundles are drawn in one."""


@dataclass
class Drawn:
    """What a drawing has done: how many terms it looked at, what it charged, whom it could not."""

    through: date
    looked_at: int = 0
    charges: int = 0
    amounts: dict[str, int] = field(default_factory=dict)
    """Currency -> sum of the charges, in minor units."""
    findings: pl.DataFrame = field(default_factory=lambda: empty(FINDINGS))


@action("bills.issue")
def draw_terms(
    actor: Actor,
    *,
    through: date,
    customer: str | None = None,
    dry_run: bool = False,
    progress: Progress = silent,
) -> Drawn:
    """Draw all that is due up to and including a day, of one customer if given.

    With ``dry_run`` nothing is kept. Terms that cannot be charged get a finding; all others are
    drawn. Drawing twice draws nothing the second time.
    """
    if dry_run:
        told = Drawn(through)
        for found in would_draw(actor, through, customer):
            _count(told, found)
        return told
    return draw_due(actor, through, customer, progress)


def draw_due(
    actor: Actor, through: date, customer: str | None, progress: Progress = silent
) -> Drawn:
    """Draw what is due of every kind of terms, chunk by chunk; see ``draw_terms``."""
    told = Drawn(through)
    for kind in _kinds(actor):
        context = _context(actor, through)
        above: int | None = 0
        while above is not None:
            step = partial(_chunk, actor, kind, context, customer, above)
            above, found = persistently(step, overtaken=(ChargesTaken,))
            if found is not None:
                faults.committed("draw")
                _count(told, found)
                progress("Drawing from terms", told.looked_at, 0)
    told.charges += fill_due(actor, through, customer)
    return told


def would_draw(actor: Actor, through: date, customer: str | None) -> Iterator[drawing.Draw]:
    """Yield what would be drawn now; nothing is kept.

    Charges of bundles among it come as those of their components.
    """
    kinds = _kinds(actor)
    first = [kind for kind in kinds if kind != BUNDLES]
    if BUNDLES in kinds:
        bundled = kinds.index(BUNDLES)
        yield from _would_share(actor, first[:bundled], through, customer)
        first = first[bundled:]
    for kind in first:
        yield from _would_draw(actor, kind, through, customer, _NOTHING)
    filling = would_fill(actor, through, customer)
    if filling.height:
        yield drawing.Draw(filling, pl.DataFrame(), empty(FINDINGS))


def _would_draw(
    actor: Actor, kind: str, through: date, customer: str | None, foreseen: pl.DataFrame
) -> Iterator[drawing.Draw]:
    context = _context(actor, through)
    above = 0
    while (wanted := _due(actor, kind, context, customer, above)).height:
        above = int(wanted["id"][-1])
        yield _drawn(actor, kind, wanted, context, customer, foreseen)


def _would_share(
    actor: Actor, kinds: list[str], through: date, customer: str | None
) -> Iterator[drawing.Draw]:
    """Draw what may be bundles, then share these: numbers below zero tell charges apart until."""
    before: list[drawing.Draw] = []
    count = 0
    for kind in kinds:
        for found in _would_draw(actor, kind, through, customer, _NOTHING):
            place = -1 - count - pl.int_range(pl.len(), dtype=pl.Int64)
            count += found.charges.height
            charges = found.charges.with_columns(place.alias("charge_id"))
            before.append(replace(found, charges=charges))
    foreseen = pl.concat([_NOTHING, *(found.charges.select(*CHARGES) for found in before)])
    shared = list(_would_draw(actor, BUNDLES, through, customer, foreseen))
    gone = pl.concat([_NOBODY, *(found.charges["replaces"].drop_nulls() for found in shared)])
    for found in before:
        stays = ~pl.col("charge_id").is_in(gone.implode())
        yield replace(found, charges=found.charges.filter(stays))
    yield from shared


_NOTHING = empty(CHARGES)
_NOBODY = pl.Series("replaces", [], dtype=pl.Int64)


def _kinds(actor: Actor) -> list[str]:
    """The kinds of terms that there are: most organisations have none, or one."""
    return [kind for kind in drawing.KINDS if terms.any_terms(actor.organisation_id, kind)]


def _due(
    actor: Actor, kind: str, context: drawing.Context, customer: str | None, above: int
) -> pl.DataFrame:
    day = context.through.isoformat()
    own = actor.organisation_id
    if kind == BUNDLES:
        # They belong to nobody, and those of one item have to be seen together.
        return terms.due_terms(own, kind, day, above=above, limit=BUNDLES_MOST)
    return terms.due_terms(own, kind, day, above=above, limit=CHUNK, customer=customer)


def _chunk(
    actor: Actor, kind: str, context: drawing.Context, customer: str | None, above: int
) -> tuple[int | None, drawing.Draw | None]:
    """Draw the terms that come after an id, in one transaction.

    Returns the last id that was looked at, None where there are no more, and what was drawn.
    """
    own = actor.organisation_id
    with transaction.atomic():
        # Drawings of one seller go one after the other, each reads what the others have drawn.
        SellerRecord.objects.select_for_update(no_key=True).get(organisation_id=own)
        wanted = _due(actor, kind, context, customer, above)
        if wanted.is_empty():
            return None, None
        found = _drawn(actor, kind, wanted, context, customer)
        source = _source(actor, kind, context.through, found) if found.charges.height else 0
        kept = terms.keep_drawn(own, kind, source, found.charges, found.states)
        with faults.write("draw.findings"):
            open_findings_of_terms(own, found.findings)
    return int(wanted["id"][-1]), drawing.Draw(kept, found.states, found.findings)


def _source(actor: Actor, kind: str, through: date, found: drawing.Draw) -> int:
    name = f"{kind} terms up to {through}"
    return keep_drawing(actor, kind, name, found.charges.height, _sums(found.charges))


def _drawn(
    actor: Actor,
    kind: str,
    wanted: pl.DataFrame,
    context: drawing.Context,
    customer: str | None,
    foreseen: pl.DataFrame = _NOTHING,
) -> drawing.Draw:
    own = actor.organisation_id
    moved = wanted.filter(
        pl.col("drawn_version").is_not_null() & (pl.col("drawn_version") != pl.col("version"))
    )
    history = terms.history(own, kind, moved["reference"].to_list())
    if kind == BUNDLES:
        facts = bundle_facts(own, wanted, context.through, customer, foreseen)
    else:
        facts = facts_of(own, kind, wanted)
    asked = [
        drawing.Wanted(
            **row,
            history=history.get(row["reference"], ()),
            facts=facts.get(row["reference"], {}),
        )
        for row in wanted.drop("id").iter_rows(named=True)
    ]
    found = drawing.draw(kind, asked, context)
    content = found.charges.drop("charge_id", "content_hash", "repeats", "basis", "replaces")
    return drawing.Draw(
        found.charges.with_columns(tabular.content_hash(content, {}).alias("content_hash")),
        found.states,
        found.findings,
    )


def _context(actor: Actor, through: date) -> drawing.Context:
    """What all chunks of a drawing share; master data are read once, and only where needed."""
    own = actor.organisation_id
    organisation = Organisation.objects.get(pk=own)
    seller = SellerRecord.objects.get(organisation=organisation)
    return drawing.Context(
        cache(lambda: reading.master_data(own)),
        seller_of(seller.profile),
        policy_of(organisation.policy),
        through,
    )


def _count(told: Drawn, found: drawing.Draw) -> None:
    told.looked_at += found.states.height
    told.charges += found.charges.height
    for row in _sums(found.charges):
        before = told.amounts.get(row["currency"], 0)
        told.amounts[row["currency"]] = before + row["amount_minor"]
    told.findings = pl.concat([told.findings, found.findings])


def _sums(charges: pl.DataFrame) -> list[dict[str, object]]:
    sums = charges.group_by("currency").agg(pl.col("amount_minor").sum()).sort("currency")
    return sums.to_dicts()
