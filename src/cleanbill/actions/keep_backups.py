"""Back up the whole database and restore it: work of whoever runs the machine.

A database holds several organisations, so neither is a right within one of them: who knows the
database's address may do it. No other door than the command line offers it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cleanbill.actions.access import Actor
from cleanbill.actions.audit_books import Audit, audit_books
from cleanbill.actions.open_books import Progress
from cleanbill.store import backup as backups
from cleanbill.store import faults, outbox
from cleanbill.store.connect import open_store
from cleanbill.store.models import Organisation


@dataclass(frozen=True, slots=True)
class Restored:
    """What came back, proven."""

    audits: dict[str, Audit]
    """Slug of each organisation -> the audit of its restored books."""


def back_up(place: Path) -> int:
    """Write the database to a file, as of one moment; return its size in bytes.

    Raises NoBackup, FileExistsError.
    """
    with faults.write("backup.file"):
        backups.backup(place)
    return place.stat().st_size


def restore(place: Path, *, replace: bool, progress: Progress) -> Restored:
    """Restore a backup, bring its schema up to this release, and audit every organisation in it.

    What waited in the outbox may have been sent since the backup was made, so nothing of it goes
    out by itself any more.
    Raises NoBackup, BooksThere; then the database is as it was.
    """
    backups.restore(place, replace=replace)
    # Before anything that may fail: a worker that begins then must find nothing to send.
    outbox.doubt_everything()
    open_store(migrate=True)
    audits = {}
    for organisation in Organisation.objects.order_by("slug"):
        actor = Actor(organisation.pk, "restore", frozenset({"books.audit"}))
        audits[organisation.slug] = audit_books(actor, progress=progress)
    return Restored(audits)
