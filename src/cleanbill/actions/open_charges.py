"""The open charges of a run, with what some of them bring along, in a spool."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import chain

import polars as pl

from cleanbill.actions.gather_bundles import shown_parts, told
from cleanbill.actions.open_attributes import asked_attributes
from cleanbill.cycle import verify
from cleanbill.engine.tables import CHARGES, Schema
from cleanbill.nouns.drawn import BUNDLES
from cleanbill.store import billed_before, reading
from cleanbill.store.spool import Spool

Progress = Callable[[str, int, int], None]
"""Told of a stage, how much of it is done, and the whole of it."""
_NOBODY = pl.Series("replaces", [], dtype=pl.Int64)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which open charges: up to one, of one customer or ``among`` several, ``without`` some."""

    last_charge: int
    customer: str | None
    among: Collection[str | None] | None
    without: frozenset[int]
    billed_until: date | None
    """Up to here days have been billed before; null where nothing was."""
    run_id: int | None = None
    """The run that goes on: what it has billed comes again, as ``settled``, for checks to see."""


@dataclass(frozen=True, slots=True)
class Opened:
    """The open charges in a spool, and what is told of all of them."""

    charges: Spool
    cancelled: list[pl.DataFrame]
    """``item`` and ``customer`` of cancellations."""
    late: list[pl.DataFrame]
    """Of sales of days that are billed already, what ``billed_before`` asks of them."""
    settled: int
    """So many of them are settled."""
    orders: list[pl.DataFrame]
    """How many rows each order has of each customer, day and country; of a whole run only."""
    prices: list[pl.DataFrame]
    """Which prices sales bring along."""


def open_charges(
    own: int,
    wanted: Wanted,
    foreseen: Iterable[pl.DataFrame],
    keep: int,
    progress: Progress,
) -> Opened:
    """Read the open charges, and behind them those foreseen; ``keep`` of them stay in memory.

    Where prices ask for attributes, the charges bring these, opened; where there are bundles,
    components say of which.
    """
    late = [pl.DataFrame(schema={c: CHARGES[c] for c in billed_before.LATE})]
    asked = asked_attributes(own, wanted.last_charge, wanted.customer)
    shown, gone = shown_parts(own, wanted.last_charge, wanted.customer), _NOBODY
    if shown is not None:
        foreseen = list(foreseen)
        parts = [f.filter(pl.col("source") == BUNDLES) for f in foreseen if "basis" in f.columns]
        shown = pl.concat([shown, *(told(part) for part in parts)])
        gone = pl.concat([gone, *(part["replaces"] for part in parts)])
    brought = [table for table in (asked, shown) if table is not None]
    settled = {} if wanted.run_id is None else reading.SETTLED
    schema: Schema = {**CHARGES, **{t.columns[1]: pl.String for t in brought}, **settled}
    charges, cancelled, done = Spool(schema, keep), [], 0
    orders, prices, whole = [], [], wanted.customer is None and wanted.among is None
    read = reading.open_charges(
        own, wanted.last_charge, wanted.customer, wanted.among, wanted.run_id
    )
    for batch in chain(read, foreseen):
        if wanted.without:
            batch = batch.filter(~pl.col("charge_id").is_in(list(wanted.without)))
        for table in brought:
            batch = batch.join(table, on="charge_id", how="left", maintain_order="left")
        if len(gone):
            batch = batch.filter(~pl.col("charge_id").is_in(gone.implode()))
        batch = batch.select(*schema)
        charges.add(batch)
        done += int(batch["settled"].sum()) if settled else 0
        if whole:
            orders.append(verify.orders_counted(batch))
            prices.append(verify.prices_charged(batch))
        cancelled.append(batch.filter(pl.col("kind") == "cancellation").select("item", "customer"))
        if wanted.billed_until is not None:
            past = (pl.col("kind") == "sale") & (pl.col("service_date") <= wanted.billed_until)
            late.append(batch.filter(past).select(billed_before.LATE).drop_nulls())
        progress("Reading charges", charges.rows, 0)
    return Opened(charges, cancelled, late, done, orders, prices)


def numbered(drawn: Iterable[pl.DataFrame], last_charge: int) -> Iterator[pl.DataFrame]:
    """Number charges that nobody has kept: they count on from the last that there is."""
    following = last_charge + 1
    for frame in drawn:
        place = pl.int_range(pl.len(), dtype=pl.Int64) + following
        following += frame.height
        yield frame.with_columns(place.alias("charge_id"))
