"""Recurring terms without a price of their own: what to ask the price lists, and the answers.

A set of terms asks for a price on the first day of each part: where it says something new, where a
period begins, and where a price begins if the terms are cut there (``Repricing.DAY``). The answers
become changes of the terms, so that the schedule knows nothing of lists. An answer that was used
for a charge is remembered: what the lists say later of that day changes nothing of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from cleanbill.nouns.recurring import Change, Cut, RecurringTerms, Repricing, Timing


@dataclass(frozen=True, slots=True)
class Ask:
    """The price of a quantity of an item on a day."""

    day: date
    item: str
    quantity_e6: int


@dataclass(frozen=True, slots=True)
class Answer:
    """What a whole period comes to: ``quantity_e6`` at ``unit_price_e8``, less the discount.

    Where the price has no single unit price (tiers, packages, a flat amount), it is one piece at
    what the whole quantity comes to. ``level`` says where the price came from.
    """

    quantity_e6: int
    unit_price_e8: int
    discount_percent_e6: int | None
    level: str
    price_id: int
    price_version: int


Answers = Mapping[Ask, Answer]


def asks(
    terms: RecurringTerms,
    through: date,
    after: date | None,
    begins: Iterable[date],
    known: Answers,
) -> list[Ask]:
    """Return what must be asked to charge all that is due up to and including ``through``.

    ``after`` is the day up to which the terms have been charged, ``begins`` the days on which
    prices begin or end, ``known`` what was asked and used for charges before.
    """
    along = terms.grid
    least = None if after is None else along.period(along.index(after)).start
    limit = _limit(terms, through)
    found: list[Ask] = []
    for cut in terms.cuts():
        end = cut.period.end
        if cut.unit_price_e8 is not None or not cut.quantity_e6:
            continue
        start = cut.period.start if least is None else max(cut.period.start, least)
        if start >= limit or (end is not None and end <= start):
            continue
        days = {start, *_periods(terms, start, limit if end is None else min(end, limit))}
        days |= {ask.day for ask in known if ask.item == cut.item}
        if terms.repricing is Repricing.DAY:
            charged = after if terms.timing is Timing.ADVANCE else None
            days |= {day for day in begins if charged is None or day > charged}
        inside = (d for d in days if start <= d < limit and (end is None or d < end))
        found += [Ask(day, cut.item, cut.quantity_e6) for day in sorted(inside)]
    return found


def priced(terms: RecurringTerms, asked: Iterable[Ask], answers: Answers) -> RecurringTerms:
    """Return the terms with the answers as changes: nothing of them is left to be looked up.

    Days that nobody asked about are not due and have the price 0.
    """
    by_cut: dict[Cut, list[Ask]] = {cut: [] for cut in terms.cuts()}
    for ask in asked:
        for cut, own in by_cut.items():
            if ask.day in cut.period:
                own.append(ask)
    changes = []
    for cut, own in by_cut.items():
        price = cut.unit_price_e8
        changes.append(Change(cut.period.start, cut.item, cut.quantity_e6, price or 0))
        for ask in own:
            told = answers[ask]
            changes.append(Change(ask.day, cut.item, told.quantity_e6, told.unit_price_e8))
    first = terms.unit_price_e8 or 0
    return replace(terms, unit_price_e8=first, changes=tuple(changes))


def _limit(terms: RecurringTerms, through: date) -> date:
    """The first day that no part which is due can begin on."""
    if terms.timing is Timing.ADVANCE or (terms.end is not None and terms.end <= through):
        return date.fromordinal(through.toordinal() + 1)
    return terms.grid.period(terms.grid.index(through)).start


def _periods(terms: RecurringTerms, start: date, end: date) -> list[date]:
    """The first days of the periods that begin after ``start`` and before ``end``."""
    along = terms.grid
    index, found = along.index(start) + 1, []
    while (day := along.begins(index)) < end:
        found.append(day)
        index += 1
    return found
