"""Compare the two sides, cause by cause, to the last cent of the difference of their totals."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from cleanbill.cycle.parallel.by_bill import by_bill
from cleanbill.cycle.parallel.by_line import by_line
from cleanbill.cycle.parallel.old_side import Measure, measure_of, settled
from cleanbill.cycle.parallel.tables import CAUSES, DIFFERENCES
from cleanbill.cycle.parallel.words import worded
from cleanbill.engine.tables import conformed

TOLERANCE = 1
"""Minor units by which a line may differ through rounding alone."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a parallel run found. The differences of a currency add up to ours less old."""

    measure: Measure
    lines: bool
    """The old file was compared line by line; else bill by bill."""
    differences: pl.DataFrame
    """DIFFERENCES, the largest first."""
    causes: pl.DataFrame
    """``currency, cause, count, difference_minor, concerned_minor``."""
    totals: pl.DataFrame
    """``currency, old_bills, our_bills, old_minor, our_minor, difference_minor``."""
    counts: dict[str, int]
    """``old_rows``, ``matched``, ``equal`` (to the cent, in all that is compared), ``uncertain``;
    and of our charges those that are not billed now."""


def compared(
    ours: pl.DataFrame, bills: pl.DataFrame, old: pl.DataFrame, tolerance: int = TOLERANCE
) -> Comparison:
    """Return every difference between our preview and the old system's rows.

    In: OUR_ROWS, OUR_BILLS, OLD_ROWS. Pure and deterministic. A file without items, quantities and
    references is compared bill by bill.
    """
    measure = measure_of(old)
    rows = settled(old, measure)
    ours = _measured(
        ours.sort("charge_id").with_row_index("ours").cast({"ours": pl.Int64}), measure
    )
    bills = _measured(bills, measure)
    known = pl.any_horizontal(pl.col("item", "reference", "quantity_e6").is_not_null())
    lines = bool(rows.select(known.any()).item())
    found, counts = (by_line if lines else by_bill)(ours, bills, rows, tolerance)
    counts["old_rows"] = rows.height
    counts["not_billed_now"] = ours.filter(pl.col("disposition") != "clear").height
    totals = _totals(bills, rows)
    order = [pl.col("difference_minor").abs(), pl.col("concerned_minor").abs()]
    differences = (
        conformed(worded(found), DIFFERENCES)
        .select(*DIFFERENCES)
        .sort(
            *order,
            *("cause", "old_row", "our_draft", "reference"),
            descending=[True, True, False, False, False, False],
            nulls_last=True,
        )
    )
    causes = _causes(differences)
    _closed(causes, totals)
    return Comparison(measure, lines, differences, causes, totals, counts)


def _measured(ours: pl.DataFrame, measure: Measure) -> pl.DataFrame:
    """Our side in the measure of the old one: without tax, or with tax in the net."""
    nothing = [pl.lit(0, pl.Int64).alias("tax_minor")]
    if "rate_percent_e6" in ours.columns:
        nothing.append(pl.lit(0, pl.Int64).alias("rate_percent_e6"))
    rounding = []
    if "total_minor" in ours.columns:
        rounded = pl.col("total_minor") - pl.col("net_minor") - pl.col("tax_minor")
        rounding = [rounded.alias("rounding_minor")]
    ours = ours.with_columns(rounding)
    match measure:
        case Measure.NET:
            ours = ours.with_columns(nothing)
            rounding = rounding and [pl.lit(0, pl.Int64).alias("rounding_minor")]
            ours = ours.with_columns(rounding)
        case Measure.GROSS:
            ours = ours.with_columns(pl.col("net_minor") + pl.col("tax_minor"), *nothing[1:])
            ours = ours.with_columns(nothing[0])
            if "list_minor" in ours.columns:
                ours = ours.with_columns(pl.lit(None, pl.Int64).alias("list_minor"))
    if "total_minor" in ours.columns:
        whole = pl.col("net_minor") + pl.col("tax_minor") + pl.col("rounding_minor")
        return ours.with_columns(whole.alias("total_minor"))
    return ours.with_columns((pl.col("net_minor") + pl.col("tax_minor")).alias("total_minor"))


def _totals(bills: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """What both sides ask for, by currency, worked out apart from the differences."""
    stated = pl.col("bill_total_minor").drop_nulls().first()
    summed = pl.col("total_minor").sum()
    whole = pl.coalesce(stated, summed)
    old = (
        rows.group_by("currency", "bill")
        .agg(whole.alias("total_minor"))
        .group_by("currency")
        .agg(
            pl.len().cast(pl.Int64).alias("old_bills"),
            pl.col("total_minor").sum().alias("old_minor"),
        )
    )
    own = bills.group_by("currency").agg(
        pl.len().cast(pl.Int64).alias("our_bills"), pl.col("total_minor").sum().alias("our_minor")
    )
    both = old.join(own, on="currency", how="full", coalesce=True)
    filled = both.with_columns(pl.all().exclude("currency").fill_null(0))
    difference = pl.col("our_minor") - pl.col("old_minor")
    columns = ("currency", "old_bills", "our_bills", "old_minor", "our_minor")
    return filled.select(*columns, difference.alias("difference_minor")).sort("currency")


def _causes(differences: pl.DataFrame) -> pl.DataFrame:
    places = {cause: place for place, cause in enumerate(CAUSES)}
    place = pl.col("cause").replace_strict(places, return_dtype=pl.Int64)
    return (
        differences.group_by("currency", "cause")
        .agg(
            pl.len().cast(pl.Int64).alias("count"),
            pl.col("difference_minor").sum(),
            pl.col("concerned_minor").abs().sum(),
        )
        .sort("currency", place)
    )


def _closed(causes: pl.DataFrame, totals: pl.DataFrame) -> None:
    """Hold the law of this room: the causes of a currency add up to its difference."""
    summed = causes.group_by("currency").agg(pl.col("difference_minor").sum().alias("explained"))
    both = totals.join(summed, on="currency", how="left").with_columns(
        pl.col("explained").fill_null(0)
    )
    open_rows = both.filter(pl.col("explained") != pl.col("difference_minor"))
    if open_rows.height:
        raise AssertionError(f"causes do not add up to the difference: {open_rows.to_dicts()}")
