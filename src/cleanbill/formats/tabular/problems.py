"""What is wrong with a row and what to do about it, in words, for the rows that are rejected."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from cleanbill.engine.text import NUMBER
from cleanbill.formats.tabular.fields import Field, Type
from cleanbill.formats.tabular.frames import DAMAGE, PROBLEM, WHAT_TO_DO
from cleanbill.formats.tabular.settled import Notation
from cleanbill.formats.tabular.typed import INSTANT, SCALES, currency_decimals, plain_number

MISSING = "missing"
DAMAGED = "damaged_row"
_SHOWN = 40
"""Characters of a value that are repeated in a sentence."""

Cause = tuple[str, pl.Expr, str]
"""A code, where it applies, and what to do."""


def wrong(field: Field) -> pl.Expr:
    """Return where the field is empty but must not be, or filled with what its type is not.

    Reads the text column and the typed one, which must be named apart (see ``apart``).
    """
    text, value = pl.col(field.name), pl.col(apart(field))
    unfit = text.is_not_null() & value.is_null()
    if field.type is Type.MONEY:
        # Without a known currency the amount is not to blame; the currency is named instead.
        unfit &= currency_decimals().is_not_null()
    return unfit | text.is_null() if field.filled else unfit


def apart(field: Field) -> str:
    """Return the name of the typed column while it stands beside its text."""
    return f"typed {field.name}"


def explained(
    rows: pl.DataFrame,
    fields: tuple[Field, ...],
    used: Mapping[str, tuple[str, ...]],
    notation: Notation,
) -> pl.DataFrame:
    """Return ``problem`` (codes, ``column:code; …``) and ``what_to_do`` (sentences) per row.

    ``rows`` holds text columns, typed columns named ``apart`` and ``damage``.
    """
    damaged = pl.col(DAMAGE).is_not_null()
    codes: list[pl.Expr] = [pl.when(damaged).then(pl.lit(DAMAGED))]
    advice: list[pl.Expr] = [pl.when(damaged).then(pl.col(DAMAGE) + ".")]
    sound = pl.col(DAMAGE).is_null()
    for field in fields:
        label = " + ".join(used.get(field.name, (field.name,)))
        empty = sound & pl.col(field.name).is_null() & wrong(field)
        filled = sound & pl.col(field.name).is_not_null() & wrong(field)
        code = [pl.when(empty).then(pl.lit(f"{field.name}:{MISSING}"))]
        sentence = [pl.when(empty).then(pl.lit(f"{label} is empty: fill it in."))]
        shown = pl.col(field.name).str.slice(0, _SHOWN).str.replace_all(r"\s+", " ")
        for name, where, remedy in _causes(field, notation):
            said = pl.concat_str(pl.lit(f'{label} "'), shown, pl.lit(f'": {remedy}.'))
            code.append(pl.when(filled & where).then(pl.lit(f"{field.name}:{name}")))
            sentence.append(pl.when(filled & where).then(said))
        # The first cause that applies is the one that is named.
        codes.append(pl.coalesce(code))
        advice.append(pl.coalesce(sentence))
    return rows.select(
        pl.concat_str(codes, separator="; ", ignore_nulls=True).alias(PROBLEM),
        pl.concat_str(advice, separator=" ", ignore_nulls=True).alias(WHAT_TO_DO),
    )


def _causes(field: Field, notation: Notation) -> list[Cause]:
    always = pl.lit(True)
    choices = ", ".join(field.choices)
    match field.type:
        case Type.QUANTITY | Type.PRICE | Type.PERCENT:
            return _number_causes(field, notation, pl.lit(SCALES[field.type][0]))
        case Type.MONEY:
            return _number_causes(field, notation, currency_decimals())
        case Type.DATE:
            zoned = pl.col(field.name).str.contains(INSTANT)
            known = notation.dates[field.name]
            return [
                ("needs_time_zone", zoned, "name the time zone in the profile, [formats] timezone")
                if not notation.timezone
                else ("not_a_date", zoned, "give a date and time that exist"),
                ("not_a_date", always, f"give an existing date in the format {known}"),
            ]
        case Type.FLAG:
            return [("not_yes_or_no", always, "write true or false")]
        case Type.COUNT:
            return [("not_a_whole_number", always, "write a whole number from 0 to 99999")]
        case Type.CHOICE:
            return [("unknown_value", always, f"use one of {choices}, or map it in the profile")]
        case Type.CHOICES:
            remedy = f"use a comma list of {choices}, with at most one period of time"
            return [("unknown_value", always, remedy)]
        case Type.COUNTRY:
            remedy = "use the ISO 3166 code of two letters, or map the name in the profile"
            return [("unknown_country", always, remedy)]
        case Type.CURRENCY:
            return [("unknown_currency", always, "use an ISO 4217 code such as EUR")]
        case Type.TEXT:
            return [("too_long", always, f"shorten it to at most {field.length_max} characters")]


def _number_causes(field: Field, notation: Notation, decimals: pl.Expr) -> list[Cause]:
    plain = field.name in notation.plain
    number = plain_number(pl.col(field.name), notation, plain)
    mark = "." if plain else notation.decimal
    odd = number.is_null() | ~number.str.contains(NUMBER)
    fraction = number.str.extract(r"\.(\d*)$", 1).str.strip_chars_end("0").str.len_bytes()
    remedy = f"write a plain number such as 1234{mark}5, without signs of currency or exponents"
    return [
        ("not_a_number", odd, remedy),
        ("too_many_decimals", fraction > decimals, "round it in the source to the decimals kept"),
        ("too_large", pl.lit(True), "check the number; it is beyond what can be billed"),
    ]
