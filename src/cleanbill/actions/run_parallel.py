"""Run in parallel with the system before: our preview beside what it billed for the same charges.

Nothing is written and no number taken: charges are those that were imported and are open, bills are
those that a run would issue.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from cleanbill.actions.access import Actor, action
from cleanbill.actions.ask_engines import with_answers
from cleanbill.actions.draw_terms import would_draw
from cleanbill.actions.open_books import Books, Progress, open_books, silent
from cleanbill.actions.own_currency import with_currency
from cleanbill.cycle import parallel
from cleanbill.cycle.batch import Batch
from cleanbill.cycle.verify.catalogue import BY_CODE
from cleanbill.engine.tables import empty
from cleanbill.formats import tabular
from cleanbill.nouns.finding import Severity
from cleanbill.store import reading


class NothingToCompare(ValueError):
    """There is no open charge, or no usable row of an old bill."""


@dataclass(frozen=True, slots=True)
class Parallel:
    """A parallel run: what was found, and how the old file was read."""

    comparison: parallel.Comparison
    intake: tabular.Intake
    layout: tabular.Layout
    charges: int
    """Charges that the preview looked at."""


@action("bills.preview")
def run_parallel(
    actor: Actor,
    path: Path,
    *,
    until: date,
    issue_date: date,
    profile: tabular.Profile | None = None,
    tolerance: int = parallel.TOLERANCE,
    progress: Progress = silent,
) -> Parallel:
    """Compare the bills of a file with what we would bill for the open charges up to a day.

    So many minor units as ``tolerance`` says may differ by rounding in a line. Raises
    UnreadableFile for a file that cannot be used, NothingToCompare where one side is empty. Single
    bad rows come back in ``intake.rejected`` and take no part.
    """
    if not 0 <= tolerance <= MOST:
        raise ValueError(f"the tolerance is 0 to {MOST} minor units, not {tolerance}")
    layout, intake = old_bills(actor, path, profile)
    if intake.accepted.is_empty():
        raise NothingToCompare(
            f"{path.name} has no row that can be compared; the first is rejected because of "
            f"{intake.rejected['problem'][0]}: {intake.rejected['what_to_do'][0]}"
        )
    ours, bills = _our_side(actor, until, issue_date, progress)
    if ours.is_empty():
        raise NothingToCompare(
            "there is no open charge to compare with. Import the charges of the same period first: "
            "cleanbill import charges FILE"
        )
    comparison = parallel.compared(ours, bills, intake.accepted, tolerance)
    return Parallel(comparison, intake, layout, ours.height)


MOST = 1000
"""Beyond that, no difference is rounding."""


def old_bills(
    actor: Actor, path: Path, profile: tabular.Profile | None
) -> tuple[tabular.Layout, tabular.Intake]:
    """Read a file of old bills; where it names no currency, it is the seller's."""
    layout = tabular.sniff(path)
    table = tabular.read(path, layout)
    chosen = with_currency(actor, profile or tabular.Profile("old_bills"), table)
    intake = tabular.mapped(table, chosen, "old_bills")
    return layout, tabular.refused(intake, table, parallel.unusable(intake.accepted))


def _our_side(
    actor: Actor, until: date, issue_date: date, progress: Progress
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Preview all open charges and return them as rows and bills to be compared."""
    last = reading.last_charge_id()
    drawn = (each.charges for each in would_draw(actor, until, None))
    books = open_books(actor, until, issue_date, last, None, progress, drawn=drawn, looking=True)
    books = with_answers(actor, books, progress)
    rows, bills = [empty(parallel.OUR_ROWS)], [empty(parallel.OUR_BILLS)]
    drafts = 0
    try:
        charges = pl.concat(books.charges.parts(books.charges.bounds(books.charges.keep)))
        for batch in books.batches():
            rows.append(_moved(_rows(books, batch, charges), drafts))
            bills.append(_moved(parallel.our_bills(batch), drafts))
            drafts += 1 + int(batch.bills.select(pl.col("draft").max().fill_null(0)).item())
            progress("Previewing", sum(part.height for part in rows), books.charges.rows)
    finally:
        books.close()
    return pl.concat(rows), pl.concat(bills)


def _rows(books: Books, batch: Batch, charges: pl.DataFrame) -> pl.DataFrame:
    own = charges.join(batch.charges, on="charge_id", how="semi")
    return parallel.our_rows(batch, own, _reasons(batch), books.master)


def _moved(frame: pl.DataFrame, drafts: int) -> pl.DataFrame:
    """Each batch counts its drafts from nothing; together they count on."""
    return frame.with_columns(pl.col("draft") + drafts)


def _reasons(batch: Batch) -> pl.DataFrame:
    """What holds each charge, in words: the first blocking finding, else the first of all."""
    found = batch.findings.filter(pl.col("charge_id").is_not_null())
    titles = {code: f"{code}, {check.title}" for code, check in BY_CODE.items()}
    return (
        found.with_columns((pl.col("severity") != Severity.BLOCK).alias("lesser"))
        .sort("charge_id", "lesser", "code", maintain_order=True)
        .unique("charge_id", keep="first", maintain_order=True)
        .select(
            "charge_id",
            pl.col("code")
            .replace_strict(titles, default=pl.col("code"), return_dtype=pl.String)
            .alias("finding"),
        )
    )
