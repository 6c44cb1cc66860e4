"""Read a file of rows into a table of text columns, as its layout says."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from cleanbill.formats.tabular.content import format_of
from cleanbill.formats.tabular.csv_rows import read_csv
from cleanbill.formats.tabular.errors import UnreadableFile, only_unreadable
from cleanbill.formats.tabular.frames import sound
from cleanbill.formats.tabular.json_lines import read_json_lines
from cleanbill.formats.tabular.layout import FileFormat, Layout
from cleanbill.formats.tabular.parquet_rows import read_parquet
from cleanbill.formats.tabular.xlsx_rows import read_xlsx


def read(path: str | Path, layout: Layout, limit: int | None = None) -> pl.DataFrame:
    """Return the file's rows: its own columns as String, then ``row`` and ``damage``.

    ``row`` (Int64) is the line or row as a person counts it in the file: CSV the physical line on
    which the record starts, XLSX the sheet's row, Parquet and JSON Lines the record from 1.
    ``damage`` (String) is null for sound rows, else why the row will be rejected. Nothing is
    stripped, rounded or interpreted; an empty CSV or XLSX cell is null. ``limit`` reads only the
    first rows. Raises UnreadableFile, and nothing else, when the file cannot be read.
    """
    place = Path(path)
    where = str(place)
    with only_unreadable(where):
        if format_of(place) is not layout.format:
            raise UnreadableFile(
                "The file has changed since its layout was found out",
                where,
                f"a file of format {layout.format.value}",
                "look at it again (sniff) and read it then",
            )
        match layout.format:
            case FileFormat.CSV:
                frame = read_csv(place, layout, limit)
            case FileFormat.JSON_LINES:
                frame = read_json_lines(place, layout, limit)
            case FileFormat.PARQUET:
                frame = read_parquet(place, limit)
            case FileFormat.XLSX:
                frame, _ = read_xlsx(place, layout.sheet, limit)
        return sound(frame, where)
