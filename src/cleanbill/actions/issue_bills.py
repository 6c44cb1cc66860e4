"""Issue what is ready: chunk by chunk, each one transaction with numbers, rows, findings and step.

Where a chunk cannot be written because of what stands in it, it is halved until the bill at fault
is alone; that bill's charges are held with a finding and all others go out.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime

import polars as pl
from django.db import DataError, IntegrityError, transaction
from django.db.models import F

from cleanbill.actions.access import Actor
from cleanbill.actions.make_ready import (
    Chunk,
    Expected,
    Ready,
    Rest,
    described,
    ready_chunks,
    written,
)
from cleanbill.actions.open_books import Books, Progress, in_order
from cleanbill.actions.second_person import (
    Amounts,
    NotApproved,
    above,
    amounts_of,
    ceiling,
    issued_amounts,
)
from cleanbill.cycle.isolate import FAULTS, MOST, held
from cleanbill.engine.ahead import ahead
from cleanbill.engine.coupon_tables import COUPON_PARTS
from cleanbill.engine.tables import empty
from cleanbill.store import (
    coupon_reading,
    faults,
    order_reading,
    reading,
    retainer_reading,
    writing,
)
from cleanbill.store.finding_writing import renew_findings
from cleanbill.store.models import Event, Run, RunStep, Series
from cleanbill.store.numbers import SeriesOrder, Taken, take_numbers
from cleanbill.store.retries import persistently

NONE = empty(COUPON_PARTS)
"""Credits use no coupon."""


class Overtaken(RuntimeError):
    """Others have billed or credited, since the books were read, what this run is about to."""


class Paused(RuntimeError):
    """A person wants the run to stop here; it goes on with its key."""


@dataclass
class Desk:
    """A run at work: whose, on which books, and what it leaves unbilled."""

    actor: Actor
    run: Run
    books: Books
    chunk: int
    progress: Progress
    expected: Expected
    done: int = 0
    rests: list[Rest] = field(default_factory=list)
    most: Amounts | None = None
    """How much the run may issue by currency; None where the policy sets no limit."""
    out: Amounts = field(default_factory=dict)
    """How much it has issued, where that is limited."""
    _batch: object = None
    _known: list[pl.DataFrame] = field(default_factory=list)
    _renumbered: bool = False
    _alone: int = 0

    def __post_init__(self) -> None:
        """Look how much the run may issue, and has issued."""
        self.most = ceiling(self.run, self.books.policy)
        if self.most is not None:
            self.out = issued_amounts(self.run)

    def issue_all(self) -> None:
        """Issue every bill of the run. Raises Overtaken, Paused, SeriesOrder, NotApproved."""
        self.done, whole = self.run.charges_done, self.run.charges_whole
        with closing(ahead(ready_chunks(self.books, self.expected, self.chunk))) as items:
            for item in items:
                self.take(item)
                self.progress("Issuing", self.done, whole)
                own = Run.objects.filter(pk=self.run.pk, organisation_id=self.actor.organisation_id)
                if own.filter(pause_wanted=True).exists():
                    raise Paused

    def take(self, item: Ready | Rest) -> None:
        """Issue what is ready; remember what a batch leaves unbilled."""
        if isinstance(item, Rest):
            self.rests.append(item)
            self.done += item.charges.height
        else:
            self._within(item)
            self._settle(item)
            self.done += item.lines.height

    def _within(self, ready: Ready) -> None:
        """Refuse a chunk that would take the run above what it may issue."""
        if self.most is None:
            return
        for currency, amount in amounts_of(ready.totals["bills"]).items():
            self.out[currency] = self.out.get(currency, 0) + amount
        if above(self.out, self.most):
            raise NotApproved(
                f"run {self.run.pk} would issue more than was approved, since charges, prices or "
                f"master data have changed; prepare it again: cleanbill prepare {self.run.pk}"
            )

    def _settle(self, ready: Ready) -> None:
        """Issue a chunk; where its numbers have shifted, or it fails, as it then must be.

        Raises what a bill fails with once more than MOST have failed alone.
        """
        if ready.chunk.batch is not self._batch:
            self._batch, self._known, self._renumbered = ready.chunk.batch, [], False
            in_order(self.books, ready.chunk.batch)
        try:
            self._known.append(persistently(lambda: self._issue(ready)))
        except (Overtaken, SeriesOrder):
            raise
        except (DataError, IntegrityError, *FAULTS) as error:
            self._renumbered = True
            chunk = ready.chunk
            if chunk.size > 1:
                for half in chunk.halves():
                    self._settle(described(half, None, ready.shift))
            else:
                self._alone += 1
                if self._alone > MOST:
                    raise  # Not these bills are at fault, but what they all meet.
                own = chunk.batch.charges.join(ready.lines, on="charge_id", how="semi")
                apart = held(own, error)
                self.rests.append(Rest(apart.charges, apart.findings))

    def _issue(self, ready: Ready) -> pl.DataFrame:
        """Write a chunk in one transaction; return draft, id, number and date of its bills."""
        chunk, actor, run = ready.chunk, self.actor, self.run
        series = self.books.series[chunk.kind]
        with transaction.atomic():
            with faults.write("chunk.numbers"):
                taken = take_numbers(series.pk, chunk.size, *ready.days)
            rows = self._rows(ready, taken)
            since = (actor.organisation_id, run.pk, series.pk, series.next_sequence)
            parts = chunk.batch.parts_of(rows.known) if chunk.kind == "invoice" else NONE
            if (
                reading.credited_since(*since, rows.lines)
                or coupon_reading.used_since(*since, parts)
                or order_reading.drawn_since(*since, rows.lines)
            ):
                raise Overtaken
            held = self._retained(rows.known, chunk)
            try:
                writing.keep_bills(rows, run.pk, taken.chain_head, self.books.turns)
            except writing.ChargesTaken as error:
                raise Overtaken from error
            if len(held) and retainer_reading.overdrawn(actor.organisation_id, held):
                raise Overtaken
            with faults.write("chunk.findings"):
                renew_findings(
                    actor.organisation_id,
                    run.pk,
                    ready.found,
                    self.books.before,
                    ready.lines.select("charge_id"),
                )
            self._step(ready, series, rows.known)
        faults.committed("chunk")
        return rows.known

    def _retained(self, known: pl.DataFrame, chunk: Chunk) -> pl.Series:
        """Lock the retainers of the chunk's customers, if any: others credit and draw them, too."""
        coupons = self.books.master.coupons
        held = coupons.filter(pl.col("funding_id").is_not_null())
        if held.height:
            bills = chunk.batch.bills.join(known, on="draft", how="semi")
            held = held.join(bills, on="customer", how="semi")
        if held.height:
            retainer_reading.locked(self.actor.organisation_id, held["redemption_id"])
        return held["redemption_id"]

    def _rows(self, ready: Ready, taken: Taken) -> writing.BillRows:
        """The rows as they were made ready; made again where their numbers are not those."""
        kind, rows = ready.chunk.kind, ready.rows
        if rows is not None and rows.first == taken.first:
            if kind == "invoice" or not self._renumbered:
                return rows
        elif rows is not None:
            self.expected.shift[kind] = ready.shift + taken.first - rows.first
        if kind == "invoice":
            self._renumbered = True
        return written(self.books, ready.chunk, taken.first, self._known)

    def _step(self, ready: Ready, series: Series, kept: pl.DataFrame) -> None:
        """Write what the chunk did: the run's step, its progress, the event."""
        own, now = self.actor.organisation_id, datetime.now(UTC)
        with faults.write("chunk.step"):
            step = RunStep.objects.create(
                organisation_id=own,
                run_id=self.run.pk,
                kind=series.kind,
                first_number=kept["number"][0],
                last_number=kept["number"][-1],
                rows=kept.height,
                totals=ready.totals,
                done_at=now,
            )
            Run.objects.filter(pk=self.run.pk, organisation_id=own).update(
                charges_done=F("charges_done") + ready.lines.height, heartbeat_at=now
            )
        with faults.write("chunk.event"):
            Event.objects.create(
                organisation_id=own,
                at=now,
                actor=self.actor.name,
                action="bills.issued",
                subject=f"{step.first_number}..{step.last_number}",
                after={"count": step.rows, "bills": step.totals["bills"]},
                cause=f"run {self.run.pk}",
            )


__all__ = ["Chunk", "Desk", "Overtaken", "Paused"]
