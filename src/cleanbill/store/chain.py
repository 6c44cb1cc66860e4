"""The hash chain of a series: each bill's link covers its document and all links before it."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256

GENESIS = "0" * 64


def document_hash(body: str) -> str:
    """Return the SHA-256 of a document's bytes in hex."""
    return sha256(body.encode()).hexdigest()


def linked(head: str, hashes: Iterable[str]) -> list[str]:
    """Return the chain hash of each document hash, continuing from ``head``.

    It is SHA-256 over the 64 hex characters of the link before and the 64 of the document's hash.
    """
    result = []
    for own in hashes:
        head = sha256((head + own).encode()).hexdigest()
        result.append(head)
    return result


def links(head: str, bodies: Iterable[str]) -> list[tuple[str, str]]:
    """Return (document hash, chain hash) for each document, continuing from ``head``."""
    hashes = [document_hash(body) for body in bodies]
    return list(zip(hashes, linked(head, hashes), strict=True))
