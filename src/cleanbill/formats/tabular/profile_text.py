"""From TOML to a checked profile: every key and value known, or an error that names it."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NoReturn
from zoneinfo import ZoneInfo

from cleanbill.formats.tabular.columns import KINDS
from cleanbill.formats.tabular.errors import WrongProfile
from cleanbill.formats.tabular.fields import Type
from cleanbill.formats.tabular.profile import CONDITIONS, JOINT, Formats, Profile, Rule

_KEYS = ("kind", "source", "columns", "constants", "values", "formats", "rules")
_FORMATS = ("decimal", "grouping", "date", "dates", "timezone", "joint")
_GROUPINGS = ("", ".", ",", " ", "'", "’", "\u00a0", "\u202f", "_")
_MAX_BYTES = 1_000_000


def load_profile(text: str | Path) -> Profile:
    """Return the profile of a TOML text or of a file at a path.

    A ``str`` is taken for TOML text if it contains a line break or ``=``, else for a path.
    Raises WrongProfile on unknown keys, targets, conditions and formats, naming what is allowed.
    """
    where = "profile"
    if isinstance(text, Path) or not ("\n" in text or "=" in text):
        where = str(text)
        try:
            raw = Path(text).read_bytes()
        except OSError as error:
            raise WrongProfile(
                f"The profile cannot be read ({error.strerror})", where, "a TOML file", "check it"
            ) from None
        if len(raw) > _MAX_BYTES:
            _wrong("The profile is very large", where, f"at most {_MAX_BYTES:,} bytes")
        text = raw.decode("utf-8-sig", errors="replace")
    try:
        table = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        _wrong(f"The profile is no TOML ({error})", where, "key = value lines in [tables]")
    return _profile(table, where)


def _wrong(what: str, where: str, expected: str) -> NoReturn:
    raise WrongProfile(what, where, expected, "mend the profile")


def _known(keys: Iterable[str], allowed: Iterable[str], where: str) -> None:
    choice = list(allowed)
    for key in keys:
        if key not in choice:
            near = difflib.get_close_matches(key, choice, 1)
            hint = f" (did you mean {near[0]!r}?)" if near else ""
            _wrong(f"Unknown key {key!r}{hint}", where, "one of " + ", ".join(choice))


def _texts(table: Any, where: str) -> dict[str, str]:
    """Return a table whose values are all text."""
    if not isinstance(table, Mapping):
        _wrong("This is no table", where, "key = value lines")
    for key, value in table.items():
        if not isinstance(value, str):
            _wrong(f"The value of {key!r} is no text", where, f'{key} = "text"')
    return dict(table)


def _profile(table: Mapping[str, Any], where: str) -> Profile:
    _known(table, _KEYS, where)
    kind = table.get("kind", "")
    if not isinstance(kind, str) or kind not in KINDS:
        _wrong(f"The kind {kind!r} does not exist", where, "one of " + ", ".join(KINDS))
    source = table.get("source", "")
    if not isinstance(source, str):
        _wrong("The source is no text", where, 'source = "name"')
    targets = [field.name for field in KINDS[kind]]
    columns = _columns(table.get("columns", {}), targets, f"{where}, [columns]")
    constants = _texts(table.get("constants", {}), f"{where}, [constants]")
    _known(constants, targets, f"{where}, [constants]")
    for target in constants:
        if target in columns:
            _wrong(f"{target!r} is mapped and constant", where, "one of the two")
    values = table.get("values", {})
    if not isinstance(values, Mapping):
        _wrong("values is no table", where, "[values.target] tables")
    _known(values, targets, f"{where}, [values]")
    rules = table.get("rules", [])
    if not isinstance(rules, list):
        _wrong("rules is no list", where, "[[rules]] tables")
    return Profile(
        kind,
        source.strip(),
        columns,
        constants,
        {name: _texts(entry, f"{where}, [values.{name}]") for name, entry in values.items()},
        _formats(table.get("formats", {}), kind, f"{where}, [formats]"),
        tuple(_rule(rule, targets, f"{where}, rule {n}") for n, rule in enumerate(rules, 1)),
    )


def _columns(table: Any, targets: list[str], where: str) -> dict[str, tuple[str, ...]]:
    if not isinstance(table, Mapping):
        _wrong("columns is no table", where, 'target = "Source Column" lines')
    _known(table, targets, where)
    columns: dict[str, tuple[str, ...]] = {}
    for target, named in table.items():
        names = [named] if isinstance(named, str) else named
        if not isinstance(names, list) or not names or not all(isinstance(n, str) for n in names):
            _wrong(f"{target!r} names no column", where, f'{target} = "Column" or ["A", "B"]')
        columns[target] = tuple(name.strip() for name in names)
    return columns


def _formats(table: Any, kind: str, where: str) -> Formats:
    if not isinstance(table, Mapping):
        _wrong("formats is no table", where, "key = value lines")
    _known(table, _FORMATS, where)
    texts = _texts({key: value for key, value in table.items() if key != "dates"}, where)
    dates = _texts(table.get("dates", {}), where + ".dates")
    _known(dates, [f.name for f in KINDS[kind] if f.type is Type.DATE], where + ".dates")
    decimal, grouping = texts.get("decimal", ""), texts.get("grouping", "")
    if decimal not in ("", ".", ",") or (decimal and decimal == grouping):
        _wrong(f"The decimal mark {decimal!r} will not do", where, "a point or a comma")
    if grouping not in _GROUPINGS:
        _wrong(f"The grouping {grouping!r} will not do", where, "point, comma, space, apostrophe")
    for pattern in (texts.get("date", ""), *dates.values()):
        if pattern and not _is_date_format(pattern):
            _wrong(f"{pattern!r} is no date format", where, 'one with day, month, year: "%d.%m.%Y"')
    zone = texts.get("timezone", "")
    if zone:
        _check_zone(zone, where)
    return Formats(decimal, grouping, texts.get("date", ""), dates, zone, texts.get("joint", JOINT))


def _is_date_format(pattern: str) -> bool:
    signs = [sign[:1] for sign in pattern.replace("%%", "").split("%")[1:]]
    day, month, year = (sum(s in group for s in signs) for group in ("dej", "mbB", "Yy"))
    return (day, month, year) == (1, 1, 1) and all(s in "demYybBHIMSpfTRz" for s in signs)


def _check_zone(zone: str, where: str) -> None:
    try:
        ZoneInfo(zone)
    except (KeyError, ValueError, OSError):
        _wrong(f"{zone!r} is no time zone", where, "an IANA name such as Europe/Berlin")


def _rule(table: Any, targets: list[str], where: str) -> Rule:
    if not isinstance(table, Mapping):
        _wrong("The rule is no table", where, "column, a condition and set")
    _known(table, ("column", *CONDITIONS, "set"), where)
    conditions = [key for key in table if key in CONDITIONS]
    column, settings = table.get("column"), _texts(table.get("set", {}), where + ", set")
    if not isinstance(column, str) or len(conditions) != 1 or not settings:
        expected = "column, exactly one of " + ", ".join(CONDITIONS) + ", and set"
        _wrong("The rule is incomplete", where, expected)
    _known([column, *settings], targets, where)
    condition = conditions[0]
    value = table[condition]
    if condition == "is_empty" and value is not True:
        _wrong("is_empty takes no other value", where, "is_empty = true")
    if condition != "is_empty" and not (isinstance(value, str) and value):
        _wrong(f"{condition} needs some text", where, f'{condition} = "text"')
    return Rule(column, condition, value, settings)
