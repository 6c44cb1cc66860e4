"""Shows a bill in a terminal: the canonical bill document comes in, plain aligned text goes out.

The same texts as on the printed page, in a fixed number of columns. Letters that take two columns
or none are counted as such, and no character of the data can steer the terminal.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from cleanbill.formats.pdf.facts import Fact
from cleanbill.formats.pdf.layout import Sheet, layout
from cleanbill.formats.pdf.lines import LineRow

_NARROWEST = 48
_LEAST_DESCRIPTION = 22
_GAP = "  "
_Placed = Callable[[str, int], str]
_Cell = tuple[str, int, _Placed]
"""A text, the columns it may take, and how it stands in them."""


def bill_text(document: Mapping[str, Any], width: int = 96) -> str:
    """Return the bill as text of at most ``width`` columns (48 at least), ending in a new line."""
    sheet = layout(document)
    columns = max(width, _NARROWEST)
    blocks = (
        _head(sheet, columns),
        _parties(sheet, columns),
        _band(sheet, columns),
        _lines(sheet, columns),
        _taxes(sheet, columns),
        _totals(sheet, columns),
        _payment(sheet, columns),
        _notes(sheet, columns),
        _foot(sheet, columns),
    )
    text = "\n\n".join("\n".join(map(str.rstrip, block)) for block in blocks if block)
    return text.replace("\u00a0", " ").replace("\u202f", " ") + "\n"


def display_width(text: str) -> int:
    """Return how many columns a text takes in a terminal.

    >>> display_width("Lüftung"), display_width("請求書")
    (7, 6)
    """
    return len(text) if text.isascii() else sum(map(_columns_of, text))


def wrapped(text: str, width: int) -> list[str]:
    """Return a text as rows of at most ``width`` columns; a longer word is cut.

    Spaces that do not break keep their words together.
    """
    rows: list[str] = []
    for part in text.split("\n"):
        row = ""
        for word in filter(None, part.split(" ")):
            if row and display_width(row) + 1 + display_width(word) <= width:
                row = f"{row} {word}"
                continue
            *full, last = _cut(word, width)
            rows += [row, *full] if row else full
            row = last
        rows.append(row)
    return rows


def _columns_of(letter: str) -> int:
    if unicodedata.category(letter) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(letter) in "WF" else 1


def _cut(word: str, width: int) -> list[str]:
    pieces, piece = [], ""
    for letter in word:
        if piece and display_width(piece + letter) > width:
            pieces.append(piece)
            piece = ""
        piece += letter
    return [*pieces, piece]


def _left(text: str, width: int) -> str:
    return text + " " * (width - display_width(text))


def _right(text: str, width: int) -> str:
    return " " * (width - display_width(text)) + text


def _widest(texts: Iterable[str]) -> int:
    return max((display_width(row) for text in texts for row in text.split("\n")), default=0)


def _row(cells: Sequence[_Cell]) -> list[str]:
    """Set cells side by side; a text too long for its cell goes on below itself."""
    columns = [(wrapped(text, width), width, place) for text, width, place in cells]
    height = max(len(rows) for rows, _, _ in columns)
    return [
        _GAP.join(
            place(rows[number] if number < len(rows) else "", width)
            for rows, width, place in columns
        )
        for number in range(height)
    ]


def _named(facts: Iterable[tuple[str, Sequence[str]]], width: int) -> list[str]:
    """Set names and their values in two columns."""
    pairs = list(facts)
    names = min(_widest(name for name, _ in pairs), width // 2)
    room = width - names - len(_GAP)
    return [
        row
        for name, values in pairs
        for row in _row([(name, names, _left), ("\n".join(values), room, _left)])
    ]


def _head(sheet: Sheet, width: int) -> list[str]:
    head = sheet.letterhead
    return [
        *wrapped(head.name, width),
        *(wrapped(head.tagline, width) if head.tagline else ()),
        "═" * width,
        *wrapped(f"{sheet.title.upper()} {sheet.number}", width),
    ]


def _parties(sheet: Sheet, width: int) -> list[str]:
    facts = [(fact.name, fact.values) for fact in sheet.facts]
    half = (width - len(_GAP)) // 2
    if not sheet.address or half < 36:
        return [
            *(row for text in sheet.address for row in wrapped(text, width)),
            *_named(facts, width),
        ]
    right = "\n".join(row.rstrip().replace(" ", "\u00a0") for row in _named(facts, half))
    return _row([("\n".join(sheet.address), half, _left), (right, half, _left)])


def _band(sheet: Sheet, width: int) -> list[str]:
    facts = [Fact(sheet.headline, [sheet.headline_value]), *sheet.band]
    if sheet.reason:
        facts.append(Fact(sheet.words["reason"], [sheet.reason]))
    return _named([(fact.name, fact.values) for fact in facts], width)


def _price(line: LineRow) -> str:
    return "\n".join(filter(None, (line.price + "\u00a0" * len(line.price_pad), line.price_per)))


def _figures(sheet: Sheet) -> list[tuple[str, list[str], _Placed]]:
    """Return the columns beside the description that hold anything: heading and texts."""
    lines, words = sheet.lines, sheet.words
    columns: list[tuple[str, list[str], _Placed]] = [
        (
            words["quantity"],
            [line.quantity + "\u00a0" * len(line.quantity_pad) for line in lines],
            _right,
        ),
        ("", [line.unit for line in lines], _left),
        (words["unit_price"], [_price(line) for line in lines], _right),
        (words["discount"], [line.discount for line in lines], _right),
        (words["tax_column"], [line.tax for line in lines], _left),
        (f"{words['line_amount']} {sheet.currency}", [line.net for line in lines], _right),
    ]
    return [column for column in columns if any(column[1])]


def _lines(sheet: Sheet, width: int) -> list[str]:
    if not sheet.lines:
        return []
    words, columns = sheet.words, _figures(sheet)
    widths = [max(_widest(texts), display_width(name)) for name, texts, _ in columns]
    positions = _widest([words["position"], *(line.position for line in sheet.lines)])
    room = width - positions - len(_GAP) - sum(len(_GAP) + each for each in widths)
    narrow = room < _LEAST_DESCRIPTION
    room = width - positions - len(_GAP) if narrow else room
    figures = [
        [
            (text, each, place)
            for text, each, (_, _, place) in zip(texts, widths, columns, strict=True)
        ]
        for texts in zip(*(texts for _, texts, _ in columns), strict=True)
    ]
    heading: list[_Cell] = [
        (words["position"], positions, _left),
        (words["description"], room, _left),
    ]
    named = [(name, each, place) for each, (name, _, place) in zip(widths, columns, strict=True)]
    rows = [*_line(heading, named, narrow, width), "─" * width]
    for line, cells in zip(sheet.lines, figures, strict=True):
        text = "\n".join(filter(None, (line.description, line.detail)))
        rows += _line(
            [(line.position, positions, _left), (text, room, _left)], cells, narrow, width
        )
    return [*rows, "─" * width]


def _line(texts: list[_Cell], figures: list[_Cell], narrow: bool, width: int) -> list[str]:
    if not narrow:
        return _row([*texts, *figures])
    # Too little room beside the figures: they go below, joined, as far right as they reach.
    joined = _GAP.join(filter(None, (text.replace("\n", " ").strip() for text, _, _ in figures)))
    return [*_row(texts), *(_right(row, width) for row in wrapped(joined, width))]


def _taxes(sheet: Sheet, width: int) -> list[str]:
    if not sheet.taxes:
        return []
    words = sheet.words
    names = [
        words["code"],
        words["rate"],
        f"{words['net']} {sheet.currency}",
        f"{words['tax_column']} {sheet.currency}",
    ]
    table = [names, *([tax.code, tax.rate, tax.base, tax.tax] for tax in sheet.taxes)]
    widths = [_widest(column) for column in zip(*table, strict=True)]
    fits = sum(widths) + 3 * len(_GAP) <= width
    places = (_left, _left, _right, _right)
    notes = ["", *(tax.note for tax in sheet.taxes)]
    indent = " " * (widths[0] + len(_GAP))
    rows = [words["tax_summary"]]
    for texts, note in zip(table, notes, strict=True):
        cells = list(zip(texts, widths, places, strict=True))
        rows += _row(cells) if fits else wrapped(" ".join(texts), width)
        if note:
            rows += [indent + row for row in wrapped(note, width - len(indent))]
    return [*rows, *wrapped(sheet.tax_note, width)] if sheet.tax_note else rows


def _totals(sheet: Sheet, width: int) -> list[str]:
    rows = [(row.name, row.tax, row.value) for row in sheet.totals]
    last = (sheet.headline, "", sheet.headline_value)
    codes = _widest(tax for _, tax, _ in rows)
    values = _widest(value for _, _, value in (*rows, last))
    names = min(max(_widest(name for name, _, _ in (*rows, last)), 24), width - codes - values - 4)
    block = names + codes + values + 2 * len(_GAP)
    table = [
        _row([(name, names, _left), (tax, codes, _left), (value, values, _right)])
        for name, tax, value in (*rows, last)
    ]
    above = [row for part in table[:-1] for row in part]
    indent = " " * (width - block)
    return [indent + row for row in (*above, "─" * block, *table[-1], "═" * block)]


def _payment(sheet: Sheet, width: int) -> list[str]:
    if sheet.payment is None:
        return []
    box = sheet.payment
    said = wrapped(box.instruction, width) if box.instruction else []
    return [box.title, *said, *_named([(name, [value]) for name, value in box.rows], width)]


def _notes(sheet: Sheet, width: int) -> list[str]:
    rows = [row for note in sheet.notes for row in wrapped(note, width)]
    return [sheet.words["notes"], *rows] if rows else []


def _foot(sheet: Sheet, width: int) -> list[str]:
    columns = (" · ".join(column) for column in sheet.letterhead.legal)
    return ["─" * width, *(row for column in columns for row in wrapped(column, width))]
