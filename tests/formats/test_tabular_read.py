"""Files of rows become text tables: encodings, delimiters, quotes, row numbers, cells as text."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter

from cleanbill.formats.tabular import FileFormat, UnreadableFile, read, sniff


def written(folder: Path, data: bytes | str, name: str = "f.csv") -> Path:
    path = folder / name
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


def local(text: str) -> datetime:
    """A wall clock time without a zone, as spreadsheets have them."""
    return datetime.fromisoformat(text)


def rows(path: Path) -> list[tuple[object, ...]]:
    return read(path, sniff(path)).drop("damage").rows()


@pytest.mark.parametrize(
    ("codec", "mark", "found"),
    [
        ("utf-8", b"", "utf-8"),
        ("utf-8", b"\xef\xbb\xbf", "utf-8-sig"),
        ("utf-16-le", b"\xff\xfe", "utf-16-le"),
        ("utf-16-be", b"\xfe\xff", "utf-16-be"),
        ("utf-16-le", b"", "utf-16-le"),
        ("utf-16-be", b"", "utf-16-be"),
        ("cp1252", b"", "cp1252"),
    ],
)
def test_encodings(tmp_path: Path, codec: str, mark: bytes, found: str) -> None:
    text = '"näme",price\nMüller & Söhne €,"1,5"\n'
    path = written(tmp_path, mark + text.encode(codec))
    layout = sniff(path)
    assert layout.encoding == found
    frame = read(path, layout)
    assert frame.columns == ["näme", "price", "row", "damage"]
    assert frame.row(0) == ("Müller & Söhne €", "1,5", 2, None)


def test_cp1252_is_said_and_damaged_utf8_is_refused(tmp_path: Path) -> None:
    assert "CP1252" in sniff(written(tmp_path, "a,b\nM\xfcller,1\n".encode("cp1252"))).notes[0]
    mixed = "a,b\nMüller,1\nSöhne,2\n".encode() + b"caf\xe9,3\n"
    with pytest.raises(UnreadableFile, match="line 4"):
        sniff(written(tmp_path, mixed))


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_delimiters_and_line_breaks(tmp_path: Path, delimiter: str, newline: str) -> None:
    lines = [["a", "b", "c"], ["007", "x y", ""], ["1", '"q""q"', "z"]]
    path = written(tmp_path, newline.join(delimiter.join(line) for line in lines))
    assert sniff(path).delimiter == delimiter
    assert rows(path) == [("007", "x y", None, 2), ("1", 'q"q', "z", 3)]


def test_delimiter_beside_decimal_commas(tmp_path: Path) -> None:
    path = written(tmp_path, "item;price;net\nA;1,50;3,00\nB;2,50;5,00\n")
    assert sniff(path).delimiter == ";"


def test_separator_hint_and_leading_blank_lines(tmp_path: Path) -> None:
    path = written(tmp_path, "sep=|\na,x|b\n1|2\n")
    assert (sniff(path).delimiter, sniff(path).header_row) == ("|", 2)
    assert rows(path) == [("1", "2", 3)]
    assert rows(written(tmp_path, "\n\na,b\n1,2\n")) == [("1", "2", 4)]


def test_row_numbers_are_physical_lines(tmp_path: Path) -> None:
    path = written(tmp_path, 'a,b\n1,"two\nlines"\n\n3,4\n5,"x\n\ny"\n6,7\n')
    assert [row[-1] for row in rows(path)] == [2, 5, 6, 9]
    path = written(tmp_path, "a,b\n1,2\n\n3,4\n\n\n")
    assert [row[-1] for row in rows(path)] == [2, 4]


def test_rows_of_delimiters_only_are_no_rows(tmp_path: Path) -> None:
    assert rows(written(tmp_path, "a,b\n1,2\n,\n3,\n,\n,\n")) == [("1", "2", 2), ("3", None, 4)]


def test_fast_and_strict_path_agree(tmp_path: Path) -> None:
    body = "".join(f'{n:05},"a ""b"" {n}, c",\n' for n in range(2_000))
    plain = written(tmp_path, "id,text,rest\n" + body)
    surprise = written(tmp_path, "id,text,rest\n" + body + '9,"two\nlines",x\n', "g.csv")
    fast, strict = read(plain, sniff(plain)), read(surprise, sniff(surprise))
    assert strict.head(2_000).equals(fast)
    assert strict.row(-1) == ("9", "two\nlines", "x", 2002, None)


def test_wrong_width_is_damage_not_a_crash(tmp_path: Path) -> None:
    frame = read(path := written(tmp_path, "a,b,c\n1,2,3\n4,5\n6,7,8,9\n"), sniff(path))
    assert frame["row"].to_list() == [2, 3, 4]
    assert frame.row(1)[:3] == ("4", "5", None)
    assert frame.row(2)[:3] == ("6", "7", "8,9")
    assert frame["damage"].is_null().to_list() == [True, False, False]
    assert "2 fields, the header 3" in frame["damage"][1]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('a,b\n1,2\n3,"open\n5,6\n7,8\n', 3),
        ('a,b\n1,"fine"\n3,"open\n5,"fine"\n', 3),
        ('a,b\n1,"open\n5," x"\n', 2),
        ('a,b\n1,"two\nlines"\n3,"open\n', 4),
        ('a,b\n1,"open\n3,4\n5,"",6\n', 2),
        ('a,b\n1,"open\n3,",",4\n5,6\n', 2),
        ('a,"b\n1,2\n', 1),
    ],
)
def test_an_open_quote_is_named_with_its_line(tmp_path: Path, text: str, line: int) -> None:
    path = written(tmp_path, text)
    with pytest.raises(UnreadableFile, match=rf"quote.*line {line}\b"):
        read(path, sniff(path))


def test_quoting_can_be_switched_off(tmp_path: Path) -> None:
    path = written(tmp_path, 'a|b\n1|"2 inch\n3|4"\n')
    layout = replace(sniff(path), quote="")
    assert read(path, layout).drop("damage").rows() == [("1", '"2 inch', 2), ("3", '4"', 3)]


def test_header_names(tmp_path: Path) -> None:
    frame = read(path := written(tmp_path, "row, a ,,problem\n1,2,3,4\n"), sniff(path))
    expected = ["row (source)", "a", "column 3", "problem (source)", "row", "damage"]
    assert frame.columns == expected
    with pytest.raises(UnreadableFile, match="'a': number 1 and 3"):
        sniff(written(tmp_path, "a,b,a\n1,2,3\n"))


def test_json_lines(tmp_path: Path) -> None:
    text = (
        '{"id":"007","price":1e-07,"big":12345678901234567890.10,"ok":true}\n\n'
        '{"row":5,"id":"8","price":12345.0,"note":null}\n'
    )
    frame = read(path := written(tmp_path, text, "f.jsonl"), sniff(path))
    assert sniff(path).format is FileFormat.JSON_LINES
    assert frame.columns == ["id", "price", "big", "ok", "row (source)", "note", "row", "damage"]
    first, second = frame.rows()
    assert first == ("007", "0.0000001", "12345678901234567890.1", "true", None, None, 1, None)
    assert second == ("8", "12345", None, None, "5", None, 2, None)


def test_parquet_cells_become_their_shortest_text(tmp_path: Path) -> None:
    path = tmp_path / "f.parquet"
    frame = pl.DataFrame(
        {
            "f": [1e-7, 0.1, 12345.0, 1e22, -0.0],
            "small": pl.Series([0.1, 0.2, 16777216.0, 1.5, 2.0], dtype=pl.Float32),
            "d": [Decimal("1.50"), None, Decimal("2.00"), Decimal("0.01"), Decimal(0)],
            "i": [1, 2**62, None, -1, 0],
            "b": [True, False, None, True, True],
            "day": [date(2026, 1, 31)] * 5,
            "at": [
                local("2026-01-31T08:26"),
                local("2026-01-31T08:26:00.25"),
                *[None] * 3,
            ],
            "text": ["007", "", " x ", "=1", None],
        },
        schema_overrides={"d": pl.Decimal(10, 2)},
    ).with_columns(
        pl.col("at").dt.replace_time_zone("Europe/Berlin").alias("zoned"),
        pl.col("text").cast(pl.Categorical).alias("category"),
    )
    frame.write_parquet(path)
    table = read(path, sniff(path))
    assert set(table.drop("row").dtypes) == {pl.String}
    large = "10000000000000000000000"
    assert table["f"].to_list() == ["0.0000001", "0.1", "12345", large, "0"]
    assert table["small"].to_list() == ["0.1", "0.2", "16777216", "1.5", "2"]
    assert table["d"].to_list() == ["1.50", None, "2.00", "0.01", "0.00"]
    assert table["i"].to_list() == ["1", str(2**62), None, "-1", "0"]
    assert table["b"].to_list() == ["true", "false", None, "true", "true"]
    assert table["day"][0] == "2026-01-31"
    assert table["at"].to_list()[:2] == ["2026-01-31T08:26:00", "2026-01-31T08:26:00.250000"]
    assert table["zoned"][0] == "2026-01-31T08:26:00+01:00"
    assert table["category"][0] == "007"
    assert table["row"].to_list() == [1, 2, 3, 4, 5]


def workbook(path: Path) -> Path:
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("Data")
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        for place, name in enumerate(["id", "amount", "day"]):
            sheet.write(2, 1 + place, name)
        sheet.write_string(3, 1, "007")
        sheet.write_number(3, 2, 12345.0)
        sheet.write_datetime(3, 3, local("2026-01-02"), day)
        sheet.write_boolean(5, 1, True)
        sheet.write_number(5, 2, 1e-7)
        sheet.write_datetime(5, 3, local("2026-01-02T03:04"), moment)
        sheet.write_string(6, 1, "x")
        sheet.write_formula(6, 2, "=1+1", None, 2)
        sheet.write_formula(7, 1, "=1/0", None, "#DIV/0!")
        sheet.write_number(7, 2, 3)
        book.add_worksheet("Other").write(0, 0, "ignored")
    return path


def test_workbook_cells(tmp_path: Path) -> None:
    path = workbook(tmp_path / "f.xlsx")
    layout = sniff(path)
    assert (layout.format, layout.sheet, layout.header_row) == (FileFormat.XLSX, "Data", 3)
    assert any("2 formulas" in note for note in layout.notes)
    assert any("Other" in note for note in layout.notes)
    frame = read(path, layout)
    assert frame.columns == ["id", "amount", "day", "row", "damage"]
    assert frame.drop("damage").rows() == [
        ("007", "12345", "2026-01-02", 4),
        ("true", "0.0000001", "2026-01-02T03:04:00", 6),
        ("x", "2", None, 7),
        (None, "3", None, 8),
    ]
    assert "B8" in frame["damage"][3]
    assert frame["damage"].null_count() == 3
    with pytest.raises(UnreadableFile, match="no sheet 'Nix'"):
        read(path, replace(layout, sheet="Nix"))


def test_name_and_content_must_agree(tmp_path: Path) -> None:
    path = workbook(tmp_path / "f.xlsx")
    wrong = tmp_path / "f.csv"
    wrong.write_bytes(path.read_bytes())
    with pytest.raises(UnreadableFile, match=r"ends in \.csv but its content is xlsx"):
        sniff(wrong)
    with pytest.raises(UnreadableFile, match="has changed"):
        read(written(tmp_path, "a,b\n1,2\n", "g.csv"), sniff(path))
