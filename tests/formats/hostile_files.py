"""Makers of hostile files: name, how to make it, and what the refusal must say."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import polars as pl

SHEET = (
    '<?xml version="1.0"?><worksheet '
    'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
)
END = "</sheetData></worksheet>"
BOOK = (
    '<?xml version="1.0"?><workbook '
    'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">'
    '<sheets><sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>'
)
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
ROOT = (
    '<?xml version="1.0"?><Relationships '
    'xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    f'<Relationship Id="rId1" Type="{RELATIONS}/officeDocument" Target="xl/workbook.xml"/>'
    "</Relationships>"
)
LINKS = (
    '<?xml version="1.0"?><Relationships '
    'xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    f'<Relationship Id="rId1" Type="{RELATIONS}/worksheet" Target="worksheets/sheet1.xml"/>'
    f'<Relationship Id="rId2" Type="{RELATIONS}/sharedStrings" Target="sharedStrings.xml"/>'
    "</Relationships>"
)


def workbook(
    path: Path, *blocks: str, strings: str = "", more: dict[str, str] | None = None
) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("_rels/.rels", ROOT)
        archive.writestr("xl/workbook.xml", BOOK)
        archive.writestr("xl/_rels/workbook.xml.rels", LINKS)
        if strings:
            archive.writestr("xl/sharedStrings.xml", f"<sst>{strings}</sst>")
        for name, text in (more or {}).items():
            archive.writestr(name, text)
        with archive.open("xl/worksheets/sheet1.xml", "w") as file:
            for block in (SHEET, *blocks, END):
                file.write(block.encode())


def text_cell(place: str, text: str) -> str:
    return f'<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>'


def zip_bomb(path: Path) -> None:
    workbook(path, *(" " * 10_000_000 for _ in range(60)))


def lying_zip_bomb(path: Path) -> None:
    """A bomb whose directory claims that every part is tiny."""
    zip_bomb(path)
    data = bytearray(path.read_bytes())
    at = 0
    while (at := data.find(b"PK\x01\x02", at)) >= 0:
        data[at + 24 : at + 28] = (100).to_bytes(4, "little")
        at += 4
    path.write_bytes(data)


def many_parts(path: Path) -> None:
    workbook(path, more={f"xl/media/{n}": "" for n in range(6_000)})


def two_million_rows(path: Path) -> None:
    block = "<row><c><v>1</v></c></row>" * 100_000
    workbook(path, *(block for _ in range(20)))


def far_cells(path: Path) -> None:
    near = f'<row r="1">{text_cell("A1", "a")}</row>'
    workbook(path, near, f'<row r="1048576">{text_cell("XFD1048576", "b")}</row>')


def repeated_string(path: Path) -> None:
    rows = (f'<row r="{n}"><c r="A{n}" t="s"><v>0</v></c></row>' for n in range(1, 100_000))
    workbook(path, "".join(rows), strings=f"<si><t>{'x' * 900_000}</t></si>")


def entities(path: Path) -> None:
    doctype = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
    workbook(path, more={"xl/styles.xml": f'<?xml version="1.0"?>{doctype}<x>&b;</x>'})


def large_cell(path: Path) -> None:
    head = f'<row r="1">{text_cell("A1", "name")}</row>'
    workbook(path, head, f'<row r="2">{text_cell("A2", "x" * 10_000_000)}</row>')


def no_workbook(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "hello")


def cut_workbook(path: Path) -> None:
    workbook(path, f'<row r="1">{text_cell("A1", "name")}</row>')
    path.write_bytes(path.read_bytes()[:-200])


def header_workbook(path: Path) -> None:
    workbook(path, f'<row r="1">{text_cell("A1", "name")}</row>')


def large_csv_cell(path: Path) -> None:
    path.write_text("a,b\n1,2\n3," + "x" * 10_000_000 + "\n5,6\n")


def large_quoted_cell(path: Path) -> None:
    path.write_text('a,b\n1,2\n3,"' + "x" * 10_000_000 + '"\n5,6\n')


def endless_line(path: Path) -> None:
    path.write_bytes(b"a,b\n" + b"1," * 30_000_000)


def open_quote(path: Path) -> None:
    path.write_text("a,b\n" + "1,2\n" * 250_000 + '3,"4\n' + "5,6\n" * 250_000)


def many_columns(path: Path) -> None:
    path.write_text(",".join(f"c{n}" for n in range(5_000)) + "\n1\n")


def deep_json(path: Path) -> None:
    path.write_text('{"a":1}\n{"a":' + "[" * 200_000 + "]" * 200_000 + "}\n")


def huge_json_line(path: Path) -> None:
    path.write_bytes(b'{"a":"' + b"x" * 40_000_000 + b'"}\n')


def growing_json(path: Path) -> None:
    path.write_text("".join(f'{{"k{n}":1}}\n' for n in range(100_000)))


def cut_parquet(path: Path) -> None:
    pl.DataFrame({"a": list(range(10_000))}).write_parquet(path)
    path.write_bytes(path.read_bytes()[:-100])


def broken_parquet(path: Path) -> None:
    pl.DataFrame({"a": [str(n) for n in range(10_000)]}).write_parquet(path)
    data = bytearray(path.read_bytes())
    data[50:400] = b"\xff" * 350
    path.write_bytes(data)


def endless_parquet(path: Path) -> None:
    frame = pl.select(pl.repeat(1, 6_000_000, dtype=pl.Int64).alias("a"))
    frame.write_parquet(path, compression="zstd")


HOSTILE: dict[str, tuple[str, Callable[[Path], None], str]] = {
    "zip bomb": ("f.xlsx", zip_bomb, "zip bomb"),
    "lying zip bomb": ("f.xlsx", lying_zip_bomb, "zip bomb"),
    "many parts": ("f.xlsx", many_parts, "parts"),
    "two million rows": ("f.xlsx", two_million_rows, "more than 1,048,576 rows"),
    "far cells": ("f.xlsx", far_cells, "needs over"),
    "repeated string": ("f.xlsx", repeated_string, "needs over|unpacks"),
    "entities": ("f.xlsx", entities, "XML entities"),
    "large cell": ("f.xlsx", large_cell, "10,000,000 bytes"),
    "no workbook": ("f.xlsx", no_workbook, "damaged"),
    "cut workbook": ("f.xlsx", cut_workbook, "damaged"),
    "header workbook": ("f.xlsx", header_workbook, "no rows below its header"),
    "large CSV cell": ("f.csv", large_csv_cell, r"larger than 1,000,000.*line 3\b"),
    "large quoted cell": ("f.csv", large_quoted_cell, r"larger than 1,000,000.*line 3\b"),
    "endless line": ("f.csv", endless_line, "longer than"),
    "open quote": ("f.csv", open_quote, r"quote.*line 250002\b"),
    "many columns": ("f.csv", many_columns, "5,000 columns"),
    "deep JSON": ("f.jsonl", deep_json, r"deeply.*line 2\b|list or an object.*line 2\b"),
    "huge JSON line": ("f.jsonl", huge_json_line, "longer than"),
    "growing JSON": ("f.jsonl", growing_json, "too many different keys"),
    "cut Parquet": ("f.parquet", cut_parquet, "damaged"),
    "broken Parquet": ("f.parquet", broken_parquet, "damaged"),
    "endless Parquet": ("f.parquet", endless_parquet, "6,000,000 rows"),
}
