"""What an audit has found so far: some rows of each broken law, and how many there are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from polars.exceptions import PolarsError

LIMIT = 20
"""Rows that are named per law; all are counted."""


@dataclass(frozen=True, slots=True)
class Breach:
    """A broken law and a row that breaks it."""

    code: str
    says: str
    row: str


@dataclass(slots=True)
class Found:
    """Breaches as they come in; an audit goes on after each."""

    named: list[Breach] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)

    def add(self, code: str, says: str, rows: Sequence[str], count: int | None = None) -> None:
        """Take rows that break a law; ``count`` says how many there are where not all are given.

        A row that breaks a law in several ways is named once and counted each time.
        """
        if not rows:
            return
        named = {breach.row for breach in self.named if breach.code == code}
        for row in dict.fromkeys(rows):
            if row not in named and len(named) < LIMIT:
                named.add(row)
                self.named.append(Breach(code, says, row))
        self.counts[code] = self.counts.get(code, 0) + (len(rows) if count is None else count)

    @contextmanager
    def going_on(self, what: str) -> Iterator[None]:
        """Take rows that cannot even be read for what they are, and go on behind them.

        SQLite keeps any text in any column. A database that does not answer is another matter.
        """
        try:
            yield
        except (PolarsError, ValueError, TypeError, OverflowError) as error:
            reason = str(error).partition("\n")[0]
            self.add("UNREADABLE", "Every value is of its column's kind.", [f"{what}: {reason}"])
