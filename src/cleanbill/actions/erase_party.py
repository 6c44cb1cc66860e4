"""Erase a party: destroy its key, blank its row; or say until when the law keeps it from that.

The books stay: numbers, amounts, postings and hashes are untouched, and the reference remains.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from django.db import transaction

from cleanbill.actions.access import Actor, action
from cleanbill.actions.seal_parties import provided_key
from cleanbill.nouns.retention import last_day, retention
from cleanbill.store import erasing, erasure_journal, faults
from cleanbill.store.companies import seller_of
from cleanbill.store.models import (
    Bill,
    Charge,
    Customer,
    ErasureRequest,
    Event,
    LegalHold,
    Organisation,
    PartyKey,
    SellerRecord,
)
from cleanbill.store.party_keys import used_master


class NoSuchParty(LookupError):
    """No customer of this organisation has the reference."""

    def __init__(self, party: str) -> None:
        super().__init__(f"there is no customer {party} here; check the reference")


class KeptInClear(ValueError):
    """Frozen rows name the party in clear: they were written before parties had keys."""


@dataclass(frozen=True, slots=True)
class Erasure:
    """What became of a request: done, or kept until ``due_on``, because of ``why``."""

    party: str
    done: bool
    due_on: date | None = None
    why: str = ""


@action("parties.erase")
def erase_party(actor: Actor, party: str, *, reason: str, today: date) -> Erasure:
    """Erase a customer's data now, or keep the request until the law allows it.

    Refused while a legal hold is set or a bill must still be kept; then the request waits, and
    ``erase_due`` carries it out. Raises NoSuchParty, KeptInClear, MasterKeyError.
    """
    with transaction.atomic():
        require_known(actor.organisation_id, party)
        answer = _against(actor.organisation_id, party, today)
        if answer.done:
            _erase(actor, party, reason)
        else:
            due = answer.due_on or today
            ErasureRequest.objects.update_or_create(
                organisation_id=actor.organisation_id,
                party=party,
                done_at=None,
                defaults={"due_on": due, "law": answer.why[:300], "reason": reason},
                create_defaults={
                    "due_on": due,
                    "law": answer.why[:300],
                    "reason": reason,
                    "asked_at": datetime.now(UTC),
                    "asked_by": actor.name,
                },
            )
    if answer.done:
        faults.committed("erase")
        erasing.swept()
    return answer


@action("parties.erase")
def erase_due(actor: Actor, *, today: date) -> list[Erasure]:
    """Carry out the requests that have fallen due; one that is still barred gets its new date."""
    waiting = ErasureRequest.objects.filter(
        organisation_id=actor.organisation_id, done_at=None, due_on__lte=today
    )
    answers = []
    for request in waiting.order_by("due_on", "id"):
        with transaction.atomic():
            answer = _against(actor.organisation_id, request.party, today)
            if answer.done:
                _erase(actor, request.party, request.reason)
            elif answer.due_on:
                request.due_on, request.law = answer.due_on, answer.why[:300]
                request.save()
        answers.append(answer)
    if any(answer.done for answer in answers):
        erasing.swept()
    return answers


@action("parties.erase")
def erase_again(actor: Actor, *, journal: Path | None = None) -> list[str]:
    """Erase again what the journal says was erased, after an old backup was restored.

    The journal lies beside the master key. Nothing is asked of holds and retention: that was
    settled when it was erased first. Returns the parties whose data had come back.
    """
    slug = Organisation.objects.get(pk=actor.organisation_id).slug
    noted = erasure_journal.entries(journal or erasure_journal.journal_file())
    again = []
    for entry in noted:
        if entry.organisation != slug or _is_erased(actor.organisation_id, entry.party):
            continue
        with transaction.atomic():
            why = f"{entry.reason} (erased on {entry.at[:10]}; again after a restore)"
            _erase(actor, entry.party, why, noted=True)
        again.append(entry.party)
    if again:
        erasing.swept()
    return again


@action("parties.erase")
def waiting(actor: Actor) -> list[ErasureRequest]:
    """Return the requests for erasure that wait for their day, the nearest first."""
    found = ErasureRequest.objects.filter(organisation_id=actor.organisation_id, done_at=None)
    return list(found.order_by("due_on", "id"))


def require_known(organisation_id: int, party: str) -> None:
    """Raise NoSuchParty unless something is about the party: master data, a charge or a bill."""
    if not any(
        table.objects.filter(organisation_id=organisation_id, customer=party).exists()
        for table in (Customer, Charge, Bill)
    ):
        raise NoSuchParty(party)


def _is_erased(organisation_id: int, party: str) -> bool:
    return PartyKey.objects.filter(organisation_id=organisation_id, party=party, salt=None).exists()


def _against(organisation_id: int, party: str, today: date) -> Erasure:
    """Return whether the party may be erased today; if not, from when, and what stands against."""
    holds = LegalHold.objects.filter(organisation_id=organisation_id, party=party, released_at=None)
    hold = holds.first()
    if hold:
        why = (
            f"a legal hold has been set by {hold.set_by} on {hold.set_at:%Y-%m-%d} "
            f"({hold.reason}); release it first: cleanbill hold {party} --release --reason …"
        )
        return Erasure(party, False, None, why)
    profile = SellerRecord.objects.get(organisation_id=organisation_id).profile
    seller = seller_of(profile)
    kept = []
    for last in erasing.last_bills(organisation_id, party):
        rule = retention(seller.address.country, last.kind, today)
        until = last_day(rule, last.issued_on, seller.business_year_end)
        kept.append((until, f"a bill of {last.issued_on} must be kept until {until}: {rule.law}"))
    until, why = max(kept, default=(date.min, ""))
    if until >= today:
        return Erasure(party, False, until + timedelta(1), why)
    clear = erasing.kept_in_clear(organisation_id, party)
    if clear:
        raise KeptInClear(
            f"{clear} issued documents or charges of {party} were written before parties had keys, "
            "and say in clear who it is. They never change, so this party cannot be erased."
        )
    return Erasure(party, True)


def _erase(actor: Actor, party: str, reason: str, *, noted: bool = False) -> None:
    now = datetime.now(UTC)
    # The master key itself is not needed: what has been lost can still be erased.
    key_id = used_master() or provided_key().key_id
    with faults.write("erase.key"):
        erasing.erase(actor.organisation_id, party, key_id, now, actor.name, reason)
    with faults.write("erase.event"):
        ErasureRequest.objects.filter(
            organisation_id=actor.organisation_id, party=party, done_at=None
        ).update(done_at=now)
        Event.objects.create(
            organisation_id=actor.organisation_id,
            at=now,
            actor=actor.name,
            action="party.erased",
            subject=party,
            cause=reason,
        )
    if not noted:
        # Before the commit: an entry without its erasure is carried out by `erase --again`, an
        # erasure without its entry would be lost with the next restore.
        slug = Organisation.objects.get(pk=actor.organisation_id).slug
        entry = erasure_journal.Entry(slug, party, now.isoformat(), actor.name, reason)
        with faults.write("erase.journal"):
            erasure_journal.note(entry)
