"""Rows of agreements, coupons and redemptions that no bill could be made by, and what to do."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from cleanbill.engine.findings import Faults, first_faults
from cleanbill.nouns.currency import DECIMALS
from cleanbill.nouns.reduction import HUNDRED_E6, WrongSteps, early_steps, tiers

_BACKWARDS = (
    "valid_to:too_early",
    (pl.col("valid_to") <= pl.col("valid_from")).fill_null(False),
    "valid_to is the first day after: it must lie behind valid_from.",
)


def agreement_faults(rows: pl.DataFrame) -> pl.DataFrame:
    """Return ``row``, ``problem`` and ``what_to_do`` of agreements whose discounts cannot be used.

    In: typed rows of agreements as ``formats.tabular`` gives them.
    """
    tiered = pl.col("document_discount_tiers")
    early = pl.col("early_payment")
    last = pl.col("early_payment").map_elements(_last_day, return_dtype=pl.Int64)
    faults: Faults = (
        (
            "document_discount_tiers:currency_missing",
            tiered.is_not_null() & pl.col("currency").is_null(),
            "A discount by volume needs the agreement's currency: fill it in.",
        ),
        (
            "document_discount_tiers:not_steps",
            ~_readable(rows, "document_discount_tiers", "currency"),
            'Write tiers as PERCENT from AMOUNT, rising: "2 from 1000; 3.5 from 5000".',
        ),
        (
            "document_discount_tiers:twice",
            tiered.is_not_null() & (pl.col("document_discount_percent_e6") != 0).fill_null(False),
            "Give document_discount_percent or document_discount_tiers, not both.",
        ),
        (
            "early_payment:not_steps",
            ~_readable(rows, "early_payment"),
            'Write steps as PERCENT in DAYS, rising: "3 in 10; 2 in 20".',
        ),
        (
            "early_payment:too_late",
            (last > pl.col("payment_days")).fill_null(False),
            "A discount for early payment must end by the day on which the bill is due.",
        ),
        (
            "early_payment_base:unused",
            pl.col("early_payment_base").is_not_null() & early.is_null(),
            "Give early_payment too, or leave early_payment_base out.",
        ),
    )
    return first_faults(rows, faults)


def _readable(rows: pl.DataFrame, column: str, currency: str | None = None) -> pl.Expr:
    """Whether the column's text is a list of steps, or empty."""
    wrong = []
    for text, code in rows.select(column, currency or pl.lit(None)).unique().iter_rows():
        if text is None:
            continue
        try:
            if currency is None:
                early_steps(text)
            else:
                tiers(text, DECIMALS.get(code, 2))
        except WrongSteps:
            wrong.append((text, code))
    holds = pl.lit(True)
    for text, code in wrong:
        same = pl.col(currency).eq_missing(pl.lit(code)) if currency else pl.lit(True)
        holds &= ~((pl.col(column) == text) & same).fill_null(False)
    return holds


def _last_day(text: str) -> int | None:
    try:
        return early_steps(text)[-1][1]
    except WrongSteps:
        return None


def coupon_faults(rows: pl.DataFrame, used: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """Return the coupons that cannot be used, or that would change what bills rest on.

    In: typed rows; ``used`` the terms of coupons that bills have used, as COUPONS; ``known``
    those of all.
    """
    amount, percent = pl.col("amount_minor"), pl.col("percent_e6")
    every = pl.col("every_bill").fill_null(False)
    counted = pl.col("bills").is_not_null()
    faults: Faults = (
        (
            "coupon:twice",
            pl.col("coupon").is_duplicated(),
            "Two rows of the file are this coupon: keep one of them.",
        ),
        (
            "coupon:is_retainer",
            pl.col("coupon").is_in(_retainers(known).implode()),
            "A retainer has this code: give the coupon another.",
        ),
        (
            "amount:missing",
            amount.is_null() == percent.is_null(),
            "Give the coupon either an amount or a percent.",
        ),
        ("amount:not_above_zero", (amount <= 0).fill_null(False), "Give an amount above zero."),
        (
            "percent:out_of_bounds",
            ((percent <= 0) | (percent > HUNDRED_E6)).fill_null(False),
            "Give a percent above 0 and up to 100.",
        ),
        (
            "budget:negative",
            (pl.col("budget_minor") < 0).fill_null(False),
            "Give a budget that is not below zero, or none.",
        ),
        (
            "bills:twice",
            every & counted,
            "Give a number of bills, or say every_bill, not both.",
        ),
        ("bills:zero", (pl.col("bills") == 0).fill_null(False), "Give at least one bill."),
        ("months:zero", (pl.col("months") == 0).fill_null(False), "Give at least one month."),
        _BACKWARDS,
        (
            "coupon:in_use",
            _changed(rows, used),
            "Bills have used this coupon: its currency, amount, percent, bills, budget, rest and "
            "credited stay. Give the new terms a new code.",
        ),
    )
    return first_faults(rows, faults)


def _retainers(known: pl.DataFrame) -> pl.Series:
    return known.filter(pl.col("funded_by").is_not_null())["coupon"]


_KEPT = ("currency", "amount_minor", "percent_e6", "budget_minor", "rest", "credited")


def _changed(rows: pl.DataFrame, used: pl.DataFrame) -> pl.Expr:
    """Whether a row gives a used coupon other terms than it had."""
    bills = pl.when("every_bill").then(None).otherwise(pl.col("bills").fill_null(1))
    told = rows.with_columns(bills.alias("bills")).join(used, on="coupon", suffix="_used")
    other = [pl.col(c).ne_missing(pl.col(f"{c}_used")) for c in (*_KEPT, "bills")]
    names = told.filter(pl.any_horizontal(other))["coupon"]
    return pl.col("coupon").is_in(names.implode())


def redemption_faults(
    rows: pl.DataFrame, coupons: pl.DataFrame, given: Callable[[], pl.DataFrame]
) -> pl.DataFrame:
    """Return the redemptions of coupons that there are not, or that the customer has already.

    In: typed rows; the COUPONS there are; ``given`` says which coupons customers have by now.
    """
    key = ("coupon", "customer", "redemption")
    once = coupons.filter(~pl.col("repeatable").fill_null(False))["coupon"].implode()
    every = pl.concat([given().select(key), rows.select(key)]).unique()
    several = every.group_by("coupon", "customer").len().filter(pl.col("len") > 1)
    several = several.filter(pl.col("coupon").is_in(once))
    twice = pl.struct("coupon", "customer").is_in(
        several.select(pl.struct("coupon", "customer")).to_series().implode()
    )
    faults: Faults = (
        (
            "coupon:unknown",
            ~pl.col("coupon").is_in(coupons["coupon"].implode()),
            "There is no such coupon: import it first with `cleanbill import coupons FILE`.",
        ),
        (
            "coupon:is_retainer",
            pl.col("coupon").is_in(_retainers(coupons).implode()),
            "This is a retainer, which names its customer itself: bring it with "
            "`cleanbill import retainers FILE`.",
        ),
        (
            "redemption:twice",
            twice,
            "A customer may have this coupon once: keep the redemption there is, or make the "
            "coupon repeatable.",
        ),
        _BACKWARDS,
    )
    return first_faults(rows, faults)
