"""Price rows that no bill could be priced by: what is wrong with them and what to do."""

from __future__ import annotations

import polars as pl

from cleanbill.cycle.price.written import INCLUDING, KEY, TERMS, conditions_read

_HUNDRED = 100 * 10**6


def _no_share(column: str) -> pl.Expr:
    return (pl.col(column) < 0) | (pl.col(column) > _HUNDRED)


def _several(column: str) -> pl.Expr:
    """Where the rows of one price say different things of what can only be one."""
    return pl.col(column).drop_nulls().n_unique().over(KEY) > 1


_MODEL = pl.col("model")
_INCLUDED = pl.col("included_e6")
_MINIMUM, _MAXIMUM = (pl.col(f"{limit}_minor").max().over(KEY) for limit in ("minimum", "maximum"))
_NOT_POSITIVE = "Leave it out, or write a quantity above zero."

FAULTS: tuple[tuple[str, pl.Expr, str], ...] = (
    (
        "conditions:unreadable",
        pl.col("unread").is_not_null(),
        "Write conditions as name=value; name=value.",
    ),
    (
        "tier:twice",
        (pl.len().over(*KEY, "up_to_e6") > 1),
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
        _MODEL.is_in(["unit", "package", "dynamic"])
        & (pl.col("flat_amount_minor") != 0)
        & _INCLUDED.is_null(),
        "A unit, package or dynamic price takes no flat_amount: leave it out, or make it a volume "
        "price.",
    ),
    (
        "unit_price:unused",
        (_MODEL == "dynamic") & pl.col("unit_price_e8").is_not_null(),
        "Of a dynamic price each charge brings the unit price: leave it out here.",
    ),
    (
        "percent:missing",
        (pl.col("model") == "percentage") & pl.col("percent_e6").is_null(),
        "A percentage price needs a percent: fill it in.",
    ),
    *(
        (
            f"{column.removesuffix('_e6').removesuffix('_minor')}:differs",
            _several(column),
            "The rows of one price differ in what holds for all of it: write it once.",
        )
        for column in TERMS
    ),
    (
        "maximum:below_minimum",
        _MAXIMUM < _MINIMUM,
        "The maximum of a line is less than its minimum: correct one of them.",
    ),
    (
        "minimum:negative",
        (_MINIMUM < 0) | (_MAXIMUM < 0),
        "Minimum and maximum hold for the size of a line: write amounts of zero or more.",
    ),
    (
        "discount_percent:no_share",
        _no_share("discount_percent_e6"),
        "A discount lies between 0 and 100 percent.",
    ),
    (
        "volume_discount_percent:no_share",
        _no_share("volume_discount_percent_e6"),
        "A discount lies between 0 and 100 percent.",
    ),
    (
        "volume_discount_percent:unused",
        (_MODEL == "percentage") & pl.col("volume_discount_percent_e6").is_not_null(),
        "A percentage price knows no volume: use discount_percent.",
    ),
    ("increment:not_positive", pl.col("increment_e6") <= 0, _NOT_POSITIVE),
    (
        "increment_rounding:unused",
        pl.col("increment_rounding").is_not_null()
        & pl.col("increment_e6").max().over(KEY).is_null(),
        "A rounding needs an increment to round to: fill it in.",
    ),
    ("included:not_positive", _INCLUDED <= 0, _NOT_POSITIVE),
    (
        "included:unused",
        _INCLUDED.is_not_null() & ~_MODEL.is_in(INCLUDING),
        "Only unit and graduated prices include a quantity.",
    ),
    (
        "included:several_prices",
        (_MODEL == "unit")
        & (_INCLUDED.count().over(KEY) > 0)
        & (pl.col("unit_price_e8").n_unique().over(KEY) > 1),
        "Beyond an included quantity a unit price is one price: make it a graduated price.",
    ),
    (
        "included:reaches_a_tier",
        (_INCLUDED.max().over(KEY) >= pl.col("up_to_e6")),
        "A tier ends within the included quantity: its up_to must lie above it.",
    ),
    (
        "up_to:not_positive",
        pl.col("up_to_e6") <= 0,
        "A tier reaches up to a quantity above zero.",
    ),
    (
        "valid_to:too_early",
        (pl.col("valid_to") <= pl.col("valid_from")).fill_null(False),
        "valid_to is the first day after: it must lie behind valid_from.",
    ),
)
"""Code, the rows it holds for, what to do. The first that holds is the one that is named."""
INCOMPLETE = "price:incomplete"
_OTHER_ROW = "Another row of this price was refused: mend that one, and send all rows of it again."


def faults(rows: pl.DataFrame) -> pl.DataFrame:
    """Return ``row``, ``problem`` and ``what_to_do`` of the price rows that cannot be used.

    In: typed price rows as ``formats.tabular`` gives them, with their ``row``.
    """
    code: pl.Expr = pl.lit(None, dtype=pl.String)
    remedy: pl.Expr = pl.lit(None, dtype=pl.String)
    for name, wrong, what_to_do in reversed(FAULTS):
        code = pl.when(wrong).then(pl.lit(name)).otherwise(code)
        remedy = pl.when(wrong).then(pl.lit(what_to_do)).otherwise(remedy)
    said = pl.concat_str(pl.col("unread"), pl.lit(". "), ignore_nulls=False).fill_null("")
    own = conditions_read(rows).with_columns(
        code.alias("problem"), (said + remedy).alias("what_to_do")
    )
    # A price without one of its tiers would be another price: its other rows wait, too.
    torn = pl.col("problem").is_null() & (pl.col("problem").count().over(*KEY, "unread") > 0)
    named = own.select(
        "row",
        pl.when(torn).then(pl.lit(INCOMPLETE)).otherwise("problem").alias("problem"),
        pl.when(torn).then(pl.lit(_OTHER_ROW)).otherwise("what_to_do").alias("what_to_do"),
    )
    return named.filter(pl.col("problem").is_not_null())
