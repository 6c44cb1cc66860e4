"""Control totals: what went in, what was accepted, what was rejected, per currency and exact."""

from __future__ import annotations

from decimal import Context, Decimal

import polars as pl

from cleanbill.engine.exact import wide
from cleanbill.nouns.scales import PRICE_DECIMALS, QUANTITY_DECIMALS

_SPLIT = 10**18


def control_totals(rows: pl.DataFrame) -> pl.DataFrame:
    """Return rows, quantity, value and unvalued rows per part and currency.

    ``rows`` has ``accepted`` (Boolean), ``currency`` (String or null), ``quantity_e6`` and
    ``unit_price_e8`` (Int64 or null where unreadable). The result has ``part`` (in, accepted,
    rejected), ``currency``, ``rows``, ``quantity`` and ``value`` (exact decimal text; value is the
    sum of quantity x unit price before any rounding) and ``unvalued`` (rows without a readable
    quantity or price, which count 0). Every part is added up for itself, so that *in = accepted +
    rejected* is a check and no definition; see ``balanced``.
    """
    product = wide(pl.col("quantity_e6")) * wide(pl.col("unit_price_e8"))
    # A product fits 128 bits, a sum of many may not: its upper and lower digits are added apart.
    measured = rows.select(
        "accepted",
        pl.col("currency").fill_null(""),
        wide(pl.col("quantity_e6")).alias("quantity"),
        (product // _SPLIT).alias("upper"),
        (product % _SPLIT).alias("lower"),
        product.is_null().alias("unvalued"),
    )
    parts = [
        _added(measured, "in"),
        _added(measured.filter(pl.col("accepted")), "accepted"),
        _added(measured.filter(~pl.col("accepted")), "rejected"),
    ]
    return pl.concat(parts)


def balanced(totals: pl.DataFrame) -> bool:
    """Tell whether in = accepted + rejected holds for every currency and measure."""
    sums: dict[tuple[str, str], list[Decimal]] = {}
    for row in totals.iter_rows(named=True):
        sign = 1 if row["part"] == "in" else -1
        key = (row["currency"], "")
        held = sums.setdefault(key, [Decimal(0)] * 4)
        for place, name in enumerate(("rows", "quantity", "value", "unvalued")):
            held[place] = _EXACT.add(held[place], sign * Decimal(row[name]))
    return all(value == 0 for held in sums.values() for value in held)


_EXACT = Context(prec=80)


def _added(measured: pl.DataFrame, part: str) -> pl.DataFrame:
    added = (
        measured.group_by("currency")
        .agg(
            pl.len().alias("rows"),
            pl.col("quantity", "upper", "lower").sum(),
            pl.col("unvalued").sum(),
        )
        .sort("currency")
    )
    value = [
        _text(upper * _SPLIT + lower, QUANTITY_DECIMALS + PRICE_DECIMALS)
        for upper, lower in added.select("upper", "lower").iter_rows()
    ]
    quantity = [_text(number, QUANTITY_DECIMALS) for number in added["quantity"]]
    return added.select(
        pl.lit(part).alias("part"),
        "currency",
        pl.col("rows").cast(pl.Int64),
        pl.Series("quantity", quantity, pl.String),
        pl.Series("value", value, pl.String),
        pl.col("unvalued").cast(pl.Int64),
    )


def _text(number: int, decimals: int) -> str:
    """Return an integer of ``10**-decimals`` as decimal text without superfluous zeros."""
    sign, digits = ("-" if number < 0 else ""), str(abs(number)).zfill(decimals + 1)
    fraction = digits[-decimals:].rstrip("0")
    return sign + digits[:-decimals] + (f".{fraction}" if fraction else "")
