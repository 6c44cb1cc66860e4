"""What is at stake where a figure is out of the ordinary: by its verdict, beside the usual one."""

from __future__ import annotations

import polars as pl

from cleanbill.engine.exact import multiplied

_MEASURED = {
    **dict.fromkeys(("price", "others_price"), ("line_price_e8", "usual_price_e8")),
    **dict.fromkeys(("more", "less"), ("quantity_e6", "usual_quantity_e6")),
    "net": ("net_minor", "usual_net_minor"),
    "item_price": ("line_price_e8", "common_price_e8"),
    "item_quantity": ("quantity_e6", "common_quantity_e6"),
    "much_at_price": ("quantity_e6", "most_e6"),
    "odd_price": ("line_price_e8", "expected_price_e8"),
    "new_item": ("net_minor", "whole_net_minor"),
}


def _by_verdict(place: int) -> pl.Expr:
    value = pl.lit(None, dtype=pl.Int64)
    for name, columns in _MEASURED.items():
        value = pl.when(pl.col("verdict") == name).then(pl.col(columns[place])).otherwise(value)
    return value


def times() -> pl.Expr:
    """Return how many hundredths of the usual a figure is, as ``times_e2``."""
    this, usual = (_by_verdict(place) for place in (0, 1))
    return multiplied(this, 100, pl.when(usual > 0).then(usual)).alias("times_e2")


def at_stake() -> pl.Expr:
    """The money between the figure and the usual one; all of it where there is no difference."""
    this, usual = (_by_verdict(place) for place in (0, 1))
    net = pl.col("net_minor").abs()
    between = multiplied(net, (this - usual).abs(), pl.when(this > 0).then(this))
    return pl.coalesce(between, net).alias("at_stake")
