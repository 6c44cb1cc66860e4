"""What to tell a person when the disk or the database under the books fails, and what to do."""

from __future__ import annotations

import errno

from django.db import Error as DatabaseError

_FULL = (errno.ENOSPC, errno.EDQUOT)
_SIGNS: tuple[tuple[tuple[str, ...], str], ...] = (
    (
        ("is full", "no space left", "could not extend", "disk quota"),
        "The disk under the books is full ({}). Make room",
    ),
    (
        ("readonly", "read-only"),
        "The books cannot be written ({}). Let this user write the database, and see that neither "
        "the disk nor the server is read-only",
    ),
    (
        ("locked", "busy", "deadlock", "could not serialize", "lock timeout"),
        "Others kept the database busy for too long ({}). Wait until they are done",
    ),
    (
        ("terminat", "connection", "server closed", "unable to open", "could not connect"),
        "The database cannot be reached ({}). See that it runs, and check CLEANBILL_DATABASE_URL",
    ),
    (
        ("no such table", "no such column", "does not exist"),
        "The books are not those of this version of Cleanbill ({}). Bring them up to date with "
        "cleanbill setup and your company file",
    ),
)


def told(error: BaseException) -> str:
    """Return what failed and what to do about it, without a full stop at the end."""
    said = " ".join(str(error).split())[:300]
    if isinstance(error, OSError) and error.errno in _FULL:
        return _SIGNS[0][1].format(said)
    if isinstance(error, DatabaseError):
        for signs, words in _SIGNS:
            if any(sign in said.lower() for sign in signs):
                return words.format(said)
        return f"The database does not answer as it should ({said}). Check CLEANBILL_DATABASE_URL"
    return f"The computer under the books refuses its service ({said})"
