"""Laws of what leaves the house: messages, and the files that were delivered with them."""

from __future__ import annotations

from cleanbill.nouns.delivery import DONE_WITHOUT, WAITING, Standing
from cleanbill.nouns.seal import ERASED
from cleanbill.store.laws.law import Law, bill_named


def _listed(states: tuple[Standing, ...]) -> str:
    return ", ".join(f"'{state}'" for state in states)


_NEVER = _listed((Standing.SENT, *DONE_WITHOUT))
OUTBOX: tuple[Law, ...] = (
    Law(
        "OUTBOX",
        "A message is in a known state; it waits only where it may still be sent; one that was "
        "sent says when and with which file.",
        "SELECT 'message ' || id FROM outbox WHERE organisation_id = %s "
        f"AND (state NOT IN ({_listed(tuple(Standing))}) "
        f"OR (state IN ({_listed(WAITING)}) AND next_try_at IS NULL) "
        f"OR (state IN ({_NEVER}) AND next_try_at IS NOT NULL) "
        f"OR (state = '{Standing.SENT}') <> (sent_at IS NOT NULL) "
        f"OR (state = '{Standing.SENT}' AND file_id IS NULL AND recipient <> '{ERASED}'))",
    ),
    Law(
        "OUTBOX-FILE",
        "Every message about a bill brings the file that was delivered first, of that bill.",
        f"SELECT {bill_named('m.bill_id')} FROM outbox m LEFT JOIN delivered_file f "
        "ON f.id = m.file_id WHERE m.organisation_id = %s AND m.file_id IS NOT NULL "
        "AND (f.id IS NULL OR f.organisation_id <> m.organisation_id OR f.bill_id <> m.bill_id "
        "OR f.party <> m.party OR EXISTS (SELECT 1 FROM delivered_file e "
        "WHERE e.organisation_id = m.organisation_id AND e.bill_id = m.bill_id AND e.id < f.id))",
    ),
    Law(
        "ERASED",
        "Of a party whose key is destroyed, no message says where it went, and no file is left.",
        "SELECT 'message ' || m.id FROM outbox m JOIN party_key k "
        "ON k.organisation_id = m.organisation_id AND k.party = m.party "
        f"WHERE m.organisation_id = %s AND k.salt IS NULL AND m.recipient <> '{ERASED}' "
        "UNION ALL SELECT 'delivered_file ' || f.id FROM delivered_file f JOIN party_key k "
        "ON k.organisation_id = f.organisation_id AND k.party = f.party "
        "WHERE f.organisation_id = %s AND k.salt IS NULL",
    ),
)


def sent_laws(vendor: str) -> tuple[Law, ...]:
    """Return the law that looks into events, in a database's own JSON words."""
    number = "CAST(after ->> 'message' AS BIGINT)"
    if vendor == "sqlite":
        number = "CASE WHEN json_valid(after) THEN json_extract(after, '$.message') END"
    return (
        Law(
            "EVENT-SENT",
            "Every message that was sent has its event, and is still there as one that was sent.",
            f"SELECT 'message ' || m.id FROM outbox m LEFT JOIN (SELECT DISTINCT {number} AS id "
            "FROM event WHERE organisation_id = %s AND action = 'bill.sent') e ON e.id = m.id "
            f"WHERE m.organisation_id = %s AND m.state = '{Standing.SENT}' AND e.id IS NULL "
            f"UNION ALL SELECT 'message ' || e.id FROM (SELECT {number} AS id FROM event "
            "WHERE organisation_id = %s AND action = 'bill.sent') e LEFT JOIN outbox m "
            f"ON m.id = e.id AND m.organisation_id = %s AND m.state = '{Standing.SENT}' "
            "WHERE m.id IS NULL",
        ),
    )
