"""The old side: rows of old bills, with net, tax and gross worked out where they are missing."""

from __future__ import annotations

from enum import StrEnum

import polars as pl

from cleanbill.cycle.parallel.tables import OLD_ROWS
from cleanbill.engine.exact import divided, multiplied, narrow
from cleanbill.engine.tables import conformed
from cleanbill.nouns.currency import DECIMALS


class Measure(StrEnum):
    """What the two sides can be compared by, as far as the old file says it."""

    BOTH = "both"
    """Net and tax, and with them what is to be paid."""
    NET = "net"
    """The old file knows no tax."""
    GROSS = "gross"
    """The old file has nothing but what is to be paid."""


_WHOLE = 100 * 10**6
_SCALE = {code: 10 ** (14 - places) for code, places in DECIMALS.items()}
"""By what a quantity (e6) times a price (e8) is divided to be minor units."""


def valued(quantity: pl.Expr, price: pl.Expr) -> pl.Expr:
    """Return quantity times price in minor units of the row's ``currency``, rounded once."""
    scale = pl.col("currency").replace_strict(_SCALE, default=10**12, return_dtype=pl.Int64)
    return multiplied(quantity, price, scale)


def taxed(net: pl.Expr, rate_percent_e6: pl.Expr) -> pl.Expr:
    """Return the tax on a net amount, rounded once."""
    return multiplied(net, rate_percent_e6, _WHOLE)


def unusable(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the rows that state no amount at all, as faults of a file of old bills."""
    return rows.filter(
        pl.col("net_minor").is_null()
        & pl.col("gross_minor").is_null()
        & (pl.col("quantity_e6").is_null() | pl.col("unit_price_e8").is_null())
    ).select(
        "row",
        pl.lit("net:missing").alias("problem"),
        pl.lit("The row states no amount: fill net, or gross, or quantity and unit_price.").alias(
            "what_to_do"
        ),
    )


def measure_of(rows: pl.DataFrame) -> Measure:
    """Return what the rows can be compared by."""
    known = {name for name in rows.columns if rows[name].null_count() < rows.height}
    net = "net_minor" in known or {"quantity_e6", "unit_price_e8"} <= known
    if {"tax_minor", "tax_rate_e6"} & known or ("gross_minor" in known and net):
        return Measure.BOTH
    return Measure.GROSS if "gross_minor" in known else Measure.NET


def settled(rows: pl.DataFrame, measure: Measure) -> pl.DataFrame:
    """Return the rows with ``old`` (their place), signs, and net, tax and total of each.

    ``total_minor`` is what the row asks for; ``stated_rate`` whether it names a rate; ``sum_minor``
    is what net and tax come to beyond the total (an old row that does not add up).
    """
    rows = (
        _signed(conformed(rows, OLD_ROWS).select(*OLD_ROWS).sort("row"))
        .with_row_index("old")
        .cast({"old": pl.Int64})
    )
    net, tax, gross = (pl.col(c) for c in ("net_minor", "tax_minor", "gross_minor"))
    rate = pl.col("tax_rate_e6")
    priced = valued(pl.col("quantity_e6"), pl.col("unit_price_e8"))
    inside = narrow(divided(gross.cast(pl.Int128) * _WHOLE, _WHOLE + rate.fill_null(0)))
    if measure is Measure.GROSS:
        found = rows.with_columns(gross.alias("net_minor"), pl.lit(0, pl.Int64).alias("tax_minor"))
    elif measure is Measure.NET:
        found = rows.with_columns(
            pl.coalesce(net, priced).alias("net_minor"),
            pl.lit(0, pl.Int64).alias("tax_minor"),
            # A sum to be paid cannot be compared with what knows no tax.
            pl.lit(None, pl.Int64).alias("bill_total_minor"),
        )
    else:
        found = rows.with_columns(
            pl.coalesce(
                net, gross - tax, priced, pl.when(rate.is_not_null()).then(inside), gross
            ).alias("net_minor")
        ).with_columns(pl.coalesce(tax, gross - net, taxed(net, rate), 0).alias("tax_minor"))
    own = net + tax
    total = pl.coalesce(gross, own) if measure is Measure.BOTH else own
    day = pl.coalesce("service_date", "date")
    document = pl.coalesce("order", "bill")
    return found.with_columns(
        total.alias("total_minor"), day.alias("day"), document.alias("document")
    ).with_columns((own - pl.col("total_minor")).alias("sum_minor"))


def _signed(rows: pl.DataFrame) -> pl.DataFrame:
    """Credit notes that are written without a minus get one."""
    amounts = ("quantity_e6", "net_minor", "tax_minor", "gross_minor", "bill_total_minor")
    first = pl.coalesce("net_minor", "gross_minor", "quantity_e6")
    turned = (pl.col("kind") == "credit_note") & (first > 0)
    return rows.with_columns(
        pl.when(turned.fill_null(False)).then(-pl.col(c)).otherwise(c).alias(c) for c in amounts
    )
