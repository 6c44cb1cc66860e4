"""Cells that somebody has put right after a file was read: the file itself stays as it came."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from cleanbill.formats.tabular.frames import DAMAGE, ROW

Mends = Mapping[str, Mapping[str, str]]
"""By row number as text, the new text of columns of the source."""


def mended(table: pl.DataFrame, mends: Mends) -> pl.DataFrame:
    """Return a text table (from ``read``) with these cells replaced.

    Rows and columns that the file does not have are left out: they were mended in another file.
    """
    if not mends:
        return table
    columns = [name for name in table.columns if name not in (ROW, DAMAGE)]
    rows = [(int(row), cells) for row, cells in mends.items()]
    for name in columns:
        new = {row: cells[name] for row, cells in rows if name in cells}
        if new:
            text = pl.col(ROW).replace_strict(
                list(new), list(new.values()), default=pl.col(name), return_dtype=pl.String
            )
            table = table.with_columns(text.alias(name))
    return table
