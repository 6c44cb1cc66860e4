"""What a law of the books is, and the words that its queries share."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Law:
    """One law: a stable code, what it says, and the query for the rows that break it.

    The query selects one text that names the row; each ``%s`` in it is the organisation.
    """

    code: str
    says: str
    broken: str


SIGNED = "CASE WHEN b.kind = 'credit_note' THEN -1 ELSE 1 END"
"""The sign of a bill ``b`` in the accounts."""


def bill_named(key: str) -> str:
    """SQL that names a bill by its number, or by its id where the bill itself is gone."""
    number = f"(SELECT k.number FROM bill k WHERE k.id = {key})"
    return f"'bill ' || COALESCE({number}, 'with id ' || {key})"
