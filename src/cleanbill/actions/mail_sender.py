"""From whom messages of an organisation come: name, address, where replies go."""

from __future__ import annotations

import os
from dataclasses import dataclass

from cleanbill.formats import mail
from cleanbill.store.companies import seller_of
from cleanbill.store.models import SellerRecord


class NoSender(ValueError):
    """Nobody is named from whom messages could come."""


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sends; ``reply_to`` is empty where replies go to the address itself."""

    name: str
    address: str
    reply_to: str


def sender_of(organisation_id: int) -> Sender:
    """Return who sends the bills of an organisation.

    ``CLEANBILL_MAIL_FROM`` names the address for all of an installation; without it the seller's
    contact is the sender. Raises NoSender where there is neither, or what is there is no address.
    """
    seller = seller_of(SellerRecord.objects.get(organisation_id=organisation_id).profile)
    own = seller.contact.email
    given = os.environ.get("CLEANBILL_MAIL_FROM", "")
    if not given and not own:
        raise NoSender(
            "Bills have no sender's address yet. Give the seller one in the company file "
            "([seller.contact] email) and run setup again, or set CLEANBILL_MAIL_FROM."
        )
    try:
        address = mail.deliverable(given or own)
        return Sender(seller.name, address, mail.deliverable(own) if own else "")
    except mail.NoAddress as error:
        raise NoSender(f"Bills cannot be sent from this address: {error}") from error
