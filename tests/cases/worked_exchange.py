"""Amounts in a second currency as a table: amount × rate, rounded half up once."""

from __future__ import annotations

import csv
from decimal import Decimal
from pathlib import Path

import polars as pl

from cleanbill.cycle.tax.reckon import exchanged, exchanged_amount
from cleanbill.nouns.scales import unscaled

FILE = Path(__file__).with_name("worked") / "exchange.csv"


def rows() -> list[dict[str, str]]:
    """Return the rows, each with its place."""
    with FILE.open(encoding="utf-8", newline="") as file:
        return [{"place": str(n), **row} for n, row in enumerate(csv.DictReader(file), 1)]


def answers(row: dict[str, str]) -> set[str]:
    """Return what the engine makes of a row, as an amount and as a price."""
    decimals, into = int(row["decimals"]), int(row["into"])
    rate = int(Decimal(row["rate"]).scaleb(10))
    minor = pl.lit(int(Decimal(row["amount"]).scaleb(decimals)), dtype=pl.Int64)
    amount = exchanged_amount(minor, decimals, pl.lit(rate, dtype=pl.Int64), into)
    price = exchanged(int(Decimal(row["amount"]).scaleb(8)), rate, into)
    return {
        f"{unscaled(pl.select(amount).item(), into):.{into}f}",
        f"{unscaled(price, 8):.{into}f}",
    }
