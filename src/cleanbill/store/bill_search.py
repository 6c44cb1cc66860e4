"""Search bills by what people type: number, customer, order, purchase order, item, amount.

Nothing is copied for it, and nothing is written for it when bills are issued: every way of asking
goes through an index that is there for other reasons, so that a bill is found as soon as it is
issued, and the name of a customer who was erased is nowhere left to be found. Items and amounts
have no index; they are looked for in the latest bills. What a word could mean is looked up first,
each look bounded; the bills are read last.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import reduce
from operator import and_

import polars as pl
from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet

from cleanbill.nouns.scales import AMOUNT_MAX_MINOR
from cleanbill.store.bulk import read, texts_in
from cleanbill.store.models import Bill, BillLine, Charge, ChargeLink, Item, Series
from cleanbill.store.names import some_called
from cleanbill.store.typed import LONGEST, amount_of, numbers_from

MANY = 2000
"""Up to so many bills are named one by one; what more have is looked for bill by bill, newest
first, which ends soon because there are many."""
LATEST, LATEST_AMOUNTS = 10_000, 100_000
"""In so many bills, the latest of those asked for, items and amounts are looked for. An index of
every issued line, and of every payable amount, would be paid for by every bill that is issued."""
_CUSTOMERS, _ITEMS, _WORDS = 500, 20, 6
_LAST = "\U0010ffff"
_DECIMALS = (0, 2, 3, 4)


def begins(field: str, text: str) -> Q:
    """Return the condition that a column begins with a text, as each database has it indexed."""
    if connection.vendor == "sqlite":
        return Q(**{f"{field}__gte": text, f"{field}__lt": text + _LAST})
    return Q(**{f"{field}__startswith": text})


@dataclass(frozen=True, slots=True)
class Fit:
    """Bills that fit a word: their ids, or, where they are many, the condition that they meet.

    Few are to be read by their ids and put in order afterwards: asked for in order, a database may
    walk all bills in that order, looking for the few.
    """

    ids: frozenset[int]
    many: Q | None = None

    @property
    def none(self) -> bool:
        """Tell that no bill fits."""
        return not self.ids and self.many is None

    @property
    def condition(self) -> Q:
        """What bills meet that fit."""
        few = Q(pk__in=sorted(self.ids))
        if self.many is None:
            return few
        return self.many | few if self.ids else self.many

    def __or__(self, other: Fit) -> Fit:
        both = [q for q in (self.many, other.many) if q is not None]
        return Fit(self.ids | other.ids, both[0] | both[1] if len(both) > 1 else (*both, None)[0])

    def __and__(self, other: Fit) -> Fit:
        if self.many is None and other.many is None:
            return Fit(self.ids & other.ids)
        if self.none or other.none:
            return _NOTHING
        return Fit(frozenset(), self.condition & other.condition)


_NOTHING = Fit(frozenset())


@dataclass(frozen=True, slots=True)
class Search:
    """What is searched: the bills of an organisation, ``dated`` those of the days asked for."""

    organisation_id: int
    dated: QuerySet[Bill]
    within: Fit | None = None
    """What else the bills are to fit, such as a customer."""

    def latest(self, most: int, fits: Sequence[Fit]) -> QuerySet[Bill] | None:
        """Return the latest bills of those that fit, up to so many, or None where none does."""
        wanted = [fit for fit in (*fits, self.within) if fit is not None and fit.many is None]
        few = reduce(and_, wanted).ids if wanted else None
        if few is not None:
            return self.dated.filter(pk__in=sorted(few)).order_by() if few else None
        return self._newest[:most]

    @property
    def older(self) -> bool:
        """Tell that there are more bills than those in which an item is looked for."""
        if self.within is not None and self.within.many is None:
            return False
        return self._newest[LATEST : LATEST + 1].exists()

    @property
    def _newest(self) -> QuerySet[Bill]:
        own = self.dated if self.within is None else self.dated.filter(self.within.condition)
        return own.order_by("-issue_date", "-id")


@dataclass(frozen=True, slots=True)
class Searched:
    """Bills that fit a text; ``bounded`` where items or amounts were looked for in the latest."""

    fit: Fit
    bounded: bool


@dataclass(frozen=True, slots=True)
class _Word:
    """What one word, or a whole text, may mean: bills, items, an amount."""

    text: str
    bills: Fit
    items: list[str]
    amount: Decimal | None

    @property
    def sure(self) -> bool:
        """Tell that the word means bills by themselves, whichever are the latest."""
        return not self.items and self.amount is None

    def fit(self, search: Search, fits: Sequence[Fit] = ()) -> Fit:
        """Return the bills that the word fits; those of items and amounts fit the rest, too."""
        found = self.bills | _called(search.organisation_id, [self.text])
        return found | _with_items(search, fits, self.items) | _of_amount(search, fits, self.amount)


def searched(search: Search, text: str) -> Searched:
    """Return the bills that fit a text: the whole of it, or each of its words."""
    own = search.organisation_id
    whole = _word(own, text)
    found, words = whole.fit(search), []
    if " " in text:
        words = [_word(own, word) for word in text.split()[:_WORDS]]
        names = [word.text for word in words if word.sure and word.bills.none]
        sure = [word.fit(search) for word in words if word.sure and not word.bills.none]
        if names:
            sure.append(_called(own, names))
        found |= _called(own, [word.text for word in words])
        found |= reduce(and_, [*sure, *(w.fit(search, sure) for w in words if not w.sure)])
    return Searched(found, not all(word.sure for word in (whole, *words)) and search.older)


def _word(organisation_id: int, text: str) -> _Word:
    known = _numbered(organisation_id, text) | _of_charges(organisation_id, text)
    return _Word(text, known, _items(organisation_id, text), amount_of(text))


def of_customer(organisation_id: int, customer: str) -> Fit:
    """Return the bills of one customer."""
    return _fit(organisation_id, Q(customer=customer))


def _fit(organisation_id: int, condition: Q) -> Fit:
    """Look a condition up by itself, so that its own index serves."""
    own = Bill.objects.filter(organisation_id=organisation_id).filter(condition)
    ids = list(own.values_list("pk", flat=True)[: MANY + 1])
    return Fit(frozenset(ids)) if len(ids) <= MANY else Fit(frozenset(), condition)


def _numbered(organisation_id: int, text: str) -> Fit:
    """Bills whose number begins so, or else those of this place in their series.

    A number is its series' prefix and its sequence, and so it is looked for by these.
    """
    own = Series.objects.filter(organisation_id=organisation_id)
    series = list(own.values_list("id", "prefix", "next_sequence"))
    found = _NOTHING
    for key, prefix, following in series:
        for low, high in numbers_from(prefix, text, following):
            places = Q(series_id=key, sequence__gte=low, sequence__lte=high)
            found |= _fit(organisation_id, places)
    if found.none and text.isascii() and text.isdigit() and len(text) < LONGEST:
        place = Q(series_id__in=[key for key, *_ in series], sequence=int(text))
        return _fit(organisation_id, place)
    return found


def _of_charges(organisation_id: int, text: str) -> Fit:
    """Bills whose charges name an order or a purchase order that begins so."""
    own = Charge.objects.filter(organisation_id=organisation_id)
    charges: set[int] = set()
    for field in ("order", "purchase_order"):
        charges.update(own.filter(begins(field, text)).values_list("id", flat=True)[:MANY])
    if not charges:
        return _NOTHING
    links = ChargeLink.objects.filter(
        organisation_id=organisation_id, charge_id__in=sorted(charges), bill_id__isnull=False
    )
    return Fit(frozenset(links.values_list("bill_id", flat=True)))


def _items(organisation_id: int, text: str) -> list[str]:
    """Items of this reference, or with these words in their description."""
    known = Item.objects.filter(organisation_id=organisation_id)
    worded = Q(description__icontains=text) if len(text) > 2 else Q()
    fitting = known.filter(Q(item__iexact=text) | worded)
    return list(fitting.values_list("item", flat=True)[:_ITEMS])


def _with_items(search: Search, fits: Sequence[Fit], items: list[str]) -> Fit:
    """Those of the latest bills that have one of the items on a line."""
    bills = search.latest(LATEST, fits) if items else None
    if bills is None:
        return _NOTHING
    inner, parameters = bills.values("id").query.sql_with_params()
    rows = read(
        f"SELECT DISTINCT n.bill_id FROM ({inner}) b JOIN bill_line n ON n.bill_id = b.id "
        f"WHERE {texts_in('n.item')}",
        [*parameters, json.dumps(items)],
        {"bill_id": pl.Int64},
    )
    found = rows["bill_id"].to_list()
    if len(found) <= MANY:
        return Fit(frozenset(found))
    lines = BillLine.objects.filter(organisation_id=search.organisation_id, item__in=items)
    return Fit(frozenset(), Q(Exists(lines.filter(bill_id=OuterRef("pk")))))


def _of_amount(search: Search, fits: Sequence[Fit], amount: Decimal | None) -> Fit:
    """Those of the latest bills that ask for, or return, exactly this amount."""
    bills = None if amount is None else search.latest(LATEST_AMOUNTS, fits)
    if bills is None or amount is None:
        return _NOTHING
    each = [(decimals, amount.scaleb(decimals)) for decimals in _DECIMALS]
    asked = [
        f"(b.decimals = {decimals} AND abs(b.payable_minor) = {abs(int(minor))})"
        for decimals, minor in each
        if minor == minor.to_integral_value() and abs(minor) <= AMOUNT_MAX_MINOR
    ]
    if not asked:
        return _NOTHING
    inner, parameters = bills.values("id", "decimals", "payable_minor").query.sql_with_params()
    rows = read(
        f"SELECT b.id FROM ({inner}) b WHERE {' OR '.join(asked)} LIMIT {MANY}",
        parameters,
        {"bill_id": pl.Int64},
    )
    return Fit(frozenset(rows["bill_id"].to_list()))


def _called(organisation_id: int, words: list[str]) -> Fit:
    """Bills of customers whose name has all these words, or whose reference begins with it."""
    found = some_called(organisation_id, words, _CUSTOMERS)
    return _fit(organisation_id, Q(customer__in=found)) if found else _NOTHING
