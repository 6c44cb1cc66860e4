"""Keep where charges, terms and master data came from: a file, or what was drawn in its place."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from cleanbill.actions.access import Actor
from cleanbill.store import faults
from cleanbill.store.models import Event, SourceFile

DRAWING, REPAIRS = "drawing", "repairs"
MADE = (DRAWING, REPAIRS)
"""Kinds that no file came with: what terms gave, what repairs wrote."""


def keep_source_file(
    actor: Actor,
    kind: str,
    name: str,
    at: datetime,
    *,
    digest: str = "",
    profile: str = "",
    totals: Mapping[str, Any] | None = None,
) -> SourceFile:
    """Keep what was taken in, by whom and when, with its control totals."""
    return SourceFile.objects.create(
        organisation_id=actor.organisation_id,
        kind=kind,
        name=name,
        sha256=digest,
        profile=profile,
        imported_at=at,
        actor=actor.name,
        totals=dict(totals or {}),
    )


def keep_drawing(
    actor: Actor, profile: str, name: str, count: int, control: list[dict[str, object]]
) -> int:
    """Keep who drew, when and how much: to the charges it is what a file is to imported ones.

    Return under which number it is kept.
    """
    now = datetime.now(UTC)
    totals = {"counts": {"charges": count}, "control": control}
    with faults.write("draw.event"):
        source = keep_source_file(actor, DRAWING, name, now, profile=profile, totals=totals)
        Event.objects.create(
            organisation_id=actor.organisation_id,
            at=now,
            actor=actor.name,
            action="charges.drawn",
            subject=name,
            cause=f"drawing {source.pk}",
            after={"created": count},
        )
    return source.pk
