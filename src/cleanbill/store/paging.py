"""Where the next page of a list begins: behind a row, by the columns that the list is sorted by."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import BooleanField, F, Func, Value


def behind(columns: Sequence[str], values: Sequence[Any]) -> Func:
    """Return the condition that a row's columns, compared as one, stand below these values.

    For a list that is sorted descending by the columns. Compared as one, they lead a database to
    the place in an index where the page begins; with OR between them it would read all before it.
    """
    names = Func(*(F(name) for name in columns), function="")
    place = Func(*(Value(value) for value in values), function="")
    both = {"template": "%(expressions)s", "arg_joiner": " < "}
    return Func(names, place, output_field=BooleanField(), **both)
