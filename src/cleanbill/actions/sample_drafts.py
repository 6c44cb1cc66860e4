"""Which drafts a colleague looks at before a run goes out: the riskiest, and some by lot.

The lot is drawn from a seed that is thrown when the run is prepared and kept with it, so that
nobody chooses what is looked at and everybody can draw it again.
"""

from __future__ import annotations

import random
from typing import Any

import polars as pl

from cleanbill.actions.foresee_run import changed
from cleanbill.nouns.policy import Policy
from cleanbill.store.bulk import read

_SIGNS = ("warning", "new_customer", "large_change", "returned_before")
"""Why a draft is at risk, besides the amount."""


def sampled(
    organisation_id: int, drafts: pl.DataFrame, policy: Policy, last: int | None, seed: str
) -> list[dict[str, Any]]:
    """Return the drafts to be looked at, each with its ``reasons``; the riskiest stand first.

    Risk is the amount at stake, once more for each sign; currencies take turns, for their amounts
    cannot be compared.
    """
    if drafts.is_empty() or not (policy.review_riskiest or policy.review_percent):
        return []
    risky = _ranked(organisation_id, drafts, last)
    chosen = risky.head(policy.review_riskiest).to_dicts()
    for row in chosen:
        row["reasons"] = ["amount", *(sign for sign in _SIGNS if row[sign])]
    rest = risky.slice(policy.review_riskiest).sort("batch", "draft")
    wanted = -(-rest.height * policy.review_percent // 100)
    lot = random.Random(seed).sample(range(rest.height), wanted)  # noqa: S311
    by_lot = [{**rest.row(place, named=True), "reasons": ["lot"]} for place in sorted(lot)]
    return chosen + by_lot


def _ranked(organisation_id: int, drafts: pl.DataFrame, last: int | None) -> pl.DataFrame:
    known = read(
        "SELECT DISTINCT customer FROM bill WHERE organisation_id = %s AND customer IS NOT NULL",
        [organisation_id],
        {"customer": pl.String},
    )
    returned = read(
        "SELECT DISTINCT customer FROM review_item WHERE organisation_id = %s "
        "AND state = 'returned' AND customer IS NOT NULL",
        [organisation_id],
        {"customer": pl.String},
    )
    changes = changed(organisation_id, drafts, last)
    signed = drafts.join(
        changes, on=("customer", "currency"), how="left", nulls_equal=True, maintain_order="left"
    ).with_columns(
        (pl.col("warnings") > 0).alias("warning"),
        (~pl.col("customer").is_in(known["customer"].implode()))
        .fill_null(True)
        .alias("new_customer"),
        # Half as much again, or half of it gone, since the last period.
        (
            (pl.col("last_minor") != 0)
            & (pl.col("change_minor").abs() * 2 >= pl.col("last_minor").abs())
        )
        .fill_null(False)
        .alias("large_change"),
        pl.col("customer")
        .is_in(returned["customer"].implode())
        .fill_null(False)
        .alias("returned_before"),
    )
    signs = pl.sum_horizontal(pl.col(sign).cast(pl.Int64) for sign in _SIGNS)
    risk = pl.col("payable_minor").abs().cast(pl.Int128) * (signs + 1).cast(pl.Int128)
    ranked = signed.with_columns(risk.alias("risk")).sort(
        "risk", "draft_key", descending=[True, False]
    )
    turn = pl.int_range(pl.len()).over("currency")
    return ranked.with_columns(turn.alias("turn")).sort("turn", "currency")
