"""What a pair of rows differs by, in money: each step from the old amount to ours has one cause.

The old net is led to ours step by step: first the quantity, then the price, then what remains is
discount or rounding. Each step takes the tax on it along, at the old rate. Then come the rate
itself, tax that follows from no rate, and sums that do not add up. Steps that lead from one amount
to another add up to their difference, whatever stands in the rows.
"""

from __future__ import annotations

import polars as pl

from cleanbill.cycle.parallel.old_side import taxed, valued
from cleanbill.engine.exact import multiplied
from cleanbill.nouns.currency import DECIMALS

STEPS = ("quantity", "price", "discount", "rounding", "tax_rate", "tax", "old_sum")
"""Causes with money that a pair of one currency can have."""
_CENT = {code: 10 ** (8 - places) for code, places in DECIMALS.items()}


def parted(pairs: pl.DataFrame, tolerance: int) -> pl.DataFrame:
    """Return the pairs with a column of STEPS each, which add up to ``our_total - old_total``.

    ``pairs`` have our columns with ``our_`` before them, the old ones with ``old_``, and
    ``currency``. So many minor units as ``tolerance`` of a line are rounding.
    """
    return (
        pairs.with_columns(_moved())
        .with_columns(_priced())
        .with_columns(_settled_steps(tolerance))
        .with_columns(_old_rate(tolerance))
        .pipe(_with_tax, tolerance)
    )


def _tax(net: pl.Expr, rate: pl.Expr) -> pl.Expr:
    """The tax on a net; nothing where it passes all bounds, so that the steps still add up."""
    return taxed(net, rate).fill_null(0)


def _known(*names: str) -> pl.Expr:
    return pl.all_horizontal([pl.col(name).is_not_null() for name in names])


def _moved() -> list[pl.Expr]:
    """``at_our_quantity``: the old net, had it been for our quantity."""
    ours, old = pl.col("our_quantity_e6"), pl.col("old_quantity_e6")
    size, sign = old.abs(), pl.when(old < 0).then(-1).otherwise(1)
    other = _known("our_quantity_e6", "old_quantity_e6") & (ours != old) & (old != 0)
    net = pl.col("old_net_minor")
    safe = pl.when(other).then(size).otherwise(1)
    scaled = pl.coalesce(multiplied(net, ours * sign, safe), net)
    # Nothing of an old line cannot be scaled: our quantity at its price, or what we bill.
    none = _known("our_quantity_e6") & (ours != 0) & (old == 0) & (net == 0)
    priced = pl.coalesce(valued(ours, pl.col("old_unit_price_e8")), pl.col("our_net_minor"))
    at_ours = pl.when(other).then(scaled).when(none).then(priced).otherwise(net)
    return [
        at_ours.alias("at_our_quantity"),
        valued(ours, pl.col("old_unit_price_e8")).alias("old_list"),
        valued(old, pl.col("old_unit_price_e8")).alias("old_priced"),
    ]


def _priced() -> list[pl.Expr]:
    """``by_price``: what the other price does; ``rest``: what quantity does not explain."""
    rest = pl.col("our_net_minor") - pl.col("at_our_quantity")
    ours, old = pl.col("our_list_minor"), pl.col("old_list")
    # An old discount is taken off the difference of prices, too.
    priced = pl.col("old_priced")
    sign = pl.when(priced < 0).then(-1).otherwise(1)
    some = priced.is_not_null() & (priced != 0)
    size = pl.when(some).then(priced.abs()).otherwise(1)
    kept = multiplied(ours - old, pl.col("old_net_minor") * sign, size)
    by_price = pl.when(some).then(kept).when(old.is_not_null()).then(ours - old)
    cent = pl.col("currency").replace_strict(_CENT, default=10**6, return_dtype=pl.Int64)
    half = cent // 2
    mine = (pl.col("our_unit_price_e8") + half) // cent
    theirs = (pl.col("old_unit_price_e8") + half) // cent
    return [
        rest.alias("rest"),
        by_price.alias("by_price"),
        (mine == theirs).alias("same_price"),
    ]


def _settled_steps(tolerance: int) -> list[pl.Expr]:
    rest, by_price = pl.col("rest"), pl.col("by_price")
    little = rest.abs() <= tolerance
    alike = pl.col("same_price") | _missing("old_unit_price_e8") | _missing("our_unit_price_e8")
    none = (rest == 0) | (little & alike)
    # Without an old price, an old net that is ours before discounts lacks the discount.
    forgot = (pl.col("at_our_quantity") - pl.col("our_list_minor")).abs() <= tolerance
    price = (
        pl.when(none)
        .then(0)
        .when(by_price.is_not_null() & pl.col("our_list_minor").is_not_null())
        .then(by_price)
        .when(forgot)
        .then(0)
        .otherwise(rest)
    )
    left = rest - price
    small = left.abs() <= tolerance
    return [
        (pl.col("at_our_quantity") - pl.col("old_net_minor")).alias("quantity"),
        price.alias("price"),
        pl.when(small).then(0).otherwise(left).alias("discount"),
        pl.when(small).then(left).otherwise(0).alias("rounding"),
    ]


def _missing(name: str) -> pl.Expr:
    return pl.col(name).is_null()


def _old_rate(tolerance: int) -> list[pl.Expr]:
    """The rate of the old row: stated, else ours where its tax fits, else what its tax implies."""
    net, tax = pl.col("old_net_minor"), pl.col("old_tax_minor")
    ours = pl.col("our_rate_percent_e6").fill_null(0)
    fits = (taxed(net, ours) - tax).abs() <= tolerance
    sign = pl.when(net < 0).then(-1).otherwise(1)
    size = pl.when(net == 0).then(1).otherwise(net.abs())
    implied = pl.when(net == 0).then(ours).otherwise(multiplied(tax, sign * 10**8, size))
    stated = pl.col("old_tax_rate_e6")
    return [
        pl.coalesce(stated, pl.when(fits).then(ours).otherwise(implied)).alias("old_rate"),
        ours.alias("our_rate"),
    ]


def _with_tax(pairs: pl.DataFrame, tolerance: int) -> pl.DataFrame:
    """Take the tax on each step along, then add what the taxes themselves differ by."""
    steps = ("quantity", "price", "discount", "rounding")
    rate = pl.col("old_rate")
    before = pl.col("old_net_minor")
    columns = []
    for step in steps:
        after = before + pl.col(step)
        columns.append((pl.col(step) + _tax(after, rate) - _tax(before, rate)).alias(step))
        before = after
    net, old = pl.col("our_net_minor"), pl.col("old_net_minor")
    by_rate = _tax(net, pl.col("our_rate")) - _tax(net, rate)
    ours_beyond = pl.col("our_tax_minor") - _tax(net, pl.col("our_rate"))
    odd = ours_beyond - (pl.col("old_tax_minor") - _tax(old, rate))
    small = odd.abs() <= 2 * tolerance
    return pairs.with_columns(
        *columns,
        by_rate.alias("tax_rate"),
        pl.when(small).then(0).otherwise(odd).alias("tax"),
        pl.when(small).then(odd).otherwise(0).alias("odd"),
        pl.col("old_sum_minor").alias("old_sum"),
    ).with_columns(pl.col("rounding") + pl.col("odd"))
