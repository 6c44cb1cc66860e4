"""Line by line: pairs, what is left over on either side, and what bills add to their lines."""

from __future__ import annotations

import polars as pl

from cleanbill.cycle.parallel.causes import STEPS, parted
from cleanbill.cycle.parallel.found import beside, noted
from cleanbill.cycle.parallel.match import Matched, matched

_UNBILLED = {"held": "held", "waiting": "period", "not_billable": "not_billable"}


def by_line(
    ours: pl.DataFrame, bills: pl.DataFrame, old: pl.DataFrame, tolerance: int
) -> tuple[pl.DataFrame, dict[str, int]]:
    """Return the differences (see ``found``) of two sides with lines, and counts."""
    ranked = ours.with_columns((pl.col("disposition") != "clear").alias("later"))
    match = matched(ranked, old)
    pairs = _beside(match, ours, old)
    alike = pl.col("our_currency") == pl.col("old_currency")
    clear = pl.col("our_disposition") == "clear"
    billed = pairs.filter(clear)
    same = parted(billed.filter(alike), tolerance)
    found = [
        *_steps(same),
        *_without_money(same),
        _unbilled(pairs.filter(~clear)),
        *_currencies(billed.filter(~alike)),
        *_left_over(match, ours, old),
        _bills(ours, bills),
        _old_bills(old, tolerance),
    ]
    differences = pl.concat(found)
    touched = differences["old_row"].drop_nulls().unique()
    return differences, {
        "matched": pairs.height,
        "equal": pairs.filter(~pl.col("old_row").is_in(touched.implode())).height,
        "uncertain": differences.filter(~pl.col("certain")).height,
    }


def _beside(match: Matched, ours: pl.DataFrame, old: pl.DataFrame) -> pl.DataFrame:
    return (
        match.pairs.join(beside(ours, "our", ("ours",)), on="ours")
        .join(beside(old, "old", ("old",)), on="old")
        .with_columns(pl.col("old_currency").alias("currency"))
        .sort("old")
    )


def _steps(pairs: pl.DataFrame) -> list[pl.DataFrame]:
    """One difference for each step that moves money."""
    return [noted(pairs.filter(pl.col(step) != 0), step, pl.col(step)) for step in STEPS]


def _without_money(pairs: pl.DataFrame) -> list[pl.DataFrame]:
    """What is wrong though the sum is right: customer, period, tax category."""
    mine, theirs = pl.col("our_customer").fill_null(""), pl.col("old_customer").fill_null("")
    # A file without customers says nothing about them.
    named = pairs["old_customer"].null_count() < pairs.height
    months = [pl.col(c).dt.truncate("1mo") for c in ("our_day", "old_service_date")]
    same_rate = pl.col("our_rate") == pl.col("old_rate")
    category = pl.col("old_tax_category").str.to_uppercase() != pl.col("our_tax_category")
    nothing = pl.lit(0)
    return [
        noted(pairs.filter((mine != theirs) & pl.lit(named)), "customer", nothing),
        noted(pairs.filter(months[0] != months[1]), "period", nothing),
        noted(pairs.filter(category & same_rate), "tax_category", nothing),
    ]


def _unbilled(pairs: pl.DataFrame) -> pl.DataFrame:
    """Old lines of charges that we do not bill now."""
    cause = pl.col("our_disposition").replace_strict(_UNBILLED, return_dtype=pl.String)
    return noted(pairs, cause, -pl.col("old_total_minor"))


def _currencies(pairs: pl.DataFrame) -> list[pl.DataFrame]:
    """A pair in two currencies: the old amount goes in one, ours comes in the other."""
    ours = pairs.with_columns(pl.col("our_currency").alias("currency"))
    mine, theirs = pl.col("our_total_minor"), pl.col("old_total_minor")
    return [
        noted(pairs, "currency", -theirs, theirs),
        noted(ours, "currency", mine, mine),
    ]


def _left_over(match: Matched, ours: pl.DataFrame, old: pl.DataFrame) -> list[pl.DataFrame]:
    """Charges without an old line, old lines without a charge, and those that repeat another."""
    missed = beside(
        ours.filter(pl.col("disposition") == "clear").join(match.pairs, on="ours", how="anti"),
        "our",
    )
    rest = old.join(match.pairs, on="old", how="anti").join(match.doubles, on="old", how="anti")
    surplus = beside(rest, "old")
    twins = old.select(
        pl.col("old").alias("twin"),
        pl.col("bill").alias("twin_bill"),
        pl.col("row").alias("twin_row"),
    )
    doubles = beside(old.join(match.doubles, on="old"), "old", ("twin",)).join(twins, on="twin")

    def of(amount: str, otherwise: str) -> pl.Expr:
        back = pl.when(pl.col(amount) < 0).then(pl.lit("credit"))
        return back.otherwise(pl.lit(otherwise))

    mine, theirs = pl.col("our_total_minor"), pl.col("old_total_minor")
    return [
        noted(missed, of("our_total_minor", "missed"), mine),
        noted(surplus, of("old_total_minor", "no_charge"), -theirs),
        noted(doubles, "double", -theirs),
    ]


def _bills(ours: pl.DataFrame, bills: pl.DataFrame) -> pl.DataFrame:
    """What our bills ask for beyond their lines: rounding to the smallest coin."""
    lines = ours.group_by("draft").agg(pl.col("total_minor").sum().alias("of_lines"))
    more = bills.join(lines, on="draft", how="left").with_columns(
        (pl.col("total_minor") - pl.col("of_lines").fill_null(0)).alias("more")
    )
    return noted(beside(more.filter(pl.col("more") != 0), "our"), "rounding", pl.col("our_more"))


def _old_bills(old: pl.DataFrame, tolerance: int) -> pl.DataFrame:
    """What old bills ask for beyond their lines, where they say what they ask for."""
    whole = (
        old.group_by("bill", "currency")
        .agg(
            pl.col("row").min(),
            pl.col("customer", "day").first(),
            pl.len().alias("lines"),
            pl.col("total_minor").sum().alias("of_lines"),
            pl.col("bill_total_minor").drop_nulls().first().alias("total_minor"),
        )
        .with_columns((pl.col("total_minor") - pl.col("of_lines")).alias("more"))
        .filter(pl.col("more").fill_null(0) != 0)
        .sort("row")
    )
    small = pl.col("old_more").abs() <= pl.col("old_lines") * tolerance
    cause = pl.when(small).then(pl.lit("rounding")).otherwise(pl.lit("old_sum"))
    return noted(beside(whole, "old"), cause, -pl.col("old_more"))
