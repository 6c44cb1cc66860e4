"""Run checks so that one which cannot do its work neither stops the others nor passes in silence.

A check that lacks columns, or fails on everything, becomes a finding about itself; one that fails
on a few rows has looked at all others, and those few become findings. As it cannot be known what
the check would have said, such a finding weighs as much as the check does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from cleanbill.cycle.verify.declare import RowCheck
from cleanbill.engine.attempts import FAULTS, attempted, told
from cleanbill.nouns.finding import Check

MOST_ROWS = 16
"""So many rows may make a check fail before the check itself is believed to be at fault."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A check that did not look at all rows, or at none (``rows`` is null), and why."""

    check: Check
    why: str
    missing: bool = False
    rows: pl.Series | None = None


def lacking(columns: Sequence[str] | None, table: str, needed: Sequence[str]) -> str:
    """Return in words what a table lacks of what is needed, or nothing."""
    if columns is None:
        return f"the table {table}"
    absent = sorted(set(needed) - set(columns))
    return f"{', '.join(absent)} in {table}" if absent else ""


def tried(
    rows: pl.DataFrame, checks: Sequence[RowCheck], on: dict[bool, pl.Expr]
) -> tuple[pl.DataFrame, list[Failure]]:
    """Return a column of truth values per check, named by its code, and the checks that failed.

    ``on`` says which rows are looked at, by whether a check looks at waiting ones. Checks that
    cannot find anything, because a column they depend on is empty, have no column.
    """
    failures, able = [], []
    for one in checks:
        lack = lacking(rows.columns, one.table, one.needs[one.table])
        if lack:
            failures.append(Failure(one.check, lack, missing=True))
        elif not any(rows[c].null_count() == rows.height for c in one.where):
            able.append(one)

    def run(some: Sequence[RowCheck]) -> dict[RowCheck, pl.Series]:
        answers = rows.select(_test(one, on) for one in some)
        return {one: answers[one.check.code] for one in some}

    found, failed = attempted(able, run)
    for one, error in failed.items():
        answer, failure = _row_by_row(rows, one, on, error)
        failures.append(failure)
        if answer is not None:
            found[one] = answer
    return pl.DataFrame([found[one] for one in able if one in found]), failures


def _test(one: RowCheck, on: dict[bool, pl.Expr]) -> pl.Expr:
    return (on[one.waiting] & one.wrong.fill_null(False)).alias(one.check.code)


def _row_by_row(
    rows: pl.DataFrame, one: RowCheck, on: dict[bool, pl.Expr], error: BaseException
) -> tuple[pl.Series | None, Failure]:
    """Halve the rows until those stand alone on which the check fails, if they are few."""
    whole = Failure(one.check, told(error))
    try:
        rows.clear().select(_test(one, on))
    except FAULTS:
        return None, whole
    parts: list[pl.Series] = []
    bad: list[int] = []
    waiting = [(0, rows.height)]
    while waiting:
        start, length = waiting.pop()
        try:
            parts.append(rows.slice(start, length).select(_test(one, on)).to_series())
            continue
        except FAULTS:
            if length <= 1:
                bad.append(start)
                parts.append(pl.Series(one.check.code, [False] * length, dtype=pl.Boolean))
        if len(bad) > MOST_ROWS or not length:
            return None, whole
        if length > 1:
            half = length // 2
            waiting += [(start + half, length - half), (start, half)]
    if 1 < rows.height == len(bad):
        return None, whole
    at_fault = pl.int_range(rows.height, eager=True).is_in(pl.Series(bad).implode())
    return pl.concat(parts), Failure(one.check, told(error), rows=at_fault)
