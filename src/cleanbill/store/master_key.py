"""The master key's file: where it lies, reading it, and keeping a new one, once.

It lies outside the database, so that neither a dump nor a backup of the books opens what it seals.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from django.conf import settings
from django.db import connection

from cleanbill.store.sealing import MASTER_BYTES, MasterKey

NAME = "cleanbill.key"


class MasterKeyError(ValueError):
    """The master key is missing, unreadable, or not the one that the books were sealed with."""


def key_file() -> Path:
    """Return where the master key lies: CLEANBILL_KEY_FILE, else beside the embedded database.

    With a database server it is ``cleanbill.key`` in the folder CLEANBILL_HOME.
    """
    named = os.environ.get("CLEANBILL_KEY_FILE")
    if named:
        return Path(named)
    if connection.vendor == "sqlite":
        return Path(str(connection.settings_dict["NAME"])).parent / NAME
    return Path(settings.HOME) / NAME


def master_key() -> MasterKey:
    """Return the master key. Raises MasterKeyError."""
    place = key_file()
    try:
        text = place.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        raise MasterKeyError(
            f"The master key is not at {place}. Without it what is kept of customers cannot be "
            "read or written. Bring the file back from its backup, or name it: CLEANBILL_KEY_FILE."
        ) from None
    try:
        secret = bytes.fromhex(text)
    except ValueError:
        secret = b""
    if len(secret) != MASTER_BYTES:
        raise MasterKeyError(
            f"{place} holds no master key; expected {2 * MASTER_BYTES} hexadecimal digits. "
            "Bring the file back from its backup."
        )
    return MasterKey(secret)


def right_key(used: str | None) -> MasterKey:
    """Return the master key, if it is the one named ``used`` (None: none has been). Raises."""
    master = master_key()
    if used not in (None, master.key_id):
        raise MasterKeyError(
            f"{key_file()} holds another master key than the one these books were sealed with "
            f"(key {master.key_id}, expected {used}). Bring back the right file, or name it: "
            "CLEANBILL_KEY_FILE."
        )
    return master


def keep(place: Path, secret: bytes) -> None:
    """Write a new master key that only its owner may read; a key that is there stays."""
    place.parent.mkdir(parents=True, exist_ok=True)
    fresh = place.with_name(f"{place.name}.{os.getpid()}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secret.hex() + "\n")
            file.flush()
            os.fsync(file.fileno())
        # A link appears whole or not at all, and never over another process's key.
        with suppress(FileExistsError):
            os.link(fresh, place)
    finally:
        fresh.unlink()
