"""Rows that may equal another: found by hashes, so that only those few need to be compared."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

FEW = 4
"""So many columns tell nearly all rows apart; the others are looked at where these agree."""


def alike(rows: pl.DataFrame, keys: Sequence[str]) -> pl.DataFrame:
    """Return every row that equals another in all keys, and hardly any that does not."""
    if rows.height < 2:
        return rows.clear()
    filled = [k for k in keys if rows[k].null_count() < rows.height]
    if not filled:
        return rows
    rows = rows.filter(_hashed(rows, filled[:FEW]))
    return rows.filter(_hashed(rows, filled)) if len(filled) > FEW and len(rows) else rows


def _hashed(rows: pl.DataFrame, keys: Sequence[str]) -> pl.Series:
    """Tell which rows share their hash with another."""
    hashes = [rows[k].hash(place) for place, k in enumerate(keys)]
    whole = hashes[0]
    for more in hashes[1:]:
        whole = whole ^ more
    return whole.is_duplicated()
