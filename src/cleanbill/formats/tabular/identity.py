"""What makes a charge itself: its occurrence, its content's hash, and what travels with it.

A charge is known by source, reference and occurrence. The hash tells whether a row that comes a
second time is still the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import blake2b

import polars as pl

_HASHED_AT_ONCE = 50_000
_ATTRIBUTE = "attribute "
_END = "\0"
"""Ends every name and value in the hashed text; rows that contain it are rejected before."""


def occurrence(reference: pl.Series, given: pl.Series) -> pl.Series:
    """Return which one of equal references a row is, counted from 1 in file order (Int32).

    To be counted over all rows, rejected ones too: then the accepted rows keep their numbers when
    the whole file is mended and read again. A reject file carries the numbers of its rows in a
    column ``occurrence``, which goes before counting, so that it may be mended and read alone. Only
    a row whose reference itself was unreadable has no number to keep.
    """
    rows = pl.DataFrame({"reference": reference, "occurrence": given.cast(pl.Int32)})
    # Most references stand alone; only the others are worth counting.
    repeated = reference.is_duplicated()
    counted = pl.int_range(1, pl.len() + 1, dtype=pl.Int32).over("reference")
    again = rows.filter(repeated).select(counted).to_series()
    places = repeated.arg_true()
    fresh = pl.repeat(1, len(reference), dtype=pl.Int32, eager=True).scatter(places, again)
    known = pl.when(pl.col("reference").is_not_null()).then(fresh)
    return rows.select(pl.coalesce("occurrence", known).alias("occurrence")).to_series()


def attributes(table: pl.DataFrame, names: Sequence[str]) -> pl.Series:
    """Return the named text columns as one JSON object per row; null where all are empty."""
    if not names:
        return pl.repeat(None, table.height, dtype=pl.String, eager=True)
    members = []
    for name in names:
        text = pl.struct(pl.col(name)).struct.json_encode()
        inner = text.str.slice(1, text.str.len_chars() - 2)
        members.append(pl.when(pl.col(name).str.strip_chars() != "").then(inner))
    joined = pl.concat_str(members, separator=",", ignore_nulls=True)
    whole = pl.concat_str(pl.lit("{"), joined, pl.lit("}"))
    return table.select(pl.when(joined != "").then(whole)).to_series()


def content_hash(typed: pl.DataFrame, extra: Mapping[str, pl.Series]) -> pl.Series:
    """Return a 64-bit hash (Int64) of each row's content; equal wherever and whenever computed.

    Hashed is ``name NUL value NUL`` of every column that is not null, in the order of the names:
    typed columns by their integers, ISO dates and text, then the attributes' text. So a column
    that is added later and left empty changes no hash. The digest is BLAKE2b with 8 bytes, read as
    a signed big-endian integer; it depends on no library's own idea of a hash.
    """
    attributes_text = [
        pl.Series(f"{_ATTRIBUTE}{name}", text.str.strip_chars()).replace("", None)
        for name, text in extra.items()
    ]
    table = typed.select(sorted(typed.columns)).hstack(
        sorted(attributes_text, key=lambda column: column.name)
    )
    filled = table.select(c for c in table.iter_columns() if c.null_count() < table.height)
    if filled.is_empty():
        return pl.repeat(None, typed.height, dtype=pl.Int64, eager=True)
    return pl.concat([_hashed(part) for part in filled.iter_slices(_HASHED_AT_ONCE)])


def _hashed(part: pl.DataFrame) -> pl.Series:
    named = [pl.lit(f"{n}{_END}") + pl.col(n).cast(pl.String) + _END for n in part.columns]
    joined = part.select(pl.concat_str(named, ignore_nulls=True).cast(pl.Binary).alias("text"))
    number = int.from_bytes
    digests = [
        number(blake2b(text, digest_size=8).digest(), "big", signed=True) for text in joined["text"]
    ]
    return pl.Series(digests, dtype=pl.Int64)
