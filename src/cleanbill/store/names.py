"""Customers by the words of their names or the beginning of their reference, among very many.

On PostgreSQL an index of the words of each name serves, kept by the database with the row itself:
words are found by how they begin. SQLite reads through the names, which is quick there, and finds
words by any part of them. No database knows beforehand how many have a word. So it is looked
whether they are few; these are put in order here, and where they are many, the list is walked in
its order, which soon gives a page.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import reduce
from operator import or_

from django.db import connection
from django.db.models import BooleanField, ExpressionWrapper, F, Func, Q, QuerySet, Value
from django.db.models.functions import Coalesce, Left, Upper

from cleanbill.store.models import Customer

WORDS = "to_tsvector('simple', translate({}, './@:-_&+', '        '))"
"""The words of a name, as the index ``customer_by_words`` of PostgreSQL has them: joined apart.
What stands between < and > is none to it."""
NEAR, FEW = 1000, 5000
"""So many are looked at one by one first; up to so many are put in order here."""


def named(words: Sequence[str]) -> Q:
    """Return the condition that a customer's name has all these words."""
    condition = Q()
    if connection.vendor == "sqlite":
        for word in words:
            condition &= Q(name__icontains=word)
        return condition
    parts = [part for word in words for part in re.findall(r"[^\W_]+", word)]
    if not parts:
        return Q(pk__in=[])
    asked = " & ".join(f"'{part}':*" for part in parts)
    of_name = Func(F("name"), template=WORDS.format("%(expressions)s"))
    query = Func(Value(asked), template="to_tsquery('simple', %(expressions)s)")
    both = {"template": "%(expressions)s", "arg_joiner": " @@ "}
    return Q(Func(of_name, query, output_field=BooleanField(), **both))


def some_called(organisation_id: int, words: Sequence[str], most: int) -> list[str]:
    """Return references of customers whose name has all the words; of one word also of those
    whose reference begins with it. About ``most``, in no order.
    """
    own = Customer.objects.filter(organisation_id=organisation_id)
    wanted = [named(words), *(Q(customer__istartswith=word) for word in words if len(words) == 1)]
    near, _ = _near(own, reduce(or_, wanted))
    if len(near) >= most:
        return near[:most]
    return list(dict.fromkeys(one for each in wanted for one in _some(own.filter(each), most)))


def page_called(organisation_id: int, text: str, after: str, size: int) -> list[str]:
    """Return the first references behind ``after`` of customers whose name has all the words of
    ``text``, or whose reference begins with it.
    """
    own = Customer.objects.filter(organisation_id=organisation_id)
    behind = own.filter(customer__gt=after) if after else own
    of_name, of_reference = named(text.split()[:6]), Q(customer__istartswith=text)
    if connection.vendor == "sqlite":
        return _in_order(behind.filter(of_name | of_reference), size)
    near, all_of_it = _near(behind, of_name | of_reference)
    if all_of_it or len(near) >= size:
        return near[:size]
    by_name = _some(own.filter(of_name), FEW + 1)
    if len(by_name) > FEW:
        walked = Coalesce(of_name, Value(value=False), output_field=BooleanField())
        by_name = _in_order(behind.filter(Q(walked)), size)
    by_reference = _some(own.filter(of_reference), FEW + 1)
    if len(by_reference) > FEW:
        begins = Left(Upper("customer"), len(text))
        along = behind.filter(customer__gte=min(text, text.upper())).annotate(begins=begins)
        by_reference = _in_order(along.filter(begins=text.upper()), size)
    return sorted({one for one in (*by_name, *by_reference) if one > after})[:size]


def _near(own: QuerySet[Customer], condition: Q) -> tuple[list[str], bool]:
    """Return which of the next customers of the list fit, and whether no more come behind them.

    What very many have is found here; the index would first gather all of them.
    """
    told = own.order_by("customer").annotate(fits=ExpressionWrapper(condition, BooleanField()))
    rows = list(told.values_list("customer", "fits")[:NEAR])
    return [customer for customer, fits in rows if fits], len(rows) < NEAR


def _some(found: QuerySet[Customer], most: int) -> list[str]:
    return list(found.order_by().values_list("customer", flat=True)[:most])


def _in_order(found: QuerySet[Customer], size: int) -> list[str]:
    return list(found.order_by("customer").values_list("customer", flat=True)[:size])
