"""The books of one run: who bills, on which terms, what there is to bill, what was found.

Read once before the first bill. What others issue meanwhile is noticed when numbers are taken.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from cleanbill.actions.access import Actor
from cleanbill.cycle import run as cycle
from cleanbill.engine.tables import MasterData
from cleanbill.nouns.policy import Policy
from cleanbill.nouns.seller import Seller
from cleanbill.store import reading
from cleanbill.store.companies import policy_of, seller_of
from cleanbill.store.models import Organisation, SellerRecord, Series
from cleanbill.store.numbers import SeriesOrder, ordered

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Books:
    """What one run works with."""

    seller_row: Any
    seller: Seller
    policy: Policy
    master: MasterData
    batch: cycle.Batch
    before: pl.DataFrame
    last_bill: int
    """What was issued after it, was not seen."""


def open_books(
    actor: Actor,
    until: date,
    issue_date: date,
    last_charge: int,
    customer: str | None,
    progress: Progress,
) -> Books:
    """Read the books and draft all that can be billed by ``until``."""
    progress("Reading charges", 0, 1)
    last_bill = reading.last_bill_id()
    organisation = Organisation.objects.get(pk=actor.organisation_id)
    seller_row = SellerRecord.objects.get(organisation=organisation)
    seller, policy = seller_of(seller_row.profile), policy_of(organisation.policy)
    charges = reading.open_charges(actor.organisation_id, last_charge, customer)
    master = reading.master_data(actor.organisation_id)
    cancellations = charges.filter(pl.col("kind") == "cancellation")
    originals = reading.billed_originals(actor.organisation_id, cancellations)
    progress("Verifying, pricing, taxing", 0, 1)
    series = Series.objects.filter(seller=seller_row, last_issue_date__isnull=False)
    batch = cycle.bill(
        charges,
        master,
        seller,
        policy,
        until=until,
        issue_date=issue_date,
        originals=originals,
        earliest=dict(series.values_list("kind", "last_issue_date")),
    )
    before = reading.open_findings(actor.organisation_id)
    return Books(seller_row, seller, policy, master, batch, before, last_bill)


def in_order(books: Books) -> None:
    """Refuse, before the first bill, dates that would stand before what was issued already."""
    firsts = books.batch.bills.group_by("kind", maintain_order=True).agg(pl.col("issue_date").min())
    for kind, first in firsts.iter_rows():
        series = Series.objects.get(seller=books.seller_row, kind=kind)
        ordered(series.prefix, series.last_issue_date, first)
    lines = books.batch.lines
    if "credits_issue_date" not in lines.columns:
        return
    dated = lines.join(books.batch.bills.select("draft", "issue_date"), on="draft", how="inner")
    early = dated.filter(pl.col("credits_issue_date") > pl.col("issue_date_right"))
    for number, day, given in early.select(
        "credits_number", "credits_issue_date", "issue_date_right"
    ).iter_rows():
        raise SeriesOrder(
            f"{number} is dated {day}; a credit note of {given} would stand before it. "
            "Choose an issue date that is not earlier."
        )
