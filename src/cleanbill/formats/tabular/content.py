"""What kind of file lies at a path, told by its first bytes, and which encoding its text has."""

from __future__ import annotations

import codecs
import io
import re
import stat
from pathlib import Path

from cleanbill.formats.tabular.errors import UnreadableFile, only_unreadable
from cleanbill.formats.tabular.layout import FileFormat
from cleanbill.formats.tabular.limits import MAX_FILE_BYTES, MAX_LINE_BYTES

_SUFFIXES = {
    ".csv": FileFormat.CSV,
    ".txt": FileFormat.CSV,
    ".tsv": FileFormat.CSV,
    ".tab": FileFormat.CSV,
    ".xlsx": FileFormat.XLSX,
    ".xlsm": FileFormat.XLSX,
    ".parquet": FileFormat.PARQUET,
    ".pq": FileFormat.PARQUET,
    ".jsonl": FileFormat.JSON_LINES,
    ".ndjson": FileFormat.JSON_LINES,
    ".json": FileFormat.JSON_LINES,
}
_FOREIGN = {
    b"\xd0\xcf\x11\xe0": "an old Excel workbook (.xls) or one with a password",
    b"%PDF": "a PDF document",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"\x1f\x8b": "a gzip archive",
    b"7z\xbc\xaf": "a 7z archive",
    b"Rar!": "a RAR archive",
    b"SQLite": "a database",
}
_EXPECTED = "a CSV, XLSX, Parquet or JSON Lines file"
_BLOCK = 1 << 20


def checked_path(path: Path) -> None:
    """Raise UnreadableFile unless the path is an ordinary, non-empty file of bearable size."""
    where = str(path)
    try:
        state = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        raise UnreadableFile(
            "There is no such file", where, _EXPECTED, "check the name and the folder"
        ) from None
    if stat.S_ISDIR(state.st_mode):
        raise UnreadableFile("This is a folder", where, _EXPECTED, "name one file inside it")
    if not stat.S_ISREG(state.st_mode):
        raise UnreadableFile("This is no ordinary file", where, _EXPECTED, "copy it into a file")
    if state.st_size == 0:
        raise UnreadableFile("The file is empty", where, _EXPECTED, "export it again")
    if state.st_size > MAX_FILE_BYTES:
        raise UnreadableFile(
            f"The file has {state.st_size:,} bytes",
            where,
            f"at most {MAX_FILE_BYTES:,} bytes",
            "split it into smaller files",
        )


def format_of(path: Path) -> FileFormat:
    """Return the format that the content has; raise UnreadableFile when the name says another."""
    where = str(path)
    with only_unreadable(where):
        checked_path(path)
        with path.open("rb") as file:
            start = file.read(4096)
    for magic, name in _FOREIGN.items():
        if start.startswith(magic):
            raise UnreadableFile(
                f"The file is {name}", where, _EXPECTED, "export it as XLSX or CSV"
            )
    claimed = _SUFFIXES.get(path.suffix.lower())
    found = _found(start, claimed)
    if claimed is not None and claimed is not found:
        raise UnreadableFile(
            f"The file's name ends in {path.suffix} but its content is {found.value}",
            where,
            f"a name that fits the content, such as {path.stem}.{found.value}",
            "rename the file, or export it again in the wanted format",
        )
    return found


def _found(start: bytes, claimed: FileFormat | None) -> FileFormat:
    if start.startswith(b"PK\x03\x04"):
        return FileFormat.XLSX
    if start.startswith(b"PAR1"):
        return FileFormat.PARQUET
    text = start.removeprefix(codecs.BOM_UTF8).lstrip()
    # A CSV header may begin with a brace, so for unnamed files only a JSON-like start decides.
    if re.match(rb'\{\s*["}]', text) or claimed is FileFormat.JSON_LINES:
        return FileFormat.JSON_LINES
    return FileFormat.CSV


def open_text(path: Path, encoding: str) -> io.TextIOWrapper:
    """Open a text file behind its byte order mark, with line breaks left as they are."""
    file = io.TextIOWrapper(path.open("rb"), encoding=encoding, newline="")
    if file.read(1) != "\ufeff":
        file.seek(0)
    return file


def encoding_of(path: Path) -> tuple[str, tuple[str, ...]]:
    """Return the Python codec name of a text file's encoding, and remarks for the user.

    A byte order mark decides; else UTF-16 by its zero bytes, UTF-8 if all bytes fit, or CP1252.
    """
    with path.open("rb") as file:
        start = file.read(65_536)
    if start.startswith(codecs.BOM_UTF8):
        codec = "utf-8-sig"
    elif start.startswith(codecs.BOM_UTF16_LE) or _zero_share(start[1::2]) > 0.4:
        codec = "utf-16-le"
    elif start.startswith(codecs.BOM_UTF16_BE) or _zero_share(start[0::2]) > 0.4:
        codec = "utf-16-be"
    else:
        codec = "utf-8"
    if _decodes(path, codec):
        return codec, ()
    if codec != "utf-8" or _mostly_utf8(start) or not _decodes(path, "cp1252"):
        raise _undecodable(path, codec)
    return "cp1252", ("the text is no UTF-8 and was taken for CP1252 (Western European Windows)",)


def _zero_share(part: bytes) -> float:
    return part.count(0) / len(part) if len(part) > 1 else 0.0


def _decodes(path: Path, codec: str) -> bool:
    """Tell whether the whole file decodes; refuse zero bytes and endless lines on the way."""
    decoder = codecs.getincrementaldecoder(codec)()
    lines = unbroken = 0
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            try:
                text = decoder.decode(block)
            except UnicodeDecodeError:
                return False
            if (at := text.find("\0")) >= 0:
                raise _zero_byte(path, lines + text.count("\n", 0, at) + 1)
            breaks = text.count("\n") + text.count("\r")
            unbroken = 0 if breaks else unbroken + len(block)
            if unbroken > MAX_LINE_BYTES:
                raise _endless_line(path, lines + 1)
            lines += text.count("\n")
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _mostly_utf8(sample: bytes) -> bool:
    """Tell whether a text that is not valid UTF-8 was UTF-8 before a few bytes were damaged."""
    text = sample.decode("utf-8", errors="replace")
    wrong = text.count("\ufffd")
    right = sum(1 for sign in text if ord(sign) > 0x7F) - wrong
    return right > wrong > 0


def _undecodable(path: Path, codec: str) -> UnreadableFile:
    line = 1
    with path.open("rb") as file:
        decoder = codecs.getincrementaldecoder(codec)()
        while block := file.read(_BLOCK):
            try:
                line += decoder.decode(block).count("\n")
            except UnicodeDecodeError as error:
                line += error.object[: error.start].count(b"\n")
                break
    return UnreadableFile(
        "The text has bytes that fit neither UTF-8, UTF-16 nor CP1252",
        f"{path}, line {line}",
        "one encoding for the whole file",
        'export it again as "CSV UTF-8"',
    )


def _zero_byte(path: Path, line: int) -> UnreadableFile:
    return UnreadableFile(
        "The text contains a NUL byte: the file is damaged or no text",
        f"{path}, line {line}",
        "plain text",
        "export it again from its source",
    )


def _endless_line(path: Path, line: int) -> UnreadableFile:
    return UnreadableFile(
        f"A line is longer than {MAX_LINE_BYTES:,} bytes",
        f"{path}, line {line}",
        "one row per line",
        "export it again; check that rows end in line breaks",
    )
