"""Verify an archive of bills from its files alone: no database, nothing but JSON and SHA-256."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from cleanbill.formats import bill_archive_bill as single
from cleanbill.formats.bill_archive import MANIFEST, MEMBERS, SUMS, manifest_of, sha256_of
from cleanbill.formats.chain_heads import Head, Heads

GENESIS = "0" * 64
_NAME = re.compile(r"[\w.-]+\.(jsonl|json|txt)")
SAYS = {
    "ARCHIVE-FILES": "Every file is there and has the checksum that SHA256SUMS states.",
    "ARCHIVE-LINE": "Every line is a bill with all its members.",
    "ARCHIVE-COUNT": "A series has as many bills as the manifest says.",
    "ARCHIVE-HEAD": "The chain of a series ends where the manifest says.",
    "HEAD": "The chains still contain the heads that were kept elsewhere.",
    "GAPLESS": "The numbers of a series run from 1 without gap or double.",
    "NUMBER": "The document has the number under which it is archived.",
    "CHAIN": "Documents, entries and links have the hashes that are stated.",
    "DOCUMENT-READS": "Every document and every entry is one of its schema.",
    "TOTALS": "The sums inside a document add up.",
    "ENTRY": "An entry sums to zero and posts what the document says.",
    "DATES": "Dates of a series never go back; no bill is due, or credits, before its time.",
}
"""What is checked, by code."""


@dataclass(slots=True)
class Verified:
    """What was looked at and what was found: the first row of each kind, and how many there are."""

    bills: int = 0
    first: dict[str, str] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    heads: dict[str, str] = field(default_factory=dict)
    """Series prefix -> the link its chain ends with."""

    def add(self, code: str, row: str) -> None:
        """Take a row that breaks what ``code`` says."""
        self.first.setdefault(code, row)
        self.counts[code] = self.counts.get(code, 0) + 1


def check(
    folder: Path, known: Heads | None = None, done: Callable[[int], None] = lambda bills: None
) -> Verified:
    """Verify the archive in ``folder``, and that it contains the heads ``known`` from elsewhere.

    ``done`` hears how many bills have been read. Raises ValueError or OSError for a folder that is
    no archive at all; whatever else is wrong is in the answer.
    """
    found = Verified()
    manifest = manifest_of(folder)
    series = manifest.get("series")
    listed = _listed(folder, found)
    if not isinstance(series, list):
        raise ValueError(f"{folder / MANIFEST} lists no series")
    wanted = list(known.series) if known else []
    if known and manifest.get("organisation", {}).get("slug") != known.organisation:
        raise ValueError(f"the heads are those of {known.organisation!r}, the archive is another's")
    for row in series:
        if row.get("file") not in listed:
            found.add("ARCHIVE-FILES", f"{row.get('file')}: the manifest names it, {SUMS} does not")
        else:
            _Series(found, folder, row, wanted).check(done)
    for head in wanted:
        if head.sequence:
            found.add("HEAD", f"{head.number} with link {head.head[:16]}… is not in the archive")
    return found


def _listed(folder: Path, found: Verified) -> set[str]:
    """Compare the files with their checksums; return the names that can be read."""
    there = set()
    *lines, rest = (folder / SUMS).read_bytes().decode("utf-8", "replace").split("\n")
    if rest:
        found.add("ARCHIVE-FILES", f"{SUMS}: its last line does not end")
    for line in lines:
        stated, _, name = line.partition("  ")
        if not _NAME.fullmatch(name) or not (folder / name).is_file():
            found.add("ARCHIVE-FILES", f"{name or line}: is not there")
            continue
        there.add(name)
        if sha256_of(folder / name) != stated:
            found.add("ARCHIVE-FILES", f"{name}: its bytes have changed")
    strangers = {f.name for f in folder.iterdir()} - there - {SUMS}
    for name in sorted(strangers):
        found.add("ARCHIVE-FILES", f"{name}: is not listed in {SUMS}")
    return there


@dataclass(slots=True)
class _Series:
    """Walks along one series and compares each bill with the one before."""

    found: Verified
    folder: Path
    row: dict[str, Any]
    wanted: list[Head]
    head: str = GENESIS
    sequence: int = 0
    day: str = ""

    def check(self, done: Callable[[int], None]) -> None:
        """Check the file of the series."""
        prefix = str(self.row.get("prefix"))
        count = 0
        for place, bill in self._bills():
            count += 1
            self.found.bills += 1
            if bill is None:
                self.found.add("ARCHIVE-LINE", f"{self.row['file']} line {place}")
                continue
            self._chained(bill)
            self._in_order(bill, prefix)
            self._alone(bill, prefix)
            if not self.found.bills % 1000:
                done(self.found.bills)
        if str(count) != self.row.get("count"):
            row = f"series {prefix}: {count} bills, the manifest says {self.row.get('count')}"
            self.found.add("ARCHIVE-COUNT", row)
        if self.head != self.row.get("head"):
            self.found.add("ARCHIVE-HEAD", f"series {prefix}")
        self.found.heads[prefix] = self.head

    def _bills(self) -> Iterator[tuple[int, dict[str, str] | None]]:
        with (self.folder / str(self.row["file"])).open("rb") as file:
            for place, line in enumerate(file, 1):
                try:
                    bill = json.loads(line)
                except ValueError:
                    bill = None
                whole = isinstance(bill, dict) and all(
                    isinstance(bill.get(member), str) for member in MEMBERS
                )
                yield place, bill if whole else None

    def _chained(self, bill: dict[str, str]) -> None:
        row = f"bill {bill['number']}"
        own = sha256(bill["document"].encode("utf-8", "surrogatepass")).hexdigest()
        entry = sha256(bill["entry"].encode("utf-8", "surrogatepass")).hexdigest()
        if own != bill["document_hash"]:
            self.found.add("CHAIN", f"{row}: its document has been changed")
        if entry != bill["entry_hash"]:
            self.found.add("CHAIN", f"{row}: its entry has been changed")
        stated = self.head + bill["document_hash"] + bill["entry_hash"]
        if sha256(stated.encode("utf-8", "surrogatepass")).hexdigest() != bill["link"]:
            self.found.add("CHAIN", f"{row}: its link does not follow from the bill before")
        self.head = bill["link"]
        self.wanted[:] = [head for head in self.wanted if not self._is(head, bill)]

    def _is(self, head: Head, bill: dict[str, str]) -> bool:
        own = (self.row.get("seller"), self.row.get("kind"), self.row.get("prefix"))
        return (head.seller, head.kind, head.prefix) == own and (
            (str(head.sequence), head.number, head.head)
            == (bill["sequence"], bill["number"], bill["link"])
        )

    def _in_order(self, bill: dict[str, str], prefix: str) -> None:
        if not self.sequence and bill["sequence"].isdecimal():
            # A series may go on after another system's last number. That no bill stood before is
            # what the first link says, which starts from nothing.
            self.sequence = int(bill["sequence"]) - 1
        self.sequence += 1
        if bill["sequence"] != str(self.sequence):
            row = f"bill {bill['number']}: is the {bill['sequence']}., expected {self.sequence}"
            self.found.add("GAPLESS", row)
            if bill["sequence"].isdecimal():
                self.sequence = int(bill["sequence"])
        digits = bill["number"].removeprefix(prefix)
        if not bill["number"].startswith(prefix) or digits.lstrip("0") != bill["sequence"]:
            self.found.add("NUMBER", f"bill {bill['number']}: is the {bill['sequence']}.")

    def _alone(self, bill: dict[str, str], prefix: str) -> None:
        row = f"bill {bill['number']}"
        try:
            document = single.document_of(bill["document"])
            postings = single.postings_of(bill["entry"])
            if (document["number"], document["series"]) != (bill["number"], prefix):
                self.found.add("NUMBER", f"{row}: its document says {document['number']}")
            if document["kind"] != self.row.get("kind"):
                self.found.add("NUMBER", f"{row}: its document is of kind {document['kind']}")
            for code, wrongs in (
                ("TOTALS", single.wrong_sums(document)),
                ("ENTRY", single.wrong_entry(document, postings)),
                ("DATES", single.wrong_dates(document)),
            ):
                for wrong in wrongs:
                    self.found.add(code, f"{row}: {wrong}")
            if document["issue_date"] < self.day:
                self.found.add("DATES", f"{row}: is dated before the bill before it")
            self.day = document["issue_date"]
        except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError):
            self.found.add("DOCUMENT-READS", row)
