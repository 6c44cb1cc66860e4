"""Keep which file was taken in: its name, hash and control totals."""

from __future__ import annotations

from datetime import datetime

from cleanbill.actions.access import Actor
from cleanbill.formats import tabular
from cleanbill.store import faults
from cleanbill.store.models import SourceFile


def keep_source_file(
    actor: Actor,
    kind: str,
    name: str,
    digest: str,
    intake: tabular.Intake,
    profile: tabular.Profile | None,
    now: datetime,
) -> SourceFile:
    """Keep which file was taken in, by whom, with its control totals."""
    with faults.write("import.file"):
        return SourceFile.objects.create(
            organisation_id=actor.organisation_id,
            kind=kind,
            name=name,
            sha256=digest,
            profile=profile.source if profile else "",
            imported_at=now,
            actor=actor.name,
            totals={"counts": dict(intake.counts), "control": intake.totals.to_dicts()},
        )
