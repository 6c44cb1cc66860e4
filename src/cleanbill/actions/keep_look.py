"""Keep the look of documents: what people change of it on a page, and see before they keep it.

A look holds for documents that are issued from then on. Issued ones say what they said: each
carries the seller as it was. The company file says how a look begins; what a page has changed since
stays until the file says something new about it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import transaction

from cleanbill.actions import look_up
from cleanbill.actions.access import Actor, action
from cleanbill.actions.keep_master import REASON_MOST, Overwritten
from cleanbill.actions.made_up_bill import made_up_bill
from cleanbill.formats import bill_json, pdf
from cleanbill.nouns.look import MOST, Look, Problem, dressed, look_of, problems, tidied
from cleanbill.nouns.seller import Seller
from cleanbill.store import faults
from cleanbill.store.companies import seller_json, seller_of
from cleanbill.store.models import Bill, Event, Organisation, SellerRecord
from cleanbill.store.retries import persistently

KINDS = ("invoice", "credit_note")
MOST_LINES = 10
"""Lines of the longest bill that a preview shows, so that it stays one page and quick."""
_LOOKED_AT = 50
_PARTS = ("accent", "initials", "tagline", "website", "contact", "legal")
"""What a document says of a look, in its block of the seller."""


class NoSuchSeller(LookupError):
    """The organisation has no seller of that key."""


class Unfit(ValueError):
    """A look that cannot be kept; ``problems`` are by field."""

    def __init__(self, found: Mapping[str, Problem]) -> None:
        told = "; ".join(f"{name}: {problem}" for name, problem in found.items())
        super().__init__(f"the look of documents cannot be so: {told}")
        self.problems = dict(found)


@dataclass(frozen=True, slots=True)
class Seen:
    """The look in force: its seller, its texts by field, and a mark that changes with them."""

    key: str
    name: str
    language: str
    look: Look
    mark: str


@dataclass(frozen=True, slots=True)
class Preview:
    """The first page of a document in another look; ``number`` is empty for a made-up one."""

    picture: bytes
    number: str
    problems: dict[str, Problem]


@action("company.set_up")
def look(actor: Actor, key: str) -> Seen:
    """Return the look of a seller's documents. Raises NoSuchSeller."""
    seller = seller_of(_record(actor, key).profile)
    now = look_of(seller)
    return Seen(seller.key, seller.name, seller.language, now, _mark(now))


@action("company.set_up")
def preview_look(
    actor: Actor, key: str, texts: Mapping[str, str], *, kind: str, language: str
) -> Preview:
    """Show a document in the look that the texts say, and keep nothing.

    It is the seller's latest of its kind that is short, or a made-up one. A field that cannot be
    kept shows what is in force. Raises NoSuchSeller; ValueError for an unknown kind or language.
    """
    if kind not in KINDS or language not in pdf.LANGUAGES:
        raise ValueError(
            f"a preview is of {' or '.join(KINDS)}, in {' or '.join(pdf.LANGUAGES)}; "
            f"not of {kind!r} in {language!r}"
        )
    record = _record(actor, key)
    seller, asked = seller_of(record.profile), tidied(texts)
    wrong = problems(asked)
    now = look_of(seller)
    shown = dressed(seller, {**asked, **{name: now[name] for name in wrong}})
    number = _latest(record, kind)
    if number:
        document = look_up.document(actor, number)
    else:
        document = made_up_bill(seller, kind, language, datetime.now(UTC).date())
    block = bill_json.seller_block(shown)
    own = {name: part for name, part in document["seller"].items() if name not in _PARTS}
    own |= {name: block[name] for name in _PARTS if name in block}
    picture = pdf.picture({**document, "language": language, "seller": own})
    return Preview(picture, number, wrong)


@action("company.set_up")
def keep_look(
    actor: Actor, key: str, texts: Mapping[str, str], *, reason: str, seen: str | None = None
) -> tuple[str, ...]:
    """Keep the look of a seller's documents, with an event; return the fields that changed.

    ``seen`` is the mark of the look that whoever changes it has looked at. Raises NoSuchSeller;
    Unfit; Overwritten where ``seen`` no longer holds; ValueError without a reason.
    """
    asked = tidied(texts)
    wrong = problems(asked)
    if wrong:
        raise Unfit(wrong)
    if not reason.strip():
        raise ValueError("say why: whoever reads this later was not there")
    changed = persistently(lambda: _kept(actor, key, asked, reason.strip()[:REASON_MOST], seen))
    faults.committed("seller")
    return changed


@transaction.atomic
def _kept(actor: Actor, key: str, asked: Look, cause: str, seen: str | None) -> tuple[str, ...]:
    record = _record(actor, key, locked=True)
    seller = seller_of(record.profile)
    before = look_of(seller)
    if seen is not None and seen != _mark(before):
        raise Overwritten(
            "the look has been changed by somebody else, or by the company file, since you opened "
            "it; look at what it is now, then change it"
        )
    changed = tuple(name for name in before if before[name] != asked[name])
    if not changed:
        return changed
    with faults.write("seller.look"):
        SellerRecord.objects.filter(organisation_id=actor.organisation_id, pk=record.pk).update(
            profile=seller_json(dressed(seller, asked))
        )
        Event.objects.create(
            organisation_id=actor.organisation_id,
            at=datetime.now(UTC),
            actor=actor.name,
            action="seller.look_changed",
            subject=key,
            before={name: before[name] for name in changed},
            after={name: asked[name] for name in changed},
            cause=cause,
        )
    return changed


@action("company.set_up")
def kept_at_set_up(actor: Actor) -> tuple[str, ...]:
    """Return the fields of the look that the latest set-up left as a page has them."""
    slug = Organisation.objects.get(pk=actor.organisation_id).slug
    kept = (_said(actor.organisation_id, slug) or {}).get("kept", {})
    return tuple(name for name in MOST if name in kept)


def with_kept_look(organisation_id: int, slug: str, said: Seller) -> tuple[Seller, Look]:
    """Return the seller of a company file with what a page has changed of it, and what that is.

    A field stays as the page has it where the file says what it said at the last set-up; what the
    file says anew holds. To be called in the transaction that sets the company up.
    """
    own = SellerRecord.objects.filter(organisation_id=organisation_id, key=said.key)
    stored = own.select_for_update(no_key=True).first()
    last = _said(organisation_id, slug)
    if stored is None or last is None:
        return said, {}
    now, new = look_of(seller_of(stored.profile)), look_of(said)
    old = look_of(seller_of(last["seller"]))
    kept = {name: now[name] for name in now if new[name] == old[name] != now[name]}
    return (dressed(said, {**new, **kept}), kept) if kept else (said, {})


def _said(organisation_id: int, slug: str) -> dict[str, Any] | None:
    """What the company file said last."""
    events = Event.objects.filter(
        organisation_id=organisation_id, subject=slug, action="company.set_up"
    )
    return events.order_by("-id").values_list("after", flat=True).first()


def _record(actor: Actor, key: str, *, locked: bool = False) -> SellerRecord:
    known = SellerRecord.objects.select_for_update(no_key=True) if locked else SellerRecord.objects
    found = known.filter(organisation_id=actor.organisation_id, key=key).first()
    if found is None:
        raise NoSuchSeller(f"there is no seller {key[:100]!r}")
    return found


def _mark(now: Look) -> str:
    return hashlib.sha256(json.dumps(now, sort_keys=True).encode()).hexdigest()[:32]


def _latest(record: SellerRecord, kind: str) -> str:
    """Return the number of the latest short bill of a kind, or nothing."""
    bills = Bill.objects.filter(
        organisation_id=record.organisation_id, seller_id=record.pk, kind=kind
    )
    latest = bills.order_by("-issue_date", "-id").values_list("number", "line_count")
    short = (number for number, lines in latest[:_LOOKED_AT] if lines <= MOST_LINES)
    return next(short, "")
