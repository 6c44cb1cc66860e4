"""Close a run: what becomes of the charges that stand on no bill, and what was found of them."""

from __future__ import annotations

from datetime import UTC, datetime

import polars as pl
from django.db import transaction

from cleanbill.actions.issue_bills import Desk, Overtaken
from cleanbill.actions.outcome import NO_BILLS, NO_CHARGES, added, parts_of
from cleanbill.actions.standing import no_longer_found
from cleanbill.cycle.report.unbilled import NOTHING_LEFT, left_unbilled
from cleanbill.engine.tables import FINDINGS, empty
from cleanbill.store import faults, reading, writing
from cleanbill.store.finding_writing import renew_findings
from cleanbill.store.models import Run, RunStep, SellerRecord
from cleanbill.store.settled import settled_terms, settled_with_findings


def close_run(desk: Desk) -> None:
    """Write what becomes of the charges that stand on no bill, and end the run.

    Runs end one after the other: each sees what the others found. Where another worker has ended
    this very run meanwhile, its word counts.
    """
    run, own = desk.run, desk.actor.organisation_id
    unbilled = pl.concat([rest.charges for rest in desk.rests]) if desk.rests else None
    found = pl.concat([empty(FINDINGS), *(rest.findings for rest in desk.rests)])
    with transaction.atomic(), faults.write("run.close"):
        after_others(run.seller_id, own)
        ended_by_others = Run.objects.filter(pk=run.pk, organisation_id=own, state=Run.State.DONE)
        if ended_by_others.exists():
            run.refresh_from_db()
            return
        before = reading.open_findings(own)
        gone = before.select("charge_id").clear()
        if before.height:
            gone = settled_with_findings(own)
        seen = gone
        parts, left = [], NOTHING_LEFT
        if unbilled is not None:
            closed = unbilled.filter(pl.col("disposition") == "not_billable").select(
                "charge_id", pl.col("not_billable").alias("cause")
            )
            try:
                writing.close_charges(own, run.pk, closed, "not_billable", desk.books.turns)
            except writing.ChargesTaken as error:
                raise Overtaken from error
            seen = pl.concat([unbilled.select("charge_id"), gone])
            parts.append(parts_of(unbilled, NO_BILLS, found))
            left = left_unbilled(unbilled, found, run.until)
        settled = settled_terms(own) if before.height else None
        opened, ended = renew_findings(
            *(own, run.pk, found, before, seen),
            close_drafts=not run.selection,
            settled_terms=settled,
            standing=no_longer_found(_looked(desk), before, _standing(desk)),
        )
        if settled is not None and not run.selection:
            of_terms = before.filter(pl.col("subject_kind") == "terms")
            open_terms = of_terms.join(settled, on="subject", how="anti").select(*FINDINGS)
            parts.append(parts_of(NO_CHARGES, NO_BILLS, open_terms))
        steps = RunStep.objects.filter(organisation_id=own, run_id=run.pk).order_by("id")
        run.totals = {
            **added([*steps.values_list("totals", flat=True), *parts]),
            "findings_opened": opened,
            "findings_closed": ended,
            "unbilled": left,
        }
        run.state, run.finished_at, run.message = Run.State.DONE, datetime.now(UTC), None
        run.charges_done = run.charges_whole
        run.save()


def _looked(desk: Desk) -> pl.DataFrame:
    """Earlier findings about master data that this run has looked at again."""
    ids = pl.DataFrame(schema={"id": pl.Int64})
    return pl.concat([ids, *(rest.looked for rest in desk.rests)])


def _standing(desk: Desk) -> pl.DataFrame:
    """All that this run has said of master data."""
    return pl.concat([empty(FINDINGS), *(rest.standing for rest in desk.rests)])


def after_others(seller_id: int, organisation_id: int) -> None:
    """Wait until no other run of the seller is being closed. Whoever waits must hold nothing yet,
    or two would wait for each other.
    """
    found = SellerRecord.objects.select_for_update(no_key=True)
    found.get(pk=seller_id, organisation_id=organisation_id)
