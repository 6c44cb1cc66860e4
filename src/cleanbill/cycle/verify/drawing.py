"""Let sales draw on purchase orders one after the other, as far as these reach.

Each draws its net, before what is taken off the whole bill. One that does not fit is left out, and
those behind it may still fit: whether a bill goes out does not hang on a larger one before it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from cleanbill.engine.exact import running
from cleanbill.engine.order_tables import Orders

Row = dict[str, Any]


def taken(rows: pl.DataFrame, orders: Orders, until: date) -> pl.DataFrame:
    """Return the sales with what became of those that ``draws`` says draw.

    Adds ``refused`` (``exhausted``, ``exceeded``, ``quantity``, ``line_value``, or null),
    ``limited_by`` (the order that does not reach: its own or the blanket), what is left of it
    (``order_left_minor``, ``quantity_left_e6``, ``line_left_minor``) of ``limited_minor``,
    ``order_quantity_e6``, ``line_value_minor``; and, on the last sale that draws on an order,
    ``used_minor``: all that is drawn of it then.
    """
    rows = _with_limits(rows, orders, until)
    amount = pl.when("draws").then(pl.col("net_minor").fill_null(0)).otherwise(0)
    size = pl.when("draws").then(pl.col("quantity_e6").fill_null(0)).otherwise(0)
    line = ["order_id", "item"]
    sums = rows.select(
        running(amount, ["order_id"]) + pl.col("drawn_minor") > pl.col("order_value_minor"),
        (
            running(amount, ["root_id"]) + pl.col("root_drawn_minor") > pl.col("root_limit_minor")
        ).alias("root"),
        (running(size, line) + pl.col("line_drawn_e6") > pl.col("order_quantity_e6")).alias(
            "quantity"
        ),
        (running(amount, line) + pl.col("line_drawn_minor") > pl.col("line_value_minor")).alias(
            "value"
        ),
    )
    over = sums.select(pl.any_horizontal(pl.all().fill_null(False))).to_series()
    short = rows.filter(over & rows["draws"])["root_id"].unique()
    told = _one_by_one(rows.filter(pl.col("root_id").is_in(short.implode())))
    rows = rows.join(told, on="charge_id", how="left", maintain_order="left")
    drew = pl.col("draws") & pl.col("refused").is_null()
    drawn = pl.col("net_minor").filter(drew).sum().over("order_id") + pl.col("drawn_minor")
    last = drew & (pl.col("charge_id") == pl.col("charge_id").filter(drew).last().over("order_id"))
    return rows.with_columns(pl.when(last).then(drawn).alias("used_minor"))


def _with_limits(rows: pl.DataFrame, orders: Orders, until: date) -> pl.DataFrame:
    """Add how much may be drawn of the order, of its blanket and of the item, and what was."""
    now = orders.current(until)
    family = orders.heads.select("order_id", pl.coalesce("blanket_id", "order_id").alias("root_id"))
    spent = orders.spent()
    roots = (
        orders.heads.select("order_id", pl.col("purchase_order").alias("root_number"))
        .join(
            now.select("order_id", pl.col("value_minor").alias("root_limit_minor")), on="order_id"
        )
        .join(spent.rename({"drawn_minor": "root_drawn_minor"}), on="order_id", how="left")
        .rename({"order_id": "root_id"})
    )
    lines = orders.lines.join(now.select("order_id", "version"), on=["order_id", "version"])
    items = lines.group_by("order_id", "item").agg(
        _bound("quantity_e6").alias("order_quantity_e6"),
        _bound("value_minor").alias("line_value_minor"),
    )
    drawn = orders.drawn.rename({"quantity_e6": "line_drawn_e6", "net_minor": "line_drawn_minor"})
    line = ["order_id", "item"]
    for table, key in (
        *((family, ["order_id"]), (spent, ["order_id"]), (roots, ["root_id"])),
        *((items, line), (drawn, line)),
    ):
        rows = rows.join(table, on=key, how="left", maintain_order="left")
    counted = ("drawn_minor", "root_drawn_minor", "line_drawn_e6", "line_drawn_minor")
    return rows.with_columns(pl.col(counted).fill_null(0))


def _bound(column: str) -> pl.Expr:
    """The sum of what the lines of an item allow; none where one of them has no bound."""
    return pl.when(pl.col(column).null_count() == 0).then(pl.col(column).sum())


_TOLD = {
    "charge_id": pl.Int64,
    "refused": pl.String,
    "limited_by": pl.String,
    "limited_minor": pl.Int64,
    "order_left_minor": pl.Int64,
    "quantity_left_e6": pl.Int64,
    "line_left_minor": pl.Int64,
}


def _one_by_one(rows: pl.DataFrame) -> pl.DataFrame:
    """Say of the sales on orders that do not reach which do not fit."""
    accounts: dict[Any, int] = {}
    found = [
        told
        for row in rows.filter("draws").iter_rows(named=True)
        if (told := _refused(row, accounts)) is not None
    ]
    return pl.DataFrame(found, schema=_TOLD, orient="row")


@dataclass(frozen=True, slots=True)
class _Account:
    """What a sale draws on: under which name, what was drawn before the run, how much may be."""

    key: Any
    drawn: int
    limit: int | None
    part: int

    def left(self, accounts: dict[Any, int]) -> int | None:
        """Return what is left, None without a bound."""
        return None if self.limit is None else self.limit - accounts.get(self.key, self.drawn)


def _refused(row: Row, accounts: dict[Any, int]) -> Row | None:
    """Draw one sale, or say why it cannot be."""
    net, size, own = row["net_minor"] or 0, row["quantity_e6"] or 0, row["order_id"]
    line = (own, row["item"])
    order = _Account(own, row["drawn_minor"], row["order_value_minor"], net)
    blanket = _Account(row["root_id"], row["root_drawn_minor"], row["root_limit_minor"], net)
    quantity = _Account((*line, 6), row["line_drawn_e6"], row["order_quantity_e6"], size)
    value = _Account((*line, 2), row["line_drawn_minor"], row["line_value_minor"], net)
    told = {"charge_id": row["charge_id"]}
    for account, number in ((order, row["purchase_order"]), (blanket, row["root_number"])):
        left = account.left(accounts)
        if left is not None and net > max(left, 0):
            why = "exceeded" if left > 0 else "exhausted"
            bound = {"limited_by": number, "limited_minor": account.limit}
            return {**told, "refused": why, **bound, "order_left_minor": max(left, 0)}
    for account, why, name in (
        (quantity, "quantity", "quantity_left_e6"),
        (value, "line_value", "line_left_minor"),
    ):
        left = account.left(accounts)
        if left is not None and account.part > max(left, 0):
            return {**told, "refused": why, name: max(left, 0)}
    for account in {a.key: a for a in (order, blanket, quantity, value)}.values():
        accounts[account.key] = accounts.get(account.key, account.drawn) + account.part
    return None
