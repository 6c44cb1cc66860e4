"""From a text table to typed rows: what can be accepted, what is rejected and why, what remains."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

from cleanbill.formats.tabular.columns import KINDS
from cleanbill.formats.tabular.errors import WrongProfile
from cleanbill.formats.tabular.fields import Field, Type, dtype_of
from cleanbill.formats.tabular.frames import DAMAGE, PROBLEM, RETURNED, ROW, WHAT_TO_DO
from cleanbill.formats.tabular.identity import attributes, content_hash, occurrence
from cleanbill.formats.tabular.problems import apart, explained, wrong
from cleanbill.formats.tabular.profile import Profile
from cleanbill.formats.tabular.rejects import restored
from cleanbill.formats.tabular.settled import Notation, settled
from cleanbill.formats.tabular.targets import Mapped, targets
from cleanbill.formats.tabular.totals import balanced, control_totals
from cleanbill.formats.tabular.typed import defaulted, typed

_SOUND = "sound"
_VALUED = ("charges", "recurring")
"""Kinds whose rows are worth quantity x unit price."""
_OCCURRENCE = apart(Field("occurrence"))


@dataclass(frozen=True, slots=True)
class Intake:
    """One file, taken in.

    ``accepted``: the kind's typed columns (``quantity_e6``, ``unit_price_e8``, ``amount_minor``,
    dates, …) and ``row``; for charges also ``source``, ``occurrence`` (Int32), ``attributes``
    (JSON text or null) and ``content_hash`` (Int64). ``rejected``: the source's columns as text,
    ``row``, ``problem``, ``what_to_do``, and for charges ``occurrence``. ``ignored_columns``:
    source columns no target took (charges keep them as attributes). ``counts``: ``rows``,
    ``accepted``, ``rejected`` and how often each problem occurred. ``used``: target to source
    columns. ``notation``: how numbers and dates were read. ``totals``: see ``control_totals``;
    empty for other kinds than charges and recurring terms, and so is ``measures``, what they add
    up, row by row.
    """

    kind: str
    accepted: pl.DataFrame
    rejected: pl.DataFrame
    ignored_columns: tuple[str, ...]
    counts: Mapping[str, int]
    used: Mapping[str, tuple[str, ...]]
    notation: Notation
    totals: pl.DataFrame
    measures: pl.DataFrame = field(default_factory=pl.DataFrame)


def mapped(table: pl.DataFrame, profile: Profile | None = None, kind: str = "") -> Intake:
    """Return the rows of a text table (from ``read``) as one kind of file.

    Without a profile the columns must have the kind's own names. Raises UnreadableFile when needed
    columns are missing or when decimal marks or dates are ambiguous and the profile does not
    decide; WrongProfile when profile and kind or file do not fit. A single bad value never raises:
    its row is rejected.
    """
    chosen = profile or Profile(kind)
    if chosen.kind not in KINDS or kind not in ("", chosen.kind):
        raise WrongProfile(
            f"The kind {kind or chosen.kind!r} does not fit the profile's {chosen.kind!r}",
            "profile",
            "one of " + ", ".join(KINDS),
            "choose the profile that was made for this kind",
        )
    fields = KINDS[chosen.kind]
    if set(RETURNED) <= set(table.columns):
        # A reject file comes back, mended: its remarks are ours and no columns of the source.
        table = restored(table.drop(RETURNED))
    source = targets(table, chosen, fields)
    notation = settled(source.text, chosen, fields)
    rows = _read(source.text, fields, notation)
    charges = chosen.kind == "charges"
    if charges:
        number = occurrence(rows["reference"], rows[_OCCURRENCE])
        rows = rows.with_columns(number.alias(_OCCURRENCE))
    accepted = _accepted(rows, fields)
    if charges:
        accepted = _identified(accepted, table.filter(rows[_SOUND]), source.unused, chosen.source)
    rejected = _rejected(table, rows, source, fields, notation)
    measures = _measures(rows) if chosen.kind in _VALUED else pl.DataFrame()
    return Intake(
        chosen.kind,
        accepted,
        rejected,
        source.unused,
        _counts(accepted, rejected),
        source.used,
        notation,
        settled_totals(measures),
        measures,
    )


def _read(text: pl.DataFrame, fields: tuple[Field, ...], notation: Notation) -> pl.DataFrame:
    """Return text and typed columns side by side, and whether each row is sound."""
    rows = text.with_columns(_typed(text, field, notation) for field in fields)
    bad = pl.any_horizontal([wrong(field) for field in fields])
    return rows.with_columns((pl.col(DAMAGE).is_null() & ~bad).alias(_SOUND))


def _typed(text: pl.DataFrame, field: Field, notation: Notation) -> pl.Series:
    """Return a field's typed column; each different text is read once, for quantities repeat."""
    name = apart(field)
    if text[field.name].null_count() == text.height:
        return pl.repeat(None, text.height, dtype=dtype_of(field), eager=True).alias(name)
    if field.type in (Type.TEXT, Type.MONEY):
        return text.select(typed(field, notation).alias(name)).to_series()
    distinct = text.select(pl.col(field.name).unique())
    values = distinct.with_columns(typed(field, notation).alias(name))
    joined = text.select(field.name).join(
        values, on=field.name, how="left", nulls_equal=True, maintain_order="left"
    )
    return joined[name].cast(dtype_of(field))


def _accepted(rows: pl.DataFrame, fields: tuple[Field, ...]) -> pl.DataFrame:
    typed_columns = [
        pl.col(apart(field)).cast(dtype_of(field)).alias(field.typed_name) for field in fields
    ]
    sound = rows.filter(pl.col(_SOUND)).select(ROW, *typed_columns)
    return sound.with_columns(defaulted(field) for field in fields)


def _identified(
    accepted: pl.DataFrame, table: pl.DataFrame, unused: tuple[str, ...], source: str
) -> pl.DataFrame:
    content = accepted.drop(ROW, "occurrence")
    others = {name: table[name] for name in unused}
    return accepted.with_columns(
        pl.lit(source or None, pl.String).alias("source"),
        attributes(table, unused).alias("attributes"),
        content_hash(content, others).alias("content_hash"),
    )


def _rejected(
    table: pl.DataFrame,
    rows: pl.DataFrame,
    source: Mapped,
    fields: tuple[Field, ...],
    notation: Notation,
) -> pl.DataFrame:
    bad = ~rows[_SOUND]
    unsound = rows.filter(bad)
    texts = explained(unsound, fields, source.used, notation)
    own = table.filter(bad).drop(ROW, DAMAGE, *source.used.get("occurrence", ()))
    result = own.with_columns(unsound[ROW], texts[PROBLEM], texts[WHAT_TO_DO])
    if _OCCURRENCE in rows.columns:
        number = unsound[_OCCURRENCE]
        result = result.with_columns(number.alias("occurrence"))
    return result


def _measures(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.select(
        ROW,
        pl.col(_SOUND).alias("accepted"),
        pl.col("typed currency").alias("currency"),
        pl.col("typed quantity").alias("quantity_e6"),
        pl.col("typed unit_price").alias("unit_price_e8"),
    )


def settled_totals(measures: pl.DataFrame) -> pl.DataFrame:
    """Return the control totals of measured rows; an empty table where nothing is measured."""
    if measures.width == 0:
        return pl.DataFrame()
    totals = control_totals(measures)
    if not balanced(totals):
        raise AssertionError("control totals: in is not accepted + rejected")
    return totals


def _counts(accepted: pl.DataFrame, rejected: pl.DataFrame) -> dict[str, int]:
    counts = {
        "rows": accepted.height + rejected.height,
        "accepted": accepted.height,
        "rejected": rejected.height,
    }
    codes = rejected[PROBLEM].str.split("; ").explode().value_counts(sort=True)
    return counts | dict(codes.rows())
