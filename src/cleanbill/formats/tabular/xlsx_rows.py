"""XLSX into text columns, read by a child process that a hostile workbook may take down with it."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import polars as pl
import pyarrow as pa

from cleanbill.formats.tabular.errors import UnreadableFile
from cleanbill.formats.tabular.frames import DAMAGE, ROW, column_names
from cleanbill.formats.tabular.limits import (
    XLSX_MAX_PARTS,
    XLSX_MAX_ROWS,
    XLSX_MAX_UNPACKED_BYTES,
    XLSX_MEMORY_BYTES,
    XLSX_SECONDS,
)

_CHILD = Path(__file__).with_name("xlsx_child.py")


@dataclass(frozen=True, slots=True)
class SheetFacts:
    """What the workbook is beyond its cells: chosen sheet, all sheets, formulas, header's row."""

    sheet: str
    sheets: tuple[str, ...]
    formulas: int
    header_row: int
    error_cells: tuple[str, ...]

    @property
    def notes(self) -> tuple[str, ...]:
        """Remarks for the user about what was not read as it stands."""
        said: list[str] = []
        if self.formulas:
            said.append(f"{self.formulas:,} formulas: the values saved with them are used")
        if self.error_cells:
            shown = ", ".join(self.error_cells[:5])
            said.append(f"{len(self.error_cells):,} cells hold Excel errors, such as {shown}")
        others = [name for name in self.sheets if name != self.sheet]
        if others:
            said.append("sheets that are not read: " + ", ".join(others))
        return tuple(said)


def read_xlsx(path: Path, sheet: str, limit: int | None) -> tuple[pl.DataFrame, SheetFacts]:
    """Return the text table of one sheet (the first visible one if unnamed) and its facts.

    The first row that holds anything is the header; ``row`` is the sheet's own row number. A row
    with an Excel error such as ``#DIV/0!`` in it is damaged: the error must not pass for an empty
    cell.
    """
    task: dict[str, object] = {
        "path": str(path),
        "sheet": sheet,
        "limit": None if limit is None else limit + 1,
        "rows": XLSX_MAX_ROWS,
        "unpacked": XLSX_MAX_UNPACKED_BYTES,
        "parts": XLSX_MAX_PARTS,
        "memory": XLSX_MEMORY_BYTES,
        "seconds": XLSX_SECONDS,
    }
    with tempfile.TemporaryFile() as out:
        _run(task, out, str(path))
        out.seek(0)
        with pa.ipc.open_stream(out) as stream:
            facts = json.loads(stream.schema.metadata[b"facts"])
            cells = _filled(pl.DataFrame(stream.read_all()))
    frame, header_row = _headed(cells, str(path))
    errors = {int(row): str(cell) for row, cell in facts["errors"]}
    if errors:
        said = "The cell {} holds an Excel error such as #DIV/0!; mend the formula"
        notes = {row: said.format(cell) for row, cell in errors.items()}
        damage = pl.col(ROW).replace_strict(notes, default=None, return_dtype=pl.String)
        frame = frame.with_columns(damage.alias(DAMAGE))
    return frame, SheetFacts(
        facts["sheet"],
        tuple(facts["sheets"]),
        int(facts["formulas"]),
        header_row,
        tuple(cell for row, cell in facts["errors"]),
    )


def _run(task: dict[str, object], out: IO[bytes], where: str) -> None:
    """Run the child to its end; turn whatever ends it into an error for people."""
    # -P keeps the child's folder off the import path, where a name could shadow a standard one.
    command = [sys.executable, "-P", str(_CHILD), json.dumps(task)]
    try:
        done = subprocess.run(  # noqa: S603
            command,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.PIPE,
            timeout=XLSX_SECONDS + 5,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise _gave_up(f"takes longer than {XLSX_SECONDS} seconds", where) from None
    if done.returncode == 3:
        what, *rest = json.loads(done.stderr.decode().splitlines()[-1])
        expected, remedy = (*rest, "", "")[:2]
        raise UnreadableFile(
            what, where, expected or "a complete XLSX file", remedy or "save it again in Excel"
        )
    if done.returncode == -24:  # SIGXCPU: the processor time is used up
        raise _gave_up(f"takes longer than {XLSX_SECONDS} seconds", where)
    if done.returncode != 0:
        raise _gave_up(f"breaks its reader or needs over {XLSX_MEMORY_BYTES >> 20} MB", where)


def _gave_up(why: str, where: str) -> UnreadableFile:
    return UnreadableFile(
        f"The workbook {why}", where, "a sheet of rows and columns", "split it, or export it as CSV"
    )


def _filled(cells: pl.DataFrame) -> pl.DataFrame:
    """Make empty text null, and leave out rows that hold nothing."""
    text = pl.exclude(ROW)
    return cells.with_columns(pl.when(text != "").then(text)).filter(
        pl.any_horizontal(text.is_not_null())
    )


def _headed(cells: pl.DataFrame, where: str) -> tuple[pl.DataFrame, int]:
    """Take the first row as names; leave out columns that have neither a name nor a value."""
    if cells.is_empty():
        raise UnreadableFile("The sheet has no rows", where, "a header and rows", "export it again")
    *first, header_row = cells.row(0)
    body = cells.slice(1)
    kept = [
        place
        for place, name in enumerate(first)
        if name is not None or body.to_series(place).null_count() < body.height
    ]
    header = [first[place] or f"column {place + 1}" for place in kept]
    names = column_names(header, f"{where}, row {header_row}")
    columns = [pl.col(str(place)).alias(name) for place, name in zip(kept, names, strict=True)]
    rows = pl.col(ROW).cast(pl.Int64)
    return body.select(*columns, rows, pl.lit(None, pl.String).alias(DAMAGE)), int(header_row)
