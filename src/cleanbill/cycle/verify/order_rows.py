"""Rows of a file of purchase orders as versions: which are new, and which could not be kept.

A version is never edited. The same row again changes nothing; what differs from what is known
needs the day from which on it holds (``amended_on``), and becomes the next version.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import polars as pl

from cleanbill.engine.findings import Faults, first_faults
from cleanbill.engine.order_tables import ORDER_LINES, Orders

ORDER = ["customer", "purchase_order"]
VERSION = [*ORDER, "amended_on"]
_TERMS = ("valid_from", "valid_to", "value_minor")
_LINE = tuple(c for c in ORDER_LINES if c not in ("order_id", "version"))
_NO_LINES = pl.List(pl.Struct({c: ORDER_LINES[c] for c in _LINE}))


def order_faults(rows: pl.DataFrame, known: Orders, lost: Sequence[str] = ()) -> pl.DataFrame:
    """Return ``row``, ``problem`` and ``what_to_do`` of rows of orders that cannot be kept.

    In: typed rows; the orders by these numbers and by those called off; ``lost`` are numbers of
    which rows could not be read. An order is taken in whole or not at all.
    """
    lined = _lined(rows)
    versions = order_versions(rows, known).select(*VERSION, "order_id", "new", "differs", "latest")
    checked = lined.join(versions, on=VERSION, how="left", nulls_equal=True, maintain_order="left")
    checked = checked.with_columns(
        *_kept_heads(known, checked), *_called(known, checked), *_contradictions()
    )
    found = first_faults(checked, _FAULTS)
    wrong = rows.filter(pl.col("row").is_in(found["row"].implode())).select(ORDER).unique()
    others = rows.filter(~pl.col("row").is_in(found["row"].implode()))
    whole = pl.concat(
        [
            others.join(wrong, on=ORDER, how="semi", maintain_order="left"),
            others.join(wrong, on=ORDER, how="anti", maintain_order="left").filter(
                pl.col("purchase_order").is_in(list(lost))
            ),
        ]
    )
    rest = whole.select(
        "row",
        pl.lit("purchase_order:incomplete").alias("problem"),
        pl.lit(
            "Another row of this order could not be taken: mend it, and send all rows of the order."
        ).alias("what_to_do"),
    )
    return pl.concat([found, rest])


def order_versions(rows: pl.DataFrame, known: Orders) -> pl.DataFrame:
    """Return the versions that a file states, one row each, oldest first.

    Adds ``order_id`` (null for a new order), ``version``, ``new``, whether it is ``known`` with
    other words (``differs``), ``latest`` (the day of the last known amendment) and its ``lines``.
    """
    told = _lined(rows)
    there = pl.col("item").is_not_null()
    line = pl.struct(
        "line", "item", "quantity_e6", pl.col("_amount").alias("value_minor"), "unit_price_e8"
    )
    line = line.filter(there).sort_by(pl.col("line").filter(there))
    stated = told.group_by(VERSION, maintain_order=True).agg(
        pl.col("currency", "calls_off", *_TERMS).first(), line.alias("lines")
    )
    stated = stated.with_columns(pl.col("lines").cast(_NO_LINES), _content())
    before = _known(known)
    ids = known.heads.select(*ORDER, "order_id")
    last = before.group_by("order_id").agg(
        pl.col("version").max().alias("_last"), pl.col("amended_on").max().alias("latest")
    )
    compared = (
        stated.join(ids, on=ORDER, how="left", maintain_order="left")
        .join(last, on="order_id", how="left", maintain_order="left")
        .join(
            before.select("order_id", "amended_on", pl.col("content").alias("_kept")),
            on=["order_id", "amended_on"],
            how="left",
            nulls_equal=True,
            maintain_order="left",
        )
    )
    new = pl.col("_kept").is_null()
    return (
        compared.with_columns(
            new.alias("new"),
            (pl.col("_kept") != pl.col("content")).fill_null(False).alias("differs"),
        )
        .sort(*ORDER, "amended_on", nulls_last=False, maintain_order=True)
        .with_columns(
            (pl.col("_last").fill_null(0) + pl.col("new").cast(pl.Int32).cum_sum().over(ORDER))
            .cast(pl.Int32)
            .alias("version")
        )
        .drop("_last", "_kept", "content")
    )


def _lined(rows: pl.DataFrame) -> pl.DataFrame:
    """Number lines that have no number of their own by their place in the order."""
    place = (pl.int_range(pl.len()).over(VERSION) + 1).cast(pl.String)
    return rows.with_columns(
        pl.coalesce("line", place).alias("line"), pl.col("amount_minor").alias("_amount")
    )


def _known(known: Orders) -> pl.DataFrame:
    """The versions that are kept, with what they say as one text."""
    line = pl.struct(_LINE).sort_by("line").alias("lines")
    lines = known.lines.group_by("order_id", "version").agg(line)
    joined = known.versions.join(lines, on=["order_id", "version"], how="left")
    return joined.with_columns(pl.col("lines").fill_null([]).cast(_NO_LINES)).with_columns(
        _content()
    )


def _content() -> pl.Expr:
    """What a version says, as one text to be compared."""
    return pl.struct(*_TERMS, "lines").struct.json_encode().alias("content")


def _kept_heads(known: Orders, rows: pl.DataFrame) -> list[pl.Series]:
    """Whether an order is known in another currency, or with another blanket order."""
    heads = known.heads.select(
        *ORDER, pl.col("currency").alias("_currency"), pl.col("calls_off").alias("_calls_off")
    )
    told = rows.join(heads, on=ORDER, how="left", maintain_order="left")
    there = told["_currency"].is_not_null()
    other = (told["currency"] != told["_currency"]) | told["calls_off"].ne_missing(
        told["_calls_off"]
    )
    return [(there & other).alias("_other_head")]


def _called(known: Orders, rows: pl.DataFrame) -> list[pl.Series]:
    """Whether the blanket order that a row calls off is there, and calls off none itself."""
    every = pl.concat(
        [
            known.heads.select(*ORDER, "currency", pl.col("calls_off").alias("_above")),
            rows.select(*ORDER, "currency", pl.col("calls_off").alias("_above")),
        ]
    ).unique(ORDER, keep="first", maintain_order=True)
    named = every.select(
        "customer",
        pl.col("purchase_order").alias("calls_off"),
        "_above",
        pl.col("currency").alias("_blanket_currency"),
    )
    told = rows.join(named, on=["customer", "calls_off"], how="left", maintain_order="left")
    calls = told["calls_off"].is_not_null()
    above = every["_above"].drop_nulls().implode()
    return [
        (calls & told["_blanket_currency"].is_null()).alias("_no_blanket"),
        (calls & (told["_above"].is_not_null() | told["purchase_order"].is_in(above))).alias(
            "_chained"
        ),
        (calls & (told["_blanket_currency"] != told["currency"]))
        .fill_null(False)
        .alias("_exchanged"),
    ]


def _contradictions() -> list[pl.Expr]:
    """Whether rows of one order, or of one version, say different things of the whole."""
    several = [pl.col(c).n_unique().over(VERSION) > 1 for c in _TERMS]
    several += [pl.col(c).n_unique().over(ORDER) > 1 for c in ("currency", "calls_off")]
    return [
        pl.any_horizontal(several).alias("_contradicts"),
        pl.col("amended_on").is_null().any().over(ORDER).alias("_original"),
    ]


_SAID = ("quantity_e6", "_amount", "unit_price_e8")
_FAULTS: Faults = (
    (
        "purchase_order:contradicts",
        pl.col("_contradicts"),
        "Rows of one order give different currencies, validity, values or blanket orders: make "
        "them agree, or give the later ones amended_on.",
    ),
    (
        "line:twice",
        pl.struct(*VERSION, "line").is_duplicated(),
        "Two rows are this line of the order: number lines differently, or keep one.",
    ),
    (
        "item:missing",
        pl.any_horizontal(pl.col(c).is_not_null() for c in _SAID) & pl.col("item").is_null(),
        "A line with quantity, amount or price needs its item.",
    ),
    (
        "quantity:not_above_zero",
        (pl.col("quantity_e6") <= 0).fill_null(False),
        "Give a quantity above zero, or none if any quantity may be billed.",
    ),
    (
        "value:negative",
        (pl.min_horizontal("value_minor", "_amount", "unit_price_e8") < 0).fill_null(False),
        "Values, amounts and prices of an order are not below zero.",
    ),
    (
        "valid_to:too_early",
        (pl.col("valid_to") <= pl.col("valid_from")).fill_null(False),
        "valid_to is the first day after: it must lie behind valid_from.",
    ),
    (
        "purchase_order:differs",
        pl.col("differs"),
        "The order is known with other words, and is not edited: state the amendment, with "
        "amended_on as the day from which it holds.",
    ),
    (
        "amended_on:no_original",
        pl.col("order_id").is_null() & ~pl.col("_original"),
        "The order itself is not known: send it first, with amended_on empty.",
    ),
    (
        "amended_on:too_early",
        pl.col("new") & (pl.col("amended_on") <= pl.col("latest").fill_null(date.min)),
        "There is a later amendment already: amendments come in the order of their days.",
    ),
    (
        "currency:differs",
        pl.col("_other_head"),
        "Currency and calls_off of an order stay what they were: give the new order a number.",
    ),
    (
        "calls_off:unknown",
        pl.col("_no_blanket"),
        "The customer has no such blanket order: import it first, or in the same file.",
    ),
    (
        "calls_off:chain",
        pl.col("_chained"),
        "A blanket order that is called off calls off none itself: name the uppermost one.",
    ),
    (
        "calls_off:currency",
        pl.col("_exchanged"),
        "A call-off is in the currency of its blanket order.",
    ),
)
