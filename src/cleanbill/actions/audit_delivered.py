"""Audit what was delivered: the bytes in the archive are those that went out."""

from __future__ import annotations

from hashlib import sha256

import polars as pl

from cleanbill.actions.audit_found import Found
from cleanbill.store.models import DeliveredFile
from cleanbill.store.party_keys import seals_of
from cleanbill.store.sealing import BrokenSeal

SAYS = "Every delivered file has the size and the hash under which it was archived."
_AT_ONCE = 100
"""Files that are held in memory."""


def check_delivered(found: Found, organisation_id: int) -> None:
    """Compare every archived file with its hash. The master key must be there."""
    own = DeliveredFile.objects.filter(organisation_id=organisation_id).order_by("id")
    after = 0
    while rows := list(own.filter(id__gt=after)[:_AT_ONCE]):
        found.add("DELIVERED", SAYS, _wrong(organisation_id, rows))
        after = rows[-1].pk


def _wrong(organisation_id: int, rows: list[DeliveredFile]) -> list[str]:
    parties = pl.Series(sorted({row.party for row in rows}), dtype=pl.String)
    seals = seals_of(organisation_id, parties)
    wrong = []
    for row in rows:
        seal = seals.get(row.party)
        try:
            content = None if seal is None else seal.open_bytes(bytes(row.content))
        except BrokenSeal:
            content = None
        right = content is not None and len(content) == row.size
        if content is None or not right or sha256(content).hexdigest() != row.sha256:
            wrong.append(f"delivered_file {row.pk} ({row.name})")
    return wrong
