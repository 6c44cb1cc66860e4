"""Thrift: a column that holds one value all through is kept as that one value.

Charges of a run are wide, and most of their columns are empty or alike: no discount, one currency,
one source. Polars carries such a column through sorts, joins and filters for next to nothing, but
only if it is told. Values, types and order stay as they are.
"""

from __future__ import annotations

import polars as pl

FEW = 200
"""Tables up to so many rows are not worth a look."""


def thrifty(table: pl.DataFrame) -> pl.DataFrame:
    """Return the same table, its columns of one value held once."""
    if table.height <= FEW:
        return table
    return table.with_columns(
        pl.lit(column[0], dtype=column.dtype).alias(column.name)
        for column in table.iter_columns()
        if _alike(column)
    )


def _alike(column: pl.Series) -> bool:
    """Tell whether all values are the same; few comparisons tell of most that they are not."""
    nulls = column.null_count()
    if nulls or column.dtype.is_nested():
        return nulls == column.len()
    first = column[0]
    return bool(
        first == column[-1] and first == column[column.len() // 2] and (column == first).all()
    )
