"""Naming the line on which a quote was opened that nothing closes."""

from __future__ import annotations

from pathlib import Path

from cleanbill.formats.tabular.content import open_text
from cleanbill.formats.tabular.errors import UnreadableFile
from cleanbill.formats.tabular.layout import Layout
from cleanbill.formats.tabular.limits import MAX_CELL_BYTES

_SPAN = 4 * MAX_CELL_BYTES
"""Characters looked at: fields are limited, so an open quote is noticed well before."""


def broken_quote(path: Path, layout: Layout, start: int, cause: str) -> UnreadableFile:
    """Return the error for a record that begins on line ``start`` and cannot be right."""
    opened = _opened_line(path, layout, start)
    if opened is None:
        return UnreadableFile(
            f"A cell is larger than {MAX_CELL_BYTES:,} characters"
            if "limit" in cause
            else f"The record cannot be split into fields ({cause})",
            f"{path}, line {start}",
            f"fields of at most {MAX_CELL_BYTES:,} characters",
            "shorten the cell, or check that rows end in line breaks",
        )
    return UnreadableFile(
        "A quote is opened but not closed where its field ends",
        f"{path}, line {opened}",
        f"fields quoted whole, with quotes inside doubled, such as {layout.quote}2"
        f"{layout.quote * 2} pipe{layout.quote}",
        "close or remove the quote on that line; if the file uses no quoting at all, "
        "switch quoting off in the layout",
    )


def _opened_line(path: Path, layout: Layout, start: int) -> int | None:
    """Return the line of the first quote in the record that is still open at a line's end.

    A field quoted correctly on its own line is passed over; the first that is not closed there,
    or is followed by anything but a delimiter, is the one to look at.
    """
    if not layout.quote:
        return None
    quote, delimiter = layout.quote, layout.delimiter
    line, seen = 0, 0
    with open_text(path, layout.encoding) as file:
        for text in file:
            line += 1
            if line < start:
                continue
            if not _closed(text.rstrip("\r\n"), quote, delimiter):
                return line
            seen += len(text)
            if seen > _SPAN or len(text) > MAX_CELL_BYTES:
                break
    return None


def _closed(text: str, quote: str, delimiter: str) -> bool:
    """Tell whether every quoted field of the line also ends on it."""
    at = 0
    while at < len(text):
        if text[at] == quote:
            end = text.find(quote, at + 1)
            while end >= 0 and text[end + 1 : end + 2] == quote:
                end = text.find(quote, end + 2)
            if end < 0 or text[end + 1 : end + 2] not in ("", delimiter):
                return False
            at = end + 2
        else:
            gap = text.find(delimiter, at)
            at = len(text) if gap < 0 else gap + 1
    return True
