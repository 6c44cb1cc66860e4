"""From text to typed columns, exactly: whatever does not fit its type becomes null, never bent."""

from __future__ import annotations

import re

import polars as pl

from cleanbill.engine.text import scaled_from_text
from cleanbill.formats.tabular.columns import PERIODS
from cleanbill.formats.tabular.fields import Field, Type
from cleanbill.formats.tabular.marks import ISO, OFFSET, SHAPES, TIME, without_time
from cleanbill.formats.tabular.settled import Notation
from cleanbill.nouns.currency import DECIMALS
from cleanbill.nouns.scales import (
    AMOUNT_MAX_MINOR,
    PRICE_DECIMALS,
    PRICE_MAX_E8,
    QUANTITY_DECIMALS,
    QUANTITY_MAX_E6,
    RATE_DECIMALS,
    RATE_MAX_E6,
)

SCALES = {
    Type.QUANTITY: (QUANTITY_DECIMALS, QUANTITY_MAX_E6),
    Type.PRICE: (PRICE_DECIMALS, PRICE_MAX_E8),
    Type.PERCENT: (RATE_DECIMALS, RATE_MAX_E6),
}
"""Decimals and bounds of the scaled types."""
YES = ("true", "yes", "y", "1")
NO = ("false", "no", "n", "0")
INSTANT = rf"{TIME}{OFFSET}$"
_TIMED = re.compile(r"%[HIMSpfTR]")


def plain_number(text: pl.Expr, notation: Notation, plain: bool) -> pl.Expr:
    """Return number text with a point and no grouping; null where marks stand in wrong places.

    ``plain`` says that the text is written so already (constants of a profile).
    """
    if plain:
        return text
    decimal, grouping = re.escape(notation.decimal), re.escape(notation.grouping)
    bare = text
    if notation.grouping:
        whole = rf"^[+-]?\d{{1,3}}({grouping}\d{{3}})+({decimal}\d*)?$"
        split = text.str.replace_all(notation.grouping, "", literal=True)
        bare = pl.when(text.str.contains(whole)).then(split).otherwise(text)
    if notation.decimal == ".":
        return bare
    pointed = bare.str.replace(notation.decimal, ".", literal=True)
    return pl.when(~bare.str.contains(".", literal=True)).then(pointed)


def typed(field: Field, notation: Notation) -> pl.Expr:
    """Return the field's typed values, null where the text is null or does not fit."""
    text = pl.col(field.name)
    match field.type:
        case Type.QUANTITY | Type.PRICE | Type.PERCENT:
            number = plain_number(text, notation, field.name in notation.plain)
            value = scaled_from_text(number, *SCALES[field.type])
        case Type.MONEY:
            value = _money(plain_number(text, notation, field.name in notation.plain))
        case Type.DATE:
            value = _date(text, notation.dates[field.name], notation.timezone)
        case Type.FLAG:
            lower = text.str.to_lowercase()
            value = pl.when(lower.is_in(YES)).then(True).when(lower.is_in(NO)).then(False)
        case Type.COUNT:
            value = pl.when(text.str.contains(r"^\d{1,5}$")).then(text).cast(pl.Int32)
        case Type.CHOICE:
            lower = text.str.to_lowercase()
            value = pl.when(lower.is_in(field.choices)).then(lower)
        case Type.CHOICES:
            value = _choices(text, field)
        case Type.COUNTRY:
            upper = text.str.to_uppercase()
            value = pl.when(upper.str.contains("^[A-Z]{2}$")).then(upper)
        case Type.CURRENCY:
            value = currency(text)
        case Type.TEXT:
            value = pl.when(text.str.len_chars() <= field.length_max).then(text)
    return value.alias(field.typed_name)


def defaulted(field: Field) -> pl.Expr:
    """Return the typed column with its default where the file says nothing."""
    value = pl.col(field.typed_name)
    if field.type is Type.FLAG and not field.open:
        return value.fill_null(False)
    return value.fill_null(field.default) if field.default else value


def currency(text: pl.Expr) -> pl.Expr:
    """Return the ISO 4217 code, null where there is no such currency."""
    upper = text.str.to_uppercase()
    return pl.when(upper.is_in(list(DECIMALS))).then(upper)


def currency_decimals() -> pl.Expr:
    """Return the decimals of each row's ``currency`` text, null where it is unknown."""
    code = currency(pl.col("currency"))
    return code.replace_strict(DECIMALS, default=None, return_dtype=pl.Int8)


def _money(number: pl.Expr) -> pl.Expr:
    decimals = currency_decimals()
    return pl.coalesce(
        pl.when(decimals == places).then(scaled_from_text(number, places, AMOUNT_MAX_MINOR))
        for places in (2, 0, 3, 4)
    )


def _choices(text: pl.Expr, field: Field) -> pl.Expr:
    lower = text.str.to_lowercase().str.replace_all(r"\s+", "")
    one = "(" + "|".join(field.choices) + ")"
    periods = lower.str.count_matches(rf"\b({'|'.join(PERIODS)})\b")
    return pl.when(lower.str.contains(f"^{one}(,{one})*$") & (periods <= 1)).then(lower)


def _date(text: pl.Expr, pattern: str, timezone: str) -> pl.Expr:
    """Return local days; an instant with an offset needs a time zone to have one."""
    if pattern == ISO:
        return _iso_date(text, timezone)
    if "%z" in pattern:
        instant = text.str.to_datetime(pattern, strict=False, time_zone="UTC")
        day = instant.dt.convert_time_zone(timezone).dt.date() if timezone else None
        return pl.lit(None, pl.Date) if day is None else day
    if _TIMED.search(pattern):
        day = text.str.to_datetime(pattern, strict=False).dt.date()
    elif pattern in SHAPES:
        shaped = pl.when(text.str.contains(SHAPES[pattern])).then(without_time(text))
        day = shaped.str.to_date(pattern, strict=False)
    else:
        day = without_time(text).str.to_date(pattern, strict=False)
    if pattern.startswith("%Y-"):
        return day
    # Real date cells of spreadsheets and Parquet arrive as ISO text whatever a profile names.
    return pl.coalesce(day, _iso_date(text, timezone))


def _iso_date(text: pl.Expr, timezone: str) -> pl.Expr:
    shaped = pl.when(text.str.contains(SHAPES[ISO])).then(text)
    local = pl.when(~shaped.str.contains(INSTANT)).then(shaped.str.slice(0, 10))
    day = local.str.to_date(ISO, strict=False)
    if not timezone:
        return day
    moment = shaped.str.replace(" ", "T", literal=True).str.replace("Z$", "+00:00")
    # The offset decides the day, so seconds may be missing but nothing else.
    full = moment.str.replace(r"T(\d{2}:\d{2})([+-])", "T${1}:00${2}")
    instant = full.str.to_datetime("%Y-%m-%dT%H:%M:%S%.f%z", strict=False, time_zone="UTC")
    return pl.coalesce(day, instant.dt.convert_time_zone(timezone).dt.date())
