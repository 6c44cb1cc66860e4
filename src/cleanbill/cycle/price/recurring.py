"""Recurring charges: from terms and a day up to which to bill, the rows that a run takes in.

Out: rows of CHARGES with BASIS beside them. A whole period is quantity × unit price; a part of
one is one piece at what it comes to. Rows that come to nothing are left out: nobody is asked for
zero. Equal terms and days give equal rows with equal references, so a repetition makes no second
charge.

Not here yet: a place to keep terms, a command that calls this, and the import of its rows. Who
builds them has to see to it that the price of these rows stands, by the policy's price source or
by leaving their items out of the price lists; and that credits without an original are wanted,
by its ``unlinked_cancellations``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import polars as pl

from cleanbill.cycle.price.schedule import Part, parts
from cleanbill.engine.tables import CHARGES, Schema, conformed
from cleanbill.nouns.currency import decimals_of
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
days of thirty) of the period from ``period_from`` to before ``period_to``; ``so_far`` and
``above_minor`` as in Part; ``billed_minor`` what a correction found billed already."""

SOURCE = "recurring"
PIECE = "C62"


def recurring_charges(
    terms: Iterable[RecurringTerms], through: date, after: date | None = None
) -> pl.DataFrame:
    """Return what is due up to and including ``through`` and was not up to ``after``, in order.

    ``after`` is the day up to which these terms have been billed, None for never. Amounts beyond
    the bounds of the schema are null; verification holds those rows.
    """
    rows = [
        _row(one, part.days, part, part.amount_minor, _name(one, part.days))
        for one in terms
        for part in parts(one, through, after)
        if part.amount_minor
    ]
    return _table(rows)


def corrections(
    billed: RecurringTerms, known: RecurringTerms, billed_through: date
) -> pl.DataFrame:
    """Return the rows that turn what was billed by ``billed`` into what ``known`` says.

    Both are the same terms, before and after somebody learnt of a change, a price or an end in
    days that were billed. What stays is not touched; a part that ends earlier is credited from
    there on, one that ends later is charged on, others are taken back whole and charged anew. The
    rows add up exactly to the difference. A charge of the first version that is taken back whole
    is named by its cancellation and reversed exactly; the rest of one is a cancellation that names
    none, as a share of a period is no quantity of a line. What ``known`` makes due later comes
    with the next run. Raises ValueError if ``known`` has no higher version, by which its rows are
    told from the first ones, or is for another customer or in another currency.
    """
    if known.reference != billed.reference or known.version <= billed.version:
        raise ValueError(
            f"{known.reference} version {known.version} cannot correct {billed.reference} version "
            f"{billed.version}; expected the same terms with a higher version"
        )
    if (known.customer, known.currency) != (billed.customer, billed.currency):
        raise ValueError(
            f"{known.reference} was billed to {billed.customer} in {billed.currency}; end it "
            f"there, and begin new terms for {known.customer} in {known.currency}"
        )
    now = {_likeness(part): part for part in parts(known, billed_through)}
    rows = []
    for old in parts(billed, billed_through):
        new = now.pop(_likeness(old), None)
        rows.append(_taken_back(billed, known, old) if new is None else _moved(known, old, new))
    rows += [
        _row(known, part.days, part, part.amount_minor, _name(known, part.days, "again"))
        for part in now.values()
    ]
    return _table([row for row in rows if row["amount_minor"] != 0])


def explained(row: Mapping[str, Any]) -> str:
    """Return in one sentence how the amount of a row of CHARGES with BASIS came about.

    The amount must be within its bounds.
    """
    decimals = decimals_of(row["currency"])

    def money(minor: int) -> str:
        return format(unscaled(minor, decimals), "f")

    price = _plain(row["basis_price_e8"], PRICE_DECIMALS)
    rate = f"{_plain(row['basis_quantity_e6'], QUANTITY_DECIMALS)} × {price} {row['currency']}"
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
    if row["billed_minor"] is not None:
        now = row["billed_minor"] + row["amount_minor"]
        return f"{told}: {money(now)}; {money(row['billed_minor'])} was billed"
    return f"{told}: {money(row['amount_minor'])}"


def _likeness(part: Part) -> tuple[date, str, int, int]:
    """What two parts must share so that one can be the other, made shorter or longer."""
    return part.days.start, part.item, part.quantity_e6, part.unit_price_e8


def _moved(known: RecurringTerms, old: Part, new: Part) -> dict[str, Any]:
    """Return the row from what was billed for a part to what it comes to now."""
    days, owing = new.days, new.amount_minor - old.amount_minor
    before, now = old.days.end, new.days.end
    assert before is not None
    assert now is not None
    if now < before and owing < 0:
        days = Period(now, before)
    elif before < now and owing > 0:
        days = Period(before, now)
    name = _name(known, days, "credit" if owing < 0 else "again")
    return _row(known, days, new, owing, name, old.amount_minor)


def _taken_back(billed: RecurringTerms, known: RecurringTerms, old: Part) -> dict[str, Any]:
    """Return the row that takes back what was billed for a part."""
    owing = -old.amount_minor
    nothing = replace(old, counted=0, so_far=Fraction(), above_minor=0, amount_minor=0)
    name = _name(known, old.days, "credit")
    row = _row(known, old.days, nothing, owing, name, old.amount_minor)
    if billed.version > 1:  # it may stand under the name of a correction
        return row
    first = _row(billed, old.days, old, old.amount_minor, _name(billed, old.days))
    same = {column: first[column] for column in ("quantity_e6", "unit", "unit_price_e8")}
    return {**row, **same, "cancels": first["reference"]}


def _name(terms: RecurringTerms, days: Period, why: str = "") -> str:
    """Return the reference of a row: the same whenever it is worked out."""
    name = f"{terms.reference}/{days.start}/{days.last_day}"
    return f"{name}/{why}-{terms.version}" if why else name


def _row(
    terms: RecurringTerms,
    days: Period,
    part: Part,
    owing: int,
    name: str,
    billed: int | None = None,
) -> dict[str, Any]:
    whole = billed is None and part.counted == part.whole
    price = abs(owing) * 10 ** (PRICE_DECIMALS - decimals_of(terms.currency))
    return {
        "source": SOURCE,
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
        "terms": terms.reference,
        "terms_version": terms.version,
        "period_from": part.period.start,
        "period_to": part.period.end,
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


def _table(rows: list[dict[str, Any]]) -> pl.DataFrame:
    """Return rows as CHARGES with BASIS; rows that share a reference are its occurrences."""
    seen: Counter[str] = Counter()
    for row in rows:
        seen[row["reference"]] += 1
        row["occurrence"] = seen[row["reference"]]
    schema = {**CHARGES, **BASIS}
    frame = pl.DataFrame(rows, schema_overrides=schema) if rows else pl.DataFrame()
    return conformed(frame, schema).sort("service_date", maintain_order=True)


def _plain(value: int, decimals: int) -> str:
    text = format(unscaled(value, decimals), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _exact(minor: Fraction, decimals: int) -> str:
    """Return minor units as a decimal in major ones, with four more places and a mark if cut."""
    places = decimals + 4
    whole, rest = divmod(minor * 10**4, 1)
    text = _plain(int(whole), places)
    return f"{text}…" if rest else text
