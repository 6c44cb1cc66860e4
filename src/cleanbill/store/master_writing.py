"""Master data in: what is new is inserted, what differs changed with an event, the rest left."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl
from django.db import connection

from cleanbill.engine.coupon_tables import COUPONS, REDEMPTIONS
from cleanbill.engine.tables import (
    AGREEMENTS,
    CUSTOMERS,
    EXEMPTIONS,
    ITEMS,
    PRICES,
    PRIVATE,
    TIERS,
    Schema,
    conformed,
)
from cleanbill.nouns.seal import ERASED
from cleanbill.store.bulk import read, texts_in, write
from cleanbill.store.numbers import take_ids
from cleanbill.store.party_keys import seals_of
from cleanbill.store.sealing import Seal

TABLES: dict[str, tuple[Schema, tuple[str, ...]]] = {
    "customer": (CUSTOMERS, ("customer",)),
    "item": (ITEMS, ("item",)),
    "agreement": (
        {c: t for c, t in AGREEMENTS.items() if c != "agreement_id"},
        ("customer", "valid_from", "agreement"),
    ),
    "exemption": (EXEMPTIONS, ("customer", "country", "region", "kind", "valid_from")),
    "coupon": (COUPONS, ("coupon",)),
    "redemption": (REDEMPTIONS, ("coupon", "customer", "redemption")),
}
"""Schema and natural key of the plain tables."""
_FEW = 1000
"""Up to so many rows are looked up by name; for more, the whole table is read."""
_CLOSED = {"customer": PRIVATE, "exemption": ("certificate", "reason")}
"""Columns that may name a person: what events say of them is sealed under the customer's key."""


@dataclass(frozen=True, slots=True)
class Changes:
    """How many rows of an import were new, changed, equal to what is known."""

    created: int
    changed: int
    unchanged: int


def upsert(
    organisation_id: int, table: str, rows: pl.DataFrame, actor: str, cause: str, at: datetime
) -> Changes:
    """Bring a master table up to date with ``rows`` (its schema; a column that is not there is
    null); the last of equal keys counts.

    Customers that change need a key: what events say of private columns is sealed.
    """
    schema, key = TABLES[table]
    rows = conformed(rows, schema).select(*schema).unique(key, keep="last", maintain_order=True)
    first = rows[key[0]]
    few = rows.height <= _FEW and not first.null_count()
    known = read(
        f'SELECT {", ".join(f"""t."{c}" """ for c in schema)}, t.id FROM "{table}" t '
        f"WHERE t.organisation_id = %s{' AND ' + texts_in(f't.{key[0]}') if few else ''}",
        [organisation_id, *([json.dumps(first.to_list())] if few else [])],
        {**schema, "id": pl.Int64},
    )
    new = rows.join(known, on=key, how="anti", nulls_equal=True, maintain_order="left")
    write(table, new.with_columns(pl.lit(organisation_id, dtype=pl.Int64).alias("organisation_id")))
    both = rows.join(
        known, on=key, how="inner", nulls_equal=True, suffix="_before", maintain_order="left"
    )
    rest = [c for c in schema if c not in key]
    differs = pl.any_horizontal(pl.col(c).ne_missing(pl.col(f"{c}_before")) for c in rest)
    changed = both.filter(differs)
    if changed.height:
        _change(organisation_id, table, changed, rest, key, actor, cause, at)
    return Changes(new.height, changed.height, both.height - changed.height)


def _change(
    organisation_id: int,
    table: str,
    changed: pl.DataFrame,
    rest: list[str],
    key: tuple[str, ...],
    actor: str,
    cause: str,
    at: datetime,
) -> None:
    plain = changed.with_columns(pl.col(pl.Date).cast(pl.String))
    setting = ", ".join(f'"{c}" = %s' for c in rest)
    seals = seals_of(organisation_id, plain["customer"]) if table in _CLOSED else {}
    events = []
    with connection.cursor() as cursor:
        for row in plain.iter_rows(named=True):
            cursor.execute(
                f'UPDATE "{table}" SET {setting} WHERE id = %s AND organisation_id = %s',
                [*(row[c] for c in rest), row["id"], organisation_id],
            )
            differing = [c for c in rest if row[c] != row[f"{c}_before"]]
            before = {c: row[f"{c}_before"] for c in differing}
            after = {c: row[c] for c in differing}
            if table in _CLOSED:
                private, seal = _CLOSED[table], seals.get(row["customer"])
                before, after = (_closed(values, private, seal) for values in (before, after))
            events.append(
                {
                    "subject": " ".join(str(row[k]) for k in key if row[k] is not None),
                    "before": json.dumps(before),
                    "after": json.dumps(after),
                }
            )
    write(
        "event",
        pl.DataFrame(events).with_columns(
            pl.lit(organisation_id, dtype=pl.Int64).alias("organisation_id"),
            pl.lit(at.isoformat(sep=" ")).alias("at"),
            pl.lit(actor).alias("actor"),
            pl.lit(f"{table}.changed").alias("action"),
            pl.lit(cause).alias("cause"),
        ),
    )


def _closed(values: dict[str, Any], private: tuple[str, ...], seal: Seal | None) -> dict[str, Any]:
    """Return a row's values for the trail, which keeps them for good: private ones sealed."""
    return {
        c: value
        if c not in private or value is None
        else ERASED
        if seal is None
        else seal.close(value)
        for c, value in values.items()
    }


_PRICE_KEY = ("item", "customer", "plan", "currency", "model", "valid_from", "conditions")
_PRICE_TERMS = tuple(c for c in PRICES if c not in ("price_id", "version", *_PRICE_KEY))
_TIER_TERMS = tuple(c for c in TIERS if c not in ("price_id", "tier"))


def add_prices(organisation_id: int, rows: pl.DataFrame) -> Changes:
    """Write prices with their tiers; one that differs from the current version becomes the next.

    ``rows`` have the key, terms and tier columns of each tier; what is not there is null. A
    price is never edited in place. One whose model changes is the next version of what it was, too.
    """
    whole = {c: PRICES[c] for c in (*_PRICE_KEY, *_PRICE_TERMS)}
    tiered = (
        conformed(rows, {**whole, **{c: TIERS[c] for c in _TIER_TERMS}})
        .with_columns(pl.struct(_PRICE_KEY).rank("dense").cast(pl.Int64).alias("group"))
        .sort("group", "up_to_e6", nulls_last=True, maintain_order=True)
        .with_columns((pl.int_range(pl.len()).over("group") + 1).cast(pl.Int32).alias("tier"))
    )
    heads = tiered.group_by("group", maintain_order=True).agg(
        *(pl.col(c).first() for c in (*_PRICE_KEY, *_PRICE_TERMS)), _content().alias("content")
    )
    known = _known_prices(organisation_id)
    compared = heads.join(known, on=_PRICE_KEY, how="left", nulls_equal=True, maintain_order="left")
    same = compared["content"] == compared["known_content"]
    wanted = _succeeding(compared.filter(~same.fill_null(False)), heads, known).with_columns(
        (pl.col("known_version").fill_null(0) + 1).alias("version")
    )
    replaced = wanted["known_id"].drop_nulls().to_list()
    with connection.cursor() as cursor:
        cursor.executemany(
            "UPDATE price SET current = %s WHERE id = %s AND organisation_id = %s",
            [(False, i, organisation_id) for i in replaced],
        )
    if wanted.height:
        first = take_ids("price", wanted.height)
        numbered = wanted.with_columns(
            (pl.int_range(pl.len(), dtype=pl.Int64) + first).alias("id"),
            pl.lit(organisation_id, dtype=pl.Int64).alias("organisation_id"),
            pl.lit(True).alias("current"),
        )
        own = [c for c in PRICES if c != "price_id"]
        write("price", numbered, ["id", "organisation_id", "current", *own])
        parts = tiered.join(
            numbered.select("group", "id", "organisation_id"), on="group", maintain_order="left"
        )
        write("price_tier", parts.rename({"id": "price_id"}), ["organisation_id", *TIERS])
    return Changes(wanted.height - len(replaced), len(replaced), heads.height - wanted.height)


def _succeeding(wanted: pl.DataFrame, heads: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """Return the prices to be written; new ones succeed the one that differs only in its model.

    Where rows have both models, both stay: two prices for one day, which a run finds.
    """
    key = [c for c in _PRICE_KEY if c != "model"]
    own = ("known_id", "known_version")
    left = known.join(heads, on=_PRICE_KEY, how="anti", nulls_equal=True)
    before = left.unique(key, keep="last", maintain_order=True).select(
        *key, *(pl.col(c).alias(f"{c}_before") for c in own)
    )
    new = pl.col("known_id").is_null() & pl.struct(key).is_first_distinct()
    return (
        wanted.join(before, on=key, how="left", nulls_equal=True, maintain_order="left")
        .with_columns(
            pl.when(new).then(pl.col(f"{c}_before")).otherwise(pl.col(c)).alias(c) for c in own
        )
        .drop(f"{c}_before" for c in own)
    )


def _content() -> pl.Expr:
    """The terms and tiers of a price as one text, to be compared."""
    terms = [pl.col(c).first().cast(pl.String).fill_null("") for c in _PRICE_TERMS]
    tier = pl.concat_str(
        [pl.col(c).cast(pl.String).fill_null("") for c in _TIER_TERMS], separator=","
    )
    return pl.concat_str([*terms, tier.str.join(";")], separator="|")


def _known_prices(organisation_id: int) -> pl.DataFrame:
    columns = (*_PRICE_KEY, *_PRICE_TERMS)
    schema = {
        **{c: PRICES[c] for c in columns},
        **{c: TIERS[c] for c in _TIER_TERMS},
        "known_id": pl.Int64,
        "known_version": pl.Int32,
        "tier": pl.Int32,
    }
    found = read(
        f'SELECT {", ".join(f"""p."{c}" """ for c in columns)}, '
        f'{", ".join(f"""t."{c}" """ for c in _TIER_TERMS)}, p.id, p.version, t.tier '
        "FROM price p JOIN price_tier t ON t.price_id = p.id "
        "WHERE p.organisation_id = %s AND p.current ORDER BY p.id, t.tier",
        [organisation_id],
        schema,
    )
    return found.group_by(_PRICE_KEY, maintain_order=True).agg(
        pl.col("known_id", "known_version").first(), _content().alias("known_content")
    )
