"""Keep what was open in the system before: one row per bill of its, never changed.

Collecting is a room to come; until then these rows are kept and audited, and nothing pays them.
"""

from __future__ import annotations

import polars as pl

from cleanbill.actions.access import Actor
from cleanbill.store import faults
from cleanbill.store.master_writing import Changes
from cleanbill.store.models import OpeningItem
from cleanbill.store.numbers import take_ids

_SAID = ("number", "customer", "date", "due", "currency", "open_minor")


def already_open(actor: Actor, rows: pl.DataFrame) -> pl.DataFrame:
    """Return rows that cannot be kept: without an amount, twice, or known with other content."""
    known = _known(actor)
    faults_found = []
    seen: dict[str, tuple[object, ...]] = {}
    for row in rows.iter_rows(named=True):
        said = tuple(row[name] for name in _columns())
        before = seen.setdefault(row["number"], said)
        if not row["open_amount_minor"]:
            faults_found.append((row["row"], *_NOTHING))
        elif before is not said:
            faults_found.append((row["row"], *_TWICE))
        elif known.get(row["number"], said) != said:
            faults_found.append((row["row"], *_OTHER))
    schema = {"row": pl.Int64, "problem": pl.String, "what_to_do": pl.String}
    return pl.DataFrame(faults_found, schema=schema, orient="row")


_NOTHING = ("open_amount:zero", "Nothing is open here: leave the row out.")
_TWICE = ("number:twice", "The number stands twice in the file: one row for each bill.")
_OTHER = (
    "number:known",
    "The number was taken in with other content, and what was taken in never changes: correct it "
    "by a row of its own, with another number and the difference.",
)


def _columns() -> tuple[str, ...]:
    return (*_SAID[:-1], "open_amount_minor")


def _known(actor: Actor) -> dict[str, tuple[object, ...]]:
    own = OpeningItem.objects.filter(organisation_id=actor.organisation_id)
    return {row[0]: row for row in own.values_list(*_SAID)}


def keep_open_items(actor: Actor, source_file: int, rows: pl.DataFrame) -> Changes:
    """Write the rows that are new; must run in a transaction. See ``already_open`` for others."""
    known = _known(actor)
    fresh = rows.filter(~pl.col("number").is_in(list(known)))
    first = take_ids("opening_item", fresh.height) if fresh.height else 0
    with faults.write("import.master"):
        OpeningItem.objects.bulk_create(
            OpeningItem(
                id=first + place,
                organisation_id=actor.organisation_id,
                source_file_id=source_file,
                **dict(zip(_SAID, said, strict=True)),
            )
            for place, said in enumerate(fresh.select(*_columns()).iter_rows())
        )
    return Changes(fresh.height, 0, rows.height - fresh.height)
