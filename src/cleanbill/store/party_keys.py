"""The keys of parties in the database: reading them for a batch, keeping new ones and their blocks.

Everything goes by batch: one query reads the keys of all customers of a chunk, one statement writes
what is missing. Salts are drawn by the action that calls.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from hashlib import blake2b
from typing import Any

import polars as pl
from django.db import connection

from cleanbill.nouns.seal import CASH_PARTY, Unseal
from cleanbill.store.bulk import read, texts_in
from cleanbill.store.master_key import right_key
from cleanbill.store.sealing import BrokenSeal, MasterKey, Seal

KEYS = {
    "party": pl.String,
    "salt": pl.String,
    "key_id": pl.String,
    "block_hash": pl.String,
    "sealed": pl.String,
}
ASKED_ONE_BY_ONE = 20_000
"""Up to so many parties are named in the query; for more, all of the organisation are read."""
_WRITTEN = 20_000


def keys_of(organisation_id: int, parties: pl.Series) -> pl.DataFrame:
    """Return KEYS of these parties, as far as they have one; ``salt`` is null once destroyed."""
    named = len(parties) <= ASKED_ONE_BY_ONE
    only = f"AND {texts_in('k.party')}" if named else ""
    found = read(
        "SELECT k.party, k.salt, k.key_id, k.block_hash, k.sealed FROM party_key k "
        f"WHERE k.organisation_id = %s {only}",
        [organisation_id, *([json.dumps(parties.to_list())] if named else [])],
        KEYS,
    )
    return found if named else found.filter(pl.col("party").is_in(parties.implode()))


def used_master() -> str | None:
    """Return the id of the master key that this database's keys hang from; None without keys."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT key_id FROM party_key LIMIT 1")
        row = cursor.fetchone()
    return None if row is None else str(row[0])


def add_keys(organisation_id: int, parties: Sequence[str], salts: Sequence[str], key: str) -> None:
    """Keep a salt for each party; one that has a key, or had one, keeps what it has."""
    _written(
        "INSERT INTO party_key (organisation_id, party, salt, key_id) VALUES (%s, %s, %s, %s) "
        "ON CONFLICT (organisation_id, party) DO NOTHING",
        "INSERT INTO party_key (organisation_id, party, salt, key_id) "
        "SELECT (v ->> 0)::bigint, v ->> 1, v ->> 2, v ->> 3 "
        "FROM jsonb_array_elements(%s::jsonb) v "
        "ON CONFLICT (organisation_id, party) DO NOTHING",
        [(organisation_id, party, salt, key) for party, salt in zip(parties, salts, strict=True)],
    )


def keep_keys(organisation_id: int) -> None:
    """Let nobody destroy a key of this organisation until the caller's transaction has ended.

    What is read after that of who has been erased stays true so long. Others may do the same at
    the same time. On SQLite there is one who writes anyway.
    """
    if connection.vendor != "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM organisation WHERE id = %s FOR SHARE", [organisation_id])


def keep_blocks(organisation_id: int, blocks: pl.DataFrame) -> None:
    """Keep ``sealed`` and ``block_hash`` of each ``party`` whose key has not been destroyed."""
    rows = blocks.select("block_hash", "sealed", pl.lit(organisation_id), "party").rows()
    _written(
        "UPDATE party_key SET block_hash = %s, sealed = %s "
        "WHERE organisation_id = %s AND party = %s AND salt IS NOT NULL",
        "UPDATE party_key k SET block_hash = v ->> 0, sealed = v ->> 1 "
        "FROM jsonb_array_elements(%s::jsonb) v WHERE k.organisation_id = (v ->> 2)::bigint "
        "AND k.party = v ->> 3 AND k.salt IS NOT NULL",
        rows,
    )


def _written(by_row: str, by_batch: str, rows: Sequence[tuple[Any, ...]]) -> None:
    """Write rows: one by one where the database is in this process, as JSON to a server."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.executemany(by_row, rows)
            return
        for start in range(0, len(rows), _WRITTEN):
            cursor.execute(by_batch, [json.dumps(rows[start : start + _WRITTEN])])


def fresh_blocks(
    organisation_id: int, master: MasterKey, keys: pl.DataFrame, blocks: pl.DataFrame
) -> pl.DataFrame:
    """Return ``party``, ``block_hash`` and ``sealed`` of the blocks that have changed.

    ``keys`` are KEYS, ``blocks`` have ``party`` and ``block`` (its plain text). Parties whose key
    has been destroyed are left out.
    """
    hashed = blocks.with_columns(
        pl.Series(
            "now",
            [blake2b(b.encode(), digest_size=16).hexdigest() for b in blocks["block"]],
            dtype=pl.String,
        )
    )
    stale = hashed.join(keys.filter(pl.col("salt").is_not_null()), on="party", how="inner").filter(
        pl.col("now").ne_missing(pl.col("block_hash"))
    )
    sealed = [
        Seal(master, organisation_id, party, salt).close(block)
        for party, salt, block in stale.select("party", "salt", "block").iter_rows()
    ]
    return stale.select(
        "party", pl.col("now").alias("block_hash"), pl.Series("sealed", sealed, dtype=pl.String)
    )


def seals_of(organisation_id: int, parties: pl.Series) -> dict[str, Seal | None]:
    """Return the seal of each party that has or had a key; None where it has been destroyed."""
    keys = keys_of(organisation_id, parties)
    if keys["salt"].null_count() == keys.height:
        return dict.fromkeys(keys["party"])
    master = right_key(keys.filter(pl.col("salt").is_not_null())["key_id"][0])
    return {
        party: None if salt is None else Seal(master, organisation_id, party, salt)
        for party, salt in keys.select("party", "salt").iter_rows()
    }


def unsealer(organisation_id: int, party: str | None) -> Unseal:
    """Return what opens the sealed text of a party (None: of cash sales).

    The key is fetched when it is first wanted. What it returns raises BrokenSeal, MasterKeyError.
    """
    known: dict[str, Seal | None] = {}

    def unseal(text: str) -> str | None:
        if not known:
            known.update(seals_of(organisation_id, pl.Series([_name(party)], dtype=pl.String)))
        return _opened(known, _name(party), text)

    return unseal


def unsealers(
    organisation_id: int, parties: Iterable[str | None]
) -> Callable[[str | None], Unseal]:
    """Return what gives the unsealer of each of these parties, their keys fetched in one query."""
    names = sorted({_name(party) for party in parties})
    known = seals_of(organisation_id, pl.Series(names, dtype=pl.String))
    return lambda party: partial(_opened, known, _name(party))


def _name(party: str | None) -> str:
    return CASH_PARTY if party is None else party


def _opened(known: Mapping[str, Seal | None], name: str, text: str) -> str | None:
    if name not in known:
        raise BrokenSeal(
            f"no key of party {name!r} is known, though text is sealed under one. Were the books "
            "restored without the table party_key? Bring it back from the backup."
        )
    seal = known[name]
    return None if seal is None else seal.open(text)


def destroyed(organisation_id: int) -> pl.Series:
    """Return the parties whose key has been destroyed."""
    return read(
        "SELECT k.party FROM party_key k WHERE k.organisation_id = %s AND k.salt IS NULL",
        [organisation_id],
        {"party": pl.String},
    )["party"]
