"""The figures of the house with their course, from totals that are kept: nothing is counted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from django.db.models import Count
from django.db.models.functions import TruncDate

from cleanbill.actions.access import Actor, action
from cleanbill.cycle.report import figures
from cleanbill.store import totals
from cleanbill.store.companies import seller_of
from cleanbill.store.models import ReviewItem, Run, SellerRecord


@dataclass(frozen=True, slots=True)
class Figures:
    """Months and runs, the latest last, and the currencies they speak of, the seller's first."""

    months: list[figures.Month]
    runs: list[figures.RunEnd]
    currencies: list[str]


@action("look")
def figures_of(actor: Actor, *, today: date) -> Figures:
    """Return the figures of the last twelve months, and of the last twelve runs over everybody.

    An invoice was right the first time if no credit note has touched it; drafts that a reviewer
    returned count as wrong in the month they were returned. Runs over one customer say nothing of
    what the others wait for, and are left out.
    """
    own = actor.organisation_id
    since = figures.first_of_months(today)[0]
    returned = (
        ReviewItem.objects.filter(
            organisation_id=own,
            state=ReviewItem.State.RETURNED,
            reviewed_at__gte=datetime.combine(since, datetime.min.time(), UTC),
        )
        .values_list(TruncDate("reviewed_at"))
        .annotate(times=Count("id"))
    )
    months = figures.by_month(totals.billed_since(own, since), returned.order_by(), today)
    ends = [figures.run_end(*row) for row in _runs(own)][::-1]
    seller = SellerRecord.objects.filter(organisation_id=own).order_by("id")[0]
    main = seller_of(seller.profile).currency
    return Figures(months, ends, figures.currencies(months, ends, main))


def _runs(organisation_id: int) -> list[tuple[int, date, dict[str, Any] | None]]:
    done = Run.objects.filter(
        organisation_id=organisation_id, state=Run.State.DONE, selection={}
    ).order_by("-id")
    return list(done.values_list("id", "issue_date", "totals__unbilled")[: figures.RUNS])
