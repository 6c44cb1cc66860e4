"""What applying or undoing repairs did, or would do: row by row, field by field, and in money."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from cleanbill.actions.access import Actor
from cleanbill.actions.carry_out import Kept
from cleanbill.actions.outcome import Outcome
from cleanbill.cycle.verify.mend import Change
from cleanbill.formats import tabular
from cleanbill.store import repairs

NOTHING: Mapping[str, Any] = {"before": None, "after": None}


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a row before and after, as a person would enter it."""

    table: str
    row: str
    field: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Row:
    """What became of one finding, or would."""

    finding_id: int
    code: str
    subject: str
    done: bool
    message: str
    """Why it could not be done; of what was done, what it was."""
    fields: tuple[Field, ...] = ()
    repair_id: int | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """What was applied or undone, or would be, and the money that it moves.

    ``before`` and ``after`` are what could be billed of the customers touched, and what is held.
    """

    rows: list[Row]
    before: Outcome
    after: Outcome
    dry_run: bool
    days: tuple[date, date] = field(default=(date.min, date.min))
    """Up to when was verified, and the date that bills would have."""


def plain(change: Change) -> Kept:
    """Return a change as it is shown: nothing in it is sealed."""
    whole = {"table": change.table, "row": change.row, "how": change.how}
    return {**whole, "before": dict(change.before), "after": dict(change.after)}


def fields_of(changes: Sequence[Kept], currency: str) -> list[Field]:
    """Every field that changes, from what to what, in words."""
    told_of = []
    for one in changes:
        for column in dict.fromkeys((*one["before"], *one["after"])):
            name, before = tabular.plain(column, one["before"].get(column), currency)
            _, after = tabular.plain(column, one["after"].get(column), currency)
            told_of.append(Field(one["table"], one["row"], name, before, after))
    return told_of


def reach(who: set[str | None], items: set[str], table: str, key: Any, sides: Any) -> None:
    """Add to customers and items those that must be verified again after a change."""
    who |= {side["customer"] for side in sides if side.get("customer")}
    if table in ("customer", "agreement"):
        who.add(key["customer"])
    if table in ("item", "price"):
        items.add(key["item"])


def reach_of(actor: Actor, kept: Sequence[Kept]) -> tuple[set[str | None], set[str]]:
    """Return the customers and items that kept changes have touched."""
    who: set[str | None] = set()
    items: set[str] = set()
    for one in kept:
        reach(who, items, one["table"], one["key"], (one["before"], one["after"]))
        if one["table"] == "charge":
            number = one["key"].get("id") or one["key"]["like"]
            charge = repairs.charge(actor.organisation_id, number, still_open=False)
            who |= {charge["customer"]} if charge else set()
    return who, items
