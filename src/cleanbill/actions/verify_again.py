"""Verify again just what a change has touched: the open charges of some customers, at once.

Checks look at a customer's charges together, so that all open charges of whoever was touched give
the same findings as a look at all charges would. What only all charges of a run tell, such as how a
source's orders always are, stays as the last run has found it. Of master data
only what these customers and their items are called by is looked at anew; the rest keeps what the
last run said of it.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime

import polars as pl
from django.db import connection, transaction

from cleanbill.actions.access import Actor, action
from cleanbill.actions.open_books import Books, open_books, silent
from cleanbill.actions.outcome import Outcome, Parts, added, parts_of, remembered
from cleanbill.actions.standing import looked_at, no_longer_found
from cleanbill.cycle.verify.catalogue import OF_THE_WHOLE
from cleanbill.engine.tables import FINDINGS, empty
from cleanbill.nouns.finding import STANDING
from cleanbill.store import faults, reading
from cleanbill.store.bulk import texts_in
from cleanbill.store.decisions import facts_json
from cleanbill.store.finding_writing import renew_findings, restate_findings
from cleanbill.store.models import Run
from cleanbill.store.retries import persistently
from cleanbill.store.settled import settled_with_findings

_STANDING = [kind.value for kind in STANDING]
_ITS_OWN = ("customer", "item")
"""Master data that is found with all charges it meets, where all its customers are looked at."""


@dataclass(frozen=True, slots=True)
class Days:
    """Up to when is verified, and which day's decisions and bills are meant."""

    until: date
    issue_date: date


def days_of(actor: Actor, until: date | None = None, issue_date: date | None = None) -> Days:
    """Return the days given; else those of the last run, so that it is verified as that did."""
    last = _last_run(actor)
    today = datetime.now(UTC).date()
    return Days(
        until or (last.until if last else today), issue_date or (last.issue_date if last else today)
    )


@action("bills.preview")
def verify_again(
    actor: Actor,
    *,
    customers: Collection[str | None] = (),
    items: Collection[str] = (),
    until: date | None = None,
    issue_date: date | None = None,
) -> Outcome:
    """Verify the open charges of these customers, and of all who have one of these items open.

    What is no longer found is closed, what is new is opened, as a run would do that looks at these
    charges. Returns what could be billed of them now, and what is held.
    """
    days = days_of(actor, until, issue_date)
    with transaction.atomic():
        return verified(actor, touched(actor, customers, items), items, days, keep=True)


@action("bills.preview")
def verify_charges(actor: Actor, *, until: date, issue_date: date) -> Outcome:
    """Verify all open charges and keep what is found, as a run does; nothing is billed.

    So findings can be acted on before the bills go out. It stands among the runs, without a bill.
    """
    days, last = Days(until, issue_date), reading.last_charge_id()
    books = open_books(actor, until, issue_date, last, None, silent)
    parts, found, seen = [], [empty(FINDINGS)], [_NO_IDS]
    looked = [pl.DataFrame(schema={"id": pl.Int64})]
    everyone = books.master.twins is not None
    try:
        for batch in books.batches():
            parts.append(parts_of(batch.charges, batch.bills, batch.findings))
            found.append(batch.findings)
            seen.append(batch.charges["charge_id"])
            looked.append(looked_at(books.before, batch, everyone=everyone))
    finally:
        books.close()
    told, own = pl.concat(found), actor.organisation_id
    totals = added(parts) if parts else parts_of(_NONE, _NO_BILLS, empty(FINDINGS))

    def kept() -> Run:
        with transaction.atomic():
            run = _verification(actor, days, books, totals)
            before = reading.open_findings(own)
            settled = settled_with_findings(own)
            with faults.write("verify.findings"):
                renew_findings(
                    *(
                        own,
                        run.pk,
                        told,
                        before,
                        pl.concat([*seen, settled["charge_id"]]).to_frame(),
                    ),
                    close_drafts=True,
                    standing=no_longer_found(pl.concat(looked), before, told),
                )
            return run

    run = persistently(kept)
    return remembered(run.pk, totals)


def _verification(actor: Actor, days: Days, books: Books, totals: Parts) -> Run:
    now = datetime.now(UTC)
    shown = {**totals, "bills": []}
    return Run.objects.create(
        organisation_id=actor.organisation_id,
        seller_id=books.seller_row.pk,
        state=Run.State.DONE,
        until=days.until,
        issue_date=days.issue_date,
        selection=Run.VERIFYING,
        last_charge_id=books.last_charge,
        last_decision_id=books.last_decision,
        idempotency_key=uuid.uuid4().hex,
        actor=actor.name,
        started_at=now,
        finished_at=now,
        totals=shown,
        charges_done=books.charges.rows,
        charges_whole=books.charges.rows,
    )


_NO_IDS = pl.Series("charge_id", [], dtype=pl.Int64)


def touched(
    actor: Actor, customers: Collection[str | None], items: Collection[str]
) -> set[str | None]:
    """Return the customers, with those who have an open charge of one of the items."""
    found = set(customers)
    if items:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT DISTINCT c.customer FROM charge c WHERE c.organisation_id = %s "
                f"AND {texts_in('c.item')} AND NOT EXISTS "
                "(SELECT 1 FROM charge_link l WHERE l.charge_id = c.id AND l.live)",
                [actor.organisation_id, facts_json(sorted(items))],
            )
            found |= {row[0] for row in cursor.fetchall()}
    return found


def verified(
    actor: Actor,
    customers: Collection[str | None],
    items: Collection[str],
    days: Days,
    *,
    keep: bool,
) -> Outcome:
    """Verify the open charges of customers; with ``keep`` write what is found. In a transaction."""
    last = reading.last_charge_id()
    books = open_books(actor, days.until, days.issue_date, last, None, silent, among=customers)
    try:
        batches = list(books.batches())
    finally:
        books.close()
    parts: list[Parts] = [parts_of(b.charges, b.bills, b.findings) for b in batches]
    run = _last_run(actor)
    if keep and run is not None:
        found = pl.concat([empty(FINDINGS), *(b.findings for b in batches)])
        # What only a look at everything tells stays as the last run has left it.
        before = books.before.filter(~pl.col("code").is_in(OF_THE_WHOLE))
        found = found.filter(~pl.col("code").is_in(OF_THE_WHOLE))
        looked = [looked_at(before, b, everyone=books.master.twins is not None) for b in batches]
        ids = pl.concat([pl.DataFrame(schema={"id": pl.Int64}), *looked])
        seen = pl.concat(
            [pl.Series("charge_id", [], dtype=pl.Int64), *(b.charges["charge_id"] for b in batches)]
        )
        _keep(actor, run, found, before, seen, ids, set(customers), set(items))
    return remembered(None, added(parts) if parts else parts_of(_NONE, _NO_BILLS, empty(FINDINGS)))


def _keep(
    actor: Actor,
    run: Run,
    found: pl.DataFrame,
    before: pl.DataFrame,
    seen: pl.Series,
    looked: pl.DataFrame,
    customers: set[str | None],
    items: set[str],
) -> None:
    """Write what was found; it stands with the last run, whose verification this goes on with."""
    own = actor.organisation_id
    names = pl.Series([c for c in (*customers, *items) if c is not None], dtype=pl.String)
    about_them = pl.col("subject").is_in(names.implode()) & pl.col("subject_kind").is_in(_ITS_OWN)
    standing = pl.col("subject_kind").is_in(_STANDING)
    known = ["code", "subject_kind", "subject"]
    # What is wrong with a price or an agreement is opened where it is new, but its money and its
    # end are for a run to tell that sees all who meet it.
    fresh = found.filter(standing & ~about_them).join(before, on=known, how="anti")
    kept = pl.concat([found.filter(~standing | about_them), fresh])
    # Of a customer without open charges nothing waits, so nothing is said.
    left = before.filter(
        (pl.col("subject_kind") == "customer")
        & pl.col("subject").is_in([c for c in customers if c is not None])
    )
    mended = no_longer_found(pl.concat([looked, left.select("id")]), before, found)
    gone = _whole(before.join(mended, on="id", how="semi"), customers, items)
    drafts = _drafts_of(own, before, customers)
    settled = settled_with_findings(own)
    with faults.write("verify.findings"):
        renew_findings(
            *(own, run.pk, kept, before),
            pl.concat([seen.to_frame(), settled]).unique(),
            standing=pl.concat([gone.select("id"), _unfound(drafts, found)]).unique(),
        )
        _weighed(own, before, kept)


def _whole(gone: pl.DataFrame, customers: set[str | None], items: set[str]) -> pl.DataFrame:
    """Those whose subject has been looked at with all that meets it.

    A special price of somebody else, or the terms of everybody, may still be wrong for others.
    """
    facts = pl.col("parameters")
    whose = facts.str.json_path_match("$.customer").is_in([c for c in customers if c])
    item = facts.str.json_path_match("$.item").is_in(list(items))
    kind = pl.col("subject_kind")
    return gone.filter(
        kind.is_in(_ITS_OWN) | ((kind == "agreement") & whose) | ((kind == "price") & item)
    )


def _drafts_of(own: int, before: pl.DataFrame, customers: set[str | None]) -> pl.DataFrame:
    """Open findings on drafts of these customers."""
    named = pl.col("parameters").str.json_path_match("$.customer")
    return before.filter(
        (pl.col("subject_kind") == "draft") & named.is_in(list(customers - {None}))
    )


def _unfound(drafts: pl.DataFrame, found: pl.DataFrame) -> pl.DataFrame:
    gone = drafts.join(found, on=["code", "subject_kind", "subject"], how="anti")
    return gone.select("id")


def _weighed(own: int, before: pl.DataFrame, found: pl.DataFrame) -> None:
    """Bring money and facts of findings that stay up to date."""
    key = ["code", "subject_kind", "subject", "charge_id"]
    both = before.join(found, on=key, how="inner", nulls_equal=True, suffix="_now")
    changed = both.filter(
        (pl.col("at_stake_minor") != pl.col("at_stake_minor_now"))
        | (pl.col("parameters") != pl.col("parameters_now"))
    )
    restate_findings(own, changed)


def _last_run(actor: Actor) -> Run | None:
    done = Run.objects.filter(organisation_id=actor.organisation_id, state=Run.State.DONE)
    return done.order_by("-id").first()


_NONE = pl.DataFrame(
    schema=dict.fromkeys(("disposition", "kind", "currency"), pl.String) | {"net_minor": pl.Int64}
)
_NO_BILLS = pl.DataFrame(
    schema=dict.fromkeys(("kind", "currency"), pl.String)
    | dict.fromkeys(("net_minor", "tax_minor", "payable_minor"), pl.Int64)
)
