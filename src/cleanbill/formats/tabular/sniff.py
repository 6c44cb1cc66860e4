"""Look at a file before reading it: format, encoding, delimiter, columns, and every doubt."""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import replace
from itertools import islice
from pathlib import Path

import polars as pl

from cleanbill.formats.tabular.content import encoding_of, format_of, open_text
from cleanbill.formats.tabular.csv_rows import records
from cleanbill.formats.tabular.errors import UnreadableFile, only_unreadable
from cleanbill.formats.tabular.frames import DAMAGE, ROW, sound
from cleanbill.formats.tabular.layout import ColumnLook, FileFormat, Layout
from cleanbill.formats.tabular.limits import SAMPLE_ROWS
from cleanbill.formats.tabular.marks import date_formats, number_marks
from cleanbill.formats.tabular.read import read
from cleanbill.formats.tabular.xlsx_rows import read_xlsx

_DELIMITERS = ",;\t|"
_TRIED_RECORDS = 200


def sniff(path: str | Path) -> Layout:
    """Return how the file is laid out, found from its content and its first rows.

    Nothing is decided silently: ``notes`` say what was assumed, ``ambiguous`` what a profile must
    decide. Raises UnreadableFile when the file is none of the four formats or is damaged.
    """
    place = Path(path)
    with only_unreadable(str(place)):
        found = format_of(place)
        match found:
            case FileFormat.CSV:
                layout = _csv_layout(place)
            case FileFormat.JSON_LINES:
                encoding, notes = encoding_of(place)
                layout = Layout(found, encoding=encoding, notes=notes)
            case FileFormat.PARQUET:
                layout = Layout(found)
            case FileFormat.XLSX:
                frame, facts = read_xlsx(place, "", SAMPLE_ROWS)
                layout = Layout(
                    found, header_row=facts.header_row, sheet=facts.sheet, notes=facts.notes
                )
                return _looked_at(layout, sound(frame, str(place)))
    return _looked_at(layout, read(place, layout, SAMPLE_ROWS))


def _csv_layout(path: Path) -> Layout:
    encoding, notes = encoding_of(path)
    header_row, hint = 1, ""
    with open_text(path, encoding) as file:
        for line in file:
            text = line.strip()
            # Excel's own first line, which names the delimiter and is no row.
            if header_row == 1 and len(text) == 5 and text.lower().startswith("sep="):
                hint = text[4]
            elif line.strip("\r\n"):
                break
            header_row += 1
        else:
            raise UnreadableFile(
                "The file has only empty lines", str(path), "a header and rows", "export it again"
            )
    draft = Layout(FileFormat.CSV, encoding=encoding, header_row=header_row, notes=notes)
    if hint:
        return replace(draft, delimiter=hint)
    delimiter, note = _delimiter(path, draft)
    return replace(draft, delimiter=delimiter, notes=(*notes, *note))


def _delimiter(path: Path, draft: Layout) -> tuple[str, tuple[str, ...]]:
    """Return the delimiter that gives most records the header's width, and what was assumed."""
    scores: list[tuple[float, int, str]] = []
    for delimiter in _DELIMITERS:
        widths = _widths(path, replace(draft, delimiter=delimiter))
        if widths and widths[0] > 1:
            share = Counter(widths)[widths[0]] / len(widths)
            scores.append((share, widths[0], delimiter))
    if not scores:
        return ",", ("no delimiter found: the file is taken for a single column",)
    scores.sort(reverse=True)
    best = scores[0]
    if len(scores) > 1 and scores[1][:2] == best[:2]:
        return best[2], (f"{best[2]!r} and {scores[1][2]!r} fit equally well as delimiter",)
    return best[2], ()


def _widths(path: Path, layout: Layout) -> list[int]:
    widths: list[int] = []
    with open_text(path, layout.encoding) as file:
        for _ in range(layout.header_row - 1):
            file.readline()
        try:
            for record in islice(records(file, layout), _TRIED_RECORDS):
                if record:
                    widths.append(len(record))
        except csv.Error:
            # With the wrong delimiter quotes look broken; what was read so far still counts.
            pass
    return widths


def _looked_at(layout: Layout, sample: pl.DataFrame) -> Layout:
    """Add a look at each column of the sample; marks count only in columns full of numbers."""
    typed = layout.format is FileFormat.PARQUET
    looks = tuple(
        _look(sample[name], typed) for name in sample.columns if name not in (ROW, DAMAGE)
    )
    return replace(layout, columns=looks, rows_seen=sample.height)


def _look(column: pl.Series, typed: bool) -> ColumnLook:
    values = column.drop_nulls().str.strip_chars()
    values = values.filter(values != "")
    formats, dates = date_formats(values)
    if len(values) and values.is_in(dates.implode()).mean() >= 0.9:  # type: ignore[operator]
        return ColumnLook(column.name, "", formats, tuple(dates.head(3)))
    numeric = values.str.contains(r"^[+-]?[\d.,]*\d[.,]?$")
    if len(values) and numeric.mean() >= 0.9:  # type: ignore[operator]
        marks = number_marks([values.filter(numeric)])
        decimal = "." if typed and marks.decimal else marks.decimal
        return ColumnLook(column.name, decimal, (), marks.examples)
    return ColumnLook(column.name, examples=tuple(values.unique(maintain_order=True).head(3)))
