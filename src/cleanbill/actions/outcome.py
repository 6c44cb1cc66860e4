"""What a run did or would do: counts and money, the same whether asked at once or after a crash.

Every chunk's step keeps its own parts; a run adds up those of its steps, so that a run which was
killed and resumed answers like one that was not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from cleanbill.engine.exact import total

Parts = dict[str, list[dict[str, Any]]]
_BY: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "charges": (("disposition", "kind", "currency"), ("net_minor",)),
    "bills": (("kind", "currency"), ("net_minor", "tax_minor", "payable_minor")),
    "findings": (("code", "severity", "currency"), ("at_stake_minor",)),
}
"""Each part's key and its sums of money."""


_DRAWN = {
    **dict.fromkeys(("customer", "purchase_order", "currency"), pl.String),
    **dict.fromkeys(("count", "net_minor"), pl.Int64),
}

FEW = 50
"""So many rows are added up one by one."""


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
    orders: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=_DRAWN))
    """Of a preview: customer, purchase_order, currency, count of lines, net_minor to be drawn."""


def parts_of(charges: pl.DataFrame, bills: pl.DataFrame, findings: pl.DataFrame) -> Parts:
    """Return what these charges, bills and findings count and add up to, as JSON values."""
    frames = {"charges": charges, "bills": bills, "findings": findings}
    return {part: _summed(frame, part) for part, frame in frames.items()}


def added(several: Sequence[Mapping[str, Any]]) -> Parts:
    """Return the sum of several parts."""
    return {
        part: _added_up([row for parts in several for row in parts[part]], part) for part in _BY
    }


def _added_up(parts: list[dict[str, Any]], part: str) -> list[dict[str, Any]]:
    """Add rows with a count up by their key; sorted by it, null first."""
    keys, sums = _BY[part]
    rows: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in parts:
        key = tuple(row[c] for c in keys)
        kept = rows.setdefault(key, {**dict(zip(keys, key, strict=True)), **_nothing(sums)})
        for column in ("count", *sums):
            kept[column] += row[column] or 0
    return [rows[key] for key in sorted(rows, key=_nulls_first)]


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


def drawn_by(bills: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """Return what these invoices would draw of purchase orders, one row per order."""
    if "purchase_order_id" not in lines.columns:
        return pl.DataFrame(schema=_DRAWN)
    invoices = bills.filter(pl.col("kind") == "invoice").select("draft", "customer", "currency")
    drawing = lines.filter(pl.col("purchase_order_id").is_not_null())
    key = ("customer", "purchase_order", "currency")
    return (
        drawing.select("draft", "purchase_order", "net_minor")
        .join(invoices, on="draft")
        .group_by(key)
        .agg(pl.len().cast(pl.Int64).alias("count"), total(pl.col("net_minor")))
        .sort(key)
    )


def _frame(part: str, rows: list[dict[str, Any]]) -> pl.DataFrame:
    keys, sums = _BY[part]
    schema = dict.fromkeys(keys, pl.String) | dict.fromkeys(("count", *sums), pl.Int64)
    return pl.DataFrame(rows, schema=schema)


def _summed(frame: pl.DataFrame, part: str) -> list[dict[str, Any]]:
    """Add up a table. A few rows are added up one by one: quicker than to set columns in motion."""
    keys, sums = _BY[part]
    if frame.height <= FEW:
        rows = frame.select(*keys, *sums).to_dicts()
        return _added_up([{**row, "count": 1} for row in rows], part)
    return (
        frame.group_by(keys)
        .agg(
            pl.len().cast(pl.Int64).alias("count"),
            *(pl.col(c).cast(pl.Int128).sum().cast(pl.Int64) for c in sums),
        )
        .sort(keys)
        .to_dicts()
    )


NO_CHARGES = pl.DataFrame(
    schema=dict.fromkeys(("disposition", "kind", "currency"), pl.String) | {"net_minor": pl.Int64}
)
NO_BILLS = pl.DataFrame(
    schema=dict.fromkeys(("kind", "currency"), pl.String)
    | dict.fromkeys(("net_minor", "tax_minor", "payable_minor"), pl.Int64)
)
