"""Invoices with coupons: who gets what depends on which bills go out, so both are settled together.

A bill whose net or payable would come below zero gets no coupon: where prices include tax, one that
asks for nothing may still have a net below zero and as much tax. One that a finding holds shows its
coupons but uses nothing up. Both are known only when the bill is taxed and reviewed; then those
behind it are worked out again. Runs without coupons pass through once and pay nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import polars as pl

from cleanbill.cycle import invoice, verify
from cleanbill.cycle.batch import Drafts
from cleanbill.engine.coupon_tables import COUPON_PARTS
from cleanbill.engine.tables import empty
from cleanbill.nouns.policy import Policy

Reviewed = tuple[Drafts, pl.DataFrame, pl.DataFrame]
"""Drafts that go out, the lines of the others, findings."""


def invoices(
    lines: pl.DataFrame,
    coupons: pl.DataFrame,
    policy: Policy,
    *,
    drafts: Callable[[pl.DataFrame], Drafts],
    reviewed: Callable[[Drafts], Reviewed],
) -> tuple[Drafts, pl.DataFrame, pl.DataFrame, int]:
    """Return the invoices that go out, the lines of those held, findings, and how many there were.

    In: gathered lines with their document discount, REDEEMABLE coupons, and how lines are taxed
    and totalled, and reviewed.
    """
    if coupons.is_empty():
        every = drafts(lines)
        return *reviewed(every), every.bills.height
    barred: set[int] = set()
    void: set[int] = set()
    while True:
        found = invoice.redeemed(lines, coupons, barred=barred, void=void)
        every = replace(drafts(found.lines), parts=found.parts)
        kept, refused, findings = reviewed(every)
        using = every.bills.join(found.parts.select("draft").unique(), on="draft", how="semi")
        below = using.filter(pl.min_horizontal("net_minor", "payable_minor") < 0)["draft"]
        if below.len():
            # Those behind it were worked out with what it has not used: one after the other.
            barred.add(int(below[0]))
            continue
        held = set(using["draft"].to_list()) - set(kept.bills["draft"].to_list())
        if held <= void:
            break
        void |= held
    missed = verify.unredeemed(kept.bills, found.unused, policy)
    return kept, refused, pl.concat([findings, missed]), every.bills.height


def billed_parts(sales: Drafts, earlier: pl.DataFrame | None) -> pl.DataFrame:
    """Return the coupons' parts of lines that credits may reverse, by ``original_id``.

    Of invoices of this batch, and of those billed ``earlier``, which are given so.
    """
    own = sales.parts
    if own.height:
        charges = sales.lines.select("draft", "line", pl.col("charge_id").alias("original_id"))
        own = own.join(charges, on=["draft", "line"], how="inner", maintain_order="left")
    else:
        own = empty({**COUPON_PARTS, "original_id": pl.Int64})
    if earlier is None or earlier.is_empty():
        return own
    return pl.concat([own, earlier], how="diagonal_relaxed")
