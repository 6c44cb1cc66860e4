"""Laws of reading: what was written comes back, and garbage meets one kind of error only."""

from __future__ import annotations

import csv
import io
import json
from contextlib import suppress
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cleanbill.formats.tabular import FileFormat, Layout, UnreadableFile, mapped, read, sniff
from cleanbill.formats.tabular.rejects import neutralised, restored
from cleanbill.formats.tabular.shortest import plain_decimal

SHARED = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    derandomize=True,
)
WESTERN = st.characters(codec="cp1252", exclude_categories=["Cs", "Cc"]) | st.sampled_from(
    ",;\t|\"'"
)
ANY = st.characters(codec="utf-8", exclude_categories=["Cs"], exclude_characters="\0")
ENCODINGS = {
    "utf-8": b"",
    "utf-8-sig": b"",
    "utf-16-le": b"\xff\xfe",
    "utf-16-be": b"\xfe\xff",
    "cp1252": b"",
}


@st.composite
def tables(draw: st.DrawFn, letters: st.SearchStrategy[str]) -> list[list[str]]:
    width = draw(st.integers(2, 4))
    cell = st.text(letters, max_size=8)
    row = st.lists(cell, min_size=width, max_size=width).filter(any)
    return draw(st.lists(row, min_size=1, max_size=8))


def encoded(rows: list[list[str]], delimiter: str, quoting: int, encoding: str) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, quoting=quoting, lineterminator="\r\n")
    writer.writerow([f"column_{n}" for n in range(len(rows[0]))])
    writer.writerows(rows)
    return ENCODINGS[encoding] + text.getvalue().encode(encoding)


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@SHARED
@given(data=st.data(), quoting=st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]))
def test_csv_round_trip(
    tmp_path: Path, delimiter: str, encoding: str, data: st.DataObject, quoting: int
) -> None:
    rows = data.draw(tables(WESTERN if encoding == "cp1252" else ANY))
    path = tmp_path / "f.csv"
    path.write_bytes(encoded(rows, delimiter, quoting, encoding))
    layout = Layout(FileFormat.CSV, encoding=encoding, delimiter=delimiter)
    frame = read(path, layout)
    assert frame["damage"].null_count() == frame.height
    found = [[cell or "" for cell in row[:-2]] for row in frame.rows()]
    assert found == rows


@SHARED
@given(rows=tables(st.sampled_from("aäß 019,;|\"'\n")), delimiter=st.sampled_from(",;\t|"))
def test_sniffed_csv_round_trip(tmp_path: Path, rows: list[list[str]], delimiter: str) -> None:
    path = tmp_path / "f.csv"
    path.write_bytes(encoded(rows, delimiter, csv.QUOTE_ALL, "utf-8"))
    layout = sniff(path)
    assert layout.delimiter == delimiter
    found = [[cell or "" for cell in row[:-2]] for row in read(path, layout).rows()]
    assert found == rows


@SHARED
@given(
    data=st.binary(max_size=300) | st.text('a,;"\n\r1{}[]: .', max_size=200).map(str.encode),
    name=st.sampled_from(["f.csv", "f.jsonl", "f.parquet", "f"]),
    start=st.sampled_from([b"", b"PAR1", b"a,b\n", b'{"a":1}\n', b"\xff\xfe", b'"']),
)
def test_garbage_meets_unreadable_file_only(
    tmp_path: Path, data: bytes, name: str, start: bytes
) -> None:
    path = tmp_path / name
    path.write_bytes(start + data)
    with suppress(UnreadableFile):
        mapped(read(path, sniff(path)), kind="items")


@pytest.mark.slow
@settings(SHARED, max_examples=40)
@given(data=st.binary(max_size=300))
def test_garbage_archives_meet_unreadable_file_only(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "f.xlsx"
    path.write_bytes(b"PK\x03\x04" + data)
    with pytest.raises(UnreadableFile):
        read(path, sniff(path))


@SHARED
@given(place=st.integers(4, 10_000), junk=st.binary(min_size=1, max_size=20))
def test_damaged_parquet_never_crashes(tmp_path: Path, place: int, junk: bytes) -> None:
    path = tmp_path / "f.parquet"
    pl.DataFrame(
        {"a": [f"{n % 7}" for n in range(500)], "b": [n / 8 for n in range(500)]}
    ).write_parquet(path)
    data = bytearray(path.read_bytes())
    at = place % len(data)
    data[at : at + len(junk)] = junk
    path.write_bytes(data)
    with suppress(UnreadableFile):
        read(path, sniff(path))


@SHARED
@given(
    rows=st.lists(
        st.dictionaries(
            st.sampled_from("abc"),
            st.none() | st.text(ANY, max_size=8) | st.booleans() | st.integers(),
            min_size=1,
        ),
        min_size=1,
        max_size=8,
    )
)
def test_json_lines_round_trip(tmp_path: Path, rows: list[dict[str, object]]) -> None:
    path = tmp_path / "f.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in rows))
    frame = read(path, sniff(path))
    for row, found in zip(rows, frame.to_dicts(), strict=True):
        for key, value in row.items():
            shown = value if value is None or isinstance(value, str) else json.dumps(value)
            assert found[key] == shown


@SHARED
@given(st.floats(allow_nan=False, allow_infinity=False))
def test_shortest_text_is_the_same_number_without_exponent(number: float) -> None:
    text = plain_decimal(repr(number))
    assert "e" not in text
    assert float(text) == number


@SHARED
@given(st.lists(st.text(st.sampled_from("'=+-@\t\r\n 15.,a"), max_size=6), min_size=1))
def test_neutralising_is_reversible(texts: list[str]) -> None:
    frame = pl.DataFrame({"=a": texts}, schema={"=a": pl.String})
    safe = neutralised(frame)
    assert not safe.to_series().str.contains(r"^\s*[=@]|^[\t\r]").any()
    assert restored(safe).equals(frame)
