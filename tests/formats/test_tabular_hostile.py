"""Hostile and broken files: each is refused with words for people, quickly and in little memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest
from tests.formats.hostile_files import HOSTILE

from cleanbill.formats.tabular import UnreadableFile, mapped, read, sniff

SECONDS, MEGABYTES = 10, 512

MEASURED = """
import json, resource, sys, time
from cleanbill.formats.tabular import UnreadableFile, read, sniff
start, said = time.monotonic(), ""
try:
    read(sys.argv[1], sniff(sys.argv[1]))
except UnreadableFile as error:
    said = str(error)
# Not ru_maxrss of this process: it begins with the peak of the process that started it.
status = open("/proc/self/status").read()
own = int(status.split("VmHWM:")[1].split()[0])
peak = max(own, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
print(json.dumps([said, time.monotonic() - start, peak // 1024]))
"""


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="measures memory in /proc")
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_are_refused_quickly_in_little_memory(name: str, tmp_path: Path) -> None:
    file_name, make, expected = HOSTILE[name]
    path = tmp_path / file_name
    make(path)
    command = [sys.executable, "-c", MEASURED, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    said, seconds, megabytes = json.loads(done.stdout)
    with pytest.raises(UnreadableFile, match=f"(?s){expected}"):
        raise UnreadableFile(said)
    assert "What to do" in said
    assert seconds < SECONDS
    # One long string that all cells share is noticed only when the child's limit is reached.
    limit = MEGABYTES if name != "repeated string" else 2 * MEGABYTES + 128
    assert megabytes < limit


SMALL: dict[str, tuple[str, bytes, str]] = {
    "empty": ("f.csv", b"", "is empty"),
    "blank": ("f.csv", b"\n\n \n", "only empty lines|no rows"),
    "header only": ("f.csv", b"a,b\n", "no rows below its header"),
    "twice": ("f.csv", b"a,a\n1,2\n", "Two columns"),
    "NUL": ("f.csv", b"a,b\n1,2\n3,\x004\n", r"NUL.*line 3\b"),
    "picture": ("f.csv", b"\x89PNG\r\n\x1a\n\0\0", "a picture"),
    "old Excel": ("f.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old Excel"),
    "PDF": ("f.xlsx", b"%PDF-1.7\n", "PDF"),
    "text as XLSX": ("f.xlsx", b"a,b\n1,2\n", "content is csv"),
    "JSON as CSV": ("f.csv", b'{"a": 1}\n', "content is jsonl"),
    "bare magic": ("f.parquet", b"PAR1", "damaged"),
    "bare zip": ("f.xlsx", b"PK\x03\x04", "damaged"),
    "JSON array": ("f.json", b'[{"a": 1}]\n', "JSON array"),
    "cut JSON": ("f.jsonl", b'{"a": 1}\n{"a": ', r"no JSON .*line 2\b"),
    "key twice": ("f.jsonl", b'{"a": 1, "a": 2}\n', "key twice"),
    "nested JSON": ("f.jsonl", b'{"a": {"b": 1}}\n', "list or an object"),
    "no CP1252": ("f.csv", b"a,b\n\x81,\xff\n", "UTF-8, UTF-16 nor CP1252"),
}


@pytest.mark.parametrize("name", SMALL)
def test_broken_files_are_refused_in_words(name: str, tmp_path: Path) -> None:
    file_name, data, expected = SMALL[name]
    path = tmp_path / file_name
    path.write_bytes(data)
    with pytest.raises(UnreadableFile, match=f"(?s){expected}") as caught:
        read(path, sniff(path))
    assert str(path) in caught.value.where
    assert caught.value.expected
    assert caught.value.remedy


def test_places_that_are_no_files(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="a folder"):
        sniff(tmp_path)
    with pytest.raises(UnreadableFile, match="no such file"):
        sniff(tmp_path / "nothing.csv")
    os.mkfifo(tmp_path / "pipe.csv")
    with pytest.raises(UnreadableFile, match="no ordinary file"):
        sniff(tmp_path / "pipe.csv")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission(tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    path.write_text("a,b\n1,2\n")
    path.chmod(0)
    with pytest.raises(UnreadableFile, match="may not be read"):
        sniff(path)


@pytest.mark.parametrize(
    "column",
    [pl.Series("x", [[1, 2]]), pl.Series("x", [{"a": 1}]), pl.Series("x", [b"\x00"])],
    ids=["list", "struct", "bytes"],
)
def test_exotic_parquet_types_name_their_column(column: pl.Series, tmp_path: Path) -> None:
    path = tmp_path / "f.parquet"
    column.to_frame().write_parquet(path)
    with pytest.raises(UnreadableFile, match=r"no plain text.*column 'x'"):
        sniff(path)


def test_endless_numbers_reject_their_row_only(tmp_path: Path) -> None:
    path = tmp_path / "f.parquet"
    pl.DataFrame({"a": [1.5, float("nan"), float("inf"), None]}).write_parquet(path)
    frame = read(path, sniff(path))
    assert frame["damage"].is_null().to_list() == [True, False, False, True]
    path = tmp_path / "f.jsonl"
    row = '{"reference":"%s","customer":"1","item":"A","quantity":%s,"currency":"EUR",'
    row += '"service_date":"2026-01-31"}\n'
    values = ["1e309", "1e999999999", "NaN", "-Infinity", "2", '"a\\u0000b"']
    path.write_text("".join(row % (n, value) for n, value in enumerate(values)))
    intake = mapped(read(path, sniff(path)), kind="charges")
    assert intake.accepted["quantity_e6"].to_list() == [2_000_000]
    assert intake.rejected["problem"].to_list() == [
        "quantity:too_large",
        *["quantity:not_a_number"] * 3,
        "damaged_row",
    ]
