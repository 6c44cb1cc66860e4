"""Take back what a repair changed: everything is as it was, as long as nothing was billed of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from cleanbill.actions.access import Actor
from cleanbill.actions.carry_out import (
    Kept,
    charges_written,
    current,
    master_written,
    opened,
    price_written,
    told,
    typed,
)
from cleanbill.engine.tables import AGREEMENTS, CUSTOMERS, ITEMS, PRICES, TIERS
from cleanbill.nouns.seal import ERASED
from cleanbill.store import faults, repairs
from cleanbill.store.models import Repair

_EVERY = {**TIERS, **AGREEMENTS, **PRICES, **ITEMS, **CUSTOMERS}
_UNDONE = "added by a repair that was undone"


class CannotUndo(ValueError):
    """A repair stands: something was billed of it, or has been changed since."""


def taken_back(actor: Actor, repair: Repair, changes: list[Kept], cause: str, at: datetime) -> None:
    """Undo the changes, the last one first. Raises CannotUndo, ChargesTaken."""
    for kept in reversed(changes):
        if kept["table"] == "charge":
            _charge(actor, kept, cause, at)
        elif kept["table"] != "decision":
            _master(actor, repair, kept, cause, at)


def _charge(actor: Actor, kept: Kept, cause: str, at: datetime) -> None:
    own, back = actor.organisation_id, {"before": kept["after"], "after": kept["before"]}
    if kept["how"] == "close":
        with faults.write("repair.links"):
            released = repairs.release(own, kept["key"]["id"], kept["cause"])
        if not released:
            raise CannotUndo(f"{kept['row']} is not closed any more for this cause")
        told(actor, "charge.reopened", kept["row"], back, cause, at)
        return
    link = repairs.live_link(own, kept["new"])
    if link is not None:
        raise CannotUndo(_settled(kept["row"], link))
    if kept["how"] == "add":
        with faults.write("repair.links"):
            repairs.close(own, kept["new"], "not_billable", _UNDONE)
    else:
        before = repairs.charge(own, kept["key"]["id"], still_open=False)
        now = repairs.charge(own, kept["new"])
        if before is None or now is None:
            raise CannotUndo(f"{kept['row']} is not there any more")
        row = {**before, "version": now["version"] + 1}
        charges_written(actor, [row], [kept["new"]], cause, at)
    told(actor, "charge.restored", kept["row"], back, cause, at)


def _settled(row: str, link: dict[str, Any]) -> str:
    if link["kind"] == "billed":
        return (
            f"{row} has been billed on {link['number']}, which stands; credit it with --reopen "
            "first, or leave the repair"
        )
    if link["kind"] == "superseded":
        return f"{row} has been corrected again since; correct what is there now"
    return f"{row} has been closed since ({link['cause']})"


def _master(actor: Actor, repair: Repair, kept: Kept, cause: str, at: datetime) -> None:
    try:
        row = current(actor, kept["table"], kept["key"])
    except LookupError as error:
        raise CannotUndo(str(error)) from error
    before, after = (typed(_EVERY, opened(actor, kept, side)) for side in ("before", "after"))
    if ERASED in (*before.values(), *after.values()):
        raise CannotUndo(f"the data of {kept['row']} have been erased, and do not come back")
    moved = [column for column, value in after.items() if row[column] != value]
    if moved:
        raise CannotUndo(
            f"{kept['table']} {kept['row']} has been changed again since ({', '.join(moved)}); "
            "change what is there now"
        )
    number = _billed(actor, repair, kept, row)
    if number:
        raise CannotUndo(
            f"{number} has been issued since on the strength of it; change {kept['table']} "
            f"{kept['row']} for what comes, and credit that bill if it was wrong"
        )
    if kept["table"] != "price":
        master_written(actor, kept["table"], kept["key"], before, cause, at)
        return
    # A price that was added stays as a version that is never in force: nothing is deleted.
    back = kept["before"] if kept["how"] == "set" else {"valid_to": kept["key"]["valid_from"]}
    price_written(actor, kept["key"], back)
    told(actor, "price.restored", kept["row"], {"before": kept["after"], "after": back}, cause, at)


def _billed(actor: Actor, repair: Repair, kept: Kept, row: repairs.Row) -> str | None:
    own, since = actor.organisation_id, dict(repair.marks)
    if kept["table"] == "price":
        return repairs.billed_since(own, since, "price_id", row["price_id"])
    if kept["table"] == "item":
        return repairs.billed_since(own, since, "item", kept["key"]["item"])
    return repairs.billed_since(own, since, "customer", kept["key"]["customer"])
