"""Hand in a file that will be imported after a look: it is kept privately until it is settled.

What is handed in and forgotten is removed after a week, with everything written beside it.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cleanbill.actions.access import Actor, NotAllowed, action
from cleanbill.actions.import_file import PERMISSIONS
from cleanbill.actions.keep_source_file import MADE
from cleanbill.actions.sweep_desk import settled, sweep
from cleanbill.formats import tabular
from cleanbill.store import uploads
from cleanbill.store.models import SourceFile, Upload


class NoSuchUpload(LookupError):
    """No file of this organisation was handed in under the number."""

    def __init__(self, upload_id: int) -> None:
        super().__init__(f"no file {upload_id} was handed in here")


def allowed(actor: Actor, kind: str) -> str:
    """Return the kind where the actor may import it; raises ValueError, NotAllowed."""
    if kind not in tabular.KINDS:
        raise ValueError(
            f"{kind[:40]!r} is no kind of file; expected one of {', '.join(tabular.KINDS)}"
        )
    needed = PERMISSIONS.get(kind, "master.import")
    if needed not in actor.permissions:
        raise NotAllowed(f"{actor.name} may not import {kind}: it needs the permission {needed!r}.")
    return kind


@action("look")
def importable(actor: Actor) -> list[str]:
    """Return the kinds of files that the actor may import."""
    return [
        kind
        for kind in tabular.KINDS
        if PERMISSIONS.get(kind, "master.import") in actor.permissions
    ]


@action("look")
def hand_in(actor: Actor, kind: str, name: str, parts: Iterable[bytes]) -> int:
    """Keep a file and look at it; return its number. ``parts`` are its bytes, piece by piece.

    Raises UnreadableFile, and keeps nothing, when it is no file that could be imported.
    """
    allowed(actor, kind)
    sweep(actor)
    called = uploads.harmless(name)
    token = secrets.token_hex(16)
    size = uploads.keep(token, called, parts)
    try:
        layout = tabular.sniff(uploads.place_of(token) / called)
        columns = [column.name for column in layout.columns]
        if kind == "charges" and not columns:
            raise tabular.UnreadableFile("The file has no columns", called, "a header and rows")
        profile = replace(tabular.suggested(columns, kind), kind=kind)
        upload = Upload.objects.create(
            organisation_id=actor.organisation_id,
            token=token,
            name=called,
            kind=kind,
            size=size,
            profile=tabular.dump(profile),
            actor=actor.name,
            at=datetime.now(UTC),
        )
    except tabular.UnreadableFile as error:
        uploads.remove(token)
        where = error.where.replace(str(uploads.place_of(token) / called), called)
        raise tabular.UnreadableFile(error.what, where, error.expected, error.remedy) from error
    except BaseException:
        uploads.remove(token)
        raise
    return upload.pk


def found(actor: Actor, upload_id: int) -> Upload:
    """Return an upload of the organisation that the actor may import; raises NoSuchUpload."""
    upload = None
    if 0 < upload_id < 2**63:
        own = Upload.objects.filter(organisation_id=actor.organisation_id, pk=upload_id)
        upload = own.first()
    if upload is None:
        raise NoSuchUpload(upload_id)
    allowed(actor, upload.kind)
    return upload


def opened(actor: Actor, upload_id: int) -> Upload:
    """Return an upload whose file is still there; raises NoSuchUpload, ValueError."""
    upload = found(actor, upload_id)
    if upload.state != Upload.State.OPEN or not file_of(upload).exists():
        raise ValueError(f"{upload.name} is {upload.state}; hand the file in again")
    return upload


def file_of(upload: Upload) -> Path:
    """Return where the file of an upload lies."""
    return uploads.place_of(upload.token) / upload.name


@action("look")
def drop_upload(actor: Actor, upload_id: int) -> None:
    """Remove a file that was handed in; nothing of it is imported by that."""
    upload = found(actor, upload_id)
    uploads.remove(upload.token)
    if upload.state == Upload.State.OPEN:
        settled(actor, upload, Upload.State.DROPPED)


@action("look")
def imports(actor: Actor, *, limit: int = 50) -> dict[str, list[dict[str, Any]]]:
    """Return ``waiting``: files handed in that are not settled; ``taken``: the latest imports."""
    own = Upload.objects.filter(organisation_id=actor.organisation_id, state=Upload.State.OPEN)
    files = SourceFile.objects.filter(organisation_id=actor.organisation_id).exclude(kind__in=MADE)
    columns = ("id", "kind", "name", "imported_at", "actor", "totals", "undone_at")
    return {
        "waiting": list(
            own.filter(kind__in=importable(actor))
            .order_by("-id")
            .values("id", "kind", "name", "size", "actor", "at")[:limit]
        ),
        "taken": list(files.order_by("-id").values(*columns)[:limit]),
    }
