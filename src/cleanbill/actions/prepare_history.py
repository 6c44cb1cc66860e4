"""Prepare history: work out what is usual from issued bills, so that checks can look it up.

Only the customers who got a bill or a credit note since the last time are worked out anew, each
from all of their bills, so that keeping up gives what preparing anew gives.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl
from django.db import transaction

from cleanbill.actions.access import Actor, action
from cleanbill.actions.open_books import PARTITION, SMALL, Progress, silent
from cleanbill.cycle import verify
from cleanbill.engine.history_tables import HISTORY_LINES
from cleanbill.store import faults, history
from cleanbill.store.models import HistoryState
from cleanbill.store.spool import Spool


@dataclass(frozen=True, slots=True)
class Prepared:
    """What was worked out: of so many billed lines, so many rows of usual figures."""

    lines: int
    rows: int


@action("bills.preview")
def prepare_history(actor: Actor, *, anew: bool = False, progress: Progress = silent) -> Prepared:
    """Work out what is usual from bills issued since the last time, or ``anew`` from all.

    From then on every run begins by doing so. Running it again changes nothing.
    """
    own = actor.organisation_id
    known = history.state(own)
    last = history.last_bill_id(own)
    if known is None or known.version != verify.USUAL_VERSION or anew:
        return _work_out(own, None, last, progress)
    if known.through_bill_id >= last:
        return Prepared(0, 0)
    since = history.customers_billed_since(own, known.through_bill_id)
    return _work_out(own, since, last, progress)


def keep_up(actor: Actor, progress: Progress) -> None:
    """Prepare what has been billed since the last time, where history is used at all."""
    if history.state(actor.organisation_id) is not None:
        prepare_history(actor, progress=progress)


def _work_out(own: int, customers: pl.Series | None, last: int, progress: Progress) -> Prepared:
    """Put the figures of these customers, or of all, and of their items in the place of the old.

    The lines are read before the transaction begins; those of bills that come meanwhile belong to
    the next time.
    """
    lines = Spool(HISTORY_LINES, PARTITION)
    some = customers if customers is not None and len(customers) <= SMALL else None
    try:
        for batch in history.billed_lines(own, some):
            if some is None and customers is not None:
                batch = batch.filter(pl.col("customer").is_in(customers.implode()))
            lines.add(batch)
            progress("Reading bills", lines.rows, 0)
        with transaction.atomic(), faults.write("history.rows"):
            rows = _replaced(own, customers, lines)
            HistoryState.objects.update_or_create(
                organisation_id=own,
                defaults={"through_bill_id": last, "version": verify.USUAL_VERSION},
            )
        faults.committed("history")
        return Prepared(lines.rows, rows)
    finally:
        lines.close()


def _replaced(own: int, customers: pl.Series | None, lines: Spool) -> int:
    """Write the usual figures of the customers and of every item they have or had."""
    items = [pl.Series("item", [], dtype=pl.String)]
    if customers is not None:
        items.append(history.items_of(own, customers))
    history.forget(own, customers=customers)
    written = 0
    for part in lines.parts(lines.bounds(PARTITION)):
        rows = verify.usual_of(part)
        history.remember(own, rows)
        items.append(rows["item"].drop_nulls().unique())
        written += rows.height
    met = pl.concat(items).unique().sort()
    history.forget(own, items=met)
    common = verify.usual_of_items(history.usual_with_items(own, met))
    history.remember(own, common)
    return written + common.height
