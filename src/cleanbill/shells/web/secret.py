"""The secret that signs sessions: from the environment, else a file that is made once."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

NAME = "cleanbill-web.key"
SHORTEST = 32


class SecretError(ValueError):
    """The secret cannot be used; the message says what to do."""


def web_secret(database: Mapping[str, object], home: Path) -> str:
    """Return CLEANBILL_SECRET_KEY, else what stands in the file beside the embedded database.

    With a database server the file lies in ``home``. It is made on the first start, readable by its
    owner only. Raises SecretError for a secret that is too short to protect anything.
    """
    named = os.environ.get("CLEANBILL_SECRET_KEY")
    if named:
        return _long_enough(named, "CLEANBILL_SECRET_KEY")
    embedded = str(database["ENGINE"]).endswith("sqlite3")
    place = (Path(str(database["NAME"])).parent if embedded else home) / NAME
    with suppress(FileExistsError):
        place.parent.mkdir(parents=True, exist_ok=True)
        opened = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(opened, "w", encoding="ascii") as out:
            out.write(secrets.token_urlsafe(64) + "\n")
    return _long_enough(place.read_text(encoding="ascii").strip(), str(place))


def _long_enough(text: str, where: str) -> str:
    if len(text) < SHORTEST:
        raise SecretError(
            f"The secret in {where} has {len(text)} characters; sessions need at least {SHORTEST}. "
            "Delete the file to have a new one made, or set a longer CLEANBILL_SECRET_KEY."
        )
    return text
