"""Files that were handed in: a private folder each, beside the books, until they are settled.

``CLEANBILL_UPLOADS`` names another place; web and worker must see the same one.
"""

from __future__ import annotations

import os
import re
import shutil
import unicodedata
from collections.abc import Iterable
from pathlib import Path

from django.db import connection

from cleanbill.store.settings import HOME

_TOKEN = re.compile(r"[0-9a-f]{32}")
_LONGEST = 120
"""Bytes of a file's name that are kept."""


def root() -> Path:
    """Return the folder of all uploads."""
    chosen = os.environ.get("CLEANBILL_UPLOADS")
    if chosen:
        return Path(chosen)
    database = connection.settings_dict
    embedded = str(database["ENGINE"]).endswith("sqlite3")
    return (Path(str(database["NAME"])).parent if embedded else HOME) / "uploads"


def place_of(token: str) -> Path:
    """Return the folder of one upload; raises ValueError for what is no token."""
    if not _TOKEN.fullmatch(token):
        raise ValueError("this is no upload's token")
    return root() / token


def harmless(name: str) -> str:
    """Return a file's name without folders, control characters and what shells and systems read.

    The ending is kept, for it says what the file claims to be.
    """
    plain = unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2]
    plain = re.sub(r"[^\w .()+-]", "_", plain).strip(" .") or "file"
    stem, dot, ending = plain.rpartition(".")
    if not dot or len(ending) > 10 or not ending.isascii():
        stem, dot, ending = plain, "", ""
    room = _LONGEST - len(ending) - 1
    short = stem.encode()[:room].decode(errors="ignore").lstrip("-. ") or "file"
    return f"{short}{dot}{ending}"


def made(token: str) -> Path:
    """Make the folder of a new token, that only this user may enter; return its place."""
    folder = place_of(token)
    root().mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.mkdir(mode=0o700)
    return folder


def keep(token: str, name: str, parts: Iterable[bytes]) -> int:
    """Write a file into the folder of a new token; return its size.

    ``name`` must be harmless. What is half written when it fails is removed.
    """
    folder, size = made(token), 0
    try:
        opened = os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(opened, "wb") as out:
            for part in parts:
                size += len(part)
                out.write(part)
    except BaseException:
        remove(token)
        raise
    return size


def remove(token: str) -> None:
    """Remove an upload with all that was written beside it; nothing where it is gone."""
    shutil.rmtree(place_of(token), ignore_errors=True)
