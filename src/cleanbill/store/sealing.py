"""Sealing: text closed under a key that belongs to one party, and opened again.

AES-SIV (RFC 5297): authenticated, and deterministic on purpose, so that equal text of one party
gives equal bytes and can still be grouped and compared. A party's key is HMAC-SHA-512 of its salt
under the master key. The salt lies in the database and the master key outside; destroying the salt
destroys the key. Organisation and party go in as associated data: a text that is moved to another
party does not open. Nothing here draws a salt; that is done in ``actions``.
"""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from cleanbill.nouns.seal import MARK

SALT_BYTES = 16
MASTER_BYTES = 32
_PURPOSE = b"cleanbill party key 1\0"


class BrokenSeal(ValueError):
    """A sealed text does not open: changed, moved to another party, or closed by another key."""


@dataclass(frozen=True, slots=True, repr=False)
class MasterKey:
    """The secret that all party keys hang from. Never printed, never in the database."""

    secret: bytes

    @property
    def key_id(self) -> str:
        """What tells this master key from others, and nothing about it."""
        return hmac.digest(self.secret, b"cleanbill key id", "sha256").hex()[:16]


class Seal:
    """Closes and opens what is said of one party."""

    __slots__ = ("_bound", "_cipher", "_party")

    def __init__(self, master: MasterKey, organisation_id: int, party: str, salt: str) -> None:
        key = hmac.digest(master.secret, _PURPOSE + bytes.fromhex(salt), "sha512")
        self._cipher = AESSIV(key)
        self._bound = [f"{organisation_id}\0{party}".encode()]
        self._party = party

    def close(self, text: str) -> str:
        """Return the text sealed: the mark, then base64 without padding."""
        return MARK + urlsafe_b64encode(self.close_bytes(text.encode())).decode().rstrip("=")

    def close_bytes(self, content: bytes) -> bytes:
        """Return bytes sealed: a file, which needs no mark and no letters."""
        return self._cipher.encrypt(content, self._bound)

    def open_bytes(self, sealed: bytes) -> bytes:
        """Return the bytes that were sealed. Raises BrokenSeal."""
        try:
            return self._cipher.decrypt(sealed, self._bound)
        except (InvalidTag, ValueError) as error:
            raise BrokenSeal(self._broken()) from error

    def open(self, sealed: str) -> str:
        """Return the text that was sealed. Raises BrokenSeal."""
        body = sealed.removeprefix(MARK)
        try:
            closed = urlsafe_b64decode(body + "=" * (-len(body) % 4))
            return self._cipher.decrypt(closed, self._bound).decode()
        except (InvalidTag, ValueError) as error:
            raise BrokenSeal(self._broken()) from error

    def _broken(self) -> str:
        return (
            f"what is kept of party {self._party!r} does not open: it was changed, or sealed "
            "for another party. Run `cleanbill audit`, and compare with a backup."
        )
