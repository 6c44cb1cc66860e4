"""What a run did or would do: counts and money, the same whether asked at once or after a crash.

Every chunk's step keeps its own parts; a run adds up those of its steps, so that a run which was
killed and resumed answers like one that was not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

Parts = dict[str, list[dict[str, Any]]]
_BY: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "charges": (("disposition", "kind", "currency"), ("net_minor",)),
    "bills": (("kind", "currency"), ("net_minor", "tax_minor", "payable_minor")),
    "findings": (("code", "severity", "currency"), ("at_stake_minor",)),
}
"""Each part's key and its sums of money."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run did, or a preview would do. Money by currency, in minor units."""

    run_id: int | None
    charges: pl.DataFrame
    """disposition, kind, currency, count, net_minor"""
    bills: pl.DataFrame
    """kind, currency, count, net_minor, tax_minor, payable_minor"""
    findings: pl.DataFrame
    """code, severity, currency, count, at_stake_minor"""
    documents: list[str] = field(default_factory=list)


def parts_of(charges: pl.DataFrame, bills: pl.DataFrame, findings: pl.DataFrame) -> Parts:
    """Return what these charges, bills and findings count and add up to, as JSON values."""
    frames = {"charges": charges, "bills": bills, "findings": findings}
    return {
        part: _summed(frame, part).to_dicts() if frame.height else []
        for part, frame in frames.items()
    }


def added(several: Sequence[Mapping[str, Any]]) -> Parts:
    """Return the sum of several parts."""
    result: Parts = {}
    for part, (keys, sums) in _BY.items():
        rows: dict[tuple[Any, ...], dict[str, Any]] = {}
        for row in (row for parts in several for row in parts[part]):
            key = tuple(row[c] for c in keys)
            kept = rows.setdefault(key, {**dict(zip(keys, key, strict=True)), **_nothing(sums)})
            for column in ("count", *sums):
                kept[column] += row[column] or 0
        result[part] = [rows[key] for key in sorted(rows, key=_nulls_first)]
    return result


def _nothing(sums: tuple[str, ...]) -> dict[str, int]:
    return dict.fromkeys(("count", *sums), 0)


def _nulls_first(key: tuple[Any, ...]) -> list[tuple[bool, Any]]:
    return [(value is not None, value or "") for value in key]


def remembered(
    run_id: int | None, parts: Mapping[str, Any], documents: list[str] | None = None
) -> Outcome:
    """Return the outcome that the parts, fresh or stored, tell of."""
    frames = {part: _frame(part, parts[part]) for part in _BY}
    return Outcome(run_id, **frames, documents=documents or [])


def _frame(part: str, rows: list[dict[str, Any]]) -> pl.DataFrame:
    keys, sums = _BY[part]
    schema = dict.fromkeys(keys, pl.String) | dict.fromkeys(("count", *sums), pl.Int64)
    return pl.DataFrame(rows, schema=schema)


def _summed(frame: pl.DataFrame, part: str) -> pl.DataFrame:
    keys, sums = _BY[part]
    return (
        frame.group_by(keys)
        .agg(
            pl.len().cast(pl.Int64).alias("count"),
            *(pl.col(c).cast(pl.Int128).sum().cast(pl.Int64) for c in sums),
        )
        .sort(keys)
    )
