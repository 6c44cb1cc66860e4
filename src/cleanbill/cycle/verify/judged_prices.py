"""Charges beside the prices that have been paid for an item, and how much was bought at each."""

from __future__ import annotations

import polars as pl

from cleanbill.cycle.verify.usual import PRICES_KEPT
from cleanbill.engine.exact import wide
from cleanbill.engine.history_tables import MOVING, paid

KNOWN_TO = 20
"""With so many customers it is known what an item can cost."""
FEW_PRICES = 3
"""An item has few prices where so many customers share each of them."""
BULK = 4
"""So many times what customers usually buy may be cheaper than ever, as a special price."""
CHEAPEST = 3
"""Though not down to such a part of the usual price."""
SEVERAL = 3
"""So many lines of an order that are odd alike have one cause."""
PAYING = 10
"""Where so many customers have paid a price, it is known how much is bought at it."""
BEYOND = 4
"""So many times the most that was ever bought at a price is out of the ordinary."""


def paid_before(
    rows: pl.DataFrame, usual: pl.DataFrame, shared: pl.DataFrame | None
) -> pl.DataFrame:
    """Add who has paid the price of a row: ``payers``, ``most_e6``, and whether it is ``odd``.

    It is odd where the item has few prices, well known, and this is none of them, nor one that
    several customers are charged in this run: then it is new for everybody.
    """
    key = ["item", "currency", "line_price_e8"]
    items = usual.filter(pl.col("customer").is_null())
    named = items.join(rows.select("item", "currency"), on=["item", "currency"], how="semi")
    expected = pl.coalesce("usual_price_e8", "common_price_e8").alias("expected_price_e8")
    met = rows.join(paid(named), on=key, how="left").with_columns(expected)
    if shared is None:
        return met.with_columns(odd=pl.lit(False))
    several = shared.select(*key, new_for_all=pl.lit(True))
    prices = pl.col("common_prices").str.strip_prefix(MOVING).str.count_matches(" ") + 1
    known = (pl.col("common_bills") >= KNOWN_TO) & (prices < PRICES_KEPT)
    few = known & (prices * FEW_PRICES <= pl.col("common_bills"))
    brought = (pl.col("price_level") == "charge") & (pl.col("line_price_e8") > 0)
    price, usual_price = pl.col("line_price_e8"), wide(pl.col("expected_price_e8"))
    much = wide(pl.col("quantity_e6")) >= wide(pl.col("common_quantity_e6")) * BULK
    cheaper = (price < usual_price) & (wide(price) * CHEAPEST >= usual_price)
    brought &= ~(much & cheaper).fill_null(False)
    odd = brought & few & pl.col("payers").is_null() & pl.col("new_for_all").is_null()
    return met.join(several, on=key, how="left").with_columns(odd.fill_null(False).alias("odd"))


def one_for_each_order(told: pl.DataFrame) -> pl.DataFrame:
    """Tell of a customer's order with several lines that are odd alike once, by the dearest.

    They have one cause: a special sale, a large customer, or one mistake in all of them.
    """
    alike = ["customer", "order", "verdict"]
    several = told.filter(pl.col("order").is_not_null() & (pl.len().over(alike) >= SEVERAL))
    first = several.sort("at_stake", "charge_id", descending=[True, False], nulls_last=True).unique(
        alike, keep="first", maintain_order=True
    )
    others = several.join(first, on="charge_id", how="anti")
    return told.join(others, on="charge_id", how="anti", maintain_order="left")


def unheard_of(times: int) -> pl.Expr:
    """Whether nobody has had so many times less at this price, if enough customers have paid it."""
    most = wide(pl.col("most_e6"))
    known = ((pl.col("payers") >= PAYING) & (most > 0)).fill_null(False)
    return ~known | (wide(pl.col("quantity_e6")) > most * times)


def much_at_price() -> pl.Expr:
    """Whether far more is had than anybody had at this price: much more would cost less."""
    known = (pl.col("payers") >= PAYING) & (pl.col("most_e6") > 0)
    brought = pl.col("price_level") == "charge"
    return brought & known & unheard_of(BEYOND)


def steady() -> pl.Expr:
    """Whether nearly all customers of the item always pay their same price."""
    return ~pl.col("common_prices").str.starts_with(MOVING).fill_null(True)
