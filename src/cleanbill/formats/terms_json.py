"""Spend, milestone and progress terms as one line of JSON: how they are kept, version by version.

What is not said is absent; amounts and percents are text. Equal terms give equal text.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from enum import Enum
from typing import Any

from cleanbill.nouns.cadence import Alignment, Cadence, Unit
from cleanbill.nouns.currency import decimals_of
from cleanbill.nouns.drawn import MILESTONES, PROGRESS, SPEND
from cleanbill.nouns.milestones import Milestone, MilestoneTerms
from cleanbill.nouns.progress import ProgressTerms, Retained, Step, Value
from cleanbill.nouns.proration import Convention
from cleanbill.nouns.scales import (
    AMOUNT_MAX_MINOR,
    RATE_DECIMALS,
    RATE_MAX_E6,
    scaled,
    unscaled,
)
from cleanbill.nouns.spend import SpendTerms, Unsettled

Terms = SpendTerms | MilestoneTerms | ProgressTerms
KINDS: dict[str, type[Terms]] = {
    SPEND: SpendTerms,
    MILESTONES: MilestoneTerms,
    PROGRESS: ProgressTerms,
}
_CHOICES: dict[str, type[Enum]] = {
    "alignment": Alignment,
    "convention": Convention,
    "retained": Retained,
    "unsettled": Unsettled,
}
_DAYS = ("start", "end", "anchor", "day", "since")
_CADENCES = ("cadence", "check")
_NESTED: dict[str, Any] = {"milestones": Milestone, "values": Value, "retainage": Step}


def written(terms: Terms) -> str:
    """Return the terms as JSON, without their version: two versions that say the same are equal."""
    said = _said(terms, decimals_of(terms.currency))
    del said["version"]
    return json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def read(kind: str, text: str, version: int) -> Terms:
    """Return the terms of a version. Raises ValueError, KeyError or TypeError for other text."""
    said = json.loads(text)
    found: Terms = _of(KINDS[kind], said, decimals_of(said["currency"]), version=version)
    return found


def _said(of: Any, decimals: int) -> dict[str, Any]:
    """Return what a value says, field by field; ``version`` always, to be taken out above."""
    said = {}
    for field in fields(of):
        value = getattr(of, field.name)
        if value is not None and (value != field.default or field.name == "version"):
            said[_word(field.name)] = _plain(field.name, value, decimals)
    return said


def _plain(name: str, value: Any, decimals: int) -> Any:
    if name.endswith("_minor"):
        return format(unscaled(value, decimals), "f")
    if name.endswith("_e6"):
        text = format(unscaled(value, RATE_DECIMALS), "f")
        return text.rstrip("0").rstrip(".")
    if isinstance(value, Cadence):
        return [value.unit.value, value.count]
    if isinstance(value, tuple):
        return [_said(one, decimals) if is_dataclass(one) else one for one in value]
    if isinstance(value, Enum):
        return value.value
    return value.isoformat() if isinstance(value, date) else value


def _of(kind: Any, said: Mapping[str, Any], decimals: int, **given: Any) -> Any:
    known = {_word(field.name): field.name for field in fields(kind)}
    strange = said.keys() - known.keys()
    if strange:
        raise ValueError(f"terms say {', '.join(sorted(strange))}, which means nothing here")
    values = {known[word]: _value(known[word], value, decimals) for word, value in said.items()}
    return kind(**values, **given)


def _value(name: str, value: Any, decimals: int) -> Any:
    if name.endswith("_minor"):
        return scaled(value, decimals, AMOUNT_MAX_MINOR)
    if name.endswith("_e6"):
        return scaled(value, RATE_DECIMALS, RATE_MAX_E6)
    if name in _CADENCES:
        return Cadence(Unit(value[0]), value[1])
    if name in _NESTED:
        return tuple(_of(_NESTED[name], one, decimals) for one in value)
    if name in _DAYS:
        return date.fromisoformat(value)
    if name in _CHOICES:
        return _CHOICES[name](value)
    return tuple(value) if isinstance(value, list) else value


def _word(name: str) -> str:
    return name.removesuffix("_minor").removesuffix("_e6")
