"""JSON built over columns: objects and arrays as text, keys sorted, nothing between tokens.

Building a million documents out of element trees takes minutes; out of columns, seconds. What is
written equals ``json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))``.
A value is a row of pieces, fixed text and columns, that are put together once at the end.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import polars as pl

_SPECIAL = ["\\", '"', *(chr(n) for n in range(0x20))]
_ESCAPED = [json.dumps(c)[1:-1] for c in _SPECIAL]


SPECIAL_SIGNS = r'["\\\x00-\x1f]'
"""Matches text that ``quoted`` would change."""


@dataclass(frozen=True, slots=True)
class Json:
    """A JSON value over columns. ``optional``: it may be null, and its member is then left out."""

    pieces: tuple[str | pl.Expr, ...]
    optional: bool = False

    def text(self) -> pl.Expr:
        """Return the value as one text column; null where any of its columns is null."""
        merged: list[str | pl.Expr] = []
        for piece in self.pieces:
            if isinstance(piece, str) and merged and isinstance(merged[-1], str):
                merged[-1] += piece
            else:
                merged.append(piece)
        return pl.concat_str([pl.lit(p) if isinstance(p, str) else p for p in merged])


def plain(text: pl.Expr) -> Json:
    """Return text without special characters (numbers, dates, codes) as a JSON string."""
    return Json(('"', text, '"'))


def quoted(text: pl.Expr) -> Json:
    """Return free text as a JSON string."""
    return plain(text.str.replace_many(_SPECIAL, _ESCAPED))


@cache
def quoted_column(name: str) -> Json:
    """Return a column of free text as a JSON string; kept, because it is asked for again."""
    return quoted(pl.col(name))


def constant(value: object) -> Json:
    """Return a value that is the same in every row."""
    return Json((json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":")),))


def raw(text: pl.Expr) -> Json:
    """Return text that is JSON already."""
    return Json((text,))


def optional(value: Json, present: pl.Expr | None = None) -> Json:
    """Return the value as one that may be missing: where it is null, or ``present`` is false."""
    text = value.text()
    return Json((text if present is None else pl.when(present).then(text),), optional=True)


def json_object(members: Mapping[str, Json]) -> Json:
    """Return an object of the members, keys sorted; optional ones are left out where null."""
    ordered = sorted(members.items())
    anchor = next((n for n, (_, value) in enumerate(ordered) if not value.optional), None)
    if anchor is None:
        return _loose_object(ordered)
    pieces: list[str | pl.Expr] = ["{"]
    for place, (key, value) in enumerate(ordered):
        before, after = ("," if place > anchor else ""), ("," if place < anchor else "")
        name = f"{before}{json.dumps(key)}:"
        if value.optional:
            pieces.append(Json((name, *value.pieces, after)).text().fill_null(""))
        else:
            pieces += [name, *value.pieces, after]
    return Json((*pieces, "}"))


def _loose_object(ordered: list[tuple[str, Json]]) -> Json:
    """An object all of whose members are optional: the last comma is taken off afterwards."""
    members = [Json((f"{json.dumps(k)}:", *v.pieces, ",")).text().fill_null("") for k, v in ordered]
    return Json(("{", pl.concat_str(members).str.strip_suffix(","), "}"))


def json_array(elements: pl.Expr) -> pl.Expr:
    """Aggregate the JSON texts of a group into an array; null elements are left out."""
    return pl.concat_str(pl.lit("["), elements.drop_nulls().str.join(","), pl.lit("]"))
