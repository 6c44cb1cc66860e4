"""Let sales draw on purchase orders one after the other, as far as these reach.

Each draws its net, before what is taken off the whole bill. One that does not fit is left out, and
those behind it may still fit: whether a bill goes out does not hang on a larger one before it.
What is below zero makes room only for later runs, so that it does not matter which bill of a run
is written first.
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
    ``order_quantity_e6``, ``line_value_minor``, once all that fit are billed.
    """
    rows = _with_limits(rows, orders, until)
    amount, size = (
        pl.when("draws").then(pl.col(c).fill_null(0).clip(lower_bound=0)).otherwise(0)
        for c in ("net_minor", "quantity_e6")
    )
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
    return rows.join(told, on="charge_id", how="left", maintain_order="left")


def drawn_then(rows: pl.DataFrame, orders: Orders) -> pl.DataFrame:
    """Return ``order_id`` and ``drawn_minor`` as they are once all that fit are billed."""
    fit = rows.filter(pl.col("draws") & pl.col("refused").is_null())
    more = fit.select(
        "order_id",
        "item",
        pl.col("quantity_e6").clip(lower_bound=0),
        pl.col("net_minor").fill_null(0).clip(lower_bound=0),
    )
    return orders.spent(pl.concat([orders.drawn, more]))


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
    return pl.DataFrame([_told(*one, accounts) for one in found], schema=_TOLD, orient="row")


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


def _refused(row: Row, accounts: dict[Any, int]) -> tuple[Row, str, _Account] | None:
    """Draw one sale, or return it with the kind of account that does not reach, and that."""
    net, size = max(row["net_minor"] or 0, 0), max(row["quantity_e6"] or 0, 0)
    own, line = row["order_id"], (row["order_id"], row["item"])
    tried = {
        "order": _Account(own, row["drawn_minor"], row["order_value_minor"], net),
        "blanket": _Account(row["root_id"], row["root_drawn_minor"], row["root_limit_minor"], net),
        "quantity": _Account((*line, 6), row["line_drawn_e6"], row["order_quantity_e6"], size),
        "line": _Account((*line, 2), row["line_drawn_minor"], row["line_value_minor"], net),
    }
    for kind, account in tried.items():
        left = account.left(accounts)
        if left is not None and account.part > max(left, 0):
            return row, kind, account
    for account in {a.key: a for a in tried.values()}.values():
        accounts[account.key] = accounts.get(account.key, account.drawn) + account.part
    return None


def _told(row: Row, kind: str, account: _Account, accounts: dict[Any, int]) -> Row:
    """Say why a sale does not fit, and what is left when all others have drawn."""
    told, left = {"charge_id": row["charge_id"]}, max(account.left(accounts) or 0, 0)
    if kind == "quantity":
        return {**told, "refused": kind, "quantity_left_e6": left}
    if kind == "line":
        return {**told, "refused": "line_value", "line_left_minor": left}
    number = row["purchase_order"] if kind == "order" else row["root_number"]
    bound = {"limited_by": number, "limited_minor": account.limit, "order_left_minor": left}
    return {**told, "refused": "exceeded" if left else "exhausted", **bound}
