"""Terms in and out: versions as they became known, how far they were drawn, what was drawn.

Every function that writes must run inside the caller's transaction.
"""

from __future__ import annotations

import json
from typing import Any

import polars as pl
from django.db import connection

from cleanbill.engine.tables import CHARGES, Schema
from cleanbill.store import faults
from cleanbill.store.bulk import read, texts_in, write
from cleanbill.store.numbers import take_ids
from cleanbill.store.reading import columns_of
from cleanbill.store.writing import close_charges

_CURRENT: Schema = {
    "id": pl.Int64,
    "reference": pl.String,
    "version": pl.Int32,
    "customer": pl.String,
    "currency": pl.String,
    "body": pl.String,
    "drawn_version": pl.Int32,
    "through": pl.Date,
    "memory": pl.String,
}
_OF_TERMS = ("id", "reference", "version", "customer", "currency", "body")
_LATEST = (
    "NOT EXISTS (SELECT 1 FROM terms n WHERE n.organisation_id = t.organisation_id "
    "AND n.kind = t.kind AND n.reference = t.reference AND n.version > t.version)"
)
_WITH_STATE = (
    "FROM terms t LEFT JOIN terms_drawn s ON s.organisation_id = t.organisation_id "
    "AND s.kind = t.kind AND s.reference = t.reference"
)


def any_terms(organisation_id: int, kind: str) -> bool:
    """Tell whether the organisation has terms of a kind at all."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM terms WHERE organisation_id = %s AND kind = %s LIMIT 1",
            [organisation_id, kind],
        )
        return cursor.fetchone() is not None


def due_terms(
    organisation_id: int,
    kind: str,
    through: str,
    *,
    above: int = 0,
    limit: int = 1000,
    customer: str | None = None,
) -> pl.DataFrame:
    """Return current versions of which something may be due by a day (ISO), with their state.

    At most ``limit`` of them, in the order of their ids from ``above`` on: those never drawn,
    those that have changed since, those in trouble, and those whose next day has come.
    """
    columns = ", ".join(
        f"s.{'version' if c == 'drawn_version' else c}" + ("|| ''" if k == pl.Date else "")
        if c not in _OF_TERMS
        else f"t.{c}"
        for c, k in _CURRENT.items()
    )
    only = " AND t.customer = %s" if customer is not None else ""
    return read(
        f"SELECT {columns} {_WITH_STATE} WHERE t.organisation_id = %s AND t.kind = %s "
        f"AND t.id > %s{only} AND {_LATEST} AND (s.id IS NULL OR s.trouble = %s "
        "OR s.version <> t.version OR s.next_day <= %s) ORDER BY t.id LIMIT %s",
        [
            *(organisation_id, kind, above),
            *([customer] if customer is not None else []),
            *(True, through, limit),
        ],
        _CURRENT,
    )


def latest_terms(organisation_id: int, kind: str, customer: str | None, limit: int) -> pl.DataFrame:
    """Return current versions with their state, the latest known first."""
    only = " AND t.customer = %s" if customer is not None else ""
    schema = {c: k for c, k in _CURRENT.items() if c != "memory"}
    return read(
        "SELECT t.id, t.reference, t.version, t.customer, t.currency, t.body, s.version, "
        f"s.through || '' {_WITH_STATE} WHERE t.organisation_id = %s AND t.kind = %s{only} "
        f"AND {_LATEST} ORDER BY t.id DESC LIMIT %s",
        [organisation_id, kind, *([customer] if customer is not None else []), limit],
        schema,
    )


_HISTORY: Schema = {**CHARGES, "terms": pl.String, "terms_version": pl.Int32, "basis": pl.String}


def history(organisation_id: int, kind: str, references: list[str]) -> dict[str, list[Any]]:
    """Return every charge drawn from these terms, in order, with ``basis`` as plain values."""
    found: dict[str, list[Any]] = {}
    if not references:
        return found
    columns = columns_of(CHARGES, "c", "charge_id")
    rows = read(
        f"SELECT {columns}, b.terms, b.terms_version, b.basis FROM charge_basis b "
        "JOIN charge c ON c.id = b.charge_id WHERE b.organisation_id = %s AND b.kind = %s "
        f"AND {texts_in('b.terms')} ORDER BY c.id",
        [organisation_id, kind, json.dumps(references)],
        _HISTORY,
    )
    for row in rows.iter_rows(named=True):
        found.setdefault(row["terms"], []).append({**row, "basis": json.loads(row["basis"])})
    return found


def keep_drawn(
    organisation_id: int, kind: str, source_file: int, charges: pl.DataFrame, states: pl.DataFrame
) -> pl.DataFrame:
    """Write drawn charges with their bases, and how far each set of terms has been drawn.

    ``charges`` are CHARGES with ``terms``, ``terms_version`` and ``basis``; returned with their
    ids. Nothing of terms that were drawn further meanwhile may be among them. Where they take the
    place of another charge (``replaces``), that is closed. Raises ChargesTaken.
    """
    if charges.height:
        if charges["replaces"].null_count() < charges.height:
            with faults.write("bundle.links"):
                _replace(organisation_id, charges.drop_nulls("replaces"))
        first = take_ids("charge", charges.height)
        place = pl.int_range(pl.len(), dtype=pl.Int64)
        charges = charges.with_columns(
            (place + first).alias("charge_id"),
            (place + 1).alias("row"),
            pl.lit(organisation_id, dtype=pl.Int64).alias("organisation_id"),
            pl.lit(source_file, dtype=pl.Int64).alias("source_file"),
            pl.lit(1, dtype=pl.Int32).alias("version"),
            pl.lit(kind).alias("kind_of_terms"),
        )
        own = ("organisation_id", "source_file", "row", "version")
        with faults.write("draw.charges"):
            write("charge", charges.select(*own, *CHARGES).rename({"charge_id": "id"}))
        with faults.write("draw.basis"):
            basis = ("charge_id", "organisation_id", "terms", "terms_version", "basis")
            write("charge_basis", charges.select(*basis, pl.col("kind_of_terms").alias("kind")))
    with faults.write("draw.state"):
        _keep_states(organisation_id, kind, states)
    return charges


def _replace(organisation_id: int, charges: pl.DataFrame) -> None:
    """Close the charges that these take the place of. Raises ChargesTaken."""
    taken = charges.group_by("replaces", "terms", "terms_version", maintain_order=True).len()
    cause = pl.format("bundle {}, version {}: {} components", "terms", "terms_version", "len")
    close_charges(
        organisation_id,
        None,
        taken.select(pl.col("replaces").alias("charge_id"), cause.alias("cause")),
        "bundled",
    )


def _keep_states(organisation_id: int, kind: str, states: pl.DataFrame) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM terms_drawn WHERE organisation_id = %s AND kind = %s "
            f"AND {texts_in('reference')}",
            [organisation_id, kind, json.dumps(states["reference"].to_list())],
        )
    write(
        "terms_drawn",
        states.with_columns(
            pl.lit(organisation_id, dtype=pl.Int64).alias("organisation_id"),
            pl.lit(kind).alias("kind"),
        ),
    )


def known_terms(organisation_id: int, kind: str, references: list[str]) -> pl.DataFrame:
    """Return the current version of these terms."""
    schema = {c: _CURRENT[c] for c in _OF_TERMS}
    columns = ", ".join(f"t.{c}" for c in schema)
    return read(
        f"SELECT {columns} FROM terms t WHERE t.organisation_id = %s AND t.kind = %s "
        f"AND {texts_in('t.reference')} AND {_LATEST} ORDER BY t.id",
        [organisation_id, kind, json.dumps(references)],
        schema,
    )


def references(organisation_id: int, kind: str, after: str, limit: int) -> list[str]:
    """Return the references of terms that come after one, in the database's order."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT reference FROM terms WHERE organisation_id = %s AND kind = %s "
            "AND reference > %s ORDER BY reference LIMIT %s",
            [organisation_id, kind, after, limit],
        )
        return [row[0] for row in cursor.fetchall()]


def bodies(organisation_id: int, kind: str, references: list[str]) -> dict[str, dict[int, str]]:
    """Return every version of these terms: reference -> version -> body."""
    found: dict[str, dict[int, str]] = {}
    rows = read(
        "SELECT reference, version, body FROM terms WHERE organisation_id = %s AND kind = %s "
        f"AND {texts_in('reference')}",
        [organisation_id, kind, json.dumps(references)],
        {c: _CURRENT[c] for c in ("reference", "version", "body")},
    )
    for reference, version, body in rows.iter_rows():
        found.setdefault(reference, {})[version] = body
    return found


def states(organisation_id: int, kind: str, references: list[str]) -> pl.DataFrame:
    """Return how far each of these terms was drawn."""
    schema = {c: _CURRENT[c] for c in ("reference", "version", "through", "memory")}
    return read(
        "SELECT reference, version, through || '', memory FROM terms_drawn "
        f"WHERE organisation_id = %s AND kind = %s AND {texts_in('reference')} ORDER BY id",
        [organisation_id, kind, json.dumps(references)],
        schema,
    )


def add_versions(organisation_id: int, kind: str, source_file: int, rows: pl.DataFrame) -> None:
    """Write new versions of terms: reference, version, customer, currency, body, row."""
    if rows.is_empty():
        return
    first = take_ids("terms", rows.height)
    write(
        "terms",
        rows.select("reference", "version", "customer", "currency", "body", "row").with_columns(
            (pl.int_range(pl.len(), dtype=pl.Int64) + first).alias("id"),
            pl.lit(organisation_id, dtype=pl.Int64).alias("organisation_id"),
            pl.lit(kind).alias("kind"),
            pl.lit(source_file, dtype=pl.Int64).alias("source_file"),
        ),
    )
