"""Undo an import of charges, as long as nothing of it has been billed or otherwise settled."""

from __future__ import annotations

from datetime import UTC, datetime

from django.db import transaction

from cleanbill.actions.access import Actor, action
from cleanbill.store import faults
from cleanbill.store.models import Event, SourceFile
from cleanbill.store.retries import persistently
from cleanbill.store.withdrawing import fates, withdraw
from cleanbill.store.writing import ChargesTaken

_WORDS = {
    "billed": "stand on bills; credit those first, and correct the charges at their source",
    "not_billable": "were settled by a run as not billable",
    "proposed": "are corrections of billed charges and wait for a decision",
    "superseded": "were corrected by a later file; undo that one first",
}


class NotUndone(ValueError):
    """The import cannot be undone any more; the message says why."""


class NoSuchImport(LookupError):
    """No import of this organisation has the number."""


@action("charges.import")
def undo_import(actor: Actor, source_file: int) -> int:
    """Withdraw all charges of an import; return how many. Undone twice is undone once.

    What they had superseded is open again, and the same file can be imported again. Customers and
    items that were adopted from it stay. Raises NoSuchImport, NotUndone.
    """
    try:
        return persistently(lambda: _undone(actor, source_file))
    except ChargesTaken as error:
        raise NotUndone("A run is billing these charges at this moment; look again.") from error


@transaction.atomic
def _undone(actor: Actor, source_file: int) -> int:
    own = actor.organisation_id
    files = SourceFile.objects.filter(organisation_id=own)
    # Whoever undoes it at the same time waits here.
    file = files.select_for_update().filter(pk=source_file).first() if source_file < 2**63 else None
    if file is None:
        raise NoSuchImport(f"there is no import {source_file}")
    if file.undone_at is not None:
        return 0
    if file.kind != "charges":
        raise NotUndone(
            f"An import of {file.kind} is not undone: import the former file again, so that every "
            "change is told with before and after."
        )
    told = fates(own, source_file)
    for kind, words in _WORDS.items():
        if told.get(kind):
            raise NotUndone(f"{file.name} cannot be undone: {told[kind]:,} of its charges {words}.")
    now = datetime.now(UTC)
    count = withdraw(own, source_file, f"import of {file.name} undone by {actor.name}"[:300])
    with faults.write("undo.file"):
        files.filter(pk=source_file).update(undone_at=now)
    with faults.write("undo.event"):
        Event.objects.create(
            organisation_id=own,
            at=now,
            actor=actor.name,
            action="charges.withdrawn",
            subject=file.name,
            after={"source_file": source_file, "withdrawn": count},
            cause=f"import {source_file} undone",
        )
    return count
