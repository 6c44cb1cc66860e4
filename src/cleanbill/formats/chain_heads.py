"""Chain heads: where the hash chain of each series ended at a moment, to be kept elsewhere.

Who owns the database can rewrite it all, chains included, but not a file that lies somewhere else.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from cleanbill.formats.whole_file import whole

SCHEMA = "cleanbill.heads/1"
_HASH = re.compile(r"[0-9a-f]{64}")


class UnreadableHeads(ValueError):
    """The file is no export of chain heads, or of another organisation."""


@dataclass(frozen=True, slots=True)
class Head:
    """The end of one series: its last bill and the link of that bill."""

    seller: str
    kind: str
    prefix: str
    sequence: int
    """0 while the series has no bill."""
    number: str | None
    head: str


@dataclass(frozen=True, slots=True)
class Heads:
    """The ends of all series of an organisation at one moment."""

    organisation: str
    name: str
    at: datetime
    series: tuple[Head, ...]


def values(heads: Heads) -> dict[str, Any]:
    """Return chain heads as JSON values."""
    series = []
    for head in heads.series:
        row = {
            "head": head.head,
            "kind": head.kind,
            "prefix": head.prefix,
            "seller": head.seller,
            "sequence": str(head.sequence),
        }
        series.append(row if head.number is None else {**row, "number": head.number})
    return {
        "at": heads.at.isoformat(),
        "organisation": {"name": heads.name, "slug": heads.organisation},
        "schema": SCHEMA,
        "series": series,
    }


def of_values(data: Any, name: str) -> Heads:
    """Return the chain heads in JSON values; raises UnreadableHeads, naming ``name``."""
    try:
        if data["schema"] != SCHEMA:
            raise ValueError(data["schema"])
        return Heads(
            str(data["organisation"]["slug"]),
            str(data["organisation"]["name"]),
            datetime.fromisoformat(data["at"]),
            tuple(_head(row) for row in data["series"]),
        )
    except (LookupError, TypeError, ValueError, AttributeError):
        raise UnreadableHeads(
            f"{name} is no export of chain heads ({SCHEMA}); "
            "`cleanbill audit --export-head FILE` writes one"
        ) from None


def _head(row: Mapping[str, Any]) -> Head:
    if not _HASH.fullmatch(row["head"]):
        raise ValueError(row["head"])
    texts = (str(row["seller"]), str(row["kind"]), str(row["prefix"]))
    return Head(*texts, int(row["sequence"]), row.get("number"), row["head"])


def write(heads: Heads, place: Path) -> None:
    """Write the file, whole or not at all."""
    with whole(place) as draft:
        text = json.dumps(values(heads), ensure_ascii=False, indent=2, sort_keys=True)
        draft.write_text(text + "\n", encoding="utf-8")


def read(place: Path) -> Heads:
    """Return the heads in a file; raises UnreadableHeads, and OSError where there is none."""
    try:
        data = json.loads(place.read_text(encoding="utf-8"))
    except ValueError:
        data = None
    return of_values(data, place.name)


def same_organisation(heads: Heads, slug: str) -> None:
    """Raise UnreadableHeads when the heads are those of another organisation."""
    if heads.organisation != slug:
        raise UnreadableHeads(
            f"these are the chain heads of {heads.organisation!r}, not of {slug!r}; "
            "take the file that was exported for this organisation"
        )
