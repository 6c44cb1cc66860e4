"""Erasure in the database: destroy a party's key, blank what may change, leave the books alone.

Whatever is frozen (documents, charges, events) names the party only in sealed text, and opens no
more. Every function but ``swept`` must run inside the caller's transaction.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection

from cleanbill.engine.tables import PRIVATE
from cleanbill.nouns.seal import ERASED, MARK
from cleanbill.store.models import (
    Charge,
    Customer,
    Exemption,
    Finding,
    FindingDecision,
    Organisation,
    PartyKey,
)
from cleanbill.store.outbox import forget
from cleanbill.store.tax_answers import forget_questions

_BLANKED = {**dict.fromkeys(PRIVATE), "name": ERASED, "blocked": True}
_SAID_OF_PARTIES = frozenset((*(f"customer_{column}" for column in PRIVATE), "tax_needed"))
"""Parameters of findings that repeat private columns of a customer."""


@dataclass(frozen=True, slots=True)
class LastBills:
    """The last bill of a kind that a party got: its issue date decides how long it is kept."""

    kind: str
    issued_on: date


def last_bills(organisation_id: int, party: str) -> list[LastBills]:
    """Return the latest issue date of each kind of bill of a party."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT kind, MAX(issue_date) FROM bill WHERE organisation_id = %s AND customer = %s "
            "GROUP BY kind ORDER BY kind",
            [organisation_id, party],
        )
        found = cursor.fetchall()
    return [
        LastBills(kind, date.fromisoformat(day) if isinstance(day, str) else day)
        for kind, day in found
    ]


def kept_in_clear(organisation_id: int, party: str) -> int:
    """Return how many frozen rows name the party in clear: written before there were keys."""
    # A party that has been erased before may have got a credit note since, which says so.
    documents = (
        "SELECT COUNT(*) FROM bill b JOIN document d ON d.bill_id = b.id "
        "WHERE b.organisation_id = %s AND b.customer = %s AND d.body NOT LIKE %s "
        "AND d.body NOT LIKE %s"
    )
    charges = (
        "SELECT COUNT(*) FROM charge c WHERE c.organisation_id = %s AND c.customer = %s "
        "AND ((c.ship_to NOT LIKE %s AND c.ship_to <> %s) "
        "OR (c.attributes NOT LIKE %s AND c.attributes <> %s))"
    )
    own, sealed = [organisation_id, party], [f"{MARK}%", ERASED]
    said = [f'%"sealed":"{MARK}%', f'%"name":"{ERASED}"%']
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT ({documents}) + ({charges})", [*own, *said, *own, *sealed, *sealed])
        return int(cursor.fetchone()[0])


def erase(
    organisation_id: int, party: str, key_id: str, at: datetime, by: str, reason: str
) -> None:
    """Destroy the party's key and blank the customer's row and what findings say of it.

    Waits for those who have counted on the keys (``party_keys.keep_keys``).
    """
    Organisation.objects.select_for_update(no_key=True).get(pk=organisation_id)
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            # What is overwritten must not linger in the pages of the file.
            cursor.execute("PRAGMA secure_delete = ON")
    PartyKey.objects.update_or_create(
        organisation_id=organisation_id,
        party=party,
        defaults={
            "salt": None,
            "block_hash": None,
            "sealed": None,
            "destroyed_at": at,
            "destroyed_by": by,
            "reason": reason,
        },
        create_defaults={
            "key_id": key_id,
            "destroyed_at": at,
            "destroyed_by": by,
            "reason": reason,
        },
    )
    Customer.objects.filter(organisation_id=organisation_id, customer=party).update(**_BLANKED)
    claims = Exemption.objects.filter(organisation_id=organisation_id, customer=party)
    claims.update(reason=None)
    claims.filter(certificate__isnull=False).update(certificate=ERASED)
    _blank_findings(organisation_id, party)
    said = FindingDecision.objects.filter(organisation_id=organisation_id, customer=party)
    said.exclude(text="").update(text=ERASED)
    forget_questions(organisation_id)
    forget(organisation_id, party)


def _blank_findings(organisation_id: int, party: str) -> None:
    """Take the party's data out of the parameters of findings, open and closed."""
    charges = Charge.objects.filter(organisation_id=organisation_id, customer=party)
    about = Finding.objects.filter(
        organisation_id=organisation_id, charge_id__in=charges.values("id")
    )
    for finding in about.only("id", "parameters"):
        facts = json.loads(finding.parameters)
        said = _SAID_OF_PARTIES & facts.keys()
        if said:
            facts |= {name: ERASED for name in said if facts[name] is not None}
            finding.parameters = json.dumps(facts, ensure_ascii=False, separators=(",", ":"))
            finding.save(update_fields=["parameters"])


def swept() -> None:
    """Let nothing of what was erased linger in free pages and logs; outside any transaction.

    SQLite: rewrite the file and empty the write-ahead log. PostgreSQL: remove dead rows; its
    archived write-ahead log and its backups are beyond reach from here.
    """
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("VACUUM")
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            return
        for table in (
            *("party_key", "customer", "exemption", "finding", "finding_decision", "tax_question"),
            *("outbox", "delivered_file"),
        ):
            cursor.execute(f"VACUUM {table}")
