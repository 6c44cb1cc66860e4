"""Telling decimal marks and date formats from the values themselves, and saying when that fails."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import polars as pl

from cleanbill.formats.tabular.layout import AMBIGUOUS

ISO = "%Y-%m-%d"
COMPACT = "%Y%m%d"
DOTTED = "%d.%m.%Y"
DAY_FIRST = "%d/%m/%Y"
MONTH_FIRST = "%m/%d/%Y"

TIME = r"[T ] *\d{1,2}:\d{2}(:\d{2}([.,]\d+)?)?( ?[AaPp][Mm])?"
OFFSET = r"(Z|[+-]\d{2}:?\d{2})"
SHAPES = {
    ISO: rf"^\d{{4}}-\d{{2}}-\d{{2}}({TIME}{OFFSET}?)?$",
    DOTTED: rf"^\d{{1,2}}\.\d{{1,2}}\.\d{{4}}({TIME})?$",
    DAY_FIRST: rf"^\d{{1,2}}/\d{{1,2}}/\d{{4}}({TIME})?$",
    MONTH_FIRST: rf"^\d{{1,2}}/\d{{1,2}}/\d{{4}}({TIME})?$",
    COMPACT: rf"^(19|20|21)\d{{6}}({TIME})?$",
}
"""What a value of each detectable date format looks like, time of day included."""


def _clear(mark: str, group: str) -> str:
    """Return the pattern of numbers that can only be meant with this decimal mark."""
    d, g = ("\\" + mark, "\\" + group)
    grouped = rf"\d{{1,3}}({g}\d{{3}})+{d}\d+|\d{{1,3}}({g}\d{{3}}){{2,}}"
    single = rf"\d+{d}\d{{0,2}}|\d+{d}\d{{4,}}|\d{{4,}}{d}\d+|0\d*{d}\d+|{d}\d+"
    return rf"^[+-]?({grouped}|{single})$"


@dataclass(frozen=True, slots=True)
class Marks:
    """The decimal mark of some columns; ``decimal`` is empty where no value has a mark."""

    decimal: str
    examples: tuple[str, ...] = ()


def _having(values: pl.Series, pattern: str) -> pl.Series:
    return values.filter(values.str.contains(pattern))


def _distinct(columns: Iterable[pl.Series]) -> pl.Series:
    texts = [column.unique().drop_nulls().str.strip_chars().alias("") for column in columns]
    return pl.concat(texts).unique().sort() if texts else pl.Series([], dtype=pl.String)


def evidence(columns: Iterable[pl.Series]) -> tuple[pl.Series, pl.Series]:
    """Return the distinct values that can only have a decimal point, and only a comma."""
    values = _distinct(columns)
    return _having(values, _clear(".", ",")), _having(values, _clear(",", "."))


def number_marks(columns: Iterable[pl.Series]) -> Marks:
    """Return the decimal mark that all values of the text columns together give away.

    ``1,234`` alone is ambiguous. ``1.234`` alone is not: a point is the documented default.
    Contradicting values (``1,5`` and ``2.5``) are ambiguous as well.
    """
    values = _distinct(columns)
    point, comma = evidence([values])
    open_comma = _having(values, r"^[+-]?[1-9]\d{0,2},\d{3}$")
    if not point.is_empty() and not comma.is_empty():
        return Marks(AMBIGUOUS, (point[0], comma[0]))
    if not comma.is_empty():
        return Marks(",", tuple(comma.head(3)))
    if not point.is_empty():
        return Marks(".", tuple(point.head(3)))
    if not open_comma.is_empty():
        return Marks(AMBIGUOUS, tuple(open_comma.head(3)))
    open_point = _having(values, r"^[+-]?[1-9]\d{0,2}\.\d{3}$")
    return Marks("" if open_point.is_empty() else ".", tuple(open_point.head(3)))


def without_time(text: pl.Expr) -> pl.Expr:
    """Return date text without a time of day and offset behind it."""
    return text.str.replace(rf"({TIME}){OFFSET}?$", "")


def _slashed(values: pl.Series) -> tuple[str, ...]:
    """Tell day first from month first; both when nothing, or a contradiction, decides."""
    read = (
        pl.DataFrame({"value": values})
        .select(without_time(pl.col("value")).alias("value"))
        .select(
            pl.col("value").str.to_date(DAY_FIRST, strict=False).is_not_null().alias("day"),
            pl.col("value").str.to_date(MONTH_FIRST, strict=False).is_not_null().alias("month"),
        )
    )
    only_day = bool((read["day"] & ~read["month"]).any())
    only_month = bool((read["month"] & ~read["day"]).any())
    if only_day and not only_month:
        return (DAY_FIRST,)
    if only_month and not only_day:
        return (MONTH_FIRST,)
    return (DAY_FIRST, MONTH_FIRST)


def date_formats(column: pl.Series) -> tuple[tuple[str, ...], pl.Series]:
    """Return the date formats that fit a text column, and its values of that shape.

    The most common shape wins; values of another shape are left to be rejected row by row. Two
    formats mean that days and months cannot be told apart; none, that the column holds no dates.
    """
    values = column.unique().drop_nulls().str.strip_chars().sort()
    shaped = {name: _having(values, SHAPES[name]) for name in (ISO, DOTTED, DAY_FIRST, COMPACT)}
    best = max(shaped, key=lambda name: len(shaped[name]))
    fitting = shaped[best]
    if fitting.is_empty():
        return (), fitting
    return (_slashed(fitting) if best == DAY_FIRST else (best,)), fitting
