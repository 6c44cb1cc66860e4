"""Audit the books: the laws, the triggers, the hash chains, and a replay of every priced line.

It reads the books as of one moment, in stretches of bounded size, and goes on after every breach.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from django.db import connection

from cleanbill.actions.access import Actor, action
from cleanbill.actions.audit_delivered import check_delivered
from cleanbill.actions.audit_found import Breach, Found
from cleanbill.actions.audit_records import check_records
from cleanbill.actions.audit_series import SEALS, prove
from cleanbill.actions.audit_terms import check_terms
from cleanbill.actions.open_books import Progress, silent
from cleanbill.engine.tables import MasterData
from cleanbill.formats import chain_heads
from cleanbill.formats.chain_heads import Head, Heads
from cleanbill.store import archive, immutability, laws
from cleanbill.store.master_key import MasterKeyError, right_key
from cleanbill.store.models import Bill, Organisation, Series
from cleanbill.store.party_keys import used_master
from cleanbill.store.sales_taxes import every_us_rate
from cleanbill.store.snapshot import one_moment, whole_tables


@dataclass(frozen=True, slots=True)
class Audit:
    """What was checked and what was found."""

    breaches: tuple[Breach, ...]
    """The first rows of each broken law."""
    bills: int
    lines: int
    heads: dict[str, str]
    """Series prefix -> head of its hash chain."""
    counts: dict[str, int] = field(default_factory=dict)
    """Code of each broken law -> how many rows break it."""
    ends: Heads | None = None
    """Where each chain ends, to be kept elsewhere."""


@action("books.audit")
def audit_books(actor: Actor, *, since: Path | None = None, progress: Progress = silent) -> Audit:
    """Check every law of the organisation's books; an empty list of breaches is a clean audit.

    ``since`` is a file of chain heads exported before, which the chains must still contain; raises
    UnreadableHeads for one that is none, or of another organisation.
    """
    known = chain_heads.read(since) if since else None
    organisation = Organisation.objects.get(pk=actor.organisation_id)
    if known:
        chain_heads.same_organisation(known, organisation.slug)
    found = Found()
    with one_moment():
        with whole_tables():
            _laws(found, actor.organisation_id, progress)
            with found.going_on("runs and imports"):
                check_records(found, actor.organisation_id)
        with found.going_on("terms"):
            check_terms(found, actor.organisation_id)
        says = "Issued rows are guarded by triggers that say what they should."
        found.add("FROZEN", says, immutability.missing(connection))
        sealed = _key_is_there(found)
        if sealed:
            check_delivered(found, actor.organisation_id)
        ends, bills, lines = _series(found, actor.organisation_id, progress, sealed=sealed)
        if known:
            _contained(found, actor.organisation_id, known)
    return Audit(
        tuple(found.named),
        bills,
        lines,
        {end.prefix: end.head for end in ends},
        found.counts,
        Heads(organisation.slug, organisation.name, datetime.now(UTC), tuple(ends)),
    )


def _laws(found: Found, organisation_id: int, progress: Progress) -> None:
    every = laws.all_laws()
    for place, law in enumerate(every):
        progress("Laws of the tables", place, len(every))
        found.add(law.code, law.says, *laws.broken_by(law, organisation_id))


def _series(
    found: Found, organisation_id: int, progress: Progress, *, sealed: bool
) -> tuple[list[Head], int, int]:
    """Prove every series; return where each ends, and how many bills and lines there were."""
    prices, tiers = archive.all_prices(organisation_id)
    master = MasterData(prices=prices, tiers=tiers, us_rates=every_us_rate(organisation_id))
    whole = archive.counted(organisation_id)
    ends, bills, lines = [], 0, 0

    def done(count: int) -> None:
        nonlocal bills
        bills += count
        progress("Chains, documents, prices", bills, whole)

    rows = Series.objects.filter(organisation_id=organisation_id).select_related("seller")
    for series in rows.order_by("prefix", "id"):
        proven = prove(found, organisation_id, series, master, done, sealed=sealed)
        lines += proven.lines
        last = (proven.sequence, proven.number, proven.head)
        ends.append(Head(series.seller.key, series.kind, series.prefix, *last))
    return ends, bills, lines


def _key_is_there(found: Found) -> bool:
    """Tell whether seals can be tried; without the master key they cannot, all else can."""
    used = used_master()
    try:
        if used is not None:
            right_key(used)
    except MasterKeyError as error:
        found.add("SEAL", SEALS, [str(error)])
        return False
    return True


def _contained(found: Found, organisation_id: int, known: Heads) -> None:
    """Look for every head of an earlier export among the links of today."""
    for head in known.series:
        if not head.sequence:
            continue
        there = Bill.objects.filter(
            organisation_id=organisation_id,
            series_id__in=Series.objects.filter(
                organisation_id=organisation_id,
                seller__key=head.seller,
                kind=head.kind,
                prefix=head.prefix,
            ).values("id"),
            sequence=head.sequence,
            number=head.number,
            chain_hash=head.head,
        )
        if not there.exists():
            row = f"series {head.prefix}: {head.number} no longer ends the chain that it ended"
            says = f"The chains still contain the heads exported at {known.at.isoformat()}."
            found.add("HEAD", says, [row])
