"""Keep master data: one step for files that are imported and for what people change on a page.

A change never reaches back: issued bills hold what was known when they were issued, and the event
of each change says what was before and what is now.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import polars as pl
from django.db import transaction

from cleanbill.actions import offers
from cleanbill.actions.access import Actor, action
from cleanbill.actions.seal_parties import sealed_customers
from cleanbill.engine.coupon_tables import COUPONS, REDEMPTIONS
from cleanbill.engine.tables import (
    AGREEMENTS,
    CUSTOMERS,
    EXEMPTIONS,
    ITEMS,
    Schema,
    conformed,
)
from cleanbill.formats import tabular
from cleanbill.formats.tabular.frames import DAMAGE, PROBLEM, ROW, WHAT_TO_DO
from cleanbill.store import faults
from cleanbill.store.master_writing import Changes, upsert
from cleanbill.store.models import Customer, Item
from cleanbill.store.party_keys import destroyed
from cleanbill.store.retries import persistently

MASTER: dict[str, tuple[str, Schema]] = {
    "customers": ("customer", CUSTOMERS),
    "items": ("item", ITEMS),
    "agreements": ("agreement", AGREEMENTS),
    "exemptions": ("exemption", EXEMPTIONS),
    "coupons": ("coupon", COUPONS),
    "redemptions": ("redemption", REDEMPTIONS),
}
"""Table and schema of each kind of file."""
_MODELS: dict[str, Any] = {"customers": Customer, "items": Item}
REASON_MOST = 300


class Overwritten(ValueError):
    """Somebody else has changed the row since it was looked at."""


class NoSuchRow(LookupError):
    """The organisation has no such customer or item."""


def keep_master(
    actor: Actor, kind: str, accepted: pl.DataFrame, cause: str, at: datetime
) -> Changes:
    """Keep rows of master data: what is new, and what differs from what is there, with an event.

    To be called in a transaction, by an action that has looked at the permission.
    """
    table, schema = MASTER[kind]
    rows = conformed(offers.settled(kind, accepted), schema)
    with faults.write("import.master"):
        if kind == "customers":
            sealed_customers(actor.organisation_id, rows.unique("customer", keep="last"))
        return upsert(actor.organisation_id, table, rows, actor.name, cause, at)


@action("look")
def row_as_text(actor: Actor, kind: str, key: str) -> dict[str, str]:
    """Return a customer or an item as people type it, by column. Raises NoSuchRow."""
    return _texts(actor, kind, key)


@action("master.import")
def change_row(
    actor: Actor,
    kind: str,
    key: str,
    values: Mapping[str, str],
    *,
    reason: str,
    seen: Mapping[str, str] | None = None,
) -> Changes:
    """Change columns of one customer or item, given as text, as an import of one row would.

    What is not named stays; an empty text empties a column. ``seen`` is what whoever changes it
    looked at. Raises NoSuchRow; Overwritten where ``seen`` no longer holds; ValueError, which names
    column, problem and what to do, for a value that an import would reject, and without a reason.
    """
    if not reason.strip():
        raise ValueError("say why: whoever reads this later was not there")

    def kept() -> Changes:
        with transaction.atomic():
            before = _texts(actor, kind, key)
            if seen is not None and any(before.get(c, "") != text for c, text in seen.items()):
                raise Overwritten(
                    f"{key} has been changed by somebody else since you opened it; look at it "
                    "again, then change it"
                )
            row = _read(kind, {**before, **values, MASTER[kind][0]: key})
            cause = reason.strip()[:REASON_MOST]
            return keep_master(actor, kind, row, cause, datetime.now(UTC))

    changes = persistently(kept)
    faults.committed("import")
    return changes


def _texts(actor: Actor, kind: str, key: str) -> dict[str, str]:
    table, _ = MASTER[kind]
    found = _MODELS[kind].objects.filter(organisation_id=actor.organisation_id, **{table: key})
    row = found.values().first()
    if row is None:
        raise NoSuchRow(f"there is no {table} {key} in the master data")
    if kind == "customers" and key in destroyed(actor.organisation_id):
        raise NoSuchRow(f"the data of {key} have been erased; there is nothing to change")
    return {field.name: _text(row[field.name]) for field in tabular.KINDS[kind]}


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)


def _read(kind: str, texts: Mapping[str, str]) -> pl.DataFrame:
    """Read one row as an import reads it. Raises ValueError with what is wrong with it."""
    names = [field.name for field in tabular.KINDS[kind]]
    columns = {name: [texts.get(name, "")] for name in names}
    table = pl.DataFrame(
        {**columns, ROW: [1], DAMAGE: [None]},
        schema={**dict.fromkeys(names, pl.String), ROW: pl.Int64, DAMAGE: pl.String},
    )
    intake = tabular.mapped(table, None, kind)
    if intake.rejected.height:
        told = intake.rejected.row(0, named=True)
        raise ValueError(f"{told[PROBLEM]}. {told[WHAT_TO_DO]}")
    return intake.accepted


@action("master.import")
def may_change(actor: Actor) -> None:
    """Pass whoever may change master data. Raises NotAllowed for others."""
