"""What was found out about a file before it is read: shown to the user, who may correct it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class FileFormat(StrEnum):
    """The four ways in which a file holds rows."""

    CSV = "csv"
    XLSX = "xlsx"
    PARQUET = "parquet"
    JSON_LINES = "jsonl"


AMBIGUOUS = "ambiguous"
"""The decimal mark of a column whose values can be read in two ways, such as ``1,234``."""


@dataclass(frozen=True, slots=True)
class ColumnLook:
    """How the values of one column look.

    ``decimal`` is ``.``, ``,``, ``ambiguous``, or empty for a column that holds no numbers with a
    mark. ``dates`` are the date formats that fit: none, one, or two when days and months cannot be
    told apart.
    """

    name: str
    decimal: str = ""
    dates: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()

    @property
    def doubt(self) -> str:
        """What a profile must decide about this column, or nothing."""
        seen = ", ".join(self.examples)
        if len(self.dates) > 1:
            either = " or ".join(self.dates)
            return f"column {self.name!r}: dates such as {seen} can be {either}"
        if self.decimal == AMBIGUOUS:
            return f"column {self.name!r}: in {seen} the mark can be decimal or group thousands"
        return ""


@dataclass(frozen=True, slots=True)
class Layout:
    """How a file is to be read; use ``dataclasses.replace`` to correct what was detected.

    ``encoding`` is a Python codec name, ``delimiter`` and ``quote`` one character each (CSV; an
    empty ``quote`` switches quoting off), ``header_row`` the line or sheet row of the names.
    """

    format: FileFormat
    columns: tuple[ColumnLook, ...] = ()
    encoding: str = ""
    delimiter: str = ""
    quote: str = '"'
    header_row: int = 1
    sheet: str = ""
    rows_seen: int = 0
    notes: tuple[str, ...] = ()

    @property
    def ambiguous(self) -> tuple[str, ...]:
        """Everything a profile must decide before numbers and dates can be read."""
        return tuple(column.doubt for column in self.columns if column.doubt)
