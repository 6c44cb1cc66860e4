"""Rows that read well but make no sense beside each other: refused after the mapping."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import polars as pl

from cleanbill.formats.tabular.frames import DAMAGE, PROBLEM, ROW, WHAT_TO_DO
from cleanbill.formats.tabular.mapping import Intake, settled_totals


def refused(intake: Intake, table: pl.DataFrame, faults: pl.DataFrame) -> Intake:
    """Return the intake with the rows of ``faults`` rejected instead of accepted.

    ``table`` is the text table that was mapped; ``faults`` have ``row``, ``problem`` and
    ``what_to_do``. Control totals follow.
    """
    if faults.is_empty():
        return intake
    own = table.drop(DAMAGE, PROBLEM, WHAT_TO_DO, strict=False)
    turned_away = own.join(faults.select(ROW, PROBLEM, WHAT_TO_DO), on=ROW, how="inner")
    accepted = intake.accepted.join(faults, on=ROW, how="anti", maintain_order="left")
    rejected = pl.concat([intake.rejected, turned_away], how="diagonal").sort(ROW)
    codes = Counter(faults[PROBLEM].to_list())
    counts = {**intake.counts, "accepted": accepted.height, "rejected": rejected.height}
    for code, count in codes.items():
        counts[code] = counts.get(code, 0) + count
    measures = intake.measures
    if measures.width:
        turned = pl.col(ROW).is_in(faults[ROW].implode())
        measures = measures.with_columns((pl.col("accepted") & ~turned).alias("accepted"))
    return replace(
        intake,
        accepted=accepted,
        rejected=rejected,
        counts=counts,
        measures=measures,
        totals=settled_totals(measures),
    )
