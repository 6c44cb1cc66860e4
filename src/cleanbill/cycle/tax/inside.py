"""The tax inside a price that includes it: taken out once per group, the net shared by row.

Both ways to a bill use it: drafts (`several`) and sheets (`reckon`).
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from cleanbill.engine.exact import allocated, fraction, wide


def net_inside(
    gross: pl.Expr, rate: pl.Expr, hundred: int, unit: pl.Expr, by_tax: pl.Expr
) -> pl.Expr:
    """Return the net of amounts that include tax, 128 bits wide, in steps of ``unit``.

    ``hundred`` is 100 % in the scale of ``rate``; ``by_tax``: not the net is rounded but the tax.
    """
    whole = wide(rate) + wide(pl.lit(hundred, dtype=pl.Int128))
    net = fraction(gross, pl.lit(hundred, dtype=pl.Int128), whole, unit)
    return pl.when(by_tax).then(gross - fraction(gross, rate, whole, unit)).otherwise(net)


def sized(table: pl.DataFrame, over: Sequence[str]) -> pl.DataFrame:
    """Return ``_whole`` and ``_part`` by size, and ``_sign`` (of the first part for a zero whole).

    Shared is the size, and the sign is put on afterwards: a bill turned negative reverses each row.
    """
    first = pl.col("_part").first().over(over)
    below = (pl.col("_whole") < 0) | ((pl.col("_whole") == 0) & (first < 0))
    sign = pl.when(below).then(-1).otherwise(1).cast(pl.Int64)
    return table.with_columns(sign.alias("_sign")).with_columns(
        pl.col("_whole", "_part") * pl.col("_sign")
    )


def shared(table: pl.DataFrame, over: Sequence[str]) -> pl.Series:
    """Return each row's share of its group's ``_whole`` in proportion to ``_part``.

    The shares add up to the whole, by largest remainder.
    """
    share = allocated(pl.col("_whole"), pl.col("_part"), over) * pl.col("_sign")
    return sized(table, over).select(share.alias("_share")).to_series()
