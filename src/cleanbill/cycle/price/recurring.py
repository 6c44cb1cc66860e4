"""Recurring charges: from terms and a day up to which to bill, the rows that a run takes in.

Out: rows of CHARGES with BASIS beside them. A whole period is quantity × unit price; a part of
one is one piece at what it comes to. Rows that come to nothing are left out: nobody is asked for
zero. Equal terms and days give equal rows with equal references, so a repetition makes no second
charge.

The price of these rows is their own (``nouns.drawn``): no price list overrides it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import polars as pl

from cleanbill.cycle.price.schedule import Part, parts
from cleanbill.engine.tables import CHARGES, Schema, conformed
from cleanbill.nouns.currency import decimals_of
from cleanbill.nouns.drawn import PIECE, RECURRING
from cleanbill.nouns.period import Period
from cleanbill.nouns.recurring import RecurringTerms
from cleanbill.nouns.scales import (
    AMOUNT_MAX_MINOR,
    PRICE_DECIMALS,
    PRICE_MAX_E8,
    QUANTITY_DECIMALS,
    unscaled,
)

BASIS: Schema = {
    "terms": pl.String,
    "terms_version": pl.Int32,
    "period_from": pl.Date,
    "period_to": pl.Date,
    "part_from": pl.Date,
    "part_to": pl.Date,
    "convention": pl.String,
    "counted": pl.Int64,
    "counted_whole": pl.Int64,
    "basis_quantity_e6": pl.Int64,
    "basis_price_e8": pl.Int64,
    "so_far": pl.String,
    "above_minor": pl.Int64,
    "billed_minor": pl.Int64,
}
"""How the amount of a recurring charge came about: ``counted`` of ``counted_whole`` days (seconds,
days of thirty) of the period from ``period_from`` to before ``period_to``, for the part from
``part_from`` to before ``part_to``; ``so_far`` and ``above_minor`` as in Part; ``billed_minor``
what a correction found charged for the part already."""

Row = dict[str, Any]


def recurring_charges(
    terms: Iterable[RecurringTerms], through: date, after: date | None = None
) -> pl.DataFrame:
    """Return what is due up to and including ``through`` and was not up to ``after``, in order.

    ``after`` is the day up to which these terms have been billed, None for never. Amounts beyond
    the bounds of the schema are null; verification holds those rows.
    """
    return table([row for one in terms for row in first_rows(one, through, after)])


def first_rows(terms: RecurringTerms, through: date, after: date | None = None) -> list[Row]:
    """Return as rows what ``recurring_charges`` returns of one set of terms as a table."""
    return [
        row_of(terms, part.days, part, part.amount_minor, name_of(terms, part.days))
        for part in parts(terms, through, after)
        if part.amount_minor
    ]


def explained(row: Mapping[str, Any]) -> str:
    """Return in one sentence how the amount of a row of CHARGES with BASIS came about.

    The amount must be within its bounds.
    """
    decimals = decimals_of(row["currency"])

    def money(minor: int) -> str:
        return format(unscaled(minor, decimals), "f")

    price = _plain(row["basis_price_e8"], PRICE_DECIMALS)
    rate = f"{quantity_text(row['basis_quantity_e6'])} × {price} {row['currency']}"
    last = row["period_to"] - timedelta(1)
    period = f"{row['period_from']} to {last}"
    if row["counted"] == row["counted_whole"]:
        told = f"{rate} for the whole period {period}"
    else:
        unit = {"days": "days", "seconds": "seconds", "thirty": "days of 30 a month"}
        counts = unit.get(row["convention"], "periods, whole or nothing,")
        told = f"{rate} × {row['counted']} ÷ {row['counted_whole']} {counts} of {period}"
    reached = Fraction(row["so_far"])
    if row["above_minor"]:
        told += (
            f"; with the parts before it {_exact(reached, decimals)}, rounded once, "
            f"less their {money(row['above_minor'])}"
        )
    elif reached.denominator > 1:
        told += f" = {_exact(reached, decimals)}, rounded once"
    if row.get("billed_minor") is not None:
        now = row["billed_minor"] + row["amount_minor"]
        return f"{told}: {money(now)}; {money(row['billed_minor'])} was billed"
    return f"{told}: {money(row['amount_minor'])}"


def name_of(terms: RecurringTerms, days: Period, why: str = "") -> str:
    """Return the reference of a row: the same whenever it is worked out, one for each version."""
    name = f"{terms.reference}/{days.start}/{days.last_day}"
    if why:
        return f"{name}/{why}-{terms.version}"
    return name if terms.version == 1 else f"{name}/v{terms.version}"


def row_of(
    terms: RecurringTerms,
    days: Period,
    part: Part,
    owing: int,
    name: str,
    billed: int | None = None,
) -> Row:
    """Return the row of CHARGES with BASIS that asks ``owing`` for these days of a part.

    ``billed`` is what a correction found charged for the part before.
    """
    whole = billed is None and part.counted == part.whole
    price = abs(owing) * 10 ** (PRICE_DECIMALS - decimals_of(terms.currency))
    return {
        "source": RECURRING,
        "reference": name,
        "customer": terms.customer,
        "item": part.item,
        "description": terms.description,
        "kind": "sale" if owing >= 0 else "cancellation",
        "quantity_e6": part.quantity_e6 if whole else 10**QUANTITY_DECIMALS,
        "unit": terms.unit if whole else PIECE,
        "unit_price_e8": part.unit_price_e8 if whole else _within(price, PRICE_MAX_E8),
        "amount_minor": _within(owing, AMOUNT_MAX_MINOR),
        "currency": terms.currency,
        "service_date": days.start,
        "service_end": days.last_day,
        "order": terms.order,
        "purchase_order": terms.purchase_order,
        "cost_centre": terms.cost_centre,
        "terms": terms.reference,
        "terms_version": terms.version,
        "period_from": part.period.start,
        "period_to": part.period.end,
        "part_from": part.days.start,
        "part_to": part.days.end,
        "convention": terms.convention.value,
        "counted": part.counted,
        "counted_whole": part.whole,
        "basis_quantity_e6": part.quantity_e6,
        "basis_price_e8": part.unit_price_e8,
        "so_far": str(part.so_far),
        "above_minor": _within(part.above_minor, AMOUNT_MAX_MINOR),
        "billed_minor": None if billed is None else _within(billed, AMOUNT_MAX_MINOR),
    }


def _within(value: int, limit: int) -> int | None:
    return value if abs(value) <= limit else None


def table(rows: list[Row]) -> pl.DataFrame:
    """Return rows as CHARGES with BASIS; rows that share a reference are its occurrences."""
    seen: Counter[str] = Counter()
    for row in rows:
        seen[row["reference"]] += 1
        row["occurrence"] = seen[row["reference"]]
    schema = {**CHARGES, **BASIS}
    frame = pl.DataFrame(rows, schema_overrides=schema) if rows else pl.DataFrame()
    return conformed(frame, schema).sort("service_date", maintain_order=True)


def quantity_text(quantity_e6: int) -> str:
    """Return a quantity as people write it."""
    return _plain(quantity_e6, QUANTITY_DECIMALS)


def _plain(value: int, decimals: int) -> str:
    text = format(unscaled(value, decimals), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _exact(minor: Fraction, decimals: int) -> str:
    """Return minor units as a decimal in major ones, with four more places and a mark if cut."""
    places = decimals + 4
    whole, rest = divmod(minor * 10**4, 1)
    text = _plain(int(whole), places)
    return f"{text}…" if rest else text
