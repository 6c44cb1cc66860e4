"""What history lets one expect: what comes in a rhythm, and what always stands together."""

from __future__ import annotations

import polars as pl

from cleanbill.cycle.verify.alike import alike
from cleanbill.cycle.verify.look import Tables

_SHORT = 6
"""Days: what comes more often than this has no rhythm to be judged by."""
_COMPANY = 3
"""So many times the bills that make a figure usual two items must have stood together."""


def _regular(prefix: str = "") -> pl.Expr:
    """Whether the days between were always much the same, and long enough to tell.

    None was longer than the usual by more than a quarter, and together they make up the whole time,
    so that there were hardly any shorter ones.
    """
    gap, most, bills = (pl.col(f"{prefix}{c}") for c in ("gap_days", "gap_most", "bills"))
    whole = (pl.col(f"{prefix}last_day") - pl.col(f"{prefix}first_day")).dt.total_days()
    return (gap >= _SHORT) & (most * 4 <= gap * 5) & (whole * 10 >= (bills - 1) * gap * 9)


def _expected(tables: Tables) -> pl.LazyFrame:
    """The items of the customers that have a rhythm, were due by now and are not among the charges.

    What has not come for three times its usual time has ended.
    """
    since = (pl.lit(tables.until) - pl.col("last_day")).dt.total_days()
    due = (since >= pl.col("gap_most")) & (since <= pl.col("gap_days") * 3)
    rows = tables.usual.lazy().filter(
        pl.col("customer").is_not_null()
        & pl.col("item").is_not_null()
        & (pl.col("bills") >= tables.limits.history_bills)
        & _regular()
        & due
    )
    here = tables.charges.lazy().select("customer", "item")
    met = here.select("customer")
    return rows.join(here, on=["customer", "item"], how="anti").join(met, on="customer", how="semi")


def missing(tables: Tables) -> pl.LazyFrame:
    """One row for each customer with items that should have come, worded one after the other."""
    told = pl.concat_str(
        *("item", pl.lit(" (every "), pl.col("gap_days").cast(pl.String), pl.lit(" days on ")),
        *(pl.col("bills").cast(pl.String), pl.lit(" bills, last on ")),
        *(pl.col("last_day").cast(pl.String), pl.lit(")")),
    )
    return (
        _expected(tables)
        .sort("customer", "item")
        .group_by("customer", maintain_order=True)
        .agg(told.str.join(", ").alias("missing"), pl.col("net_minor").sum().alias("at_stake"))
        .with_columns(pl.col("customer").alias("subject"))
    )


def alone(tables: Tables) -> pl.LazyFrame:
    """The first charge of an item whose constant companion is not among those of its order.

    One customer's bills may show two items together by chance; so it must be the companion of at
    least half of those who have the item often, on enough bills of all of them.
    """
    assert tables.judged is not None
    enough = tables.limits.history_bills
    of_item = tables.usual.lazy().filter(
        pl.col("customer").is_null() & (pl.col("companion_bills") >= enough * _COMPANY)
    )
    known = of_item.select("item", "currency", usual_companion="companion")
    rows = (
        tables.judged.lazy()
        .filter(pl.col("usual_companion").is_not_null() & (pl.col("usual_bills") >= enough))
        .join(known, on=["item", "currency", "usual_companion"], how="semi")
        .with_columns(_one_bill())
    )
    charges = tables.charges.lazy().select("customer", _one_bill(), usual_companion="item")
    gone = _expected(tables).select("customer", usual_companion="item")
    money = tables.usual.lazy().select(
        "customer", "currency", usual_companion="item", at_stake="net_minor"
    )
    key = ["customer", "one_bill", "usual_companion"]
    return (
        rows.join(charges, on=key, how="anti")
        .join(gone, on=["customer", "usual_companion"], how="anti")
        .sort("charge_id")
        .unique(key, keep="first", maintain_order=True)
        .join(money, on=["customer", "currency", "usual_companion"], how="left")
        .rename({"usual_companion": "companion"})
    )


def _one_bill() -> pl.Expr:
    """What must be the same to stand on one bill: the order, or nothing where others gather."""
    by_order = pl.col("grouping").fill_null("order") == "order"
    order = pl.when(by_order).then(pl.col("order"))
    return order.fill_null("").alias("one_bill")


def again_too_soon(tables: Tables) -> pl.LazyFrame:
    """Charges that come after less than half of the usual time, to the last bill or in this run."""
    assert tables.judged is not None
    rows = tables.judged.filter(
        (pl.col("usual_bills") >= tables.limits.history_bills) & _regular("usual_")
    )
    day, gap = pl.col("service_date"), pl.col("usual_gap_days")
    since = (day - pl.col("usual_last_day")).dt.total_days().abs()
    billed = rows.lazy().filter(since * 2 < gap).with_columns(other_day="usual_last_day")
    key = ["customer", "item", "currency"]
    several = alike(rows, key).lazy().sort(*key, "service_date", "charge_id")
    before = day.shift(1).over(key)
    passed = (day - before).dt.total_days()
    in_run = several.with_columns(before.alias("other_day")).filter(
        (passed > 0) & (passed * 2 < gap)
    )
    return pl.concat([in_run, billed])
