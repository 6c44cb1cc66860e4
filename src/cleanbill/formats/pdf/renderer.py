"""Setting a bill in type: one compiler a process, the same bytes for the same document."""

from __future__ import annotations

import calendar
import datetime
import json
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import asdict
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import typst

from cleanbill.formats.pdf.layout import layout

_TEMPLATE = Path(__file__).with_name("bill.typ")
_STANDARDS: list[typst.PDFStandard] = ["a-3a", "ua-1"]
_LONG_WORD = re.compile(r"[^\s\u00a0]{28,}")
_UNSEEN = re.compile(r'the text `"(.+?)"` could not be displayed')
_ESCAPED = re.compile(r"\\u\{([0-9a-f]+)\}")
_ATTEMPTS = 8
_DOTS_PER_INCH = 144


class Renderer:
    """Turns bill documents into PDF files; costly to make, cheap to use, safe between threads."""

    def __init__(self) -> None:
        """Read the template and the fonts; nothing of the machine's own fonts is used."""
        fonts = typst.Fonts(include_system_fonts=False, font_paths=_font_folders())
        self._compiler = typst.Compiler(_TEMPLATE, root=_TEMPLATE.parent, font_paths=fonts)
        self._lock = threading.Lock()

    def render(self, document: Mapping[str, Any], xml: bytes | None = None) -> bytes:
        """Return the bill as an archivable (PDF/A-3a), accessible (PDF/UA-1) file.

        ``xml`` is embedded as ``factur-x.xml``. The file's time stamp is the day of issue, so the
        same document gives the same bytes. A letter that no installed font has is shown as ``�``.
        """
        return self._readable(document, {} if xml is None else {"xml": xml.decode()}, self._file)

    def picture(self, document: Mapping[str, Any]) -> bytes:
        """Return the first page of the bill as a picture (PNG), set as the file is."""
        return self._readable(document, {}, self._page)

    def _readable(
        self,
        document: Mapping[str, Any],
        more: Mapping[str, str],
        compiled: Callable[[dict[str, str], int], bytes],
    ) -> bytes:
        text = json.dumps(_breakable(asdict(layout(document))), ensure_ascii=False)
        inputs = {"sheet": text, **more}
        issued = datetime.date.fromisoformat(document["issue_date"])
        for _ in range(_ATTEMPTS):
            try:
                return compiled(inputs, calendar.timegm(issued.timetuple()))
            except typst.TypstError as error:
                letters = _unseen(str(error.diagnostic))
                if not letters:
                    raise
                table = {ord(letter): "\ufffd" for letter in letters}
                inputs["sheet"] = inputs["sheet"].translate(table)
        raise ValueError(f"bill {document['number']!r} holds too many letters that no font has")

    def _file(self, inputs: dict[str, str], timestamp: int) -> bytes:
        with self._lock:  # one compiler compiles one bill at a time
            made = self._compiler.compile(
                sys_inputs=inputs, format="pdf", pdf_standards=_STANDARDS, timestamp=timestamp
            )
        if not isinstance(made, bytes):
            raise TypeError("the compiler returned pages instead of one file")
        return made

    def _page(self, inputs: dict[str, str], timestamp: int) -> bytes:
        with self._lock:
            made = self._compiler.compile(
                sys_inputs=inputs, format="png", ppi=_DOTS_PER_INCH, timestamp=timestamp
            )
        page = made[0] if isinstance(made, list) else made
        if not isinstance(page, bytes):
            raise TypeError("the compiler returned no page")
        return page


def write(document: Mapping[str, Any]) -> bytes:
    """Return a bill document as a PDF file, with the renderer this process keeps."""
    return _shared().render(document)


def picture(document: Mapping[str, Any]) -> bytes:
    """Return the first page of a bill document as a PNG, with the renderer this process keeps."""
    return _shared().picture(document)


@cache
def _shared() -> Renderer:
    return Renderer()


def _font_folders() -> list[Path]:
    # Inter, and any further font family of the same packaging that is installed: a seller who
    # writes Thai installs a Thai family and its letters are found there.
    families = sorted(entry_points(group="fontpkg.family"), key=lambda entry: entry.name)
    return [Path(entry.load().ROOT) / "files" for entry in families]


def _unseen(diagnostic: str) -> set[str]:
    found = "".join(_UNSEEN.findall(diagnostic))
    return set(_ESCAPED.sub(lambda code: chr(int(code[1], 16)), found)) - {"\ufffd"}


def _breakable(value: Any) -> Any:
    """Give words without a place to break one every few letters, so that none leaves its column."""
    if isinstance(value, str):
        return value if len(value) < 28 else _LONG_WORD.sub(_with_breaks, value)
    if isinstance(value, dict):
        return {key: _breakable(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_breakable(part) for part in value]
    return value


def _with_breaks(word: re.Match[str]) -> str:
    return re.sub(r"([/@._\-:;,|+=])(?=\w)|(\w{12})(?=\w{3})", r"\1\2" + "\u200b", word[0])
