"""What runs and imports say they did, against what is there."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import Count, QuerySet, Sum

from cleanbill.actions.audit_found import Found
from cleanbill.store.models import Bill, Charge, Event, Organisation, Run, RunStep

_SUMS = ("net_minor", "tax_minor", "payable_minor")
Sums = dict[tuple[str, str], tuple[int, ...]]
"""(kind, currency) -> (count, net, tax, payable)."""


def check_records(found: Found, organisation_id: int) -> None:
    """Compare runs with the bills they issued, and imports with the charges they wrote."""
    issued: dict[int, Sums] = {}
    for row in _issued(organisation_id):
        key = (row["kind"], row["currency"])
        issued.setdefault(row["run_id"], {})[key] = (
            *(row["bills"], *(int(row[f"sum_{c}"]) for c in _SUMS)),
        )
    runs = Run.objects.filter(organisation_id=organisation_id).order_by("id")
    steps: dict[int, list[Any]] = {}
    told = RunStep.objects.filter(organisation_id=organisation_id).order_by("id")
    for run_id, totals in told.values_list("run_id", "totals"):
        steps.setdefault(run_id, []).append(totals)
    for run_id, state, totals in runs.values_list("id", "state", "totals"):
        bills = issued.get(run_id, {})
        if _said(steps.get(run_id, ())) != bills:
            says = "The totals of a run's steps are those of the bills it issued."
            found.add("STEP-TOTALS", says, [f"run {run_id}"])
        if state == Run.State.DONE and _said([totals]) != bills:
            says = "The totals of a run that is done are those of the bills it issued."
            found.add("RUN-TOTALS", says, [f"run {run_id}"])
    _imports(found, organisation_id)


def _issued(organisation_id: int) -> QuerySet[Bill, dict[str, Any]]:
    return (
        Bill.objects.filter(organisation_id=organisation_id, run_id__isnull=False)
        .values("run_id", "kind", "currency")
        .annotate(bills=Count("id"), **{f"sum_{c}": Sum(c) for c in _SUMS})
        .order_by()
    )


def _said(several: Iterable[Any]) -> Sums | None:
    """Add up what totals say of bills; nothing where they cannot be read."""
    sums: Sums = {}
    try:
        for totals in several:
            for row in totals.get("bills", []):
                key = (row["kind"], row["currency"])
                before = sums.get(key, (0,) * (1 + len(_SUMS)))
                figures = (int(row[c]) for c in ("count", *_SUMS))
                sums[key] = tuple(a + b for a, b in zip(before, figures, strict=True))
    except (LookupError, TypeError, AttributeError, ValueError):
        return None
    return sums


def _imports(found: Found, organisation_id: int) -> None:
    wrote = ("charges.imported", "charges.drawn", "charges.repaired")
    events = Event.objects.filter(organisation_id=organisation_id, action__in=wrote)
    told = sum(_written(after) for after in events.values_list("after", flat=True))
    there = Charge.objects.filter(organisation_id=organisation_id).count()
    if told != there:
        slug = Organisation.objects.values_list("slug", flat=True).get(pk=organisation_id)
        row = f"organisation {slug}: imports and drawings wrote {told} charges, {there} are there"
        found.add(
            "IMPORTED",
            "Every charge that an import or a drawing wrote is there, and no other.",
            [row],
        )


def _written(after: Any) -> int:
    """How many charges an import or a drawing wrote: new ones, and versions of known ones."""
    known = after if isinstance(after, dict) else {}
    return sum(int(known.get(name, 0)) for name in ("created", "changed", "proposed"))
