"""Parquet into text columns: every value by its shortest exact text, however it is stored."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pyarrow.parquet as pq

from cleanbill.formats.tabular.errors import UnreadableFile
from cleanbill.formats.tabular.frames import DAMAGE, ROW, column_names
from cleanbill.formats.tabular.limits import MAX_FILE_BYTES, MAX_ROWS
from cleanbill.formats.tabular.shortest import float_text, moment_text


def read_parquet(path: Path, limit: int | None) -> pl.DataFrame:
    """Return the text table of a Parquet file; ``row`` counts records from 1.

    Raises UnreadableFile for columns of lists, structs, bytes or durations, and for files that
    declare more than MAX_ROWS rows or MAX_FILE_BYTES unpacked bytes.
    """
    _check_size(path)
    frame = pl.read_parquet(path, n_rows=limit, glob=False, hive_partitioning=False)
    names = column_names(frame.columns, str(path))
    texts: list[pl.Series] = []
    endless: list[pl.Expr] = []
    for place, name in enumerate(names):
        column = frame.to_series(place).alias(name)
        if column.dtype.is_float():
            strange = column.is_nan() | column.is_infinite()
            if strange.any():
                endless.append(pl.lit(strange))
        texts.append(_text(column, str(path)))
    del frame
    table = pl.DataFrame(texts)
    rows = pl.int_range(1, table.height + 1, dtype=pl.Int64)
    note = "A number is NaN or infinite; put a real number or leave the cell empty"
    damage = pl.when(pl.any_horizontal(endless)).then(pl.lit(note)) if endless else pl.lit(None)
    return table.with_columns(rows.alias(ROW), damage.cast(pl.String).alias(DAMAGE))


def _check_size(path: Path) -> None:
    with pq.ParquetFile(path) as file:
        meta = file.metadata
        rows = meta.num_rows
        unpacked = sum(meta.row_group(i).total_byte_size for i in range(meta.num_row_groups))
    if rows > MAX_ROWS or not 0 <= unpacked <= MAX_FILE_BYTES:
        raise UnreadableFile(
            f"The file declares {rows:,} rows and {unpacked:,} unpacked bytes",
            str(path),
            f"at most {MAX_ROWS:,} rows and {MAX_FILE_BYTES:,} bytes",
            "split it into smaller files",
        )


def _text(column: pl.Series, where: str) -> pl.Series:
    kind = column.dtype
    if kind == pl.String:
        return column
    if kind.is_float():
        return float_text(column)
    if kind == pl.Date or isinstance(kind, pl.Datetime):
        return moment_text(column)
    if kind == pl.Time:
        return column.dt.to_string("%H:%M:%S")
    if kind.is_integer() or kind.is_decimal() or kind in (pl.Boolean, pl.Categorical, pl.Enum):
        return column.cast(pl.String)
    if kind == pl.Null:
        return column.cast(pl.String)
    raise UnreadableFile(
        f"The values are of a type that has no plain text ({kind})",
        f"{where}, column {column.name!r}",
        "text, numbers, dates or true/false in every column",
        "leave the column out, or write its parts as columns of their own",
    )
