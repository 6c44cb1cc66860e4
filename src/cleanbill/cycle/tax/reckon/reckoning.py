"""Reckon whole bills: rows, adjustments, tax groups, totals, payments, on one page."""

from __future__ import annotations

import polars as pl

from cleanbill.cycle.tax.reckon.groups import freed, grouped, items, minor, remaining, shared
from cleanbill.cycle.tax.reckon.payments import paid
from cleanbill.cycle.tax.reckon.rows import of_bills, power, priced
from cleanbill.cycle.tax.reckon.sheet import Reckoned, Sheet, checked
from cleanbill.engine.exact import added, narrow, to_step, wide, wide_total
from cleanbill.nouns.scales import PRICE_DECIMALS
from cleanbill.nouns.tax import Kind

NOTHING = pl.lit(0, dtype=pl.Int128)
CHANGE = ("bill", "adjustment", "row", minor(pl.col("amount_e8")).alias("amount_minor"))
FIGURES = ("sum", "discount", "charge", "included", "total", "tax", "with_tax", "retained")


def reckon(sheet: Sheet) -> Reckoned:
    """Return every printed figure of the sheet's bills; raises SheetError where it contradicts.

    What does not fit is null, and so is all that depends on it.
    """
    checked(sheet)
    rows, row_changes = priced(sheet)
    bills, own = of_bills(sheet, rows)
    found = freed(items(rows, own), sheet)
    groups, borne = grouped(found, sheet)
    figures = _totals(bills, own, groups, remaining(found, groups))
    payments, settled = paid(sheet, figures)
    nets = found.filter(pl.col("row").is_not_null()).select(
        "bill", "row", minor(pl.col("net_e8")).alias("net_minor")
    )
    printed_rows = rows.select(
        "bill",
        "row",
        "part_of",
        minor(pl.col("sum_e8")).alias("sum_minor"),
        minor(pl.col("total_e8")).alias("total_minor"),
    ).join(nets, on=["bill", "row"], how="left", maintain_order="left")
    changes = pl.concat([own.select(CHANGE), row_changes.select(CHANGE)])
    return Reckoned(
        settled,
        printed_rows,
        changes,
        _printed(groups),
        shared(groups, borne),
        payments,
    )


def _printed(groups: pl.DataFrame) -> pl.DataFrame:
    return groups.select(
        "bill",
        "tax",
        "kind",
        "mark",
        "percent_e6",
        "surcharge_e6",
        minor(pl.col("base_e8")).alias("base_minor"),
        minor(pl.col("tax_e8")).alias("tax_minor"),
        minor(pl.col("surcharge_amount_e8")).alias("surcharge_minor"),
    )


def _per_bill(table: pl.DataFrame, **amounts: pl.Expr) -> pl.DataFrame:
    return table.group_by("bill").agg(wide_total(e).alias(name) for name, e in amounts.items())


def _when(condition: pl.Expr, amount: pl.Expr) -> pl.Expr:
    return pl.when(condition).then(amount).otherwise(NOTHING)


def _totals(
    bills: pl.DataFrame, own: pl.DataFrame, groups: pl.DataFrame, left: pl.DataFrame
) -> pl.DataFrame:
    """Return the bills with the printed figures up to ``payable_minor``."""
    amount = pl.col("amount_e8")
    tax = pl.col("tax_e8") + pl.col("surcharge_amount_e8")
    parts = [
        _per_bill(
            own,
            discount_e8=_when(~pl.col("charge"), amount),
            charge_e8=_when(pl.col("charge"), amount),
        ),
        _per_bill(
            groups,
            included_e8=_when(pl.col("inside"), pl.col("tax_e8")),
            tax_e8=_when(pl.col("kind") == Kind.ADDED, tax),
            retained_e8=_when(pl.col("kind") == Kind.RETAINED, tax),
        ),
        left,
    ]
    for part in parts:
        # A bill without such rows has nothing there; one whose rows have no amount stays null.
        names = [c for c in part.columns if c != "bill"]
        there = part["bill"].implode()
        bills = bills.join(part, on="bill", how="left", maintain_order="left").with_columns(
            pl.when(pl.col("bill").is_in(there)).then(pl.col(n)).otherwise(NOTHING).alias(n)
            for n in names
        )
    before_tax = pl.col("sum_e8") - pl.col("discount_e8") + pl.col("charge_e8")
    totalled = bills.with_columns(
        (before_tax - pl.col("included_e8") - pl.col("left_e8")).alias("total_e8")
    ).with_columns((pl.col("total_e8") + pl.col("tax_e8")).alias("with_tax_e8"))
    return _payable(totalled).select(
        "bill",
        "decimals",
        "sums",
        *(f"{name}_minor" for name in FIGURES),
        "rounding_minor",
        "payable_minor",
        "payable_e8",
        "unit_e8",
    )


def _payable(totalled: pl.DataFrame) -> pl.DataFrame:
    """Return the bills with printed figures: what is payable, and all rounding on the way there."""
    given = pl.col("rounding_minor").fill_null(0)
    asked = pl.col("with_tax_e8") - pl.col("retained_e8") + pl.col("left_e8")
    cent = power(PRICE_DECIMALS - pl.col("decimals"))
    printed = totalled.with_columns(
        (asked + wide(given) * wide(cent)).alias("payable_e8"),
        *(minor(pl.col(f"{name}_e8")).alias(f"{name}_minor") for name in FIGURES),
        added(minor(asked), given).alias("asked_minor"),
    )
    cash = narrow(to_step(pl.col("asked_minor"), pl.col("cash_unit_minor").fill_null(1)))
    to_cash = added(pl.col("payable_minor"), -pl.col("asked_minor"))
    return printed.with_columns(cash.alias("payable_minor")).with_columns(
        added(given, minor(pl.col("left_e8")), to_cash).alias("rounding_minor")
    )
