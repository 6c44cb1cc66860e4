"""Carry out what a proposal changes: new versions of charges and prices, rows of master data.

Not an action of its own, but what applying does within its transaction. What is returned is kept
with the repair, so that it can be taken back; it is JSON, with private data sealed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from hashlib import sha256
from typing import Any

import polars as pl

from cleanbill.actions.access import Actor, NotAllowed
from cleanbill.actions.keep_source_file import REPAIRS, keep_source_file
from cleanbill.actions.seal_parties import sealed_charges, sealed_customers
from cleanbill.cycle.verify.mend import Change
from cleanbill.engine.tables import AGREEMENTS, CUSTOMERS, ITEMS, PRICES, PRIVATE, TIERS, Schema
from cleanbill.formats import tabular
from cleanbill.nouns.seal import ERASED, is_sealed
from cleanbill.store import faults, repairs
from cleanbill.store.decisions import facts_json
from cleanbill.store.master_writing import add_prices, upsert
from cleanbill.store.models import Event
from cleanbill.store.party_keys import seals_of, unsealer

Kept = dict[str, Any]
NEEDS = {"charge": "charges.import", "decision": "findings.work"}
"""The permission that a change of a table needs; of others it is that of importing master data."""
_SCHEMAS: dict[str, Schema] = {"customer": CUSTOMERS, "item": ITEMS, "agreement": AGREEMENTS}


def allowed(actor: Actor, changes: Sequence[Change]) -> None:
    """Raise NotAllowed where the actor may not change one of these tables."""
    for change in changes:
        needed = NEEDS.get(change.table, "master.import")
        if needed not in actor.permissions:
            raise NotAllowed(
                f"{actor.name} may not change {change.table} {change.row}: it needs the permission "
                f"{needed!r}. Assign the finding to somebody who has it."
            )


def carried_out(actor: Actor, changes: Sequence[Change], cause: str, at: datetime) -> list[Kept]:
    """Write the changes; return them as they are kept. Raises ChargesTaken."""
    allowed(actor, changes)
    kept = [_kept(actor, change) for change in changes]
    written = [k for k in kept if k["table"] == "charge" and k["how"] in ("set", "add")]
    if written:
        rows = [_charge(actor, k) for k in written]
        replaced = [k["key"].get("id") for k in written]
        for one, new in zip(
            written, charges_written(actor, rows, replaced, cause, at), strict=True
        ):
            one["new"] = new
    for change, one in zip(changes, kept, strict=True):
        if change.table == "charge" and change.how == "close":
            with faults.write("repair.links"):
                repairs.close(actor.organisation_id, change.key["id"], "not_billable", change.cause)
        elif change.table == "price":
            # One that was added and undone before is still there, as never in force.
            endless = {"valid_to": None} if change.how == "add" else {}
            price_written(actor, change.key, {**endless, **change.after})
        elif change.table in _SCHEMAS:
            master_written(actor, change.table, change.key, change.after, cause, at)
        if change.table in ("charge", "price"):
            told(actor, f"{change.table}.{_DONE[change.how]}", change.row, one, cause, at)
    return kept


_DONE = {"set": "corrected", "add": "added", "close": "closed"}


def _kept(actor: Actor, change: Change) -> Kept:
    whole = {
        "table": change.table,
        "row": change.row,
        "key": change.key,
        "before": change.before,
        "after": change.after,
        "how": change.how,
        "cause": change.cause,
    }
    kept: Kept = json.loads(facts_json(whole))
    if change.table == "customer":
        who = str(change.key["customer"])
        row = repairs.master_row(actor.organisation_id, "customer", who)
        sealed_customers(actor.organisation_id, pl.DataFrame([row], schema=dict(CUSTOMERS)))
        seal = seals_of(actor.organisation_id, pl.Series([who])).get(who)
        for side in ("before", "after"):
            for name in PRIVATE:
                if kept[side].get(name) is not None:
                    kept[side][name] = ERASED if seal is None else seal.close(kept[side][name])
    return kept


def opened(actor: Actor, kept: Kept, side: str) -> dict[str, Any]:
    """Return the values of one side of a kept change, with what is sealed in them readable."""
    values = dict(kept[side])
    if kept["table"] == "customer":
        unseal = unsealer(actor.organisation_id, kept["key"]["customer"])
        values = {
            name: (unseal(value) or ERASED)
            if isinstance(value, str) and is_sealed(value)
            else value
            for name, value in values.items()
        }
    return values


def _charge(actor: Actor, kept: Kept) -> repairs.Row:
    """The row of a charge as the change makes it: its next version, or one that is new."""
    key = kept["key"]
    old = repairs.charge(actor.organisation_id, key.get("id") or key["like"])
    if old is None:
        raise repairs.Taken(f"{kept['row']} has been billed, corrected or closed meanwhile")
    if kept["how"] == "add":
        fresh = dict.fromkeys(repairs.VERSIONED)
        row = {**fresh, "source": old["source"], "reference": key["reference"], "occurrence": 1}
        row |= {"version": 1, **typed(repairs.VERSIONED, kept["after"])}
    else:
        row = {**old, **typed(repairs.VERSIONED, kept["after"]), "version": old["version"] + 1}
    row = {**row, "repeats": 0}
    if row["customer"] != old["customer"] and kept["how"] == "set":
        row = _under_its_key(actor, row, old["customer"])
    return {**row, "content_hash": _hash(row)}


def _under_its_key(actor: Actor, row: repairs.Row, before: str | None) -> repairs.Row:
    """Seal what was sealed under one customer's key under that of another."""
    unseal = unsealer(actor.organisation_id, before)
    plain = {c: unseal(row[c]) if is_sealed(row[c]) else row[c] for c in ("ship_to", "attributes")}
    frame = pl.DataFrame([{**row, **plain}], schema={**repairs.VERSIONED, "id": pl.Int64})
    return sealed_charges(actor.organisation_id, frame).to_dicts()[0]


def _hash(row: repairs.Row) -> int:
    known = ("charge_id", "id", "source", "occurrence", "version", "content_hash", "repeats")
    schema = {c: t for c, t in repairs.VERSIONED.items() if c not in known}
    frame = pl.DataFrame([{c: row[c] for c in schema}], schema=schema)
    return int(tabular.content_hash(frame, {})[0])


def charges_written(
    actor: Actor,
    rows: Sequence[repairs.Row],
    replaced: Sequence[int | None],
    cause: str,
    at: datetime,
) -> list[int]:
    """Write versions of charges, or new ones, with the file and the event that they came by."""
    text = facts_json({"rows": [dict(row) for row in rows]})
    with faults.write("repair.file"):
        digest = sha256(text.encode()).hexdigest()
        file = keep_source_file(actor, REPAIRS, cause[:300], at, digest=digest)
    new = repairs.add_charges(actor.organisation_id, file.pk, rows, replaced)
    added = sum(old is None for old in replaced)
    after = {"created": added, "changed": len(rows) - added}
    counted = {"before": None, "after": after}
    told(actor, "charges.repaired", cause, counted, cause, at)
    return new


def price_written(actor: Actor, key: Mapping[str, Any], values: Mapping[str, Any]) -> None:
    """Write a price's next version with these values, or a price of a key that is new."""
    wanted = typed(PRICES, key)
    found = [
        p
        for p in repairs.prices_of(actor.organisation_id, key["item"])
        if all(p[c] == v for c, v in wanted.items())
    ]
    head = found[0] if found else {**dict.fromkeys(PRICES), **wanted}
    tiers = found[0]["tiers"] if found else [dict.fromkeys(TIERS)]
    own = typed({**PRICES, **TIERS}, values)
    rows = [{**tier, **{c: v for c, v in head.items() if c in PRICES}, **own} for tier in tiers]
    frame = pl.DataFrame(rows, schema={**TIERS, **PRICES}, orient="row")
    with faults.write("repair.master"):
        add_prices(actor.organisation_id, frame.drop("price_id", "version", "tier"))


def master_written(
    actor: Actor,
    table: str,
    key: Mapping[str, Any],
    values: Mapping[str, Any],
    cause: str,
    at: datetime,
) -> None:
    """Change a customer, an item or an agreement, with an event that says from what to what."""
    row = current(actor, table, key)
    schema = _SCHEMAS[table]
    frame = pl.DataFrame([{**row, **typed(schema, values)}], schema=dict(schema), orient="row")
    frame = frame.drop("agreement_id", strict=False)
    with faults.write("repair.master"):
        upsert(actor.organisation_id, table, frame, actor.name, cause, at)


def current(actor: Actor, table: str, key: Mapping[str, Any]) -> repairs.Row:
    """Return a row of master data as it is now. Raises LookupError."""
    own = actor.organisation_id
    wanted = typed({**PRICES, **_SCHEMAS.get(table, {})}, key)
    if table == "price":
        rows = repairs.prices_of(own, key["item"])
        rows = [{**p, **_only_tier(p)} for p in rows]
    elif table == "agreement":
        rows = repairs.agreements_of(own, key["customer"])
    else:
        found = repairs.master_row(own, table, key[table])
        rows = [found] if found else []
    for row in rows:
        if all(row[c] == v for c, v in wanted.items()):
            return row
    raise LookupError(
        f"{table} {' '.join(str(v) for v in key.values() if v)} is not there any more"
    )


def _only_tier(price: repairs.Row) -> repairs.Row:
    return {"unit_price_e8": price["tiers"][0]["unit_price_e8"]} if price["tiers"] else {}


def typed(schema: Schema, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return values as columns have them: days that JSON keeps as text are days again."""
    return {
        c: date.fromisoformat(v) if isinstance(v, str) and schema.get(c) == pl.Date else v
        for c, v in values.items()
    }


def told(
    actor: Actor, action: str, subject: str, kept: Mapping[str, Any], cause: str, at: datetime
) -> None:
    """Write what was done into the trail."""
    with faults.write("repair.event"):
        Event.objects.create(
            organisation_id=actor.organisation_id,
            at=at,
            actor=actor.name,
            action=action,
            subject=subject[:600],
            before=kept["before"] or None,
            after=kept["after"] or None,
            cause=cause[:600],
        )
