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
OWN_WAY = 3
"""Whoever has odd prices in one of so many orders has prices of their own."""
PAYING = 10
"""Where so many customers have paid a price, it is known how much is bought at it."""
BEYOND = 4
"""So many times the most that was ever bought at a price is out of the ordinary."""


def paid_before(
    rows: pl.DataFrame, usual: pl.DataFrame, shared: pl.DataFrame | None
) -> pl.DataFrame:
    """Add who has paid a row's price: ``payers``, ``most_e6``; whether it ``moved``, is ``odd``.

    It has moved where most charges of the item have this price by now, and had another before. It
    is odd where the item has few prices, well known, and this is none of them, nor one that
    several customers are charged in this run: then it is new for everybody.
    """
    key = ["item", "currency", "line_price_e8"]
    items = usual.filter(pl.col("customer").is_null())
    named = items.join(rows.select("item", "currency"), on=["item", "currency"], how="semi")
    expected = pl.coalesce("usual_price_e8", "common_price_e8").alias("expected_price_e8")
    met = rows.join(paid(named), on=key, how="left").with_columns(expected)
    if shared is None:
        return met.with_columns(odd=pl.lit(False), moved=pl.lit(False))
    several = shared.select(*key, "main", new_for_all=pl.lit(True))
    prices = pl.col("common_prices").str.strip_prefix(MOVING).str.count_matches(" ") + 1
    known = (pl.col("common_bills") >= KNOWN_TO) & (prices < PRICES_KEPT)
    few = known & (prices * FEW_PRICES <= pl.col("common_bills"))
    brought = (pl.col("price_level") == "charge") & (pl.col("line_price_e8") > 0)
    price, usual_price = pl.col("line_price_e8"), wide(pl.col("expected_price_e8"))
    much = wide(pl.col("quantity_e6")) >= wide(pl.col("common_quantity_e6")) * BULK
    cheaper = (price < usual_price) & (wide(price) * CHEAPEST >= usual_price)
    brought &= ~(much & cheaper).fill_null(False)
    odd = brought & few & pl.col("payers").is_null() & pl.col("new_for_all").is_null()
    moved = pl.col("main") & (pl.col("line_price_e8") != pl.col("common_price_e8"))
    return met.join(several, on=key, how="left").with_columns(
        odd.fill_null(False).alias("odd"), moved.fill_null(False).alias("moved")
    )


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


def not_their_way(told: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """Leave out the odd prices of customers who pay prices of their own again and again.

    In: what is told, and all rows of these customers. Freight within the price, or terms that
    nobody has entered, show in order after order; a mistake does not.
    """
    own = told.filter(pl.col("verdict") == "odd_price").group_by("customer")
    odd = own.agg(pl.col("order").n_unique().alias("odd_orders"))
    odd = odd.filter(pl.col("odd_orders") >= SEVERAL)
    if odd.is_empty():
        return told
    whole = rows.join(odd, on="customer", how="semi").group_by("customer")
    used = whole.agg(pl.col("order").n_unique().alias("orders")).join(odd, on="customer")
    used = used.filter(pl.col("odd_orders") * OWN_WAY >= pl.col("orders"))
    theirs = pl.col("customer").is_in(used["customer"].implode())
    return told.filter(~(theirs & (pl.col("verdict") == "odd_price")))


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
