"""Write rejected rows for people to mend: CSV or XLSX, harmless when a spreadsheet opens it."""

from __future__ import annotations

import codecs
import re
from datetime import datetime
from pathlib import Path

import polars as pl
import xlsxwriter

from cleanbill.formats.tabular.limits import XLSX_MAX_ROWS

_NUMBER = r"^ *[+-]?(\d+([.,]\d+)*|[.,]\d+) *$"
_RISKY = r"^'*(\s*[=+\-@]|[\t\r\n])"
"""Apostrophes before it count too: then taking one away always gives back what was there."""
_MOST_SIGNS = 32_767
"""What one cell of a workbook holds."""


def write_rejects(path: str | Path, frame: pl.DataFrame) -> None:
    """Write the frame as CSV (UTF-8 with BOM, for Excel) or XLSX, by the path's suffix.

    Text that a spreadsheet would run as a formula (it starts with ``=``, ``+``, ``-``, ``@``, tab
    or return) gets an apostrophe in front; numbers such as -5.20 stay as they are. Reading the
    file again takes the apostrophe away. Raises ValueError for other suffixes, or where a workbook
    is too small for the rows or a cell.
    """
    write_rows(path, frame, "rejected")


def write_rows(path: str | Path, frame: pl.DataFrame, sheet: str) -> None:
    """Write any rows as ``write_rejects`` does; ``sheet`` is what a workbook calls them."""
    place = Path(path)
    safe = neutralised(frame)
    match place.suffix.lower():
        case ".csv":
            with place.open("wb") as file:
                file.write(codecs.BOM_UTF8)
                safe.write_csv(file)
        case ".xlsx":
            _write_workbook(place, safe, sheet)
        case other:
            raise ValueError(f"Such files end in .csv or .xlsx, not {other or 'nothing'!r}")


def neutralised(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the frame with an apostrophe before every text or name that looks like a formula."""
    names = pl.Series(frame.columns, dtype=pl.String)
    renamed = names.to_frame("name").select(_safe(pl.col("name"))).to_series().to_list()
    texts = [_safe(pl.col(name)) for name, kind in frame.schema.items() if kind == pl.String]
    return frame.with_columns(texts).rename(dict(zip(names, renamed, strict=True)))


def restored(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the frame without the apostrophes that ``neutralised`` put in: its exact reverse."""
    names = {name: name[1:] for name in frame.columns if re.match(f"'{_RISKY[1:]}", name)}
    mark = f"^'({_RISKY[1:]})"
    texts = [name for name, kind in frame.schema.items() if kind == pl.String]
    return frame.with_columns(pl.col(texts).str.replace(mark, "${1}")).rename(names)


def _safe(text: pl.Expr) -> pl.Expr:
    risky = text.str.contains(_RISKY) & ~text.str.contains(_NUMBER)
    return pl.when(risky).then(pl.lit("'") + text).otherwise(text).name.keep()


def _write_workbook(path: Path, frame: pl.DataFrame, name: str) -> None:
    if frame.height >= XLSX_MAX_ROWS:
        raise ValueError(f"A workbook holds {XLSX_MAX_ROWS:,} rows; write a .csv instead")
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(str(path), options) as book:
        # A fixed moment, so that equal rows make equal bytes.
        book.set_properties({"created": datetime(2000, 1, 1)})  # noqa: DTZ001
        sheet = book.add_worksheet(name)
        sheet.freeze_panes(1, 0)
        for place, title in enumerate(frame.columns):
            sheet.write_string(0, place, title)
        for number, row in enumerate(frame.iter_rows(), start=1):
            for place, value in enumerate(row):
                if isinstance(value, str):
                    if len(value) > _MOST_SIGNS:
                        raise ValueError("A value is too long for a workbook; write a .csv instead")
                    sheet.write_string(number, place, value)
                elif value is not None:
                    sheet.write_number(number, place, value)
