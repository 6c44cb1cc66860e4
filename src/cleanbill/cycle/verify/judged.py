"""Charges beside what is usual: which figure is out of the ordinary, if any, and by how much.

A figure is unusual where it lies as far beyond the highest (or below the lowest) so far as that
lies from the middle, and more than ``SPREADS`` spreads away, and by the organisation's own limit.
So whoever has always varied may go on varying, and what a season has brought once is no surprise.
Each charge is told one thing, the first that explains it.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import polars as pl

from cleanbill.cycle.verify.judged_money import at_stake, times
from cleanbill.cycle.verify.judged_prices import (
    much_at_price,
    not_their_way,
    one_for_each_order,
    paid_before,
    steady,
    unheard_of,
)
from cleanbill.engine.exact import wide
from cleanbill.engine.habit_tables import SHARED_PRICES
from cleanbill.engine.history_tables import figures
from cleanbill.engine.tables import empty
from cleanbill.nouns.drawn import DRAWN
from cleanbill.nouns.limits import Limits

SPREADS = 6
"""So many spreads away from the middle a figure must be."""
OF_OTHERS = 6
"""By what others buy alone, a quantity must be so many times further off."""
ALIKE = 3
"""Customers buy much the same where hardly any buys more than so many times what most do."""
MUCH = 2
"""So many times the usual is much, such a part of it little."""
LEAST = 2
"""Whole units of its currency: where less is at stake, a person's time is dearer."""
LEAST_ODD = 10
"""As much of a price that is only new, which mostly is a step of prices that nobody has entered."""
_CLOSE = 10
"""A figure equals another where they differ by less than one part in so many."""
_READ = (
    *("charge_id", "customer", "item", "currency", "unit", "quantity_e6", "line_price_e8"),
    *("net_minor", "decimals", "price_level", "service_date", "order", "grouping"),
    "item_kind",
)
_OWN = (
    *("unit", "bills", "gap_days", "gap_most", "first_day", "last_day"),
    *("companion", "companion_bills"),
)
_VALUES = {"price": "line_price_e8", "quantity": "quantity_e6", "net": "net_minor"}
_EVERY = tuple(column for name in _VALUES for column in figures(name))
_Columns = tuple[tuple[str, pl.DataType], ...]
_KEYS = ("customer", "item")
_PARTS: dict[str, tuple[list[str], tuple[str, ...]]] = {
    "usual": (["customer", "item", "currency"], (*_EVERY, *_OWN)),
    "common": (["item", "currency"], (*_EVERY, "bills", "prices")),
    "whole": (["customer", "currency"], ("bills", *figures("net"))),
}


def judged(charges: pl.DataFrame, usual: pl.DataFrame) -> pl.DataFrame:
    """Return the sales among charges beside what is usual with their customer and item.

    In: priced charges, and USUAL of their customers and items. Out: ``usual_…``, null where the
    customer has never had the item. A sale that is taken back whole among the charges is none.
    """
    drawn = pl.col("source").is_in(DRAWN)
    wanted = (pl.col("kind") == "sale") & ~drawn & pl.col("net_minor").is_not_null()
    rows = charges.lazy().filter(wanted).select(_READ).collect()
    return _met(_standing(rows, charges), usual, "usual")


def _standing(sales: pl.DataFrame, charges: pl.DataFrame) -> pl.DataFrame:
    """Return the sales without those that cancellations among the charges take back whole."""
    if charges["original_id"].null_count() == charges.height:
        return sales
    linked = pl.col("original_id").is_not_null() & (pl.col("kind") == "cancellation")
    back = (
        charges.filter(linked)
        .group_by(charge_id="original_id")
        .agg(wide(pl.col("quantity_e6").abs()).sum().alias("back"))
    )
    whole = sales.join(back, on="charge_id").filter(pl.col("back") >= wide(pl.col("quantity_e6")))
    return sales.join(whole, on="charge_id", how="anti", maintain_order="left")


def unusual(
    rows: pl.DataFrame,
    usual: pl.DataFrame,
    limits: Limits,
    shared: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Return of the judged charges those that are out of the ordinary, with a ``verdict``.

    ``shared`` are SHARED_PRICES of the whole run; null where only a part of it is looked at, and
    then nothing is said of a price that nobody has paid before.

    ``common_…`` is what is usual with the item, ``whole_…`` with the customer's bills. ``times_e2``
    says how many times the usual a figure is, ``at_stake`` the money in between.
    """
    # Hardly any row lies outside of what has been: only those are looked at closely.
    wanted = pl.col("customer").is_not_null() & (~_known(limits) | _outside())
    few = rows.filter(wanted)
    if few.is_empty():
        return _nothing(tuple(rows.schema.items()), tuple(usual.schema.items()), shared is None)
    return _told(few, rows, usual, limits, shared)


def _known(limits: Limits) -> pl.Expr:
    return (pl.col("usual_bills") >= limits.history_bills).fill_null(False)


@cache
def _nothing(
    rows: tuple[tuple[str, pl.DataType], ...],
    usual: tuple[tuple[str, pl.DataType], ...],
    part: bool,
) -> pl.DataFrame:
    """Return what is told of no row, worked out once: a single bill mostly is as ever."""
    none = pl.DataFrame(schema=dict(rows))
    shared = None if part else empty(SHARED_PRICES)
    return _told(none, none, pl.DataFrame(schema=dict(usual)), Limits(), shared)


def _told(
    few: pl.DataFrame,
    rows: pl.DataFrame,
    usual: pl.DataFrame,
    limits: Limits,
    shared: pl.DataFrame | None,
) -> pl.DataFrame:
    known = _known(limits)
    some = paid_before(_met(few, usual, "common"), usual, shared)
    familiar = some.filter(known).with_columns(_said(_by_own(limits)))
    strange = _met(some.filter(~known), usual, "whole").with_columns(_said(_by_others(limits)))
    told = pl.concat([familiar, strange], how="diagonal").filter(pl.col("verdict").is_not_null())
    told = told.with_columns(_of_others()).with_columns(times(), at_stake())
    told = one_for_each_order(not_their_way(told, rows))
    least = pl.when(pl.col("verdict") == "odd_price").then(LEAST_ODD).otherwise(LEAST)
    return told.filter(wide(pl.col("at_stake")) >= wide(10 ** pl.col("decimals")) * least)


def _met(rows: pl.DataFrame, usual: pl.DataFrame, whose: str) -> pl.DataFrame:
    """Put beside the rows what is usual with their customer and item, their item, or customer."""
    keys, columns = _PARTS[whose]
    absent = {"usual": None, "common": "customer", "whole": "item"}[whose]
    which = [pl.col(c).is_null() if c == absent else pl.col(c).is_not_null() for c in _KEYS]
    some = usual.filter(pl.all_horizontal(which))
    known = some.select(*keys, *(pl.col(c).alias(f"{whose}_{c}") for c in columns))
    return rows.join(known, on=keys, how="left")


def _outside() -> pl.Expr:
    """Whether a figure is not between its lowest and highest, or the unit is another."""
    beyond = [pl.col("unit") != pl.col("usual_unit")]
    for name, value in _VALUES.items():
        _, _, low, high = (pl.col(f"usual_{c}") for c in figures(name))
        beyond += [pl.col(value) < low, pl.col(value) > high]
    return pl.any_horizontal(part.fill_null(False) for part in beyond)


_Said = Sequence[tuple[str, pl.Expr]]


def _by_own(limits: Limits) -> _Said:
    """What may be out of the ordinary where the customer has had the item often enough."""
    factor, brought = limits.history_factor, pl.col("price_level") == "charge"
    more = above("quantity_e6", "usual", "quantity", factor, 1)
    return (
        ("unit", pl.col("unit") != pl.col("usual_unit")),
        ("swapped", brought & _swapped()),
        ("price", _price_strays(limits, brought) & ~pl.col("moved")),
        ("odd_price", pl.col("odd")),
        ("more", more & unheard_of(1)),
        (
            "much_at_price",
            much_at_price() & (pl.col("quantity_e6") > pl.col("usual_quantity_high_e6") * MUCH),
        ),
        ("less", _below("quantity_e6", "usual", "quantity", factor, 1)),
        ("net", _off("net_minor", "usual", "net", factor, 1) & ~more),
    )


def _price_strays(limits: Limits, brought: pl.Expr) -> pl.Expr:
    """Whether a price is out of the ordinary: soon, where it is agreed with each customer.

    Prices that the source brings and that move with many customers, as those of freight do, must
    be far off, and beyond what others pay.
    """
    near = _off("line_price_e8", "usual", "price", 100 + limits.history_price_percent, 100)
    far = _off("line_price_e8", "usual", "price", limits.history_factor, 1)
    near = far | (near & ~_price_break())
    price, _, low, high = (pl.col(f"common_{c}") for c in figures("price"))
    strange = (pl.col("line_price_e8") < low) | (pl.col("line_price_e8") > high) | price.is_null()
    return pl.when(~brought).then(far).when(steady()).then(near).otherwise(far & strange)


def _price_break() -> pl.Expr:
    """Whether much is cheaper, or little dearer, than usual: so prices go that depend on both."""
    price, quantity = pl.col("line_price_e8"), wide(pl.col("quantity_e6"))
    usual_price, usual = pl.col("usual_price_e8"), wide(pl.col("usual_quantity_e6"))
    much = (price < usual_price) & (quantity >= usual * MUCH)
    return much | ((price > usual_price) & (quantity * MUCH <= usual))


def _by_others(limits: Limits) -> _Said:
    """What may be out of the ordinary where the customer has hardly had the item."""
    factor, enough = limits.history_factor, limits.history_bills
    # What is entered by hand under one number is a different thing each time.
    known = (pl.col("common_bills") >= enough) & (pl.col("item_kind") != "manual").fill_null(True)
    dear = (wide(pl.col("net_minor")) >= wide(pl.col("whole_net_minor")) * factor) & (
        pl.col("net_minor") > pl.col("whole_net_high_minor")
    )
    new = pl.col("usual_bills").is_null() & (pl.col("whole_bills") >= enough)
    return (
        (
            "item_price",
            known & _off("line_price_e8", "common", "price", factor, 1) & ~pl.col("moved"),
        ),
        ("odd_price", pl.col("odd")),
        ("much_at_price", much_at_price()),
        ("item_quantity", known & _quantity_strays(factor, enough)),
        ("new_item", new & dear),
    )


def _quantity_strays(factor: int, enough: int) -> pl.Expr:
    """Whether a quantity is far above what others buy, who all buy much the same.

    Or above what others buy, and the few that the customer has bought. A large customer buys more
    than others: so the line alone must come to a usual bill of theirs, and not be cheaper.
    """
    far = above("quantity_e6", "common", "quantity", factor, 1)
    farther = above("quantity_e6", "common", "quantity", factor * OF_OTHERS, 1)
    own = above("quantity_e6", "usual", "quantity", factor, 1)
    middle, _, _, high = (wide(pl.col(f"common_{c}")) for c in figures("quantity"))
    large = (pl.col("whole_bills") < enough) | (pl.col("net_minor") >= pl.col("whole_net_minor"))
    odd = unheard_of(1) & ((farther & (high <= middle * ALIKE)) | (far & own).fill_null(False))
    wholesale = pl.col("line_price_e8") < pl.col("common_price_e8")
    return odd & large.fill_null(True) & ~wholesale.fill_null(False)


def _said(several: _Said) -> pl.Expr:
    """The first that is true of a row, as ``verdict``."""
    verdict = pl.lit(None, dtype=pl.String)
    for name, wrong in reversed(several):
        verdict = pl.when(wrong.fill_null(False)).then(pl.lit(name)).otherwise(verdict)
    return verdict.alias("verdict")


def _off(value: str, whose: str, name: str, times: int, out_of: int) -> pl.Expr:
    return above(value, whose, name, times, out_of) | _below(value, whose, name, times, out_of)


def above(value: str, whose: str, name: str, times: int, out_of: int) -> pl.Expr:
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


def _of_others() -> pl.Expr:
    """Tell apart the prices that are strange here, but usual with other customers."""
    theirs = (pl.col("verdict") == "price") & steady() & (pl.col("most_e6") > 0)
    told = pl.when(theirs.fill_null(False)).then(pl.lit("others_price")).otherwise("verdict")
    return told.alias("verdict")
