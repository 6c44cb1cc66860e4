"""The hash chain of a series: a bill's link covers its document, its entry and all links before."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256

GENESIS = "0" * 64


def text_hash(text: str) -> str:
    """Return the SHA-256 of a document's or an entry's UTF-8 bytes in hex."""
    return sha256(text.encode()).hexdigest()


def link(before: str, document_hash: str, entry_hash: str) -> str:
    """Return the link that follows ``before``: SHA-256 over the three hashes' hex digits."""
    return sha256((before + document_hash + entry_hash).encode()).hexdigest()


def linked(head: str, hashes: Iterable[tuple[str, str]]) -> list[str]:
    """Return the link of each bill, from the hashes of its document and its entry, after ``head``.

    Entries are the texts of the bills' postings, as ``ledger.entry_texts`` writes them.
    """
    result = []
    for document, entry in hashes:
        head = link(head, document, entry)
        result.append(head)
    return result
