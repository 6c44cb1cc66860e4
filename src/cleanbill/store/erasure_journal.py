"""The journal of erasures: a small file beside the master key, outside the database.

Restoring an old backup brings destroyed keys back. The journal does not go back with it, so what
was erased can be erased again. It holds references and reasons, no personal data.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from cleanbill.store.master_key import key_file


@dataclass(frozen=True, slots=True)
class Entry:
    """One erasure: of whom, in which organisation (its slug), when, by whom and why."""

    organisation: str
    party: str
    at: str
    by: str
    reason: str


def journal_file() -> Path:
    """Return where the journal lies: beside the master key."""
    return key_file().with_suffix(".erasures.jsonl")


def note(entry: Entry) -> None:
    """Add an erasure to the journal, down to the disk."""
    place = journal_file()
    descriptor = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(descriptor, "a", encoding="utf-8") as file:
        file.write(json.dumps(asdict(entry), ensure_ascii=False) + "\n")
        file.flush()
        os.fsync(file.fileno())


def entries(place: Path) -> list[Entry]:
    """Return the erasures of a journal in their order; raises ValueError for any other file."""
    found = []
    for number, line in enumerate(place.read_text(encoding="utf-8").splitlines(), 1):
        try:
            found.append(Entry(**json.loads(line)))
        except (ValueError, TypeError) as error:
            raise ValueError(
                f"{place}, line {number}, is no entry of a journal of erasures: {error}"
            ) from error
    return found
