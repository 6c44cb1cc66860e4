"""Exchange: a price or an amount in another currency, at a rate somebody names."""

from __future__ import annotations

import polars as pl

from cleanbill.engine.exact import divided, fraction, narrow
from cleanbill.nouns.scales import PRICE_DECIMALS

EXCHANGE_DECIMALS = 10
"""An exchange rate is what one unit of the first currency is worth in the second."""


def exchanged_price(price_e8: pl.Expr, rate_e10: pl.Expr, decimals: int) -> pl.Expr:
    """Return a unit price in a currency of so many decimals, rounded to them once."""
    unit = pl.lit(10 ** (PRICE_DECIMALS - decimals), dtype=pl.Int64)
    return narrow(fraction(price_e8, rate_e10, 10**EXCHANGE_DECIMALS, unit))


def exchanged_amount(minor: pl.Expr, decimals: int, rate_e10: pl.Expr, into: int) -> pl.Expr:
    """Return an amount of ``decimals`` in minor units of a currency of ``into`` decimals.

    For the tax of a bill in a second currency: each printed figure is exchanged once.
    """
    top = minor.cast(pl.Int128) * rate_e10.cast(pl.Int128) * 10**into
    return narrow(divided(top, 10 ** (EXCHANGE_DECIMALS + decimals)))


def exchanged(price_e8: int, rate_e10: int, decimals: int) -> int:
    """Return one price, as ``exchanged_price`` does; raises OverflowError where it does not fit."""
    one = pl.select(
        exchanged_price(
            pl.lit(price_e8, dtype=pl.Int64), pl.lit(rate_e10, dtype=pl.Int64), decimals
        )
    ).item()
    if one is None:
        raise OverflowError("the exchanged price is beyond what a price may be")
    return int(one)
