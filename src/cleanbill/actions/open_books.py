"""The books of one run: who bills, on which terms, what there is to bill, what was found before.

Read once before the first bill, the charges into a spool from which they are billed partition by
partition. What others issue meanwhile is noticed when numbers are taken.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import chain
from typing import Any

import polars as pl

from cleanbill.actions.access import Actor
from cleanbill.actions.gather_bundles import with_bundles
from cleanbill.actions.open_charges import Opened, Progress, Wanted, numbered, open_charges
from cleanbill.actions.seal_parties import sealed_customers
from cleanbill.actions.standing import told_once
from cleanbill.actions.usual_figures import UsualFigures, described_items, usual_figures
from cleanbill.actions.verdicts import verdicts_of
from cleanbill.cycle import invoice, verify
from cleanbill.cycle import run as cycle
from cleanbill.cycle.isolate import isolated
from cleanbill.engine.ahead import beside
from cleanbill.engine.answer_tables import ANSWERS
from cleanbill.engine.tables import MasterData, empty
from cleanbill.nouns.policy import IssueDates, Policy
from cleanbill.nouns.seller import Seller
from cleanbill.store import billed_before, coupon_reading, order_reading, reading
from cleanbill.store.companies import policy_of, seller_of
from cleanbill.store.decisions import last_decision_id
from cleanbill.store.models import Organisation, Run, RunStep, SellerRecord, Series
from cleanbill.store.numbers import SeriesOrder, ordered
from cleanbill.store.spool import Spool
from cleanbill.store.writing import released_turns

PARTITION = 250_000
"""Charges that are billed at once: enough to keep columns busy, few enough for any memory."""
SMALL = 2_000
"""So few charges need only those master data that they name."""


def silent(stage: str, done: int, whole: int) -> None:
    """Report progress to nobody."""


@dataclass
class Coupons:
    """The coupons of a run, with what its batches have used so far: each has what is left."""

    left: pl.DataFrame

    def take(self, batch: cycle.Batch) -> None:
        """Count what the invoices of a batch have used."""
        if batch.parts.is_empty():
            return
        sold = batch.bills.filter(pl.col("kind") == "invoice").select("draft")
        used = batch.parts.join(sold, on="draft", how="semi")
        self.left = invoice.spent(self.left, used)


@dataclass(frozen=True, slots=True)
class Books:
    """What one run works with. ``series`` are those of the seller by kind of bill."""

    seller_row: Any
    seller: Seller
    policy: Policy
    master: MasterData
    series: dict[str, Series]
    charges: Spool
    originals: Spool
    parts: pl.DataFrame
    """What coupons took off the originals."""
    usual: UsualFigures
    turns: pl.DataFrame
    before: pl.DataFrame
    """The open findings."""
    until: date
    issue_date: date
    last_charge: int
    """Charges that came later were not read."""
    verdicts: verify.Verdicts | None = None
    """What people decided about findings, where they did."""
    last_decision: int = 0
    """Decisions that came later do not count."""
    answers: pl.DataFrame = field(default_factory=lambda: empty(ANSWERS))
    """What tax engines have answered about these drafts."""
    settled: int = 0
    """So many of the charges the run has billed before it went on."""

    def batches(self) -> Iterator[cycle.Batch]:
        """Draft all that can be billed, partition by partition; needs no database.

        Bills that are dated by service must rise with the date through the whole run, so that they
        are drafted in one partition.
        """
        whole = self.policy.issue_dates is IssueDates.SERVICE
        bounds: list[str | None] = [None] if whole else self.charges.bounds(PARTITION)
        spools = (self.charges, self.originals, self.usual.of_customers)
        parts = zip(*(spool.parts(bounds) for spool in spools), strict=True)
        coupons = Coupons(self.master.coupons)

        def drafted(part: tuple[pl.DataFrame, pl.DataFrame]) -> Iterator[cycle.Batch]:
            return self._drafted(*part, coupons=coupons)

        if coupons.left.is_empty() and len(bounds) > 1:
            # No partition asks what those before it have used up.
            yield from told_once(chain.from_iterable(beside(parts, lambda part: [*drafted(part)])))
        else:
            yield from told_once(chain.from_iterable(map(drafted, parts)))

    def close(self) -> None:
        """Give back what the books hold outside of memory."""
        self.charges.close()
        self.originals.close()
        self.usual.of_customers.close()

    def _drafted(
        self, charges: pl.DataFrame, originals: pl.DataFrame, usual: pl.DataFrame, coupons: Coupons
    ) -> Iterator[cycle.Batch]:
        known = replace(self.master, usual=self.usual.beside(usual))
        dated = {k: s.last_issue_date for k, s in self.series.items() if s.last_issue_date}

        def bill(part: pl.DataFrame) -> cycle.Batch:
            return cycle.bill(
                part,
                replace(known, coupons=coupons.left),
                self.seller,
                self.policy,
                until=self.until,
                issue_date=self.issue_date,
                originals=originals,
                earliest=dated,
                parts=self.parts,
                verdicts=self.verdicts,
                answers=self.answers,
            )

        whole = self.policy.issue_dates is IssueDates.SERVICE
        for batch in isolated(charges, bill, whole=whole):
            coupons.take(batch)
            yield batch


def open_books(
    actor: Actor,
    until: date,
    issue_date: date,
    last_charge: int,
    customer: str | None,
    progress: Progress,
    *,
    issuing: bool = False,
    drawn: Iterable[pl.DataFrame] = (),
    run_id: int | None = None,
    without: frozenset[int] = frozenset(),
    among: Collection[str | None] | None = None,
    looking: bool = False,
) -> Books:
    """Read what a run up to ``until`` needs: the open charges, of one customer if given.

    For ``issuing``, the customers bring what documents say of them sealed. ``drawn`` are charges
    that a preview foresees and nobody has kept: they count on from the last that there is.
    ``run_id`` is the run where it goes on, ``among`` the customers where these are several. A run
    that goes on also reads what it has billed, ``settled``: checks that hold one charge against
    another see what they saw when it began.
    Charges ``without`` which it goes out are not read. Who is only ``looking`` keeps no finding,
    and need not know which are open.
    """
    own = actor.organisation_id
    organisation = Organisation.objects.get(pk=own)
    seller_row = SellerRecord.objects.get(organisation=organisation)
    series = {s.kind: s for s in Series.objects.filter(seller=seller_row)}
    begun = run_id if issuing and _has_issued(own, run_id) else None
    billed_until = billed_before.last_day(own, run_id)
    wanted = Wanted(last_charge, customer, among, without, billed_until, begun)
    opened = open_charges(own, wanted, numbered(drawn, last_charge), PARTITION, progress)
    charges = opened.charges
    originals, credited = Spool(reading.BILLED, PARTITION), [pl.Series(dtype=pl.Int64)]
    if opened.cancelled:
        for batch in reading.billed_originals(own, pl.concat(opened.cancelled)):
            originals.add(batch)
            credited.append(batch["charge_id"])
    few = charges.rows <= min(SMALL, PARTITION)
    seller = seller_of(seller_row.profile)
    some = charges.everything() if few else None
    known = _known(own, reading.master_data(own, some, seller.address.postcode), some, run_id)
    master = _with_the_run(own, known, opened, some, run_id)
    everyone = reading.every_customer(own, SMALL) if few else master.customers
    if everyone is not None:
        master = replace(master, twins=verify.twins(everyone))
    last_decision = _last_decision(own, run_id)
    policy, verdicts = verdicts_of(
        own, seller.key, policy_of(organisation.policy), issue_date, last_decision
    )
    if issuing:
        master = replace(master, customers=sealed_customers(own, master.customers))
    return Books(
        seller_row=seller_row,
        seller=seller,
        policy=policy,
        master=master,
        series=series,
        charges=charges,
        originals=originals,
        parts=coupon_reading.billed_parts(own, pl.concat(credited)),
        usual=usual_figures(own, PARTITION, some),
        turns=released_turns(own),
        before=reading.no_findings() if looking else reading.open_findings(own),
        until=until,
        issue_date=issue_date,
        last_charge=last_charge,
        verdicts=verdicts,
        last_decision=last_decision,
        settled=opened.settled,
    )


def _with_the_run(
    own: int, master: MasterData, opened: Opened, some: pl.DataFrame | None, run_id: int | None
) -> MasterData:
    """Return the master data with what was billed before, and what the whole run shows."""
    return replace(
        master,
        billed=billed_before.billed_alike(own, pl.concat(opened.late), run_id),
        odd_orders=verify.odd_orders(opened.orders),
        described=described_items(own, some),
        shared_prices=verify.shared_prices(opened.prices) if opened.prices else None,
    )


def _known(
    own: int, master: MasterData, some: pl.DataFrame | None, run_id: int | None
) -> MasterData:
    """Return the master data with coupons, purchase orders and bundles, for some charges or all."""
    used = replace(
        master,
        coupons=coupon_reading.redeemable(own, some, run_id),
        orders=order_reading.orders(own, some, run_id),
    )
    return with_bundles(own, used)


def _has_issued(own: int, run_id: int | None) -> bool:
    """Tell whether a run goes on behind bills of its own."""
    steps = RunStep.objects.filter(organisation_id=own, run_id=run_id)
    return run_id is not None and steps.exists()


def _last_decision(own: int, run_id: int | None) -> int:
    """Return the last decision that counts: a run that goes on sees those that it began with."""
    if run_id is not None:
        known = Run.objects.filter(organisation_id=own, pk=run_id)
        begun = known.values_list("last_decision_id", flat=True).first()
        if begun is not None:
            return begun
    return last_decision_id()


def in_order(books: Books, batch: cycle.Batch) -> None:
    """Refuse, before its first bill, a batch whose dates would stand before what is issued."""
    firsts = batch.bills.filter(pl.col("kind").is_not_null())
    for kind, first in (
        firsts.group_by("kind", maintain_order=True).agg(pl.col("issue_date").min()).iter_rows()
    ):
        ordered(books.series[kind].prefix, books.series[kind].last_issue_date, first)
    lines = batch.lines
    if "credits_issue_date" not in lines.columns:
        return
    dated = lines.join(batch.bills.select("draft", "issue_date"), on="draft", how="inner")
    early = dated.filter(pl.col("credits_issue_date") > pl.col("issue_date_right"))
    for number, day, given in early.select(
        "credits_number", "credits_issue_date", "issue_date_right"
    ).iter_rows():
        raise SeriesOrder(
            f"{number} is dated {day}; a credit note of {given} would stand before it. "
            "Choose an issue date that is not earlier."
        )
