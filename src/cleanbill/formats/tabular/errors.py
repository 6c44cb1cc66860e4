"""The one error of this room, worded for people, and the net that turns other failures into it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import polars as pl
import pyarrow as pa


class UnreadableFile(ValueError):
    """A file or profile cannot be read: what is wrong, where, what was expected, what to do."""

    def __init__(self, what: str, where: str = "", expected: str = "", remedy: str = "") -> None:
        self.what = what
        self.where = where
        self.expected = expected
        self.remedy = remedy
        parts = [
            what.rstrip("."),
            where and f"Where: {where}",
            expected and f"Expected: {expected}",
            remedy and f"What to do: {remedy}",
        ]
        super().__init__(". ".join(part.rstrip(".") for part in parts if part) + ".")


class WrongProfile(UnreadableFile):
    """A profile is malformed, or names columns that the file or the kind does not have."""


@contextmanager
def only_unreadable(where: str) -> Iterator[None]:
    """Let nothing but UnreadableFile leave the block when a file turns out to be damaged.

    Polars' panics descend from BaseException, not from Exception, and must be named to be caught.
    """
    try:
        yield
    except UnreadableFile:
        raise
    except PermissionError as error:
        raise UnreadableFile(
            "The file may not be read",
            where,
            "a file that this program has permission to read",
            "change the file's permissions, or copy it to a place where it may be read",
        ) from error
    except MemoryError as error:
        raise UnreadableFile(
            "The file needs more memory than there is",
            where,
            "a file that fits into memory",
            "split it into smaller files",
        ) from error
    except (
        pl.exceptions.PolarsError,
        pl.exceptions.PanicException,
        OSError,
        ValueError,
        TypeError,
        LookupError,
        EOFError,
        RuntimeError,
        OverflowError,
        pa.ArrowException,
    ) as error:
        detail = " ".join(str(error).split())[:200]
        raise UnreadableFile(
            f"The file is damaged or not what its content claims ({detail})",
            where,
            "a complete CSV, XLSX, Parquet or JSON Lines file",
            "export it again from its source and compare the size of the copy",
        ) from error
