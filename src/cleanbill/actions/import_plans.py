"""Import a price plan file: all of its prices, or none with everything that is wrong in it.

A price that differs from what is kept becomes its next version; nothing is edited in place. What
the file leaves out stays as it is, and is named. The dry run is the import, rolled back at its end.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import polars as pl
from django.db import transaction

from cleanbill.actions.access import Actor, action
from cleanbill.actions.keep_source_file import keep_source_file
from cleanbill.actions.keep_terms import STATES, keep_terms
from cleanbill.cycle import price
from cleanbill.formats import bundle_json, bundle_rows, plan_file
from cleanbill.formats.plan_file import Plan, PlanFileError, Problem
from cleanbill.nouns.drawn import BUNDLES
from cleanbill.store import faults
from cleanbill.store.master_writing import Changes, add_prices
from cleanbill.store.models import Event, Price
from cleanbill.store.retries import persistently
from cleanbill.store.terms import known_terms


@dataclass(frozen=True, slots=True)
class PlanReport:
    """What a plan file said and what came of it, counted in prices."""

    name: str
    sha256: str
    plan: str | None
    customer: str | None
    prices: int
    tiers: int
    created: int
    changed: int
    unchanged: int
    left_out: tuple[str, ...]
    """Current prices of the same plan or customer that the file does not name."""
    dry_run: bool
    bundles: int = 0
    bundles_changed: int = 0
    """Bundles that are new, or became their next version."""


@action("master.import")
def import_plans(actor: Actor, path: Path, *, dry_run: bool = False) -> PlanReport:
    """Import a plan file (TOML or JSON, ``docs/schema/plan-1.json``) in one transaction.

    Raises PlanFileError, which names everything that is wrong with the file.
    """
    if not path.is_file():
        said = "this is a folder" if path.is_dir() else "there is no such file"
        raise PlanFileError(path.name, [Problem("the file", said)])
    raw = path.read_bytes()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        said = f"it is no UTF-8 text (byte {error.start + 1}): save it as UTF-8"
        raise PlanFileError(path.name, [Problem("the file", said)]) from None
    plan = plan_file.read(text, path.name)
    rows = _sound(plan, path.name)
    stated = _bundles(actor, plan, path.name)

    def kept() -> PlanReport:
        with transaction.atomic():
            report = _kept(actor, plan, rows, stated, path.name, sha256(raw).hexdigest(), dry_run)
            if dry_run:
                transaction.set_rollback(True)
        return report

    report = persistently(kept)
    faults.committed("import")
    return report


def _sound(plan: Plan, name: str) -> pl.DataFrame:
    """Return the rows as they are kept; what no bill could be priced by is a problem."""
    faulty = price.faults(plan.rows)
    if faulty.height:
        told = dict.fromkeys(
            Problem(plan.places[row - 1], f"{code}: {what}")
            for row, code, what in faulty.select("row", "problem", "what_to_do").iter_rows()
            if code != price.INCOMPLETE  # Its own fault is told already.
        )
        raise PlanFileError(name, told)
    return price.as_kept(plan.rows)


def _bundles(actor: Actor, plan: Plan, name: str) -> pl.DataFrame:
    """Return the bundles as terms are kept. Raises PlanFileError where one was another item."""
    if not plan.bundles:
        return pl.DataFrame(schema=STATES)
    names = [one.reference for one in plan.bundles]
    known = {
        reference: (version, body)
        for reference, version, body in known_terms(actor.organisation_id, BUNDLES, names)
        .select("reference", "version", "body")
        .iter_rows()
    }
    rows, problems = [], []
    for place, one in enumerate(plan.bundles, 1):
        version, body = known.get(one.reference, (None, None))
        try:
            if body is not None and version is not None:
                bundle_rows.same_item(one, bundle_json.read(body, version))
        except ValueError as error:
            problems.append(Problem(f"bundle {place}", str(error)))
        rows.append(bundle_rows.state(one, place, version))
    if problems:
        raise PlanFileError(name, problems)
    return pl.DataFrame(rows, schema=STATES)


def _kept(
    actor: Actor,
    plan: Plan,
    rows: pl.DataFrame,
    stated: pl.DataFrame,
    name: str,
    digest: str,
    dry_run: bool,
) -> PlanReport:
    own, now = actor.organisation_id, datetime.now(UTC)
    with faults.write("import.file"):
        totals = {"counts": {"prices": plan.prices, "tiers": rows.height}}
        source = keep_source_file(actor, "plans", name, now, digest=digest, totals=totals)
    with faults.write("import.prices"):
        changes = add_prices(own, rows)
    kept = keep_terms(actor, BUNDLES, source.pk, stated) if stated.height else Changes(0, 0, 0)
    _told(actor, name, digest, changes, now)
    return PlanReport(
        name,
        digest,
        plan.plan,
        plan.customer,
        plan.prices,
        rows.height,
        changes.created,
        changes.changed,
        changes.unchanged,
        _left_out(own, plan, rows),
        dry_run,
        stated.height,
        kept.created + kept.changed,
    )


def _told(actor: Actor, name: str, digest: str, changes: Changes, now: datetime) -> None:
    if not (changes.created or changes.changed):
        return
    with faults.write("import.event"):
        Event.objects.create(
            organisation_id=actor.organisation_id,
            at=now,
            actor=actor.name,
            action="plans.imported",
            subject=name,
            cause=digest,
            after=asdict(changes),
        )


def _left_out(organisation_id: int, plan: Plan, rows: pl.DataFrame) -> tuple[str, ...]:
    """Name the current prices of this plan that the file does not speak of: they still hold."""
    named = set(rows.select("item", "currency", "valid_from", "conditions").iter_rows())
    found = Price.objects.filter(
        organisation_id=organisation_id, current=True, plan=plan.plan, customer=plan.customer
    ).order_by("item", "valid_from", "id")
    there = found.values_list("item", "currency", "valid_from", "conditions")
    return tuple(f"{row[0]} {row[1]} from {row[2]}" for row in there if row not in named)
