"""Seal what is kept of parties: keys for those who have none, blocks for documents, intake.

Chance lives here: salts and, once, the master key are drawn and passed down. Not actions of their
own, but what the actions that import and issue call. Each works in the caller's transaction, or in
one of its own.
"""

from __future__ import annotations

import os

import polars as pl
from django.db import transaction

from cleanbill.formats import bill_json
from cleanbill.nouns.seal import CASH_PARTY, ERASED
from cleanbill.store import master_key, party_keys
from cleanbill.store.sealing import MASTER_BYTES, SALT_BYTES, MasterKey, Seal


def provided_key() -> MasterKey:
    """Return the master key; where none has ever been used, and none is there, draw it.

    Raises MasterKeyError when it is missing or another than the one that was used.
    """
    used = party_keys.used_master()
    if used is None and not master_key.key_file().exists():
        master_key.keep(master_key.key_file(), os.urandom(MASTER_BYTES))
    return master_key.right_key(used)


def keyed(organisation_id: int, parties: pl.Series) -> pl.DataFrame:
    """Return the keys of all these parties, each drawn now if it has never had one."""
    wanted = parties.unique()
    keys = party_keys.keys_of(organisation_id, wanted)
    if keys.height == len(wanted):
        return keys
    missing = wanted.filter(~wanted.is_in(keys["party"].implode())).sort().to_list()
    drawn = os.urandom(SALT_BYTES * len(missing)).hex()
    width = 2 * SALT_BYTES
    salts = [drawn[place : place + width] for place in range(0, len(drawn), width)]
    master = provided_key()
    with transaction.atomic():
        party_keys.add_keys(organisation_id, missing, salts, master.key_id)
    # Read again: somebody else may have drawn one of them first.
    fresh = party_keys.keys_of(organisation_id, pl.Series(missing, dtype=pl.String))
    return pl.concat([keys, fresh])


def sealed_customers(organisation_id: int, customers: pl.DataFrame) -> pl.DataFrame:
    """Return the customers with ``sealed``: the text that documents carry in place of their data.

    It is null for a party whose data have been erased, of whom nothing is left to seal. A block is
    sealed only when it has changed since it was last; what is fresh is kept for the next time.
    """
    if customers.is_empty():
        return customers.with_columns(pl.lit(None, dtype=pl.String).alias("sealed"))
    blocks = customers.select(
        pl.col("customer").alias("party"), bill_json.private_block(customers).alias("block")
    )
    keys = keyed(organisation_id, blocks["party"])
    master = _master_of(keys)
    if master is not None:
        fresh = party_keys.fresh_blocks(organisation_id, master, keys, blocks)
        if fresh.height:
            with transaction.atomic():
                party_keys.keep_blocks(organisation_id, fresh)
            keys = keys.update(fresh, on="party")
    sealed = keys.select(pl.col("party").alias("customer"), "sealed")
    return customers.join(sealed, on="customer", how="left", maintain_order="left")


def sealed_charges(organisation_id: int, charges: pl.DataFrame) -> pl.DataFrame:
    """Return the charges with what may name a person sealed under their customer's key.

    These are ``ship_to`` and ``attributes`` (columns of the source that we have no place for). Of a
    party that has been erased, neither is kept.
    """
    columns = [c for c in ("ship_to", "attributes") if c in charges.columns]
    for column in columns:
        charges = _closed(organisation_id, charges, column)
    return charges


def _closed(organisation_id: int, charges: pl.DataFrame, column: str) -> pl.DataFrame:
    """Seal one column of text: every different text of a party once."""
    party = pl.col("customer").fill_null(CASH_PARTY).alias("_party")
    texts = charges.select(party, column).filter(pl.col(column).is_not_null()).unique()
    if texts.is_empty():
        return charges
    keys = keyed(organisation_id, texts["_party"])
    master = _master_of(keys)
    salted = texts.join(keys, left_on="_party", right_on="party", how="left")
    closed = [
        ERASED
        if salt is None or master is None
        else Seal(master, organisation_id, who, salt).close(text)
        for who, text, salt in salted.select("_party", column, "salt").iter_rows()
    ]
    sealed = salted.select("_party", column, pl.Series("_sealed", closed, dtype=pl.String))
    return (
        charges.with_columns(party)
        .join(sealed, on=["_party", column], how="left", maintain_order="left")
        .with_columns(pl.col("_sealed").alias(column))
        .drop("_party", "_sealed")
    )


def _master_of(keys: pl.DataFrame) -> MasterKey | None:
    """Return the master key of these keys; None where all of them have been destroyed."""
    alive = keys.filter(pl.col("salt").is_not_null())
    return None if alive.is_empty() else master_key.right_key(alive["key_id"][0])
