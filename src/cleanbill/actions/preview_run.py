"""Preview a run beside the last one: what would go out, what would be held, what changes most."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import polars as pl

from cleanbill.actions.access import Actor, action
from cleanbill.actions.draw_terms import would_draw
from cleanbill.actions.foresee_run import foresee, told
from cleanbill.actions.open_books import Progress, open_books, silent
from cleanbill.actions.outcome import Parts, parts_of
from cleanbill.engine.tables import FINDINGS, empty
from cleanbill.store import reading
from cleanbill.store.models import Charge

FEW = 5_000
"""A page waits for the preview of so many charges; more, settled ones too, are for a worker."""
_NONE = pl.DataFrame(
    schema=dict.fromkeys(("disposition", "kind", "currency"), pl.String)
    | dict.fromkeys(("net_minor", "tax_minor", "payable_minor"), pl.Int64)
)


@action("bills.preview")
def preview_run(
    actor: Actor,
    *,
    until: date,
    issue_date: date,
    customer: str | None = None,
    progress: Progress = silent,
) -> dict[str, Any]:
    """Return totals, findings, the last run of the same scope, and the largest changes by customer.

    Nothing is written.
    """
    last = reading.last_charge_id()
    drawn_parts: list[Parts] = []

    def drawn() -> Iterator[pl.DataFrame]:
        for each in would_draw(actor, until, customer):
            drawn_parts.append(parts_of(_NONE, _NONE, each.findings))
            yield each.charges

    where = (actor, until, issue_date, last, customer, silent)
    books = open_books(*where, drawn=drawn(), looking=True)
    try:
        seen = foresee(books, progress)
    finally:
        books.close()
    seen.parts += drawn_parts or [parts_of(_NONE, _NONE, empty(FINDINGS))]
    return told(actor.organisation_id, seen, {"customer": customer} if customer else {})


@action("bills.preview")
def is_small(actor: Actor, customer: str | None = None) -> bool:
    """Tell whether there are so few charges that a page can wait for its preview."""
    charges = Charge.objects.filter(organisation_id=actor.organisation_id)
    if customer:
        charges = charges.filter(customer=customer)
    return charges[: FEW + 1].count() <= FEW
