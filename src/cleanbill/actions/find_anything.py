"""Find anything by typing: a few customers, items, bills and reasons of open findings at once."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from cleanbill.actions import find_bills, find_customers, find_items
from cleanbill.actions.access import Actor, action
from cleanbill.store.totals import open_counts

Row = dict[str, Any]
EACH = 5


@dataclass(frozen=True, slots=True)
class Anything:
    """What fits a text, a few of each kind; ``codes`` are checks with open findings."""

    customers: list[Row]
    items: list[Row]
    bills: list[Row]
    codes: list[str]


@action("look")
def find_anything(actor: Actor, text: str, *, codes: Collection[str] = ()) -> Anything:
    """Return up to ``EACH`` customers, items and bills that fit a text, newest bills first.

    ``codes`` are checks whose words, which the shell knows in the reader's language, fit it: those
    with an open finding come back. Each kind takes a bounded number of bounded queries.
    """
    found = {code for code, *_ in open_counts(actor.organisation_id)}
    return Anything(
        find_customers.find_customers(actor, text=text, size=EACH).rows,
        find_items.find_items(actor, text=text, size=EACH).rows,
        find_bills.find_bills(actor, text=text, size=EACH).bills,
        [code for code in codes if code in found][:EACH],
    )
