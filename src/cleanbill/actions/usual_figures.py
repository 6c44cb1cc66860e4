"""What a run knows of the past: usual figures, spooled by customer beside the charges."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from cleanbill.engine.habit_tables import DESCRIBED
from cleanbill.engine.history_tables import USUAL
from cleanbill.engine.tables import empty
from cleanbill.store import history
from cleanbill.store.spool import Spool


@dataclass(frozen=True, slots=True)
class UsualFigures:
    """USUAL of customers, in a spool, and of items."""

    of_customers: Spool
    of_items: pl.DataFrame

    def beside(self, part: pl.DataFrame) -> pl.DataFrame:
        """Return the figures of a partition's customers with those of all items."""
        return pl.concat([part, self.of_items]) if part.height or self.of_items.height else part


def usual_figures(own: int, keep: int, charges: pl.DataFrame | None) -> UsualFigures:
    """Read what is usual, of few ``charges`` only what they name; one look where there is none."""
    figures = Spool(USUAL, keep)
    if history.state(own) is None:
        return UsualFigures(figures, empty(USUAL))
    for batch in history.usual(own, charges):
        figures.add(batch)
    return UsualFigures(figures, history.usual_of_items(own, charges))


def described_items(own: int, charges: pl.DataFrame | None) -> pl.DataFrame:
    """Read DESCRIBED: of few ``charges`` only what they say; one look where there is no history."""
    if history.state(own) is None:
        return empty(DESCRIBED)
    return history.described(own, charges)
