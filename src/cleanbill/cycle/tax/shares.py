"""Each line's share of a tax that was rounded once for its group: the one rule of every path."""

from __future__ import annotations

import polars as pl

from cleanbill.engine.exact import apportioned, wide

HUNDRED = 100 * 10**6
"""100 % in the scale of rates."""


def by_group(base: pl.Expr, rate_percent_e6: pl.Expr, whole: pl.Expr) -> pl.Expr:
    """Return the share of ``whole``, the tax of a row's ``_group``, by largest remainder.

    A row deserves exactly the rate of its base.
    """
    return apportioned(wide(base) * wide(rate_percent_e6), HUNDRED, whole, ["_group"])
