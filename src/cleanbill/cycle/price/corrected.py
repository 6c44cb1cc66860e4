"""Corrections of recurring charges: from what was charged, and what is known now, to new rows.

Nothing that was charged is edited. Each credit names the one charge that it reverses, so that it
is never linked by likeness.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction
from typing import Any

import polars as pl

from cleanbill.cycle.price.recurring import Row, first_rows, name_of, row_of, table
from cleanbill.cycle.price.schedule import Part, parts
from cleanbill.engine.exact import rounded
from cleanbill.nouns.period import Period
from cleanbill.nouns.recurring import RecurringTerms

Likeness = tuple[date, str, int, int]
"""What two parts must share so that one can be the other, made shorter or longer."""


@dataclass(slots=True)
class Sale:
    """A charge that asked for money, and what has been credited of it since."""

    row: Row
    credited_e6: int = 0
    credited_minor: int = 0

    @property
    def left_minor(self) -> int:
        """What is left to be credited."""
        return int(self.row["amount_minor"]) - self.credited_minor

    def credit(self, quantity_e6: int) -> int:
        """Credit a quantity; return what it comes to, as a line is credited."""
        whole, amount = int(self.row["quantity_e6"]), int(self.row["amount_minor"])
        self.credited_e6 += quantity_e6
        given = rounded(Fraction(amount * self.credited_e6, whole)) - self.credited_minor
        self.credited_minor += given
        return given

    def share(self, minor: int) -> int | None:
        """Return the quantity whose reversal gives exactly this amount; None if none does.

        A line is credited by quantity, as the difference of its rounded running share (see
        ``invoice.credit``); where a millionth of its quantity is worth more than a minor unit, not
        every amount can be met.
        """
        whole, amount = int(self.row["quantity_e6"]), int(self.row["amount_minor"])
        wanted = self.credited_minor + minor
        near = rounded(Fraction(wanted * whole, amount))
        for place in (near, near - 1, near + 1):
            if self.credited_e6 < place <= whole:
                if place == whole and wanted != amount:
                    continue
                if rounded(Fraction(amount * place, whole)) == wanted:
                    return place - self.credited_e6
        return None


@dataclass(slots=True)
class Charged:
    """What has been charged for one part so far."""

    part: Part
    net_minor: int = 0
    sales: list[Sale] = field(default_factory=list)


def corrections(
    billed: RecurringTerms, known: RecurringTerms, billed_through: date
) -> pl.DataFrame:
    """Return the rows that turn what was billed by ``billed`` into what ``known`` says.

    Both are the same terms, before and after somebody learnt of a change, a price or an end in
    days that were billed, all at once and never corrected before; see ``corrected``. Raises
    ValueError if ``known`` has no higher version, by which its rows are told from the first ones,
    or is for another customer or in another currency.
    """
    _same_terms(billed, known)
    return table(corrected(first_rows(billed, billed_through), known, billed_through))


def corrected(charged: Iterable[Row], known: RecurringTerms, through: date) -> list[Row]:
    """Return the rows that turn what was charged into what the terms, as known now, say.

    In: every row ever drawn from these terms, in order, and the day up to which they were. What
    stays is not touched; a part that ends earlier is credited from there on, one that ends later
    is charged on, others are taken back whole and charged anew. The rows add up exactly to the
    difference. Each credit names the charge it reverses, by the quantity that gives its amount to
    the minor unit; where there is none, that charge is reversed whole and charged anew. What
    ``known`` makes due later comes with the next run.
    """
    before = _charged(charged)
    now = {likeness(part): part for part in parts(known, through)}
    rows: list[Row] = []
    for key, old in before.items():
        new = now.pop(key, None)
        owing = (new.amount_minor if new else 0) - old.net_minor
        if owing:
            rows += _moved(known, old, new, owing)
    rows += [_anew(known, part, None) for part in now.values() if part.amount_minor]
    return _named_apart(rows)


def likeness(part: Part) -> Likeness:
    """Return by what a part is recognised."""
    return part.days.start, part.item, part.quantity_e6, part.unit_price_e8


def likeness_of(row: Row) -> Likeness:
    """Return by what the part of a row with its basis is recognised."""
    return row["part_from"], row["item"], row["basis_quantity_e6"], row["basis_price_e8"]


def _charged(rows: Iterable[Row]) -> dict[Likeness, Charged]:
    """Add up what was charged part by part; credits are taken from the sale that they name."""
    found: dict[Likeness, Charged] = {}
    sales: dict[str, Sale] = {}
    for row in rows:
        own = found.setdefault(likeness_of(row), Charged(_part_of(row)))
        own.part = _part_of(row)
        own.net_minor += row["amount_minor"]
        if row["kind"] == "sale":
            sales[row["reference"]] = Sale(row)
            own.sales.append(sales[row["reference"]])
        else:
            sale = sales[row["cancels"]]
            sale.credited_e6 += abs(row["quantity_e6"])
            sale.credited_minor -= row["amount_minor"]
    return found


def _part_of(row: Row) -> Part:
    return Part(
        period=Period(row["period_from"], row["period_to"]),
        days=Period(row["part_from"], row["part_to"]),
        item=row["item"],
        quantity_e6=row["basis_quantity_e6"],
        unit_price_e8=row["basis_price_e8"],
        counted=row["counted"],
        whole=row["counted_whole"],
        due=row["part_from"],
        so_far=Fraction(row["so_far"]),
        above_minor=row["above_minor"],
        amount_minor=row["amount_minor"],
    )


def _moved(known: RecurringTerms, old: Charged, new: Part | None, owing: int) -> list[Row]:
    """Return the rows from what was charged for a part to what it comes to now."""
    if new is None or not new.amount_minor:
        return _taken_back(known, old)
    if not old.net_minor:
        return [_anew(known, new, 0)]
    days, before, now = new.days, old.part.days.end, new.days.end
    assert before is not None
    assert now is not None
    if now < before and owing < 0:
        days = Period(now, before)
    elif before < now and owing > 0:
        days = Period(before, now)
    if owing > 0:
        return [row_of(known, days, new, owing, name_of(known, days, "again"), old.net_minor)]
    for sale in reversed(old.sales):
        share = sale.share(-owing) if sale.left_minor >= -owing else None
        if share is not None:
            name = name_of(known, days, "credit")
            row = row_of(known, days, new, owing, name, old.net_minor)
            return [{**row, **_of(sale, share)}]
    return [*_taken_back(known, old), _anew(known, new, 0)]


def _anew(known: RecurringTerms, part: Part, billed: int | None) -> Row:
    """Return the row that charges a part as a whole, of which nothing is charged any more."""
    name = name_of(known, part.days, "again")
    return row_of(known, part.days, part, part.amount_minor, name, billed)


def _taken_back(known: RecurringTerms, old: Charged) -> list[Row]:
    """Return the rows that take back all that was charged for a part, sale by sale."""
    nothing = replace(old.part, counted=0, so_far=Fraction(), above_minor=0, amount_minor=0)
    name, left, rows = name_of(known, old.part.days, "credit"), old.net_minor, []
    for sale in reversed(old.sales):
        if not sale.left_minor:
            continue
        row = row_of(known, old.part.days, nothing, -sale.left_minor, name, left)
        rows.append({**row, **_of(sale, sale.row["quantity_e6"] - sale.credited_e6)})
        left -= sale.left_minor
    return rows


def _of(sale: Sale, quantity_e6: int) -> dict[str, Any]:
    """What a credit takes from the sale that it reverses by a quantity."""
    taken = {c: sale.row[c] for c in ("unit", "unit_price_e8")}
    return {**taken, "quantity_e6": quantity_e6, "cancels": sale.row["reference"]}


def _named_apart(rows: Sequence[Row]) -> list[Row]:
    """Number rows that would share a reference: a credit names exactly one charge."""
    seen: Counter[str] = Counter()
    found = []
    for row in rows:
        name = row["reference"]
        seen[name] += 1
        found.append(row if seen[name] == 1 else {**row, "reference": f"{name}.{seen[name]}"})
    return found


def _same_terms(billed: RecurringTerms, known: RecurringTerms) -> None:
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
