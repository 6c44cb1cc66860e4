"""Replay what was drawn from recurring terms: each charge from the version that it names.

In: the versions of a set of terms, every charge drawn from it in order, and how far it was drawn.
Out: what does not come out again, in words; nothing, if all is well.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

from cleanbill.cycle import price
from cleanbill.cycle.draw.days import with_days
from cleanbill.cycle.draw.terms import Row, Wanted
from cleanbill.engine.exact import rounded
from cleanbill.formats import recurring_json
from cleanbill.nouns.currency import decimals_of
from cleanbill.nouns.recurring import Change, RecurringTerms, Timing
from cleanbill.nouns.scales import PRICE_DECIMALS, QUANTITY_DECIMALS

FAULTS = (ArithmeticError, LookupError, TypeError, ValueError, AssertionError)
_SAME = ("period_from", "period_to", "part_from", "part_to", "counted", "counted_whole")
_SAME_FIGURES = ("item", "basis_quantity_e6", "basis_price_e8", "so_far", "above_minor")


def replayed(drawn: Wanted, bodies: Mapping[int, str]) -> Iterator[str]:
    """Yield what does not come out again of a set of terms whose ``history`` is complete.

    ``bodies`` are its versions.
    """
    known: dict[int, RecurringTerms] = {}
    sums: dict[price.Likeness, int] = {}
    sales: dict[str, price.Sale] = {}
    for row in drawn.history:
        charge = f"charge {row['reference']}"
        version = row["terms_version"]
        if version not in bodies:
            yield f"{charge}: version {version} of the terms is not there"
            continue
        try:
            if version not in known:
                known[version] = recurring_json.read(bodies[version], version)
            told = {**row, **with_days(row["basis"])}
            wrong = _wrong(told, known[version], sums, sales)
        except KeyError as error:
            yield f"{charge}: {error} is not there"
            continue
        except FAULTS as error:
            yield f"{charge}: {error}"
            continue
        if wrong:
            yield f"{charge}: {wrong}"
    yield from _sum(drawn, bodies, sums)


def _wrong(
    row: Row,
    terms: RecurringTerms,
    sums: dict[price.Likeness, int],
    sales: dict[str, price.Sale],
) -> str | None:
    """Say what is wrong with a charge; take it into the sums."""
    key = price.likeness_of(row)
    before = sums.get(key, 0)
    sums[key] = before + row["amount_minor"]
    if (worth := _worth(row, sales)) != row["amount_minor"]:
        return f"quantity and price come to {worth}, not to {row['amount_minor']}"
    if (row.get("billed_minor") or 0) != before:
        return f"{row['billed_minor']} was charged for the part before, it says; it was {before}"
    if not row["counted"]:
        return None if row["amount_minor"] < 0 else "it takes nothing back and counts nothing"
    again = _again(row, terms)
    if again is None:
        return "the terms have no such part"
    differing = [c for c in (*_SAME, *_SAME_FIGURES) if again[c] != row[c]]
    if differing:
        return "the terms give another " + ", ".join(differing)
    if sums[key] != again["amount_minor"]:
        return f"the part comes to {again['amount_minor']}, charged for it is {sums[key]}"
    return None


def _worth(row: Row, sales: dict[str, price.Sale]) -> int:
    """What the quantity and the price of a charge come to; of a credit, by what it reverses."""
    if row["kind"] == "sale":
        sales[row["reference"]] = price.Sale(row)
        scale = 10 ** (QUANTITY_DECIMALS + PRICE_DECIMALS - decimals_of(row["currency"]))
        return rounded(Fraction(row["quantity_e6"] * row["unit_price_e8"], scale))
    return -sales[row["cancels"]].credit(row["quantity_e6"])


def _again(row: Row, terms: RecurringTerms) -> Row | None:
    """Work the part of a charge out again; as a row with its basis."""
    flat = _priced(terms, row["basis"].get("pieces"))
    due = row["part_from"]
    if terms.timing is Timing.ARREARS:
        due = min(row["period_to"], terms.end or row["period_to"])
    for part in price.parts(flat, due, due - timedelta(1)):
        if part.days.start == row["part_from"]:
            name = price.name_of(terms, part.days)
            return price.row_of(flat, part.days, part, part.amount_minor, name)
    return None


def _priced(terms: RecurringTerms, pieces: Sequence[Sequence[object]] | None) -> RecurringTerms:
    """The terms with the prices that the lists gave in the period of a charge."""
    if not pieces:
        return terms
    changes = tuple(Change(date.fromisoformat(str(day)), *said) for day, *said in pieces)  # type: ignore[arg-type]
    first = changes[0]
    assert first.item is not None
    assert first.quantity_e6 is not None
    return replace(
        terms,
        item=first.item,
        quantity_e6=first.quantity_e6,
        unit_price_e8=first.unit_price_e8,
        changes=changes[1:],
    )


def _sum(
    drawn: Wanted, bodies: Mapping[int, str], sums: dict[price.Likeness, int]
) -> Iterator[str]:
    """All that was drawn is what the version last drawn says, up to the day that was reached.

    Terms that take their price from the lists say it charge by charge.
    """
    if drawn.drawn_version is None or drawn.through is None:
        return
    try:
        terms = recurring_json.read(bodies[drawn.drawn_version], drawn.drawn_version)
        if terms.listed:
            return
        wanted = {price.likeness(p): p.amount_minor for p in price.parts(terms, drawn.through)}
    except FAULTS as error:
        yield f"terms {drawn.reference} version {drawn.drawn_version}: {error}"
        return
    for key in sorted({*wanted, *sums}):
        if wanted.get(key, 0) != sums.get(key, 0):
            yield (
                f"terms {drawn.reference}, part from {key[0]}: drawn is {sums.get(key, 0)}, due up "
                f"to {drawn.through} is {wanted.get(key, 0)}"
            )
