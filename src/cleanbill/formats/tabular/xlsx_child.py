"""Read one sheet of an XLSX file in a process of its own, where memory and time are limited.

Started by path with one JSON argument; writes an Arrow stream of text columns ``0, 1, …`` and
``row`` to standard output, or a JSON error to standard error with exit code 3. It imports nothing
of Cleanbill so that it starts quickly and small. Formulas are never evaluated: their cached values
count.
"""

from __future__ import annotations

import datetime as dt
import html
import json
import os
import re
import struct
import sys
import zipfile
import zlib
from collections.abc import Callable, Iterator
from decimal import Decimal
from itertools import islice
from typing import IO, Any

from python_calamine import CalamineSheet, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

# Arrow's own allocator reserves a gigabyte of addresses at once, which the limit would count.
os.environ["ARROW_DEFAULT_MEMORY_POOL"] = "system"
import pyarrow as pa

_BLOCK = 1 << 20
_BATCH = 10_000
_ERROR_CELL = re.compile(rb"<(?:\w+:)?c\b[^>]*>")
_REFERENCE = re.compile(rb'\br="([A-Z]+)(\d+)"')


class Refused(Exception):
    """What is wrong, what was expected, what to do."""


class Survey:
    """What the parts of the archive say before anything is built from them, by part name."""

    def __init__(self) -> None:
        self.rows: dict[str, int] = {}
        self.formulas: dict[str, int] = {}
        self.errors: dict[str, list[tuple[int, str]]] = {}
        self.small: dict[str, bytes] = {}

    def look(self, name: str, text: bytes) -> None:
        """Count the rows, formulas and error cells in a stretch of a sheet."""
        rows = text.count(b"<row") + text.count(b":row ")
        formulas = text.count(b"<f>") + text.count(b"<f ") + text.count(b"<f/>")
        self.rows[name] = self.rows.get(name, 0) + rows
        self.formulas[name] = self.formulas.get(name, 0) + formulas
        if b't="e"' in text:
            found = self.errors.setdefault(name, [])
            for cell in _ERROR_CELL.findall(text):
                place = _REFERENCE.search(cell)
                if b't="e"' in cell and place and len(found) < 100_000:
                    found.append((int(place[2]), (place[1] + place[2]).decode()))


def unpacked(file: IO[bytes], entry: zipfile.ZipInfo, room: int) -> Iterator[bytes]:
    """Yield an entry's true content, however small its header claims it is; stop at ``room``."""
    file.seek(entry.header_offset)
    head = file.read(30)
    if len(head) < 30 or not head.startswith(b"PK\x03\x04"):
        raise Refused("The archive is damaged", "a complete XLSX file", "save it again")
    name_size, extra_size = struct.unpack("<HH", head[26:30])
    file.seek(name_size + extra_size, 1)
    left = entry.compress_size
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) or entry.flag_bits & 1:
        raise Refused(
            "The file is protected or packed unusually", "XLSX", "save it without password"
        )
    unpack = zlib.decompressobj(-15) if entry.compress_type == zipfile.ZIP_DEFLATED else None
    total = 0
    while left > 0 and (packed := file.read(min(_BLOCK, left))):
        left -= len(packed)
        while packed:
            plain = unpack.decompress(packed, _BLOCK) if unpack else packed
            packed = unpack.unconsumed_tail if unpack else b""
            total += len(plain)
            if total > room:
                limit = "the size that is allowed (it may be a zip bomb)"
                raise Refused(
                    f"The file unpacks to more than {limit}", "a sheet of rows", "use CSV"
                )
            yield plain
            if unpack and unpack.eof:
                return


def surveyed(path: str, task: dict[str, Any]) -> Survey:
    """Return what stands in the archive; raise Refused on bombs, DTDs and too many rows."""
    survey = Survey()
    room = int(task["unpacked"])
    with open(path, "rb") as file, zipfile.ZipFile(file) as archive:
        entries = archive.infolist()
        if len(entries) > task["parts"] or sum(e.file_size for e in entries) > room:
            raise Refused(
                f"The file declares {len(entries):,} parts, {sum(e.file_size for e in entries):,} "
                "bytes unpacked (it may be a zip bomb)",
                f"at most {task['parts']:,} parts and {room:,} bytes",
                "export it as CSV",
            )
        for entry in entries:
            room -= surveyed_part(file, entry, room, survey, task["rows"])
    return survey


def surveyed_part(
    file: IO[bytes], entry: zipfile.ZipInfo, room: int, survey: Survey, most_rows: int
) -> int:
    """Unpack one part in blocks, looking at its XML; return its true size."""
    size, tail = 0, b""
    name = entry.filename
    sheet = name.startswith("xl/worksheets/") and name.endswith(".xml")
    for block in unpacked(file, entry, room):
        if size == 0 and b"<!DOCTYPE" in block[:65_536]:
            raise Refused("The file defines XML entities", "plain XLSX", "save it again in Excel")
        size += len(block)
        if name.endswith("workbook.xml") or name.endswith("workbook.xml.rels"):
            survey.small[name] = survey.small.get(name, b"") + block
        if not sheet:
            continue
        # A tag may lie across two blocks: what follows the last bracket is looked at next time.
        text = tail + block
        cut = text.rfind(b"<") if len(text) - text.rfind(b"<") < 4096 else len(text)
        survey.look(name, text[:cut])
        tail = text[cut:]
        if survey.rows[name] > most_rows:
            raise Refused(
                f"The sheet has more than {most_rows:,} rows",
                f"at most {most_rows:,} rows",
                "split it, or export it as CSV",
            )
    return size


def part_of(survey: Survey, sheet: str) -> str:
    """Return the archive's name of a sheet's part, or nothing if it cannot be told."""
    book = survey.small.get("xl/workbook.xml", b"").decode("utf-8", "replace")
    links = survey.small.get("xl/_rels/workbook.xml.rels", b"").decode("utf-8", "replace")
    if len(survey.rows) == 1:
        return next(iter(survey.rows))
    for tag in re.findall(r"<(?:\w+:)?sheet\b[^>]*>", book):
        name, key = re.search(r'\bname="([^"]*)"', tag), re.search(r'\b\w+:id="([^"]*)"', tag)
        if name and key and html.unescape(name[1]) == sheet:
            for link in re.findall(r"<(?:\w+:)?Relationship\b[^>]*>", links):
                target = re.search(r'\bTarget="([^"]*)"', link)
                if f'Id="{key[1]}"' in link and target:
                    return "xl/" + target[1].removeprefix("/xl/").removeprefix("/")
    return ""


def float_cell(value: float) -> str:
    """Return a number's shortest decimal text in plain notation: 12345.0 is ``12345``."""
    text = repr(value)
    if text.endswith(".0"):
        return text[:-2]
    return format(Decimal(text), "f") if "e" in text else text


def moment_cell(value: dt.datetime) -> str:
    """Return ISO text; a spreadsheet knows no difference between midnight and no time at all."""
    return (value.date() if value.time() == dt.time() else value).isoformat()


_TEXT: dict[type, Callable[[Any], str]] = {
    str: str,
    float: float_cell,
    int: str,
    bool: lambda value: "true" if value else "false",
    dt.datetime: moment_cell,
    dt.date: dt.date.isoformat,
    dt.time: dt.time.isoformat,
    dt.timedelta: str,
}


def chosen_sheet(book: CalamineWorkbook, name: str) -> CalamineSheet:
    """Return the named sheet, or the first visible one that holds anything."""
    sheets = [m.name for m in book.sheets_metadata if m.typ == SheetTypeEnum.WorkSheet]
    if name and name not in sheets:
        raise Refused(f"There is no sheet {name!r}", "one of " + ", ".join(sheets), "name one")
    shown = [m.name for m in book.sheets_metadata if m.visible == SheetVisibleEnum.Visible]
    for candidate in [name] if name else [s for s in sheets if s in shown]:
        sheet = book.get_sheet_by_name(candidate)
        if name or sheet.height > 0:
            return sheet
    raise Refused(
        "The workbook has no visible sheet with rows", "one sheet of rows", "save it again"
    )


def texts(column: tuple[Any, ...]) -> list[str]:
    """Return a column's cells as text, empty for no value."""
    kinds = set(map(type, column))
    if kinds <= {str}:
        return list(column)
    if kinds == {float}:
        return list(map(float_cell, column))
    return [_TEXT[type(cell)](cell) for cell in column]


def batches(sheet: CalamineSheet, limit: int | None) -> Iterator[pa.RecordBatch]:
    """Yield the sheet's rows as text, with the row number that a person sees.

    Rows above the first filled one are passed over; empty ones below it are left to the reader.
    """
    first = sheet.start[0] if sheet.start else 0
    last = None if limit is None else first + limit
    rows = islice(sheet.iter_rows(), first, last)
    number = first + 1
    while block := list(islice(rows, _BATCH)):
        columns = [pa.array(texts(cells), pa.string()) for cells in zip(*block, strict=True)]
        columns.append(pa.array(range(number, number + len(block)), pa.int64()))
        yield pa.record_batch(columns, names=[*map(str, range(len(columns) - 1)), "row"])
        number += len(block)


def limited(task: dict[str, Any]) -> None:
    """Take memory and processor time from this process, where the system knows such limits."""
    try:
        import resource
    except ImportError:
        return
    try:
        with open("/proc/self/statm", encoding="ascii") as file:
            used = int(file.read().split()[0]) * resource.getpagesize()
    except OSError:
        used = 1 << 30
    room = used + int(task["memory"])
    resource.setrlimit(resource.RLIMIT_AS, (room, room))
    resource.setrlimit(resource.RLIMIT_CPU, (int(task["seconds"]), int(task["seconds"]) + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def written(task: dict[str, Any], out: IO[bytes]) -> None:
    """Survey, open and read the workbook, writing its rows as they come."""
    survey = surveyed(task["path"], task)
    book = CalamineWorkbook.from_path(task["path"])
    sheet = chosen_sheet(book, task["sheet"])
    part = part_of(survey, sheet.name)
    facts = {
        "sheet": sheet.name,
        "sheets": book.sheet_names,
        "formulas": survey.formulas.get(part, 0),
        "errors": survey.errors.get(part, []),
    }
    writer = None
    for batch in batches(sheet, task["limit"]):
        if writer is None:
            schema = batch.schema.with_metadata({"facts": json.dumps(facts)})
            writer = pa.ipc.new_stream(out, schema)
        writer.write_batch(batch)
    if writer is None:
        raise Refused("The sheet has no rows", "a header and rows", "choose another sheet")
    writer.close()


def main(argument: str) -> int:
    """Run one task; return 0, or 3 with the reason on standard error."""
    task = json.loads(argument)
    try:
        limited(task)
        written(task, sys.stdout.buffer)
    except Refused as refusal:
        print(json.dumps([str(part) for part in refusal.args]), file=sys.stderr)
        return 3
    except MemoryError:
        return 4
    except Exception as error:
        print(json.dumps([f"The workbook is damaged ({error!s:.200})"]), file=sys.stderr)
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
