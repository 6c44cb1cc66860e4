"""How a difference is put down: the same columns for whatever was compared."""

from __future__ import annotations

import polars as pl

OUR = ("reference", "customer", "item", "description", "day")


def noted(
    rows: pl.DataFrame, cause: pl.Expr | str, difference: pl.Expr, concerned: pl.Expr | None = None
) -> pl.DataFrame:
    """Return the rows as differences of a cause.

    ``rows`` have columns with ``our_`` and ``old_`` before them, as many as there are.
    """
    named = pl.lit(cause) if isinstance(cause, str) else cause
    have = set(rows.columns)

    def either(name: str, kind: type[pl.DataType]) -> pl.Expr:
        there = [pl.col(f"{side}_{name}") for side in ("our", "old") if f"{side}_{name}" in have]
        return (pl.coalesce(there) if there else pl.lit(None)).cast(kind).alias(name)

    def one(name: str, kind: type[pl.DataType]) -> pl.Expr:
        return (pl.col(name) if name in have else pl.lit(None)).cast(kind).alias(name)

    amount = (
        pl.coalesce("old_total_minor", "our_total_minor")
        if {
            "old_total_minor",
            "our_total_minor",
        }
        <= have
        else pl.col("old_total_minor" if "old_total_minor" in have else "our_total_minor")
    )
    return rows.select(
        named.alias("cause"),
        (pl.col("currency") if "currency" in have else either("currency", pl.String)),
        difference.cast(pl.Int64).alias("difference_minor"),
        (amount if concerned is None else concerned).cast(pl.Int64).alias("concerned_minor"),
        *(either(name, pl.String) for name in OUR[:-1]),
        either("day", pl.Date),
        one("our_draft", pl.Int64),
        *(one(f"{side}_customer", pl.String) for side in ("our", "old")),
        *(one(f"{side}_day", pl.Date) for side in ("our", "old")),
        one("old_bill", pl.String),
        one("old_row", pl.Int64),
        *(one(f"{side}_quantity_e6", pl.Int64) for side in ("old", "our")),
        *(one(f"{side}_unit_price_e8", pl.Int64) for side in ("old", "our")),
        *(one(f"{side}_rate", pl.Int64) for side in ("old", "our")),
        *(one(f"{side}_tax_category", pl.String) for side in ("old", "our")),
        *(one(f"{side}_currency", pl.String) for side in ("old", "our")),
        *(one(f"{side}_total_minor", pl.Int64) for side in ("old", "our")),
        *(one(f"{side}_net_minor", pl.Int64) for side in ("old", "our")),
        *(one(f"{side}_tax_minor", pl.Int64) for side in ("old", "our")),
        one("our_why", pl.String),
        one("our_price_level", pl.String),
        one("our_price_from", pl.Date),
        one("twin_bill", pl.String),
        one("twin_row", pl.Int64),
        one("note", pl.String),
        (pl.col("certain") if "certain" in have else pl.lit(True)).alias("certain"),
    )


def beside(frame: pl.DataFrame, side: str, but: tuple[str, ...] = ()) -> pl.DataFrame:
    """Return the frame with the side's name before its columns, except for some."""
    return frame.rename({c: f"{side}_{c}" for c in frame.columns if c not in but})
