"""Single products as a table: left × right ÷ divisor, rounded half up once to some decimals."""

from __future__ import annotations

import csv
from decimal import Decimal
from pathlib import Path

import polars as pl

from cleanbill.engine.exact import Rounding, multiplied
from cleanbill.nouns.scales import unscaled

FILE = Path(__file__).with_name("worked") / "products.csv"


def rows() -> list[dict[str, str]]:
    """Return the rows, each with its place."""
    with FILE.open(encoding="utf-8", newline="") as file:
        return [{"place": str(n), **row} for n, row in enumerate(csv.DictReader(file), 1)]


def _whole(text: str) -> tuple[int, int]:
    """Return a decimal as digits and the number of its decimals."""
    number = Decimal(text)
    exponent = number.as_tuple().exponent
    assert isinstance(exponent, int)
    places = max(0, -exponent)
    return int(number.scaleb(places)), places


def answer(row: dict[str, str]) -> str:
    """Return what the engine makes of a row, as text."""
    (left, a), (right, b) = _whole(row["left"]), _whole(row["right"])
    decimals = int(row["decimals"])
    product = multiplied(
        pl.lit(left * 10**decimals, dtype=pl.Int64),
        right,
        10 ** (a + b) * int(row["divisor"]),
        Rounding(row["rounding"] or "half_up"),
    )
    return f"{unscaled(pl.select(product).item(), decimals):.{decimals}f}"
