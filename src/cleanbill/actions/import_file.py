"""Import a file of charges or master data: look, read, map, keep; or do all of it and keep nothing.

The dry run is this very function in a transaction that is rolled back at the end.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from hashlib import file_digest
from pathlib import Path

import polars as pl
from django.db import transaction

from cleanbill.actions import offers
from cleanbill.actions.access import Actor, NotAllowed, action
from cleanbill.actions.keep_facts import KINDS as FACTS
from cleanbill.actions.keep_facts import compose_facts, keep_facts
from cleanbill.actions.keep_master import keep_master
from cleanbill.actions.keep_open_items import already_open, keep_open_items
from cleanbill.actions.keep_orders import keep_orders, sound_orders
from cleanbill.actions.keep_retainers import keep_retainers
from cleanbill.actions.keep_source_file import keep_source_file
from cleanbill.actions.keep_terms import STATES, compose, keep_terms
from cleanbill.actions.own_currency import with_currency
from cleanbill.actions.seal_parties import sealed_charges
from cleanbill.cycle import price
from cleanbill.cycle.verify import corrections
from cleanbill.cycle.verify.adopt import adopted_customers, adopted_items
from cleanbill.engine.tables import empty
from cleanbill.formats import tabular
from cleanbill.nouns.drawn import BUNDLES, DRAWN, OWN_PRICE
from cleanbill.nouns.policy import Policy
from cleanbill.store import faults, reading
from cleanbill.store.charge_writing import Taken, take_charges
from cleanbill.store.companies import policy_of, seller_of
from cleanbill.store.finding_writing import renew_findings
from cleanbill.store.master_writing import Changes, add_prices, upsert
from cleanbill.store.models import Event, Organisation, SellerRecord, SourceFile
from cleanbill.store.party_keys import destroyed
from cleanbill.store.retries import persistently
from cleanbill.store.writing import ChargesTaken

PERMISSIONS = dict.fromkeys(("charges", *FACTS), "charges.import")
_KEEPERS = {
    "orders": keep_orders,
    "open_items": keep_open_items,
    "retainers": keep_retainers,
}


@dataclass(frozen=True, slots=True)
class Report:
    """What an import found and did. ``totals`` close: in = accepted + rejected."""

    kind: str
    name: str
    sha256: str
    layout: tabular.Layout
    intake: tabular.Intake
    created: int
    changed: int
    unchanged: int
    proposed: int = 0
    dry_run: bool = False
    adopted: Mapping[str, int] = field(default_factory=dict)
    source_file: int | None = None
    """Under which number the file is kept; a dry run keeps none."""


@action("look")
def import_file(
    actor: Actor,
    kind: str,
    path: Path,
    *,
    profile: tabular.Profile | None = None,
    dry_run: bool = False,
    mends: tabular.Mends | None = None,
) -> Report:
    """Import a file of charges, master data, terms or facts under terms; ``kind`` says which.

    ``mends`` are cells that a person has put right since the file was read.

    Raises UnreadableFile for a file that cannot be used at all; single bad rows are rejected and
    come back in ``intake.rejected``. Everything happens in one transaction. Needs the permission
    of the kind: ``charges.import`` or ``master.import``.
    """
    needed = PERMISSIONS.get(kind, "master.import")
    if needed not in actor.permissions:
        raise NotAllowed(f"{actor.name} may not import {kind}: it needs the permission {needed!r}.")
    if profile and profile.source in OWN_PRICE:
        raise tabular.WrongProfile(
            f"The profile calls its source {profile.source!r}, as charges drawn from terms do",
            "profile",
            "a name of its own",
            "choose another source",
        )
    layout = tabular.sniff(path)
    table = tabular.mended(tabular.read(path, layout), mends or {})
    if kind == "open_items":
        profile = with_currency(actor, profile or tabular.Profile(kind), table)
    intake = tabular.mapped(table, profile, kind)
    if kind == "prices":
        intake = tabular.refused(intake, table, price.faults(intake.accepted))
    if kind == "open_items":
        intake = tabular.refused(intake, table, already_open(actor, intake.accepted))
    intake = offers.sensible(actor.organisation_id, kind, intake, table)
    if kind == "orders":
        intake = sound_orders(actor, intake, table)
    if kind in ("customers", "exemptions") or (kind in DRAWN and kind != BUNDLES):
        intake = tabular.refused(intake, table, _erased(actor, intake.accepted))
    stated = empty(STATES)
    if kind in DRAWN:
        found = compose(actor, kind, intake.accepted)
        intake, stated = tabular.refused(intake, table, found.faults), found.stated
    elif kind in FACTS:
        stated, wrong = compose_facts(actor, kind, intake.accepted)
        intake = tabular.refused(intake, table, wrong)
    with path.open("rb") as file:
        digest = file_digest(file, "sha256").hexdigest()

    def kept() -> Report:
        with transaction.atomic():
            report = _kept(
                actor, kind, path, digest, layout, intake, stated, profile, dry_run, mends
            )
            if dry_run:
                transaction.set_rollback(True)
        return report

    # Whoever bills a charge while its correction comes in makes that a correction of a billed one.
    report = persistently(kept, overtaken=(ChargesTaken,))
    faults.committed("import")
    return report


def _file(
    actor: Actor,
    kind: str,
    name: str,
    now: datetime,
    digest: str,
    intake: tabular.Intake,
    profile: tabular.Profile | None,
) -> SourceFile:
    totals = {"counts": dict(intake.counts), "control": intake.totals.to_dicts()}
    source = profile.source if profile else ""
    with faults.write("import.file"):
        return keep_source_file(
            actor, kind, name, now, digest=digest, profile=source, totals=totals
        )


def _kept(
    actor: Actor,
    kind: str,
    path: Path,
    digest: str,
    layout: tabular.Layout,
    intake: tabular.Intake,
    stated: pl.DataFrame,
    profile: tabular.Profile | None,
    dry_run: bool,
    mends: tabular.Mends | None,
) -> Report:
    now = datetime.now(UTC)
    file = _file(actor, kind, path.name, now, digest, intake, profile)
    cause = f"import of {path.name}"
    adopted: dict[str, int] = {}
    proposed = 0
    if kind == "charges":
        taken, adopted = _charges(actor, file, intake, profile, cause)
        changes = Changes(taken.new.height, taken.superseding, taken.unchanged)
        proposed = taken.proposed.height
    elif kind in DRAWN:
        changes = keep_terms(actor, kind, file.pk, stated)
    elif kind in FACTS:
        changes = keep_facts(actor, file.pk, stated)
    elif kind in _KEEPERS:
        changes = _KEEPERS[kind](actor, file.pk, intake.accepted)
    elif kind == "prices":
        with faults.write("import.prices"):
            changes = add_prices(actor.organisation_id, price.as_kept(intake.accepted))
    else:
        changes = keep_master(actor, kind, intake.accepted, cause, now)
    if changes.created or changes.changed or proposed:
        told = {"mended": sum(map(len, mends.values()))} if mends else {}
        counts = {**asdict(changes), "proposed": proposed, **intake.counts, **told}
        with faults.write("import.event"):
            Event.objects.create(
                organisation_id=actor.organisation_id,
                at=now,
                actor=actor.name,
                action=f"{kind}.imported",
                subject=path.name,
                cause=digest,
                after=counts,
            )
    return Report(
        kind,
        path.name,
        digest,
        layout,
        intake,
        changes.created,
        changes.changed,
        changes.unchanged,
        proposed,
        dry_run,
        adopted,
        file.pk,
    )


def _charges(
    actor: Actor,
    file: SourceFile,
    intake: tabular.Intake,
    profile: tabular.Profile | None,
    cause: str,
) -> tuple[Taken, dict[str, int]]:
    source = profile.source if profile and profile.source else "file"
    repeats = pl.int_range(pl.len(), dtype=pl.Int32).over("content_hash")
    rows = intake.accepted.with_columns(
        pl.lit(source).alias("source"), repeats.alias("repeats"), pl.col("kind").fill_null("sale")
    )
    kept = sealed_charges(actor.organisation_id, rows)
    taken = take_charges(actor.organisation_id, file.pk, source, kept)
    if taken.proposed.height:
        findings = corrections(taken.proposed)
        with faults.write("import.findings"):
            renew_findings(
                actor.organisation_id,
                None,
                findings,
                reading.open_findings(actor.organisation_id),
                findings.select("charge_id").clear(),
            )
    with faults.write("import.adopted"):
        adopted = _adopted(actor, rows, cause, file.imported_at)
    return taken, adopted


def _adopted(actor: Actor, rows: pl.DataFrame, cause: str, at: datetime) -> dict[str, int]:
    """Take over customers and items that only charges know, where the policy allows it."""
    organisation = Organisation.objects.get(pk=actor.organisation_id)
    policy: Policy = policy_of(organisation.policy)
    counts: dict[str, int] = {}
    if not (policy.create_customers or policy.create_items):
        return counts
    master = reading.master_data(actor.organisation_id)
    if policy.create_customers:
        seller = seller_of(SellerRecord.objects.get(organisation=organisation).profile)
        customers = adopted_customers(rows, master.customers, policy, seller)
        counts["customers"] = upsert(
            actor.organisation_id, "customer", customers, actor.name, cause, at
        ).created
    if policy.create_items:
        items = adopted_items(rows, master.items, policy)
        counts["items"] = upsert(
            actor.organisation_id, "item", items, actor.name, cause, at
        ).created
    return counts


def _erased(actor: Actor, rows: pl.DataFrame) -> pl.DataFrame:
    """Customers whose data have been erased: they do not come back by an import."""
    gone = destroyed(actor.organisation_id)
    return rows.filter(pl.col("customer").is_in(gone.implode())).select(
        "row",
        pl.lit("customer:erased").alias("problem"),
        pl.lit(
            "The data of this customer were erased here: erase them in the source too. Somebody "
            "who becomes a customer again needs a new reference."
        ).alias("what_to_do"),
    )
