"""Charges beside what is usual: which figure is out of the ordinary, if any, and by how much.

A figure is unusual where it lies as far beyond the highest (or below the lowest) so far as that
lies from the middle, and more than ``SPREADS`` spreads away, and by the organisation's own limit.
So whoever has always varied may go on varying, and what a season has brought once is no surprise.
Each charge is told one thing, the first that explains it.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from cleanbill.engine.exact import multiplied, wide
from cleanbill.engine.history_tables import figures
from cleanbill.nouns.drawn import DRAWN
from cleanbill.nouns.limits import Limits

SPREADS = 6
"""So many spreads away from the middle a figure must be."""
OF_OTHERS = 3
"""By what others buy, a figure must be so many times further off than by one's own."""
_CLOSE = 10
"""A figure equals another where they differ by less than one part in so many."""
_READ = (
    *("charge_id", "customer", "item", "currency", "unit", "quantity_e6", "line_price_e8"),
    *("net_minor", "decimals", "price_level", "service_date"),
)
_OWN = ("unit", "bills", "gap_days", "gap_most", "last_day", "companion", "companion_bills")
_EVERY = tuple(column for name in ("price", "quantity", "net") for column in figures(name))
_KEYS = ("customer", "item")
_PARTS: dict[str, tuple[list[str], tuple[str, ...]]] = {
    "usual": (["customer", "item", "currency"], (*_EVERY, *_OWN)),
    "common": (["item", "currency"], (*_EVERY, "bills")),
    "whole": (["customer", "currency"], ("bills", *figures("net"))),
}


def judged(charges: pl.DataFrame, usual: pl.DataFrame, limits: Limits) -> pl.DataFrame:
    """Return the sales among charges with a ``verdict`` (null: as usual) and what is usual.

    In: priced charges, and USUAL of their customers and items. ``usual_…`` is the customer's and
    item's, ``common_…`` the item's, ``whole_…`` that of the customer's bills.
    """
    drawn = pl.col("source").is_in(DRAWN)
    wanted = (pl.col("kind") == "sale") & ~drawn & pl.col("net_minor").is_not_null()
    rows = _met(charges.lazy().filter(wanted).select(_READ).collect(), usual, "usual")
    known = pl.col("usual_bills") >= limits.history_bills
    familiar = rows.filter(known).with_columns(_said(_by_own(limits)))
    strange = rows.filter(known.fill_null(False).not_())
    strange = _met(_met(strange, usual, "common"), usual, "whole")
    strange = strange.with_columns(_said(_by_others(limits)))
    return pl.concat([familiar, strange], how="diagonal")


def _met(rows: pl.DataFrame, usual: pl.DataFrame, whose: str) -> pl.DataFrame:
    """Put beside the rows what is usual with their customer and item, their item, or customer."""
    keys, columns = _PARTS[whose]
    absent = {"usual": None, "common": "customer", "whole": "item"}[whose]
    which = [pl.col(c).is_null() if c == absent else pl.col(c).is_not_null() for c in _KEYS]
    some = usual.filter(pl.all_horizontal(which))
    known = some.select(*keys, *(pl.col(c).alias(f"{whose}_{c}") for c in columns))
    return rows.join(known, on=keys, how="left")


def unusual(rows: pl.DataFrame, usual: pl.DataFrame) -> pl.DataFrame:
    """Return the judged charges that have a verdict, with the measure of it.

    ``times_e2`` says how many times the usual a figure is, ``at_stake`` the money in between.
    """
    strange = rows.filter(pl.col("verdict").is_not_null())
    return _of_others(strange, usual).with_columns(_times(), _at_stake())


_Said = Sequence[tuple[str, pl.Expr]]


def _by_own(limits: Limits) -> _Said:
    """What may be out of the ordinary where the customer has had the item often enough."""
    factor, brought = limits.history_factor, pl.col("price_level") == "charge"
    price = _off("line_price_e8", "usual", "price", 100 + limits.history_price_percent, 100)
    listed = _off("line_price_e8", "usual", "price", factor, 1)
    return (
        ("unit", pl.col("unit") != pl.col("usual_unit")),
        ("swapped", brought & _swapped()),
        ("price", pl.when(brought).then(price).otherwise(listed)),
        ("more", _above("quantity_e6", "usual", "quantity", factor, 1)),
        ("less", _below("quantity_e6", "usual", "quantity", factor, 1)),
        ("net", _off("net_minor", "usual", "net", factor, 1)),
    )


def _by_others(limits: Limits) -> _Said:
    """What may be out of the ordinary where the customer has hardly had the item."""
    factor, enough = limits.history_factor, limits.history_bills
    known = pl.col("common_bills") >= enough
    dear = (wide(pl.col("net_minor")) >= wide(pl.col("whole_net_minor")) * factor) & (
        pl.col("net_minor") > pl.col("whole_net_high_minor")
    )
    new = pl.col("usual_bills").is_null() & (pl.col("whole_bills") >= enough)
    return (
        ("item_price", known & _off("line_price_e8", "common", "price", factor, 1)),
        ("item_quantity", known & _off("quantity_e6", "common", "quantity", factor * OF_OTHERS, 1)),
        ("new_item", new & dear),
    )


def _said(several: _Said) -> pl.Expr:
    """The first that is true of a row, as ``verdict``."""
    verdict = pl.lit(None, dtype=pl.String)
    for name, wrong in reversed(several):
        verdict = pl.when(wrong.fill_null(False)).then(pl.lit(name)).otherwise(verdict)
    return verdict.alias("verdict")


def _off(value: str, whose: str, name: str, times: int, out_of: int) -> pl.Expr:
    return _above(value, whose, name, times, out_of) | _below(value, whose, name, times, out_of)


def _above(value: str, whose: str, name: str, times: int, out_of: int) -> pl.Expr:
    """Whether a figure is far above the usual; ``times`` of ``out_of`` is the least that counts."""
    this = wide(pl.col(value))
    middle, _, _, high = (wide(pl.col(f"{whose}_{c}")) for c in figures(name))
    beyond = this * middle > high * high
    return (middle > 0) & (this * out_of >= middle * times) & beyond & _strayed(this, whose, name)


def _below(value: str, whose: str, name: str, times: int, out_of: int) -> pl.Expr:
    """Whether a figure is far below the usual."""
    this = wide(pl.col(value))
    middle, _, low, _ = (wide(pl.col(f"{whose}_{c}")) for c in figures(name))
    beyond = this * middle < low * low
    return (this > 0) & (this * times <= middle * out_of) & beyond & _strayed(this, whose, name)


def _strayed(this: pl.Expr, whose: str, name: str) -> pl.Expr:
    middle, spread, _, _ = (wide(pl.col(f"{whose}_{c}")) for c in figures(name))
    return (this - middle).abs() > spread * SPREADS


def _swapped() -> pl.Expr:
    """Whether the price is the usual quantity, the quantity the usual price, and these differ."""
    price, quantity = wide(pl.col("line_price_e8")), wide(pl.col("quantity_e6")) * 100
    usual_price = wide(pl.col("usual_price_e8"))
    usual_quantity = wide(pl.col("usual_quantity_e6")) * 100

    def close(one: pl.Expr, other: pl.Expr) -> pl.Expr:
        return (one - other).abs() * _CLOSE < other

    alike = close(usual_price, usual_quantity) | close(usual_quantity, usual_price)
    return close(price, usual_quantity) & close(quantity, usual_price) & ~alike


def _of_others(rows: pl.DataFrame, usual: pl.DataFrame) -> pl.DataFrame:
    """Tell apart the prices that are strange here, but usual with other customers."""
    paid = usual.filter(pl.col("customer").is_null()).select("item", "currency", paid="prices")
    spaced = pl.concat_str(pl.lit(" "), "paid", pl.lit(" "))
    this = pl.concat_str(pl.lit(" "), pl.col("line_price_e8").cast(pl.String), pl.lit(" "))
    theirs = (pl.col("verdict") == "price") & spaced.str.contains(this, literal=True)
    told = pl.when(theirs.fill_null(False)).then(pl.lit("others_price")).otherwise("verdict")
    return rows.join(paid, on=["item", "currency"], how="left").with_columns(told.alias("verdict"))


_MEASURED = {
    **dict.fromkeys(("price", "others_price"), ("line_price_e8", "usual_price_e8")),
    **dict.fromkeys(("more", "less"), ("quantity_e6", "usual_quantity_e6")),
    "net": ("net_minor", "usual_net_minor"),
    "item_price": ("line_price_e8", "common_price_e8"),
    "item_quantity": ("quantity_e6", "common_quantity_e6"),
    "new_item": ("net_minor", "whole_net_minor"),
}


def _by_verdict(measured: dict[str, tuple[str, str]], place: int) -> pl.Expr:
    value = pl.lit(None, dtype=pl.Int64)
    for name, columns in measured.items():
        value = pl.when(pl.col("verdict") == name).then(pl.col(columns[place])).otherwise(value)
    return value


def _times() -> pl.Expr:
    this, usual = (_by_verdict(_MEASURED, place) for place in (0, 1))
    return multiplied(this, 100, pl.when(usual > 0).then(usual)).alias("times_e2")


def _at_stake() -> pl.Expr:
    """The money between the figure and the usual one; all of it where there is no difference."""
    this, usual = (_by_verdict(_MEASURED, place) for place in (0, 1))
    net = pl.col("net_minor").abs()
    between = multiplied(net, (this - usual).abs(), pl.when(this > 0).then(this))
    return pl.coalesce(between, net).alias("at_stake")


def beside_bills(drafts: pl.DataFrame, usual: pl.DataFrame | None, limits: Limits) -> pl.DataFrame:
    """Return the drafts with ``whole_…``, ``times_e2`` and whether their total is unusual.

    All null where there is no history, and for credit notes.
    """
    told = dict.fromkeys(("whole_bills", "whole_net_minor", "times_e2"), pl.Int64)
    if usual is None or usual.is_empty() or not limits.history_bills:
        return drafts.with_columns(
            *(pl.lit(None, dtype=kind).alias(c) for c, kind in told.items()),
            pl.lit(None, dtype=pl.Boolean).alias("total_unusual"),
        )
    of_bills = usual.filter(
        pl.col("item").is_null() & (pl.col("bills") >= limits.history_bills)
    ).select(
        "customer", "currency", *(pl.col(c).alias(f"whole_{c}") for c in ("bills", *figures("net")))
    )
    known = drafts.join(of_bills, on=["customer", "currency"], how="left", maintain_order="left")
    whole = pl.col("whole_net_minor")
    return known.with_columns(
        multiplied(pl.col("net_minor"), 100, pl.when(whole > 0).then(whole)).alias("times_e2"),
        (
            (pl.col("kind") == "invoice")
            & _off("net_minor", "whole", "net", limits.history_factor, 1)
        ).alias("total_unusual"),
    )
