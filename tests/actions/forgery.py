"""What somebody with all the database's keys would do: change the past and mend the chain."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection
from tests.store.contents import execute, value

from cleanbill.ledger import entry_texts
from cleanbill.store import archive, immutability
from cleanbill.store.chain import GENESIS, linked, text_hash


@contextmanager
def unguarded() -> Iterator[None]:
    """Switch triggers, foreign keys and checks off; then put all that guards the books back."""
    embedded = connection.vendor == "sqlite"
    _switched("OFF", "ON", "replica")
    for name in _triggers() if embedded else ():
        execute(f"DROP TRIGGER {name}")
    yield
    immutability.install(connection)
    _switched("ON", "OFF", "DEFAULT")


def _switched(keys: str, unchecked: str, role: str) -> None:
    if connection.vendor == "sqlite":
        execute(f"PRAGMA foreign_keys = {keys}")
        execute(f"PRAGMA ignore_check_constraints = {unchecked}")
    else:
        execute(f"SET session_replication_role = {role}")


def _triggers() -> Iterator[str]:
    for table in immutability.FROZEN:
        yield from immutability.trigger_names(table)


def forged(number: str, old: str, new: str) -> None:
    """Change a document and make every hash and link of its series fit again."""
    with unguarded():
        execute(
            "UPDATE document SET body = REPLACE(body, %s, %s) "
            "WHERE bill_id = (SELECT id FROM bill WHERE number = %s)",
            *(old, new, number),
        )
        mended(value("SELECT series_id FROM bill WHERE number = %s", number))


def mended(series: int) -> None:
    """Make every hash and link of a series, and its head, fit what documents and postings say."""
    organisation = value("SELECT organisation_id FROM series WHERE id = %s", series)
    (stretch,) = archive.stretches(organisation, series)
    bills = archive.bills_of(stretch)
    entries = entry_texts(archive.postings_of(stretch), "bill_id").rename({"bill_id": "id"})
    texts = bills.join(entries, on="id", how="left", maintain_order="left")
    pairs = zip(texts["body"].to_list(), texts["entry"].to_list(), strict=True)
    hashes = [(text_hash(body), text_hash(entry)) for body, entry in pairs]
    made = list(zip((own for own, _ in hashes), linked(GENESIS, hashes), strict=True))
    for key, (own, link) in zip(bills["id"].to_list(), made, strict=True):
        execute("UPDATE bill SET document_hash = %s, chain_hash = %s WHERE id = %s", own, link, key)
    execute("UPDATE series SET chain_head = %s WHERE id = %s", made[-1][1], series)
    last = bills["sequence"].max()
    execute("UPDATE series SET next_sequence = %s WHERE id = %s", last + 1, series)
