"""Rows and adjustments: quantity times price, parts, discounts and charges, before any tax."""

from __future__ import annotations

import polars as pl

from cleanbill.cycle.tax.reckon.sheet import Sheet, Sums
from cleanbill.engine.exact import fraction, narrow, to_step, wide, wide_total
from cleanbill.engine.plan import collected
from cleanbill.nouns.scales import AMOUNT_MAX_MINOR, PRICE_DECIMALS, PRICE_MAX_E8

CARRIED_DIGITS = 2
"""Digits more than the currency has, which CARRIED sums keep; more where the price has more."""
WHOLE_PERCENT = 100 * 10**6


def power(places: pl.Expr) -> pl.Expr:
    """Return ten to the power of small whole numbers (0 to 8)."""
    powers = {n: 10**n for n in range(PRICE_DECIMALS + 1)}
    return places.cast(pl.Int64).replace_strict(powers, default=None, return_dtype=pl.Int64)


def _places(price: pl.Expr) -> pl.Expr:
    """How many decimals a price has, without zeros at its end."""
    fits = [
        pl.when(price % 10 ** (PRICE_DECIMALS - n) == 0).then(n).otherwise(PRICE_DECIMALS)
        for n in range(PRICE_DECIMALS + 1)
    ]
    return pl.min_horizontal(*fits).cast(pl.Int64)


def within(amount: str) -> pl.Expr:
    """Return an amount column, null beyond what an amount may be: products of it cannot wrap."""
    limit = wide(power(PRICE_DECIMALS - pl.col("decimals"))) * AMOUNT_MAX_MINOR
    return pl.when(pl.col(amount).abs() <= limit).then(pl.col(amount)).alias(amount)


def carried() -> pl.Expr:
    """Whether the bill carries digits to the end."""
    return pl.col("sums") == Sums.CARRIED


def stepped(table: pl.DataFrame, sheet: Sheet, places: pl.Expr) -> pl.DataFrame:
    """Return the table with ``decimals``, ``sums`` and ``unit_e8``, the step of its amounts."""
    joined = table.join(
        sheet.bills.select("bill", "decimals", "sums"),
        on="bill",
        how="left",
        maintain_order="left",
    )
    kept = pl.max_horizontal(pl.col("decimals") + CARRIED_DIGITS, places)
    digits = pl.when(carried()).then(kept).otherwise(pl.col("decimals"))
    return joined.with_columns(
        power(PRICE_DECIMALS - pl.min_horizontal(digits, PRICE_DECIMALS)).alias("unit_e8")
    )


def priced(sheet: Sheet) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return rows with ``sum_e8``, ``total_e8``, ``unit_e8``; their adjustments, ``amount_e8``.

    Parts come first: what they come to is the price of the row they belong to.
    """
    parts, part_changes = _totalled(sheet, pl.col("part_of").is_not_null(), sheet.rows)
    # The sum of parts is a price: it has the decimals of a price, as the parts' prices do.
    places = pl.max_horizontal(_places(pl.col("price_e8")), pl.col("decimals"))
    prices = parts.group_by("bill", pl.col("part_of").alias("row")).agg(
        to_step(
            wide_total(pl.col("total_e8")),
            power(PRICE_DECIMALS - pl.min_horizontal(places, PRICE_DECIMALS).max()),
        ).alias("parts_e8")
    )
    whole = sheet.rows.join(prices, on=["bill", "row"], how="left", maintain_order="left")
    fits = pl.col("parts_e8").abs() <= PRICE_MAX_E8
    own = pl.when(pl.col("parts_e8").is_null()).then("price_e8")
    whole = whole.with_columns(
        pl.when(fits).then(narrow(pl.col("parts_e8"))).otherwise(own).alias("price_e8")
    ).drop("parts_e8")
    rows, changes = _totalled(sheet, pl.col("part_of").is_null(), whole)
    return pl.concat([rows, parts], how="vertical"), pl.concat([changes, part_changes])


def _totalled(
    sheet: Sheet, which: pl.Expr, rows: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the chosen rows and their adjustments, added up."""
    stepping = stepped(rows.filter(which), sheet, _places(pl.col("price_e8")))
    product = fraction(pl.col("price_e8"), pl.col("quantity_e6"), 10**6, pl.col("unit_e8"))
    lined = stepping.with_columns(product.alias("sum_e8")).with_columns(within("sum_e8"))
    of_rows = sheet.adjustments.filter(pl.col("row").is_not_null()).join(
        lined.select("bill", "row", "unit_e8", "sums", "sum_e8", "decimals", of_e6="quantity_e6"),
        on=["bill", "row"],
        how="inner",
        maintain_order="left",
    )
    changes = adjusted(of_rows)
    signed = changes.group_by("bill", "row").agg(
        wide_total(pl.col("signed_e8")).alias("change_e8"), pl.len().alias("changes")
    )
    joined = lined.join(signed, on=["bill", "row"], how="left", maintain_order="left")
    total = pl.when(pl.col("changes") > 0).then(pl.col("sum_e8") + pl.col("change_e8"))
    totalled = joined.with_columns(total.otherwise(pl.col("sum_e8")).alias("total_e8"))
    return totalled.with_columns(within("total_e8")).drop("change_e8", "changes"), changes


def adjusted(changes: pl.DataFrame) -> pl.DataFrame:
    """Return adjustments with ``amount_e8`` and ``signed_e8``, discounts negative.

    In: with ``sum_e8`` and ``of_e6`` (quantity) of what they adjust, ``unit_e8`` and ``sums``.
    """
    unit = pl.col("unit_e8")
    base = pl.coalesce(wide(pl.col("base_e8")), pl.col("sum_e8"))
    quantity = pl.coalesce("quantity_e6", "of_e6")
    exact = pl.when(carried()).then(pl.lit(1, dtype=pl.Int64)).otherwise(unit)
    amount = (
        pl.when(pl.col("rate_e8").is_not_null())
        .then(fraction(pl.col("rate_e8"), quantity, 10**6, unit))
        .when(pl.col("percent_e6").fill_null(0) != 0)
        .then(fraction(base, pl.col("percent_e6"), WHOLE_PERCENT, unit))
        .otherwise(to_step(pl.col("amount_e8"), exact))
    )
    sign = pl.when(pl.col("charge")).then(1).otherwise(-1)
    return changes.with_columns(amount.alias("amount_e8")).with_columns(
        (pl.col("amount_e8") * sign).alias("signed_e8")
    )


def of_bills(sheet: Sheet, rows: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return one row per bill with ``sum_e8`` and ``unit_e8``, and the bills' own adjustments."""
    summed = (
        rows.lazy()
        .filter(pl.col("part_of").is_null())
        .group_by("bill")
        .agg(wide_total(pl.col("total_e8")).alias("sum_e8"), pl.col("unit_e8").min())
        .pipe(collected)
    )
    heads = stepped(sheet.bills.drop("decimals", "sums"), sheet, pl.lit(0)).rename(
        {"unit_e8": "step_e8"}
    )
    bills = heads.join(summed, on="bill", how="left", maintain_order="left").with_columns(
        pl.coalesce("unit_e8", "step_e8").alias("unit_e8")
    )
    # A bill of charges alone has no rows; one whose rows have no sum keeps its null.
    rowless = ~pl.col("bill").is_in(summed["bill"].implode())
    bills = (
        bills.with_columns(
            pl.when(rowless).then(pl.lit(0, dtype=pl.Int128)).otherwise("sum_e8").alias("sum_e8")
        )
        .with_columns(within("sum_e8"))
        .drop("step_e8")
    )
    own = sheet.adjustments.filter(pl.col("row").is_null()).join(
        bills.select("bill", "unit_e8", "sums", "sum_e8", "decimals"),
        on="bill",
        how="left",
        maintain_order="left",
    )
    return bills, adjusted(own.with_columns(pl.lit(10**6, dtype=pl.Int64).alias("of_e6")))
