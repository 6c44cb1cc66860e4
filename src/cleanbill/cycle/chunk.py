"""A chunk of a batch: its bills numbered, written as documents, and booked."""

from __future__ import annotations

import polars as pl

from cleanbill.cycle import invoice
from cleanbill.cycle.batch import Batch, Issued
from cleanbill.ledger import post
from cleanbill.nouns.policy import Policy
from cleanbill.nouns.seller import Seller


def issue_chunk(
    batch: Batch,
    first_draft: int,
    count: int,
    *,
    prefix: str,
    first_number: int,
    seller: Seller,
    policy: Policy,
    numbers: pl.DataFrame | None = None,
    reason: str | None = None,
) -> Issued:
    """Number, write and book the bills of one kind from row ``first_draft`` of ``batch.bills`` on.

    ``numbers`` gives ``draft`` and ``number`` of the invoices of this batch that
    credit notes refer to; ``reason`` is what credit notes state, if not the usual words.
    """
    drafts, lines, groups, taxes = batch.slice(first_draft, count)
    bills = invoice.numbered(drafts, prefix, first_number)
    issued = invoice.issue(
        bills,
        invoice.referring(lines, numbers),
        groups,
        taxes,
        batch.customers,
        seller,
        cash_name=policy.cash_customer_name,
        reason=reason,
        parts=batch.parts_of(drafts),
    )
    postings = post(issued.bills, issued.groups)
    return Issued(issued.bills, issued.lines, issued.groups, taxes, postings, issued.parts)
