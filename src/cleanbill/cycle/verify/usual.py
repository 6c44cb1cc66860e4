"""What is usual: plain statistics of billed lines, exact, the same in every order of the rows.

The middle is the lower median, a figure that was really billed; the spread is the median distance
from it. The lowest and highest leave out one line in ten on either side, so that an old mistake
does not make room for the next one. Only a customer's last ``WINDOW_DAYS`` up to their latest day
count.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from cleanbill.engine.exact import wide
from cleanbill.engine.history_tables import MOVING, USUAL, figures
from cleanbill.engine.medians import spelled
from cleanbill.engine.tables import conformed, empty

VERSION = 3
"""Of these statistics: what another version has prepared is prepared anew."""
WINDOW_DAYS = 400
"""A year and a little more, so that the same season is among them."""
PRICES_KEPT = 60
"""So many prices of an item are kept, those of most customers first."""
_PAIRED = 6
"""So many bills must have an item before what stands beside it means anything."""
_AMONG = 12
"""So many items of a customer, the most billed ones, are looked at for companions."""
_STEADY = 10
"""A customer's price of an item is steady where it moves within one part in so many, and an item's
where all but one customer in so many have a steady one."""
_KEY = ("customer", "item", "currency")
_WHOLE = ("customer", "currency")
_VALUES = {"price": "line_price_e8", "quantity": "quantity_e6", "net": "net_minor"}


def usual_of(lines: pl.DataFrame) -> pl.DataFrame:
    """Return USUAL for customers and their items. In: HISTORY_LINES, all there are of each."""
    named = lines.filter(pl.col("customer").is_not_null() & pl.col("item").is_not_null())
    if named.is_empty():
        return empty(USUAL)
    last = pl.col("day").max().over("customer")
    recent = named.filter(pl.col("day") > last - pl.duration(days=WINDOW_DAYS))
    rows, own = _grouped(recent, _KEY)
    for name, column in _VALUES.items():
        own = _beside(own, rows, name, column)
    own = _timed(own, rows)
    own = own.join(_companions(rows, own), on="group", how="left")
    bills = recent.group_by(*_WHOLE, "bill_id").agg(
        pl.col("bill_net_minor").first(), pl.col("day").max()
    )
    rows, whole = _grouped(bills, _WHOLE)
    whole = _timed(_beside(whole, rows, "net", "bill_net_minor"), rows)
    parts = [conformed(part, USUAL).select(*USUAL) for part in (own, whole)]
    return pl.concat(parts).sort(_KEY)


def usual_of_items(usual: pl.DataFrame) -> pl.DataFrame:
    """Return USUAL for items. In: USUAL for all the customers who have been billed for them."""
    bought = usual.filter(pl.col("item").is_not_null() & pl.col("customer").is_not_null())
    if bought.is_empty():
        return empty(USUAL)
    rows, items = _grouped(bought.rename({"bills": "had"}), ("item", "currency"))
    for name in _VALUES:
        items = _beside(items, rows, name, figures(name)[0])
    counted = rows.group_by("group").agg(pl.len().cast(pl.Int64).alias("bills"), _one_unit())
    for part in (counted, _paid(rows), _usual_companions(rows)):
        items = items.join(part, on="group", how="left")
    return conformed(items, USUAL).select(*USUAL).sort("item", "currency")


def _grouped(rows: pl.DataFrame, key: Sequence[str]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Number the groups; return the rows with ``group``, and the groups with their key."""
    keys = rows.select(key).unique(maintain_order=True).with_row_index("group")
    return rows.join(keys, on=key, how="left"), keys


def _beside(groups: pl.DataFrame, rows: pl.DataFrame, name: str, column: str) -> pl.DataFrame:
    """Add the middle, spread, lowest and highest of a column."""
    found = spelled(rows.select("group", pl.col(column).alias("value")))
    said = dict(zip(("middle", "spread", "low", "high"), figures(name), strict=True))
    return groups.join(found.rename(said), on="group", how="left")


def _one_unit() -> pl.Expr:
    first = pl.col("unit").first()
    alike = (pl.col("unit").min() == pl.col("unit").max()) & (pl.col("unit").null_count() == 0)
    return pl.when(alike).then(first).alias("unit")


def _timed(groups: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """Add how many bills, from when to when, and the days between them."""
    told = [pl.col("day").min().alias("first_day"), pl.col("day").max().alias("last_day")]
    if "unit" in rows.columns:
        told.append(_one_unit())
    spans = rows.group_by("group").agg(*told)
    bills = rows.select("group", "bill_id").unique().group_by("group").len("bills")
    days = rows.select("group", "day").unique().sort("group", "day")
    same = pl.col("group") == pl.col("group").shift(1)
    gaps = days.select(
        "group",
        pl.when(same).then((pl.col("day") - pl.col("day").shift(1)).dt.total_days()).alias("value"),
    )
    usual = spelled(gaps).select("group", pl.col("middle").alias("gap_days"))
    longest = gaps.group_by("group").agg(pl.col("value").max().alias("gap_most"))
    for part in (spans, bills.with_columns(pl.col("bills").cast(pl.Int64)), usual, longest):
        groups = groups.join(part, on="group", how="left")
    return groups


def _companions(rows: pl.DataFrame, own: pl.DataFrame) -> pl.DataFrame:
    """For each item of a customer, the one that stands on nearly all the same bills, if any."""
    often = own.filter(pl.col("bills") >= _PAIRED).select("group", *_KEY, "bills")
    ranked = often.sort(*_WHOLE, "bills", "item", descending=[False, False, True, False])
    first = (pl.col(c) == pl.col(c).shift(1) for c in _WHOLE)
    place = pl.int_range(pl.len())
    begun = pl.when(pl.all_horizontal(first).fill_null(False)).then(None).otherwise(place)
    kept = ranked.filter(place - begun.forward_fill() < _AMONG).select("group", "item", "bills")
    there = rows.select("group", "bill_id").unique().join(kept, on="group")
    other = there.select("bill_id", beside="group", companion="item", elsewhere="bills")
    pairs = there.join(other, on="bill_id").filter(pl.col("group") != pl.col("beside"))
    together = pairs.group_by("group", "bills", "companion", "elsewhere").len("companion_bills")
    always = together.filter(pl.col("companion_bills") * 20 >= pl.col("bills") * 19)
    # Of two that are always there, what hardly stands anywhere else belongs to it.
    best = always.sort("companion_bills", "elsewhere", "companion", descending=[True, False, False])
    return best.unique("group", keep="first", maintain_order=True).select(
        "group", "companion", pl.col("companion_bills").cast(pl.Int64)
    )


def _paid(rows: pl.DataFrame) -> pl.DataFrame:
    """The prices that an item's customers have paid, as text (``engine.history_tables.spelled``).

    Of each customer the usual, the lowest and the highest; with how many customers have paid it,
    and the most that one of them has had who usually pays it.
    """
    price, _, low, high = figures("price")
    most = figures("quantity")[3]
    moves = wide(pl.col(high)) - wide(pl.col(low))
    known = rows.filter(pl.col("had") >= _PAIRED).drop_nulls(price)
    held = known.group_by("group").agg(
        pl.len().alias("payers"), (moves * _STEADY <= wide(pl.col(price))).sum().alias("steady")
    )
    steady = held.filter(pl.col("steady") * _STEADY >= pl.col("payers") * (_STEADY - 1))
    priced = rows.drop_nulls(price).with_row_index("payer")
    usual = priced.select("group", "payer", pl.col(price).alias("price"), most)
    seldom = [
        priced.filter(pl.col(c) != pl.col(price)).select(
            "group", "payer", pl.col(c).alias("price"), pl.lit(0, dtype=pl.Int64).alias(most)
        )
        for c in (low, high)
    ]
    paid = pl.concat([usual, *seldom]).group_by("group", "price")
    counted = paid.agg(pl.col("payer").n_unique().alias("payers"), pl.col(most).max())
    ranked = counted.sort("payers", "price", descending=[True, False])
    told = pl.concat_str("price", "payers", most, separator=":")
    texts = ranked.group_by("group", maintain_order=True).agg(
        told.head(PRICES_KEPT).str.join(" ").alias("prices")
    )
    moving = pl.concat_str(pl.lit(MOVING), pl.col("prices"))
    return texts.join(steady.select("group", _steady=pl.lit(True)), on="group", how="left").select(
        "group", pl.when(pl.col("_steady")).then(pl.col("prices")).otherwise(moving)
    )


def _usual_companions(rows: pl.DataFrame) -> pl.DataFrame:
    """What stands beside an item with at least half of those who have it often."""
    known = rows.filter(pl.col("had") >= _PAIRED)
    often = known.group_by("group").len("customers")
    beside = known.drop_nulls("companion").group_by("group", "companion")
    told = beside.agg(pl.len().alias("having"), pl.col("companion_bills").sum())
    most = told.sort("having", "companion_bills", "companion", descending=[True, True, False])
    best = most.unique("group", keep="first", maintain_order=True).join(often, on="group")
    return best.filter(pl.col("having") * 2 >= pl.col("customers")).select(
        "group", "companion", "companion_bills"
    )
