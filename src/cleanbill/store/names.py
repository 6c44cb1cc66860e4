"""Customers by the words of their names, where there may be hundreds of thousands of them.

On PostgreSQL an index of the words of each name serves, kept by the database with the row itself:
words are found by how they begin. SQLite reads through the names, which is quick there, and finds
words by any part of them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from django.db import connection
from django.db.models import BooleanField, F, Func, Q, Value

WORDS = "to_tsvector('simple', translate({}, './@:-_&+', '        '))"
"""The words of a name, as the index ``customer_by_words`` of PostgreSQL has them: joined apart."""


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
