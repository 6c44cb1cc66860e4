"""From a source's columns to ours, still as text: columns, values, constants and rules."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import polars as pl

from cleanbill.formats.tabular.errors import UnreadableFile, WrongProfile
from cleanbill.formats.tabular.fields import Field
from cleanbill.formats.tabular.frames import DAMAGE, ROW
from cleanbill.formats.tabular.profile import Profile, Rule


@dataclass(frozen=True, slots=True)
class Mapped:
    """A text table with one column per target plus ``row`` and ``damage``, and where it is from.

    ``used`` is target to source columns, ``unused`` the source columns that no target took.
    """

    text: pl.DataFrame
    used: Mapping[str, tuple[str, ...]]
    unused: tuple[str, ...]


def targets(table: pl.DataFrame, profile: Profile, fields: tuple[Field, ...]) -> Mapped:
    """Return the table under our names, stripped, empty text as null.

    Raises WrongProfile when the profile names a column the file does not have, UnreadableFile when
    a needed column has no source.
    """
    source = [name for name in table.columns if name not in (ROW, DAMAGE)]
    used = _sources(source, profile, fields)
    taken = {name for names in used.values() for name in names}
    clean = {name: _clean(name) for name in taken}
    columns = [
        _text(field, used, clean, profile).cast(pl.String).alias(field.name) for field in fields
    ]
    text = table.select(*columns, ROW, DAMAGE)
    for rule in profile.rules:
        text = text.with_columns(_applied(rule))
    return Mapped(text, used, tuple(name for name in source if name not in taken))


def _simple(name: str) -> str:
    return re.sub(r"[\s_-]+", "", name).casefold()


def _sources(
    source: list[str], profile: Profile, fields: tuple[Field, ...]
) -> dict[str, tuple[str, ...]]:
    """Return the source columns of each target that has some."""
    for target, names in profile.columns.items():
        for name in names:
            if name not in source:
                raise WrongProfile(
                    f"The profile maps {target!r} from a column {name!r} that is not there",
                    "header",
                    "one of " + ", ".join(source),
                    _nearest(name, source) or "mend the profile or the file",
                )
    used = dict(profile.columns)
    taken = {name for names in used.values() for name in names}
    free: dict[str, list[str]] = {}
    for name in source:
        if name not in taken:
            free.setdefault(_simple(name), []).append(name)
    for field in fields:
        if field.name in used or field.name in profile.constants:
            continue
        same = free.get(_simple(field.name), []) or [
            column for name in field.other_names for column in free.get(_simple(name), [])
        ]
        if len(same) > 1:
            raise UnreadableFile(
                f"Several columns could be {field.name!r}: " + ", ".join(map(repr, same)),
                "header",
                "one column for each target",
                f'name the right one in a profile: [columns] {field.name} = "{same[0]}"',
            )
        if same:
            used[field.name] = (same[0],)
    _check_needed(used, source, profile, fields)
    return used


def _check_needed(
    used: Mapping[str, tuple[str, ...]],
    source: list[str],
    profile: Profile,
    fields: tuple[Field, ...],
) -> None:
    missing = [f.name for f in fields if f.needed and f.name not in (*used, *profile.constants)]
    if not missing:
        return
    near = [hint for name in missing if (hint := _nearest(name, source))]
    example = f'[columns] {missing[0]} = "Source Column"'
    raise UnreadableFile(
        "Required columns are missing: " + ", ".join(missing),
        "header, which has " + ", ".join(source),
        "a column of that name, or a profile that maps one",
        " ".join((*near, f"map columns in a profile: {example}, or set [constants]")),
    )


def _nearest(name: str, names: Iterable[str]) -> str:
    by_simple = {_simple(other): other for other in names}
    near = difflib.get_close_matches(_simple(name), by_simple, 1)
    return f"{name!r} may be the column {by_simple[near[0]]!r};" if near else ""


def _clean(name: str) -> pl.Expr:
    text = pl.col(name).str.strip_chars()
    return pl.when(text != "").then(text)


def _text(
    field: Field,
    used: Mapping[str, tuple[str, ...]],
    clean: Mapping[str, pl.Expr],
    profile: Profile,
) -> pl.Expr:
    names = used.get(field.name, ())
    if not names:
        return pl.lit(profile.constants.get(field.name, "").strip() or None, pl.String)
    if len(names) == 1:
        text = clean[names[0]]
    else:
        joined = pl.concat_str(
            [clean[name].fill_null("") for name in names], separator=profile.formats.joint
        )
        text = pl.when(pl.any_horizontal([clean[n].is_not_null() for n in names])).then(joined)
    values = profile.values.get(field.name)
    return text.replace(dict(values)) if values else text


def _applied(rule: Rule) -> list[pl.Expr]:
    column, value = pl.col(rule.column), str(rule.value)
    met = {
        "equals": column == value,
        "starts_with": column.str.starts_with(value),
        "ends_with": column.str.ends_with(value),
        "contains": column.str.contains(value, literal=True),
        "is_empty": column.is_null(),
    }[rule.condition].fill_null(False)
    return [
        pl.when(met).then(pl.lit(text.strip() or None, pl.String)).otherwise(name).alias(name)
        for name, text in rule.set.items()
    ]
