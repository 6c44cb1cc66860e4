"""One bad customer never stops the others: a batch that fails is halved until the fault is alone.

Checks name what they know to be wrong. What nobody foresaw shows itself as an error in the middle
of the work; then the customers of the batch are billed in halves, and those with whom it fails
even alone are held with a finding that says what happened. The order of customers is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import polars as pl

from cleanbill.cycle.batch import OUTCOME, Batch
from cleanbill.cycle.verify.catalogue import CANNOT_BE_BILLED
from cleanbill.engine.attempts import FAULTS, told
from cleanbill.engine.findings import findings_of
from cleanbill.engine.tables import CHARGES, CUSTOMERS, conformed, empty

__all__ = ["FAULTS", "MOST", "held", "isolated"]

MOST = 100
"""So many customers are held before the fault is believed to lie elsewhere."""


def isolated(
    charges: pl.DataFrame, bill: Callable[[pl.DataFrame], Batch], *, whole: bool = False
) -> Iterator[Batch]:
    """Yield the batches that ``bill`` makes of the charges: one, or where it fails, its halves.

    With ``whole`` all with whom it does not fail come in one batch, as their dates must rise
    together. Raises what ``bill`` raises once it fails with more than MOST customers alone: then
    master data or the program are at fault, not a customer.
    """
    if not whole:
        yield from _halved(charges, bill, [])
        return
    parts = list(_halved(charges, bill, []))
    if len(parts) == 1:
        yield parts[0]
        return
    apart = [part for part in parts if part.bills.is_empty() and _failed(part)]
    out = pl.concat([part.charges["charge_id"] for part in apart])
    yield from _halved(charges.filter(~pl.col("charge_id").is_in(out.implode())), bill, [])
    yield from apart


def _failed(batch: Batch) -> bool:
    """Tell whether a batch holds a customer because of an error."""
    return bool((batch.findings["code"] == CANNOT_BE_BILLED.code).any())


def _halved(
    charges: pl.DataFrame, bill: Callable[[pl.DataFrame], Batch], alone: list[str]
) -> Iterator[Batch]:
    """Yield what ``bill`` makes of the charges; ``alone`` collects with whom it fails."""
    try:
        batch = bill(charges)
    except FAULTS as error:
        names = charges["customer"].unique().sort(nulls_last=True)
        if len(names) == 1:
            alone.append(str(names[0]))
            if len(alone) > MOST:
                raise
            yield held(charges, error)
            return
        lower = charges["customer"].is_in(names[: len(names) // 2].drop_nulls().implode())
        for half in (charges.filter(lower), charges.filter(~lower.fill_null(False))):
            yield from _halved(half, bill, alone)
        return
    yield batch


def held(charges: pl.DataFrame, error: BaseException) -> Batch:
    """Return a batch that holds all these charges, because of an error nobody foresaw."""
    known = conformed(charges, CHARGES)
    absent = {"net_minor": pl.Int64, "not_billable": pl.String}
    rows = known.with_columns(
        *(
            pl.lit(None, dtype=kind).alias(c)
            for c, kind in absent.items()
            if c not in known.columns
        ),
        _held_unless_settled(known).alias("disposition"),
        pl.lit(told(error)).alias("error"),
    )
    findings = findings_of(
        CANNOT_BE_BILLED,
        rows,
        CANNOT_BE_BILLED.severity.value,
        subject=pl.col("reference"),
        parameters=("customer", "error"),
        at_stake=pl.col("net_minor").abs(),
    )
    none = pl.DataFrame(schema={"kind": pl.String, "draft": pl.Int64, "draft_key": pl.String})
    return Batch(rows.select(OUTCOME), none, none, none, none, findings, empty(CUSTOMERS))


def _held_unless_settled(charges: pl.DataFrame) -> pl.Expr:
    """What becomes of each charge: one that the run has billed before the error stays billed."""
    if "settled" not in charges.columns:
        return pl.lit("held")
    return pl.when("settled").then(pl.lit("settled")).otherwise(pl.lit("held"))
