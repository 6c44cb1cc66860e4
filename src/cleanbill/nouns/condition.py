"""Conditions of a price: facts that a charge must bring, for example ``region=EU; tier=gold``.

People write them so; the store keeps them as one canonical JSON object, so that equal conditions
are equal text in whatever order they were written.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

NAMES_MAX, NAME_LENGTH, VALUE_LENGTH = 8, 60, 100
FORBIDDEN = "'\"\\`[]{}=;\0\n\r\t"
"""Signs that no name of a condition has: they would not survive the ways names are looked up."""


def read_conditions(text: str) -> dict[str, str]:
    """Return the conditions written as ``name=value; name=value``.

    Raises ValueError, in words, for what cannot be read.
    """
    found: dict[str, str] = {}
    for part in filter(str.strip, text.split(";")):
        name, sign, value = part.partition("=")
        if not sign:
            raise ValueError(f"{part.strip()!r} is no condition: write it as name=value")
        if name.strip() in found:
            raise ValueError(f"{name.strip()!r} is named twice")
        found[name.strip()] = value.strip()
    return checked(found)


def checked(conditions: Mapping[str, str]) -> dict[str, str]:
    """Return the conditions if a price can have them; raises ValueError, in words."""
    if not conditions:
        raise ValueError("there is no condition: write one as name=value, or leave it out")
    if len(conditions) > NAMES_MAX:
        raise ValueError(f"a price may have {NAMES_MAX} conditions at most")
    for name, value in conditions.items():
        if not name or len(name) > NAME_LENGTH or any(sign in FORBIDDEN for sign in name):
            raise ValueError(
                f"{name[:NAME_LENGTH]!r} is no name of an attribute: up to {NAME_LENGTH} "
                "characters, without quotes, brackets, = and ;"
            )
        if not value or len(value) > VALUE_LENGTH or ";" in value:
            raise ValueError(f"{name!r} needs a value of 1 to {VALUE_LENGTH} characters without ;")
    return dict(conditions)


def canonical(conditions: Mapping[str, str]) -> str:
    """Return the one text of these conditions: a JSON object with its names in order."""
    return json.dumps(dict(sorted(conditions.items())), ensure_ascii=False, separators=(",", ":"))


def named(text: str | None) -> dict[str, str]:
    """Return the conditions of a canonical text; none where there is no text."""
    return {} if text is None else dict(json.loads(text))


def shown(text: str | None) -> str:
    """Return canonical conditions as people write them."""
    return "; ".join(f"{name}={value}" for name, value in named(text).items())
