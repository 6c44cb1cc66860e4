"""The outbox: what is put into it, which message a worker takes, what is archived with it.

A claim is one statement, so two workers never take the same message at once. It counts an attempt;
what a worker notes afterwards counts only while that attempt is still the last, so that one whose
lease has run out changes nothing any more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any

import polars as pl
from django.db import connection, transaction

from cleanbill.nouns.delivery import Standing
from cleanbill.nouns.seal import ERASED
from cleanbill.store import bulk
from cleanbill.store.models import BillLine, DeliveredFile, Message, PartyKey
from cleanbill.store.party_keys import seals_of
from cleanbill.store.sealing import BrokenSeal

FRESH: Mapping[str, Any] = {
    "bill_id": pl.Int64,
    "party": pl.String,
    "recipient": pl.String,
    "turn": pl.Int32,
}
"""What differs from message to message when they are put in; each has its ``message_id``, too."""


def put_in(
    organisation_id: int,
    fresh: pl.DataFrame,
    *,
    purpose: str,
    actor: str,
    reason: str,
    at: datetime,
) -> int:
    """Write messages, a row of FRESH with its ``message_id`` each, to be sent at once.

    Returns how many. Must run inside the caller's transaction. Raises IntegrityError where another
    has put the same in meanwhile.
    """
    moment = str(connection.ops.adapt_datetimefield_value(at))
    said = {"purpose": purpose, "actor": actor, "reason": reason, "state": str(Standing.QUEUED)}
    moments = {"next_try_at": moment, "asked_at": moment}
    rows = fresh.with_columns(
        pl.lit(organisation_id, dtype=pl.Int64).alias("organisation_id"),
        *(pl.lit(value).alias(name) for name, value in {**said, **moments, "answer": ""}.items()),
        *(pl.lit(0, dtype=pl.Int32).alias(name) for name in ("attempts", "doubts")),
    )
    return bulk.write("outbox", rows)


def newest(organisation_id: int, states: Sequence[str], before: int | None, most: int) -> list[int]:
    """Return the ids of the newest messages in these states, before an id if one is given.

    Each state is looked up by itself, so that few of one are found at once among many of another.
    """
    own = (
        "SELECT * FROM (SELECT id FROM outbox WHERE organisation_id = %s AND state = %s "
        f"{'' if before is None else 'AND id < %s '}ORDER BY id DESC LIMIT %s) AS s{{}}"
    )
    each = " UNION ALL ".join(own.format(place) for place in range(len(states)))
    behind = [] if before is None else [before]
    parameters = [value for state in states for value in (organisation_id, state, *behind, most)]
    with connection.cursor() as cursor:
        cursor.execute(f"{each} ORDER BY id DESC LIMIT %s", [*parameters, most])
        return [int(row[0]) for row in cursor.fetchall()]


def counted(organisation_id: int, kinds: Sequence[Sequence[str]], most: int) -> list[int]:
    """Return how many messages are in each of some kinds of states; counts end at ``most``."""
    asked, parameters = [], []
    for place, states in enumerate(kinds):
        among = ", ".join(["%s"] * len(states))
        asked.append(
            f"(SELECT COUNT(*) FROM (SELECT 1 FROM outbox WHERE organisation_id = %s "
            f"AND state IN ({among}) LIMIT %s) AS k{place})"
        )
        parameters += [organisation_id, *states, most]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(asked)}", parameters)
        return [int(number) for number in cursor.fetchone()]


def claim_message(
    now: datetime, lease_ends: datetime, organisation_id: int | None
) -> tuple[int, int] | None:
    """Take the message that has waited longest, of one organisation or of all.

    Returns its id and its organisation's, or None.
    """
    skipping = "" if connection.vendor == "sqlite" else " FOR UPDATE SKIP LOCKED"
    own = "" if organisation_id is None else "AND organisation_id = %s "
    scope = [] if organisation_id is None else [organisation_id]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE outbox SET state = '{Standing.CLAIMED}', attempts = attempts + 1, "
            "next_try_at = %s WHERE id = (SELECT id FROM outbox WHERE next_try_at IS NOT NULL "
            f"AND next_try_at <= %s {own}ORDER BY next_try_at, id LIMIT 1{skipping}) "
            "RETURNING id, organisation_id",
            [lease_ends, now, *scope],
        )
        row = cursor.fetchone()
    return None if row is None else (int(row[0]), int(row[1]))


def note(message: Message, **said: Any) -> bool:
    """Note what became of an attempt; return False where another has begun since."""
    own = Message.objects.filter(
        organisation_id=message.organisation_id,
        pk=message.pk,
        attempts=message.attempts,
        state=Standing.CLAIMED,
    )
    return bool(own.update(**said))


def credited_some(organisation_id: int, bills: Sequence[int]) -> set[int]:
    """Return those of these bills, whose ids stand in their order, that a credit note speaks of."""
    if not bills:
        return set()
    lines = BillLine.objects.filter(
        organisation_id=organisation_id, credits_bill_id__range=(bills[0], bills[-1])
    )
    return set(lines.values_list("credits_bill_id", flat=True).distinct())


def credited_whole(organisation_id: int, bill_id: int) -> bool:
    """Tell whether every line of a bill has been taken back completely by credit notes."""
    lines = BillLine.objects.filter(organisation_id=organisation_id, bill_id=bill_id)
    billed = dict(lines.values_list("line", "quantity_e6"))
    back = BillLine.objects.filter(organisation_id=organisation_id, credits_bill_id=bill_id)
    for line, quantity in back.values_list("credits_line", "quantity_e6"):
        billed[line] = billed.get(line, 0) - quantity
    return bool(billed) and not any(billed.values())


def archived(organisation_id: int, bill_id: int) -> DeliveredFile | None:
    """Return the file that was first delivered with a bill, if any was."""
    own = DeliveredFile.objects.filter(organisation_id=organisation_id, bill_id=bill_id)
    return own.defer("content").order_by("id").first()


def archive(
    organisation_id: int,
    bill_id: int,
    party: str,
    content: bytes,
    *,
    name: str,
    kind: str,
    at: datetime,
) -> int:
    """Keep a file under the hash of its bytes, sealed for its party; return the row's id.

    The same bytes for the same bill are kept once. The party must have a key. Raises BrokenSeal
    where that has been destroyed, MasterKeyError. Must run inside the caller's transaction.
    """
    # Whoever erases the party meanwhile waits for this row, or this for them.
    PartyKey.objects.select_for_update().filter(
        organisation_id=organisation_id, party=party
    ).first()
    seal = seals_of(organisation_id, pl.Series([party], dtype=pl.String)).get(party)
    if seal is None:
        raise BrokenSeal(f"party {party!r} has no key that a file could be sealed under")
    row, _ = DeliveredFile.objects.get_or_create(
        organisation_id=organisation_id,
        bill_id=bill_id,
        sha256=sha256(content).hexdigest(),
        defaults={
            "party": party,
            "name": name,
            "kind": kind,
            "size": len(content),
            "content": seal.close_bytes(content),
            "at": at,
        },
    )
    return int(row.pk)


def content_of(organisation_id: int, file_id: int) -> bytes:
    """Return the bytes of an archived file as they were delivered.

    Raises LookupError where it is gone, BrokenSeal, MasterKeyError.
    """
    row = DeliveredFile.objects.filter(organisation_id=organisation_id, pk=file_id).first()
    if row is None:
        raise LookupError("this file is not in the archive; was its customer erased?")
    return opened(row)


def opened(row: DeliveredFile) -> bytes:
    """Return the bytes of an archived file. Raises BrokenSeal, MasterKeyError."""
    seal = seals_of(row.organisation_id, pl.Series([row.party], dtype=pl.String)).get(row.party)
    if seal is None:
        raise BrokenSeal(f"the key of party {row.party!r} is gone, and with it the file {row.name}")
    return seal.open_bytes(bytes(row.content))


def doubt_everything() -> None:
    """Send nothing by itself any more of what waits, in all organisations: it may have been sent.

    That is so after a backup was restored, which may be older than the outbox. A person decides,
    message by message.
    """
    if Message._meta.db_table not in connection.introspection.table_names():
        return
    waiting = Message.objects.filter(next_try_at__isnull=False)
    waiting.update(
        state=Standing.UNKNOWN,
        next_try_at=None,
        answer="restored from a backup: it may have been sent since that was made",
    )


def forget(organisation_id: int, party: str) -> None:
    """Erase what the outbox says of a party: no message goes out any more, no file stays."""
    own = Message.objects.filter(organisation_id=organisation_id, party=party)
    own.filter(next_try_at__isnull=False).update(state=Standing.WITHDRAWN, next_try_at=None)
    own.update(recipient=ERASED, answer="", file_id=None)
    own.exclude(reason="").update(reason=ERASED)
    DeliveredFile.objects.filter(organisation_id=organisation_id, party=party).delete()
