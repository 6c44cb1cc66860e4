"""Numbers as text: from decimal text to scaled integers and back, over whole columns.

Reading never rounds: a number with more decimals than its scale is refused, not shortened.
Writing always shows a currency's decimals; quantities, prices and rates drop superfluous zeros.
"""

from __future__ import annotations

from collections.abc import Collection

import polars as pl

NUMBER = r"^[+-]?(\d+(\.\d*)?|\.\d+)$"


def scaled_from_text(text: pl.Expr, decimals: int, limit: int) -> pl.Expr:
    """Return scaled integers of plain decimal text (point as mark, no grouping), else null.

    Null in, null out; so is anything that is no number, has too many decimals or passes ``limit``.
    """
    trimmed = text.str.strip_chars()
    valid = trimmed.str.contains(NUMBER)
    sign = pl.when(trimmed.str.starts_with("-")).then(-1).otherwise(1)
    bare = trimmed.str.strip_chars_start("+-")
    whole = bare.str.extract(r"^(\d*)", 1).str.strip_chars_start("0")
    fraction = bare.str.extract(r"\.(\d*)$", 1).fill_null("").str.strip_chars_end("0")
    fits = (fraction.str.len_bytes() <= decimals) & (whole.str.len_bytes() + decimals <= 19)
    digits = pl.concat_str(pl.lit("0"), whole, fraction.str.pad_end(decimals, "0"))
    number = pl.when(valid & fits).then(digits).otherwise(None).cast(pl.UInt64, strict=False)
    bounded = pl.when(number <= limit).then(number).otherwise(None).cast(pl.Int64)
    return sign * bounded


def fixed_text(value: pl.Expr, decimals: int) -> pl.Expr:
    """Return decimal text with exactly ``decimals`` decimals: 1234 with 2 is ``12.34``."""
    if decimals == 0:
        return value.cast(pl.String)
    unit = 10**decimals
    size = value.cast(pl.Int64).abs().reinterpret(signed=False)
    sign = pl.when(value < 0).then(pl.lit("-")).otherwise(pl.lit(""))
    fraction = (size % unit).cast(pl.String).str.zfill(decimals)
    return pl.concat_str(sign, (size // unit).cast(pl.String), pl.lit("."), fraction)


def trimmed_text(value: pl.Expr, decimals: int) -> pl.Expr:
    """Return decimal text without superfluous zeros: 6000000 with 6 is ``6``."""
    text = fixed_text(value, decimals)
    return text if decimals == 0 else text.str.strip_chars_end("0").str.strip_chars_end(".")


def money_text(minor: pl.Expr, decimals: pl.Expr, among: Collection[int] = (0, 2, 3, 4)) -> pl.Expr:
    """Return amounts as text with the decimals of each row's currency.

    ``among`` are the decimals that occur: each costs the work of a column, so say what is known.
    """
    first, *others = sorted(among, reverse=True) or [2]
    text = fixed_text(minor, first)
    for places in others:
        text = pl.when(decimals == places).then(fixed_text(minor, places)).otherwise(text)
    return text
