"""Settling how numbers and dates are written, by profile or by evidence, before any is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from cleanbill.formats.tabular.errors import UnreadableFile
from cleanbill.formats.tabular.fields import NUMERIC, Field, Type
from cleanbill.formats.tabular.layout import AMBIGUOUS
from cleanbill.formats.tabular.marks import ISO, date_formats, evidence, number_marks
from cleanbill.formats.tabular.profile import Profile


@dataclass(frozen=True, slots=True)
class Notation:
    """How one file writes numbers and dates; shown to the user beside the result.

    ``dates`` is target to format. Constants of the profile are always plain: point, ISO.
    """

    decimal: str
    grouping: str
    dates: Mapping[str, str]
    timezone: str
    plain: frozenset[str]


def settled(text: pl.DataFrame, profile: Profile, fields: tuple[Field, ...]) -> Notation:
    """Return the file's notation; raise UnreadableFile where only a person can decide."""
    plain = frozenset(profile.constants)
    numbers = [text[f.name] for f in fields if f.type in NUMERIC and f.name not in plain]
    decimal, grouping = _number_notation(numbers, profile)
    dates: dict[str, str] = {}
    for field in fields:
        if field.type is Type.DATE:
            named = profile.formats.dates.get(field.name) or profile.formats.date
            if field.name in plain:
                named = ISO
            dates[field.name] = named or _date_notation(text[field.name])
    return Notation(decimal, grouping, dates, profile.formats.timezone, plain)


def _number_notation(numbers: list[pl.Series], profile: Profile) -> tuple[str, str]:
    named = profile.formats.decimal
    if not named:
        marks = number_marks(numbers)
        if marks.decimal == AMBIGUOUS:
            raise UnreadableFile(
                "The decimal mark cannot be told from the values " + ", ".join(marks.examples),
                "columns " + ", ".join(number.name for number in numbers),
                "values that use one mark only, or a profile that names it",
                'say in the profile: [formats] decimal = "," with grouping = ".", or the reverse',
            )
        found = marks.decimal or "."
        return found, profile.formats.grouping or ("," if found == "." else ".")
    point, comma = evidence(numbers)
    own, other = (point, comma) if named == "." else (comma, point)
    if len(other) > len(own):
        # Numbers of spreadsheets and Parquet arrive with a point, whatever a profile for CSV says:
        # with grouping "." some of them would be read a thousand times too large.
        raise UnreadableFile(
            f"The profile says the decimal mark is {named!r}, but most values use another",
            "values such as " + ", ".join(other.head(3)),
            f"values such as 0{named}5",
            "mend [formats] decimal in the profile, or leave it out",
        )
    return named, profile.formats.grouping


def _date_notation(column: pl.Series) -> str:
    formats, values = date_formats(column)
    if len(formats) > 1:
        raise UnreadableFile(
            f"Days and months cannot be told apart in {column.name!r}",
            "values such as " + ", ".join(values.head(3)),
            "at least one day above 12 and no contradiction, or a profile that names the format",
            f'say in the profile: [formats] date = "{formats[0]}" or date = "{formats[1]}"',
        )
    return formats[0] if formats else ISO
