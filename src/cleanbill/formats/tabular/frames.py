"""The text table that every reader returns: unique names, sound cells, rows numbered as seen.

Columns: the source's own as String, ``row`` (Int64, as a person counts in the file) and ``damage``
(String, null for sound rows, else a sentence that says why the row cannot be used).
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from cleanbill.formats.tabular.errors import UnreadableFile
from cleanbill.formats.tabular.limits import MAX_CELL_BYTES, MAX_COLUMNS

ROW = "row"
DAMAGE = "damage"
PROBLEM = "problem"
WHAT_TO_DO = "what_to_do"
_OURS = (ROW, DAMAGE, PROBLEM, WHAT_TO_DO)
_SUFFIX = " (source)"
RETURNED = tuple(name + _SUFFIX for name in (ROW, PROBLEM, WHAT_TO_DO))
"""Columns by which a reject file is known when it is read again."""


def column_names(header: Sequence[str], where: str) -> list[str]:
    """Return the header's names, stripped, made fit for a table; raise on duplicates.

    An empty name becomes ``column 3``; one of our own names (``row``) gets `` (source)`` behind it.
    """
    if len(header) > MAX_COLUMNS:
        raise UnreadableFile(
            f"The header has {len(header):,} columns",
            where,
            f"at most {MAX_COLUMNS:,}",
            "check that the right delimiter was found",
        )
    names: list[str] = []
    for place, written in enumerate(header, start=1):
        name = written.strip() or f"column {place}"
        name += _SUFFIX if name in _OURS else ""
        if name in names:
            raise UnreadableFile(
                f"Two columns are named {name!r}: number {names.index(name) + 1} and {place}",
                where,
                "a different name for each column",
                "rename one of them in the header",
            )
        names.append(name)
    return names


def sound(frame: pl.DataFrame, where: str) -> pl.DataFrame:
    """Return the table, rows with NUL marked as damaged; raise on a giant cell or no rows."""
    if frame.is_empty():
        raise UnreadableFile(
            "The file has no rows below its header",
            where,
            "at least one row",
            "export it again; check the filter or period of the export",
        )
    names = [name for name in frame.columns if name not in (ROW, DAMAGE)]
    if not names:
        raise UnreadableFile(
            "The file has no columns", where, "a header and rows", "export it again"
        )
    longest = frame.select(pl.col(names).str.len_bytes().max()).row(0)
    for name, size in zip(names, longest, strict=True):
        if (size or 0) > MAX_CELL_BYTES:
            row = frame.filter(pl.col(name).str.len_bytes() > MAX_CELL_BYTES)[ROW][0]
            raise UnreadableFile(
                f"A cell holds {size:,} bytes",
                f"{where}, row {row}, column {name!r}",
                f"at most {MAX_CELL_BYTES:,} bytes",
                "shorten it; in a CSV check for a quote that is never closed",
            )
    zero = pl.any_horizontal(pl.col(names).str.contains("\0", literal=True).fill_null(False))
    if frame.select(zero.any()).item():
        note = pl.lit("A cell holds a NUL character; remove it")
        frame = frame.with_columns(pl.when(zero).then(note).otherwise(DAMAGE).alias(DAMAGE))
    return frame
