"""Profiles: small TOML files that say how a source's columns become Cleanbill's.

    kind = "charges"
    source = "web-shop"
    [columns]                                  # target = "Source Column", or a list to be joined
    reference = ["Invoice", "Line"]
    [constants]
    currency = "EUR"
    [values.ship_to_country]                   # text of the source = our text
    Germany = "DE"
    [formats]
    decimal = ","
    grouping = "."
    date = "%d.%m.%Y"
    [[rules]]                                  # in order, each on the mapped text
    column = "order"
    starts_with = "C"
    set = { kind = "cancellation" }

Targets that a profile does not name are taken from a source column of the same name (case, spaces
and underscores aside) that it does not use otherwise.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

JOINT = "/"
CONDITIONS = ("equals", "starts_with", "ends_with", "contains", "is_empty")


@dataclass(frozen=True, slots=True)
class Formats:
    """How the source writes numbers and dates; empty means: told from the values.

    ``dates`` overrides ``date`` per target. ``timezone`` (IANA) turns instants with an offset into
    local days. ``joint`` stands between joined columns.
    """

    decimal: str = ""
    grouping: str = ""
    date: str = ""
    dates: Mapping[str, str] = field(default_factory=dict)
    timezone: str = ""
    joint: str = JOINT


@dataclass(frozen=True, slots=True)
class Rule:
    """Where the target ``column`` meets ``condition`` with ``value``, the targets in ``set``."""

    column: str
    condition: str
    value: str | bool
    set: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Profile:
    """How the files of one source are mapped onto one kind of file."""

    kind: str
    source: str = ""
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    formats: Formats = field(default_factory=Formats)
    rules: tuple[Rule, ...] = ()


def dump(profile: Profile) -> str:
    """Return the profile as TOML that ``load_profile`` reads back to an equal one."""
    lines = [f"kind = {_quoted(profile.kind)}"]
    if profile.source:
        lines.append(f"source = {_quoted(profile.source)}")
    lines += _table("columns", {k: _listed(v) for k, v in profile.columns.items()})
    lines += _table("constants", {k: _quoted(v) for k, v in profile.constants.items()})
    for target, mapping in profile.values.items():
        lines += _table(f"values.{_quoted(target)}", {k: _quoted(v) for k, v in mapping.items()})
    formats = profile.formats
    plain = ("decimal", "grouping", "date", "timezone")
    written = {key: _quoted(getattr(formats, key)) for key in plain if getattr(formats, key)}
    if formats.joint != JOINT:
        written["joint"] = _quoted(formats.joint)
    lines += _table("formats", written)
    lines += _table("formats.dates", {k: _quoted(v) for k, v in formats.dates.items()})
    for rule in profile.rules:
        settings = ", ".join(f"{_quoted(k)} = {_quoted(v)}" for k, v in rule.set.items())
        value = "true" if rule.value is True else _quoted(str(rule.value))
        lines += ["", "[[rules]]", f"column = {_quoted(rule.column)}"]
        lines += [f"{rule.condition} = {value}", f"set = {{ {settings} }}"]
    return "\n".join(lines) + "\n"


def builtin_profiles() -> Mapping[str, Path]:
    """Return the profiles that come with Cleanbill: name to file."""
    folder = Path(__file__).with_name("profiles")
    return {path.stem: path for path in sorted(folder.glob("*.toml"))}


def _quoted(text: str) -> str:
    # JSON's strings are TOML's basic strings, but for the one control sign JSON leaves bare.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _listed(columns: tuple[str, ...]) -> str:
    if len(columns) == 1:
        return _quoted(columns[0])
    return "[" + ", ".join(map(_quoted, columns)) + "]"


def _table(name: str, entries: Mapping[str, str]) -> list[str]:
    if not entries:
        return []
    return ["", f"[{name}]", *(f"{_quoted(key)} = {value}" for key, value in entries.items())]
