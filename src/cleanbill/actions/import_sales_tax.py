"""Import American sales tax rates: a state's rate file, its boundary file, names for bills.

A file is taken whole or not at all, and replaces what was loaded of its states; the dry run is the
same in a transaction that is rolled back.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import file_digest
from pathlib import Path

from django.db import transaction

from cleanbill.actions.access import Actor, action
from cleanbill.actions.keep_source_file import keep_source_file
from cleanbill.cycle.tax.regions import state_numbers
from cleanbill.formats import streamlined
from cleanbill.store import faults
from cleanbill.store.models import Event, SourceFile
from cleanbill.store.retries import persistently
from cleanbill.store.sales_taxes import TABLES, name_jurisdictions, replace_version

KINDS = ("us-rates", "us-boundaries", "us-names")


@dataclass(frozen=True, slots=True)
class RatesReport:
    """What a file of rates, boundaries or names brought. ``replaced`` rows went out of force."""

    kind: str
    name: str
    sha256: str
    states: tuple[str, ...]
    rows: int
    replaced: int
    unchanged: bool
    dry_run: bool


@action("master.import")
def import_sales_tax(actor: Actor, kind: str, path: Path, *, dry_run: bool = False) -> RatesReport:
    """Import a file of ``us-rates``, ``us-boundaries`` or ``us-names``; return what it brought.

    A file that is in force already changes nothing. Raises RefusedFile for a file with a wrong row,
    ValueError for another kind.
    """
    if kind not in KINDS:
        raise ValueError(f"{kind!r} is none of {', '.join(KINDS)}")
    reader = {
        "us-rates": streamlined.rates,
        "us-boundaries": streamlined.boundaries,
        "us-names": streamlined.names,
    }[kind]
    rows = reader(path, state_numbers())
    states = tuple(rows["state"].unique().sort())
    with path.open("rb") as file:
        digest = file_digest(file, "sha256").hexdigest()

    def kept() -> RatesReport:
        with transaction.atomic():
            replaced, unchanged = 0, _in_force(actor, kind, digest)
            if not unchanged:
                counted = {"rows": rows.height, "accepted": rows.height, "rejected": 0}
                with faults.write("import.file"):
                    source = keep_source_file(
                        *(actor, kind, path.name, datetime.now(UTC)),
                        digest=digest,
                        totals={"counts": counted},
                    )
                with faults.write("import.rates"):
                    if kind in TABLES:
                        replaced = replace_version(actor.organisation_id, kind, source.pk, rows)
                    else:
                        replaced = name_jurisdictions(actor.organisation_id, rows)
                counts = {"states": list(states), "rows": rows.height, "replaced": replaced}
                with faults.write("import.event"):
                    Event.objects.create(
                        organisation_id=actor.organisation_id,
                        at=source.imported_at,
                        actor=actor.name,
                        action=f"{kind}.imported",
                        subject=path.name,
                        cause=digest,
                        after=counts,
                    )
            if dry_run:
                transaction.set_rollback(True)
        return RatesReport(
            kind, path.name, digest, states, rows.height, replaced, unchanged, dry_run
        )

    report = persistently(kept)
    faults.committed("import")
    return report


def _in_force(actor: Actor, kind: str, digest: str) -> bool:
    """Whether this very file was the last of its kind whose rows are in force."""
    files = SourceFile.objects.filter(
        organisation_id=actor.organisation_id, kind=kind, sha256=digest
    )
    latest = files.order_by("-id").first()
    if latest is None or kind not in TABLES:
        return False
    model, _ = TABLES[kind]
    return bool(
        model.objects.filter(
            organisation_id=actor.organisation_id, source_file=latest.pk, current=True
        ).exists()
    )
