"""Findings that only settled bills tell: sales that stay unbilled, coupons that are not used."""

from __future__ import annotations

import polars as pl

from cleanbill.cycle.verify.catalogue import COUPON_CHECKS, ORIGINAL_UNBILLED, RETAINER_DRAWN
from cleanbill.engine.findings import effective_severity, findings_of
from cleanbill.engine.tables import FINDINGS, empty
from cleanbill.engine.text import money_text
from cleanbill.nouns.currency import DECIMALS
from cleanbill.nouns.policy import Policy


def orphaned(orphans: pl.DataFrame) -> pl.DataFrame:
    """Return the findings on cancellations whose sale did not get onto a bill."""
    return findings_of(
        ORIGINAL_UNBILLED,
        orphans,
        "block",
        subject=pl.col("reference"),
        parameters=("proposals",),
        at_stake=pl.col("net_minor"),
    )


def drawn_already(returning: pl.DataFrame) -> pl.DataFrame:
    """Return the findings on charges that would take back more of a retainer than it has left.

    In: the charges, with ``coupon``, its code, and ``left_minor``, what is left of their originals.
    """
    if returning.is_empty():
        return empty(FINDINGS)
    decimals = pl.col("currency").replace_strict(DECIMALS, default=2, return_dtype=pl.Int8)
    return findings_of(
        RETAINER_DRAWN,
        returning.with_columns(money_text(pl.col("left_minor"), decimals).alias("left")),
        "block",
        subject=pl.col("reference"),
        parameters=tuple(RETAINER_DRAWN.parameters),
        at_stake=pl.col("net_minor").abs(),
    )


def unredeemed(drafts: pl.DataFrame, unused: pl.DataFrame, policy: Policy) -> pl.DataFrame:
    """Return the findings on coupons that bills could not use: one of a kind for each bill.

    In: drafts that go out; of each coupon ``draft``, ``coupon``, ``why``, ``ended``, its
    ``currency`` and ``kept_minor``, which is null where only its bill could tell.
    """
    heads = drafts.select("draft", "draft_key", "customer", pl.col("currency").alias("billed_in"))
    rows = unused.join(heads, on="draft", how="inner", maintain_order="left")
    decimals = pl.col("currency").replace_strict(DECIMALS, default=2, return_dtype=pl.Int8)
    kept = money_text(pl.col("kept_minor").fill_null(0), decimals)
    stated = rows.with_columns(kept.alias("kept"), pl.col("ended").cast(pl.String))
    found = [empty(FINDINGS)]
    for why, check in COUPON_CHECKS.items():
        severity = effective_severity(check, policy.severities)
        if severity == "off":
            continue
        found.append(
            findings_of(
                check,
                stated.filter(pl.col("why") == why).unique(
                    "draft", keep="first", maintain_order=True
                ),
                severity,
                subject=pl.col("draft_key"),
                parameters=tuple(check.parameters),
                at_stake=pl.col("kept_minor"),
            )
        )
    return pl.concat(found)
