"""Files and folders that are there whole or not at all, also after a power cut."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def flushed(place: Path) -> None:
    """Have the operating system write a file, or a folder's list of names, to the disk."""
    handle = os.open(place, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def whole(place: Path) -> Iterator[Path]:
    """Yield the path of a temporary file or folder beside ``place`` that becomes it at the end.

    What is there by then is flushed and renamed; after an error it is removed, and ``place`` stays
    as it was. An existing file is replaced; an existing folder must be empty (else OSError).
    """
    place = Path(place)
    draft = place.with_name(f".{place.name}.partial-{os.getpid()}")
    _remove(draft)
    try:
        yield draft
        if draft.is_dir():
            for part in draft.iterdir():
                flushed(part)
        flushed(draft)
        draft.replace(place)
        flushed(place.parent)
    finally:
        _remove(draft)


def _remove(draft: Path) -> None:
    if draft.is_dir():
        shutil.rmtree(draft)
    else:
        draft.unlink(missing_ok=True)
