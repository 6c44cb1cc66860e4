"""Price rows that no bill could be priced by: what is wrong with them and what to do."""

from __future__ import annotations

import polars as pl

_KEY = ("item", "customer", "plan", "currency", "model", "valid_from")

FAULTS: tuple[tuple[str, pl.Expr, str], ...] = (
    (
        "tier:twice",
        (pl.len().over(*_KEY, "up_to_e6") > 1),
        "Two rows of this price reach up to the same quantity: keep one of them.",
    ),
    (
        "package_size:missing",
        (pl.col("model") == "package") & ~(pl.col("package_size_e6") > 0).fill_null(False),
        "A package price needs a package_size above zero: say how many units a package holds.",
    ),
    (
        "unit_price:missing",
        pl.col("model").is_in(["unit", "package"]) & pl.col("unit_price_e8").is_null(),
        "This price needs a unit_price: fill it in.",
    ),
    (
        "unit_price:missing",
        pl.col("model").is_in(["graduated", "volume"])
        & pl.col("unit_price_e8").is_null()
        & pl.col("flat_amount_minor").is_null(),
        "A tier needs a unit_price or a flat_amount: fill one of them in.",
    ),
    (
        "flat_amount:missing",
        (pl.col("model") == "flat") & pl.col("flat_amount_minor").is_null(),
        "A flat price needs a flat_amount: fill it in.",
    ),
    (
        "flat_amount:unused",
        pl.col("model").is_in(["unit", "package"]) & (pl.col("flat_amount_minor") != 0),
        "A unit or package price takes no flat_amount: leave it out, or make it a volume price.",
    ),
    (
        "percent:missing",
        (pl.col("model") == "percentage") & pl.col("percent_e6").is_null(),
        "A percentage price needs a percent: fill it in.",
    ),
    (
        "valid_to:too_early",
        (pl.col("valid_to") <= pl.col("valid_from")).fill_null(False),
        "valid_to is the first day after: it must lie behind valid_from.",
    ),
)
"""Code, the rows it holds for, what to do. The first that holds is the one that is named."""


def faults(rows: pl.DataFrame) -> pl.DataFrame:
    """Return ``row``, ``problem`` and ``what_to_do`` of the price rows that cannot be used.

    In: typed price rows as ``formats.tabular`` gives them, with their ``row``.
    """
    code: pl.Expr = pl.lit(None, dtype=pl.String)
    remedy: pl.Expr = pl.lit(None, dtype=pl.String)
    for name, wrong, what_to_do in reversed(FAULTS):
        code = pl.when(wrong).then(pl.lit(name)).otherwise(code)
        remedy = pl.when(wrong).then(pl.lit(what_to_do)).otherwise(remedy)
    named = rows.select("row", code.alias("problem"), remedy.alias("what_to_do"))
    return named.filter(pl.col("problem").is_not_null())
