"""CSV into text columns: a fast path for files without surprises, a strict one for all others.

The fast path is taken only when every physical line, seen alone, is a complete record of the
header's width. Then no quoted field spans lines, no quote is left open, and polars' own reader
(which would swallow either silently) sees exactly the rows a person sees.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path

import polars as pl

from cleanbill.formats.tabular.content import open_text
from cleanbill.formats.tabular.csv_quotes import broken_quote
from cleanbill.formats.tabular.errors import UnreadableFile
from cleanbill.formats.tabular.frames import DAMAGE, ROW, column_names
from cleanbill.formats.tabular.layout import Layout
from cleanbill.formats.tabular.limits import MAX_CELL_BYTES, MAX_ROWS

_BATCH = 20_000


def read_csv(path: Path, layout: Layout, limit: int | None) -> pl.DataFrame:
    """Return the text table of a CSV file; ``limit`` reads only the first rows."""
    frame = _fast(path, layout) if limit is None else None
    if frame is None:
        with open_text(path, layout.encoding) as file:
            frame = _strict(file, path, layout, limit)
    # Spreadsheets export the empty rows below a table as delimiters only: they are no rows.
    filled = pl.any_horizontal(pl.exclude(ROW).is_not_null())
    return frame if frame.select(filled.all()).item() else frame.filter(filled)


def records(lines: Iterator[str] | io.TextIOBase, layout: Layout) -> Iterator[list[str]]:
    """Return Python's CSV reader for the layout; its ``line_num`` counts physical lines."""
    csv.field_size_limit(max(MAX_CELL_BYTES, 131_072))
    if not layout.quote:
        return csv.reader(lines, delimiter=layout.delimiter, quoting=csv.QUOTE_NONE, strict=True)
    return csv.reader(lines, delimiter=layout.delimiter, quotechar=layout.quote, strict=True)


def _utf8(path: Path, layout: Layout) -> bytes:
    data = path.read_bytes()
    if layout.encoding == "utf-8":
        return data
    return data.decode(layout.encoding).removeprefix("\ufeff").encode()


def _fast(path: Path, layout: Layout) -> pl.DataFrame | None:
    """Return the table if every line is a complete record, else None."""
    data = _utf8(path, layout)
    if data.count(b"\r") != data.count(b"\r\n"):
        return None
    lines = pl.read_lines(io.BytesIO(data), name="line")["line"]
    header = next(records(iter([lines[layout.header_row - 1]]), layout), [])
    names = column_names(header, f"{path}, line {layout.header_row}")
    body = lines.slice(layout.header_row)
    if not _plain(body, layout, len(names)):
        return None
    blank = body.str.strip_chars_end("\r").str.len_bytes() == 0
    rows, has_blank = len(body), bool(blank.any())
    del lines, body
    frame = pl.read_csv(
        io.BytesIO(data),
        has_header=False,
        skip_lines=layout.header_row,
        separator=layout.delimiter,
        quote_char=layout.quote or None,
        schema=dict.fromkeys(names, pl.String),
    )
    if frame.height != rows:
        return None
    first = layout.header_row + 1
    frame = frame.with_columns(
        pl.int_range(first, first + rows, dtype=pl.Int64).alias(ROW),
        pl.lit(None, pl.String).alias(DAMAGE),
    )
    return frame.filter(~blank) if has_blank else frame


def _plain(body: pl.Series, layout: Layout, width: int) -> bool:
    """Tell whether each line is blank or one complete record of ``width`` fields."""
    if body.is_empty() or len(body) > MAX_ROWS:
        return False
    marks = pl.col("line").str.count_matches(layout.delimiter, literal=True) == width - 1
    blank = pl.col("line").is_in(["", "\r"])
    table = body.to_frame()
    if not layout.quote:
        return bool(table.select((marks | blank).all()).item())
    quoted = pl.col("line").str.contains(layout.quote, literal=True)
    if not table.select((marks | blank | quoted).all()).item():
        return False
    q, d = re.escape(layout.quote), re.escape(layout.delimiter)
    field = f"(?:[^{q}{d}\\r]*|{q}(?:[^{q}]|{q}{q})*{q})"
    whole = f"^{field}(?:{d}{field}){{{width - 1}}}\\r?$"
    return bool(table.filter(quoted).select(pl.col("line").str.contains(whole).all()).item())


def _strict(file: io.TextIOWrapper, path: Path, layout: Layout, limit: int | None) -> pl.DataFrame:
    """Return the table record by record, each with its own line number and width checked."""
    for _ in range(layout.header_row - 1):
        file.readline()
    before = layout.header_row - 1
    reader = records(file, layout)
    names: list[str] = []
    parts: list[pl.DataFrame] = []
    batch: list[list[str]] = []
    numbers: list[int] = []
    start, count = before + 1, 0
    try:
        for record in reader:
            end = before + reader.line_num  # type: ignore[attr-defined]
            if not names:
                names = column_names(record, f"{path}, line {start}")
            elif record:
                if len(record) != len(names) and end > start:
                    raise broken_quote(path, layout, start, "a record over several lines")
                batch.append(record)
                numbers.append(start)
                if len(batch) == _BATCH:
                    parts.append(_table(batch, numbers, names, layout.delimiter))
                    count, batch, numbers = count + _BATCH, [], []
                if count + len(batch) > MAX_ROWS:
                    raise _too_long(path)
                if limit is not None and count + len(batch) >= limit:
                    break
            start = end + 1
    except csv.Error as error:
        raise broken_quote(path, layout, start, str(error)) from None
    parts.append(_table(batch, numbers, names, layout.delimiter))
    return pl.concat(parts)


def _table(
    batch: list[list[str]], numbers: list[int], names: list[str], delimiter: str
) -> pl.DataFrame:
    """Return records as columns; one of another width is padded or joined, and damaged."""
    width = len(names)
    damage: list[str | None] = [None] * len(batch)
    for place, record in enumerate(batch):
        found = len(record)
        if found != width:
            damage[place] = (
                f"The line has {found} fields, the header {width}; "
                "quote values that contain the delimiter, and give every column a value"
            )
            kept = [*record[: width - 1], delimiter.join(record[width - 1 :])]
            batch[place] = kept + [""] * (width - len(kept))
    columns = zip(*batch, strict=True) if batch else [()] * width
    frame = pl.DataFrame(
        {
            name: pl.Series(values, dtype=pl.String)
            for name, values in zip(names, columns, strict=True)
        }
    )
    empty = [pl.when(pl.col(name) != "").then(pl.col(name)) for name in names]
    return frame.select(
        *empty,
        pl.Series(ROW, numbers, pl.Int64),
        pl.Series(DAMAGE, damage, pl.String),
    )


def _too_long(path: Path) -> UnreadableFile:
    return UnreadableFile(
        f"The file has more than {MAX_ROWS:,} rows",
        str(path),
        f"at most {MAX_ROWS:,} rows",
        "split it into smaller files",
    )
