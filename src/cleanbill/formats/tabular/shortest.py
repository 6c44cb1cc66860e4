"""Numbers and moments of other programs as text: shortest decimals in plain notation, ISO dates."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

import polars as pl

_WIDEST_EXPONENT = 400
"""Exponents beyond any binary double are left as written: spelling them out could fill memory."""


def plain_decimal(text: str) -> str:
    """Return decimal text in plain notation without superfluous zeros: ``1e-07`` is ``0.0000001``.

    What is no finite number, or has an absurd exponent, comes back unchanged.

    >>> plain_decimal("12345.0")
    '12345'
    """
    try:
        number = Decimal(text)
    except InvalidOperation:
        return text
    if not number.is_finite() or abs(number.adjusted()) > _WIDEST_EXPONENT:
        return text
    plain = format(number, "f")
    if "." in plain:
        plain = plain.rstrip("0").rstrip(".")
    return "0" if plain == "-0" else plain


def float_text(column: pl.Series) -> pl.Series:
    """Return a float column as its shortest decimal text, in plain notation."""
    text = column.cast(pl.String).str.strip_suffix(".0")
    text = text.replace("-0", "0")
    spelled = text.filter(text.str.contains("e", literal=True)).unique()
    if spelled.is_empty():
        return text
    return text.replace(spelled, pl.Series([plain_decimal(value) for value in spelled]))


def moment_text(column: pl.Series) -> pl.Series:
    """Return a date or datetime column as ISO text; an aware one keeps its offset."""
    if column.dtype == pl.Date:
        return column.dt.to_string("%Y-%m-%d")
    zone = "%:z" if getattr(column.dtype, "time_zone", None) else ""
    text = column.dt.to_string(f"%Y-%m-%dT%H:%M:%S%.6f{zone}")
    return text.str.replace(".000000", "", literal=True)
