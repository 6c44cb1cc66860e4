"""An archive of issued bills that needs no program of ours to be read or proven.

A folder: per series one file of JSON Lines, a bill per line with its document, its entry and its
link of the hash chain; ``manifest.json`` with counts and chain heads; ``README.txt``, which says
how to verify it; ``SHA256SUMS`` over all of them. ``bill_archive_check`` verifies one.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import file_digest
from pathlib import Path
from typing import Any

from cleanbill.formats import chain_heads
from cleanbill.formats.chain_heads import Head, Heads

SCHEMA = "cleanbill.archive/1"
MANIFEST, README, SUMS = "manifest.json", "README.txt", "SHA256SUMS"
MEMBERS = ("document", "document_hash", "entry", "entry_hash", "link", "number", "sequence")
"""What a bill's line holds, all of it text."""

_EXPLAINED = """\
This folder holds issued bills with their bookings, exported from Cleanbill. It can be read and
proven with any JSON library and SHA-256; `cleanbill verify FOLDER` does it, without a database.

Text is UTF-8. SHA256SUMS lists the SHA-256 of the other files: `sha256sum --check SHA256SUMS`.

manifest.json says whose bills these are, when they were exported, and for each series: its file,
how many bills, the last number, and the head of its chain (the link of its last bill).

Each line of a .jsonl file is a JSON object of texts, one bill, in the order of the series:

  sequence       without a gap, from 1 or from the number that the series began with
  number         the bill's number: the prefix of the series and the sequence, padded with zeros
  document       the bill, itself a JSON text; amounts are decimal texts in its currency
  document_hash  SHA-256 of the UTF-8 bytes of document, in lower case hex
  entry          the bill's postings, itself a JSON text; amounts are minor units, debit positive
  entry_hash     SHA-256 of the UTF-8 bytes of entry
  link           SHA-256 of the 192 characters: link of the bill before, document_hash, entry_hash

Before the first bill of a series stands a link of 64 zeros. Who wrote down the link of a bill
elsewhere at the time can prove that no bill up to it has been changed, added or removed since.
"""


@dataclass(frozen=True, slots=True)
class File:
    """The file of one series."""

    name: str
    count: int
    head: Head


class SeriesFile:
    """Writes the bills of one series, in their order."""

    def __init__(self, folder: Path, place: int, kind: str) -> None:
        self.name = f"{place:03}-{kind.replace('_', '-')}.jsonl"
        self.count = 0
        self._file = (folder / self.name).open("wb")

    def add(self, bills: Iterable[dict[str, str]]) -> None:
        """Append bills, each with all of ``MEMBERS``."""
        for bill in bills:
            text = json.dumps(bill, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
            self._file.write(text.encode() + b"\n")
            self.count += 1

    def close(self, head: Head) -> File:
        """Flush and close the file; return what the manifest says of it."""
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        return File(self.name, self.count, head)


def finish(folder: Path, heads: Heads, files: list[File]) -> None:
    """Write manifest, explanation and checksums beside the series' files."""
    named = {(f.head.seller, f.head.kind, f.head.prefix): f for f in files}
    told = chain_heads.values(heads)
    for row in told["series"]:
        file = named[row["seller"], row["kind"], row["prefix"]]
        row |= {"count": str(file.count), "file": file.name}
    manifest = {
        "at": told["at"],
        "organisation": told["organisation"],
        "schema": SCHEMA,
        "series": told["series"],
    }
    text = json.dumps(manifest, ensure_ascii=False, indent=2, sort_keys=True)
    (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")
    (folder / README).write_text(_EXPLAINED, encoding="utf-8")
    names = [*(f.name for f in files), MANIFEST, README]
    sums = "".join(f"{sha256_of(folder / name)}  {name}\n" for name in sorted(names))
    (folder / SUMS).write_text(sums, encoding="utf-8")


def sha256_of(place: Path) -> str:
    """Return the SHA-256 of a file in hex."""
    with place.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def manifest_of(folder: Path) -> dict[str, Any]:
    """Return the manifest; raises ValueError for a folder that is no archive, OSError for none."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except ValueError:
        manifest = None
    if not isinstance(manifest, dict) or manifest.get("schema") != SCHEMA:
        raise ValueError(f"{folder / MANIFEST} is no manifest of an archive ({SCHEMA})")
    return manifest
