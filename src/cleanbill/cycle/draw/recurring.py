"""Recurring terms: the parts that have fallen due, priced, and corrections of earlier ones."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from cleanbill.cycle import price
from cleanbill.cycle.draw.days import with_days
from cleanbill.cycle.draw.prices import asked, begins
from cleanbill.cycle.draw.terms import Context, Found, Refused, Row, Wanted
from cleanbill.cycle.price import Answer, Ask
from cleanbill.cycle.verify.catalogue import TERMS_CANNOT_BE_CHARGED, TERMS_WITHOUT_PRICE
from cleanbill.engine.tables import CHARGES
from cleanbill.formats import recurring_json
from cleanbill.nouns.drawn import PIECE
from cleanbill.nouns.period import Period
from cleanbill.nouns.recurring import RecurringTerms, Repricing, Timing

FAULTS = (ArithmeticError, LookupError, TypeError, ValueError)
"""What a set of terms can cause by what it says."""
KEPT = tuple(column for column in price.BASIS if column not in ("terms", "terms_version"))
"""What of BASIS is written down; the rest stands beside it."""


@dataclass(slots=True)
class _Work:
    """One set of terms on its way: what it asks the price lists, and what it knows already."""

    wanted: Wanted
    terms: RecurringTerms
    through: date
    history: list[Row]
    known: dict[Ask, Answer]
    asks: list[Ask]


def drawn(wanted: Sequence[Wanted], context: Context) -> Iterator[Found | Refused]:
    """Yield what is due of each set of terms; prices of all of them are looked up at once."""
    begun: list[_Work | Refused] = [_begun(one, context) for one in wanted]
    works = [work for work in begun if isinstance(work, _Work)]
    open_asks = [(w.terms, ask) for w in works for ask in w.asks if ask not in w.known]
    answers = iter(asked(open_asks, context)) if open_asks else iter(())
    for work in begun:
        if isinstance(work, Refused):
            yield work
            continue
        told = {a: work.known[a] if a in work.known else next(answers) for a in work.asks}
        yield _finished(work, told)


def told(charge: Mapping[str, Any], basis: Mapping[str, Any]) -> str:
    """Return in one sentence how the amount of a charge came about."""
    said = price.explained({**charge, **with_days(basis)})
    listed = basis.get("listed")
    if not listed:
        return said
    source = f"{listed['level']} price, version {listed['price_version']}"
    quantity = listed["quantity_e6"]
    if quantity != basis["basis_quantity_e6"]:
        whole = price.quantity_text(quantity)
        source += f", for {whole} as a whole"
    return f"{said}; the price is the {source}, in force on {listed['day']}"


def _begun(one: Wanted, context: Context) -> _Work | Refused:
    """Read the terms and see which prices they need."""
    try:
        terms = recurring_json.read(one.body, one.version)
        through = max(context.through, one.through or context.through)
        history = [{**row, **with_days(row["basis"])} for row in one.history]
        work = _Work(one, terms, through, history, _remembered(one), [])
        if terms.listed:
            after = None if one.changed else one.through
            days = begins(terms, context.master()) if terms.repricing is Repricing.DAY else ()
            work.asks = price.asks(terms, through, after, days, work.known)
    except FAULTS as error:
        return _refused(one, error)
    return work


def _finished(work: _Work, answers: Mapping[Ask, Answer | None]) -> Found | Refused:
    one, terms, through = work.wanted, work.terms, work.through
    for ask, answer in answers.items():
        if answer is None:
            facts = {"item": ask.item, "day": ask.day.isoformat(), "currency": terms.currency}
            return Refused(one, TERMS_WITHOUT_PRICE, facts)
    told = {ask: answer for ask, answer in answers.items() if answer is not None}
    try:
        flat = price.priced(terms, work.asks, told) if terms.listed else terms
        rows = _rows(work, flat)
        if any(row["amount_minor"] is None or row["unit_price_e8"] is None for row in rows):
            raise ValueError("an amount is beyond what a charge may come to")
        kept = [_with_basis(row, terms, flat, told) for row in rows]
        memory = _to_remember(terms, through, told) if terms.listed else None
        return Found(one, through, kept, next_day(terms, through), memory)
    except FAULTS as error:
        return _refused(one, error)


def _rows(work: _Work, flat: RecurringTerms) -> list[Row]:
    """Corrections of what was drawn from another version, then what has fallen due since."""
    one = work.wanted
    rows: list[Row] = []
    if one.changed and one.through is not None:
        rows = price.corrected(work.history, flat, one.through)
    return rows + price.first_rows(flat, work.through, one.through)


def _refused(one: Wanted, error: Exception) -> Refused:
    text = str(error) or type(error).__name__
    return Refused(one, TERMS_CANNOT_BE_CHARGED, {"error": text})


def _with_basis(
    row: Row, terms: RecurringTerms, flat: RecurringTerms, answers: Mapping[Ask, Answer]
) -> Row:
    """Return the row of CHARGES with its basis apart: all that explains and replays its amount."""
    basis: Row = {c: row[c] for c in KEPT if row[c] is not None}
    charge = {c: row[c] for c in CHARGES if row.get(c) is not None}
    if terms.listed:
        basis["pieces"] = _pieces(flat, row)
        day = _asked_on(row["part_from"], row["item"], answers)
        if day is not None:
            answer = answers[day]
            basis["listed"] = {
                "day": day.day,
                "quantity_e6": day.quantity_e6,
                "level": answer.level,
                "price_id": answer.price_id,
                "price_version": answer.price_version,
                "discount_percent_e6": answer.discount_percent_e6,
            }
            if row["kind"] == "sale":
                charge["discount_percent_e6"] = answer.discount_percent_e6
                if answer.quantity_e6 != day.quantity_e6:
                    charge["unit"] = PIECE
    return {**charge, "basis": basis}


def _asked_on(day: date, item: str, answers: Iterable[Ask]) -> Ask | None:
    """The question whose answer holds on a day: the last one asked until then."""
    found = [ask for ask in answers if ask.item == item and ask.day <= day]
    return max(found, key=lambda ask: ask.day, default=None)


def _pieces(flat: RecurringTerms, row: Row) -> list[list[Any]]:
    """The stretches of a period, priced as far as they are due: what its amounts rest on."""
    until = Period(row["period_from"], row["period_to"])
    return [
        [cut.period.start, cut.item, cut.quantity_e6, cut.unit_price_e8]
        for cut in flat.cuts()
        if cut.period.overlaps(until)
    ]


def next_day(terms: RecurringTerms, through: date) -> date | None:
    """Return a day before which nothing is due after ``through``; None: never again."""
    first, end = terms.first_day, terms.end
    if end is not None and (end <= first or end <= through):
        return None
    if through < first:
        return first
    if terms.repricing is Repricing.DAY and terms.timing is Timing.ADVANCE and terms.listed:
        return through + timedelta(1)
    along = terms.grid
    days = [along.begins(along.index(through) + 1)]
    days += [cut.period.start for cut in terms.cuts() if cut.period.start > through]
    return min([*days, end] if end is not None else days)


def _to_remember(terms: RecurringTerms, through: date, answers: Mapping[Ask, Answer]) -> str | None:
    """What was answered for the period that is not over yet: its parts rest on each other."""
    least = terms.grid.period(terms.grid.index(through)).start
    last = [_answer(ask, told) for ask, told in answers.items() if ask.day >= least]
    return json.dumps(last) if last else None


def _answer(ask: Ask, told: Answer) -> list[Any]:
    return [
        *(ask.day.isoformat(), ask.item, ask.quantity_e6),
        *(told.quantity_e6, told.unit_price_e8, told.discount_percent_e6),
        *(told.level, told.price_id, told.price_version),
    ]


def _remembered(one: Wanted) -> dict[Ask, Answer]:
    """The answers that charges were drawn with: those of the last period, or of all history."""
    known = {}
    for day, item, quantity, *told in json.loads(one.memory) if one.memory else ():
        known[Ask(date.fromisoformat(day), item, quantity)] = Answer(*told)
    for row in one.history:
        basis = row["basis"]
        listed = basis.get("listed")
        if listed and row["kind"] == "sale":
            ask = Ask(date.fromisoformat(listed["day"]), row["item"], listed["quantity_e6"])
            known[ask] = Answer(
                *(basis["basis_quantity_e6"], basis["basis_price_e8"]),
                *(listed["discount_percent_e6"], listed["level"]),
                *(listed["price_id"], listed["price_version"]),
            )
    return known
