"""Rows of a run on disk: read once, in one snapshot, then given back partition by partition.

A run reads its open charges in the order in which the database has them and bills them customer by
customer. What fits into one partition stays in memory. The rest goes into an unnamed file that
vanishes with the process, sorted in short blocks, so that a partition is read without the others.
"""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO

import polars as pl

from cleanbill.engine.tables import Schema, empty

BATCH = 250_000
"""Rows that are sorted at once."""
BLOCK = 4096
"""Rows that are written, and read back, at once."""


@dataclass(frozen=True, slots=True)
class _Block:
    """Where a stretch of rows lies, and between which customers; null stands last."""

    offset: int
    size: int
    first: str | None
    last: str | None


@dataclass
class Spool:
    """Rows with a column ``customer``, partitioned by it in the order of its bytes, null last."""

    schema: Schema
    keep: int
    """So many rows stay in memory."""
    rows: int = 0
    _held: list[pl.DataFrame] = field(default_factory=list)
    _counts: list[pl.DataFrame] = field(default_factory=list)
    _blocks: list[_Block] = field(default_factory=list)
    _file: IO[bytes] | None = None

    def add(self, frame: pl.DataFrame) -> None:
        """Take rows in; once there are more than ``keep``, they go to the file."""
        if frame.is_empty():
            return
        self.rows += frame.height
        self._held.append(frame)
        held = sum(part.height for part in self._held)
        if self.rows > self.keep and (self._file is None or held >= BATCH):
            self._write()

    def everything(self) -> pl.DataFrame:
        """Return all rows in the order in which they came; only while they are in memory."""
        if self._file is not None:
            raise ValueError("the rows lie on disk; take them partition by partition")
        return pl.concat(self._held) if self._held else empty(self.schema)

    def bounds(self, size: int) -> list[str | None]:
        """Return the last customer of each partition of about ``size`` rows; the last is null.

        A customer is never cut in two, so a partition may be larger than ``size``.
        """
        if self.rows <= size:
            return [None]
        counts = [*self._counts, *(_counted(part) for part in self._held)]
        counted = pl.concat(counts).group_by("customer").agg(pl.col("len").sum())
        named = counted.filter(pl.col("customer").is_not_null()).sort("customer")
        block = (named["len"].cast(pl.Int64).cum_sum() - 1) // size
        lasts = (
            named.with_columns(block.alias("block")).group_by("block").agg(pl.col("customer").max())
        )
        return [*lasts["customer"].sort().to_list()[:-1], None]

    def part(self, after: str | None, last: str | None) -> pl.DataFrame:
        """Return the rows of the customers above ``after`` (null: all) up to ``last``."""
        if self._file is None:
            return _between(self.everything(), after, last)
        self._write()
        found = [
            _between(self._read(block), after, last)
            for block in self._blocks
            if (last is None or (block.first is not None and block.first <= last))
            and (after is None or block.last is None or block.last > after)
        ]
        return pl.concat(found) if found else empty(self.schema)

    def parts(self, bounds: list[str | None]) -> Iterator[pl.DataFrame]:
        """Yield the rows of one partition after the other."""
        after = None
        for last in bounds:
            yield self.part(after, last)
            after = last

    def close(self) -> None:
        """Give the disk back."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _write(self) -> None:
        if not self._held:
            return
        if self._file is None:
            self._file = tempfile.TemporaryFile(prefix="cleanbill-run-")  # noqa: SIM115
        self._counts += [_counted(part) for part in self._held]
        rows = pl.concat(self._held).sort("customer", nulls_last=True, maintain_order=True)
        self._held = []
        end = self._file.seek(0, io.SEEK_END)
        for start in range(0, rows.height, BLOCK):
            block = rows.slice(start, BLOCK)
            buffer = io.BytesIO()
            block.write_ipc_stream(buffer)
            self._file.write(buffer.getbuffer())
            size = buffer.getbuffer().nbytes
            self._blocks.append(_Block(end, size, block["customer"][0], block["customer"][-1]))
            end += size

    def _read(self, block: _Block) -> pl.DataFrame:
        assert self._file is not None
        self._file.seek(block.offset)
        return pl.read_ipc_stream(io.BytesIO(self._file.read(block.size)))


def _counted(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.group_by("customer").len()


def _between(rows: pl.DataFrame, after: str | None, last: str | None) -> pl.DataFrame:
    if after is None and last is None:
        return rows
    wanted = pl.lit(True)
    if after is not None:
        wanted &= (pl.col("customer") > after) | pl.col("customer").is_null()
    if last is not None:
        wanted &= (pl.col("customer") <= last).fill_null(False)
    return rows.filter(wanted)
