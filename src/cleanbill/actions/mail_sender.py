"""From whom messages of an organisation come: name, address, where replies go."""

from __future__ import annotations

import os
from dataclasses import dataclass

from cleanbill.formats import mail
from cleanbill.store.companies import seller_of
from cleanbill.store.models import SellerRecord

_CONTACT = "the e-mail address of the seller's contact"


class NoSender(ValueError):
    """Nobody is named from whom messages could come, or what is named is no address.

    ``code`` is ``sender`` or ``wrong_sender``.
    """

    def __init__(self, said: str, code: str = "sender") -> None:
        super().__init__(said)
        self.code = code


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
            "Bills have no sender's address yet. Give the seller one on the page of the look of "
            "documents, or in the company file ([seller.contact] email) and run setup again, or "
            "set CLEANBILL_MAIL_FROM."
        )
    address = _right(given or own, "CLEANBILL_MAIL_FROM" if given else _CONTACT)
    return Sender(seller.name, address, _right(own, _CONTACT) if own else "")


def _right(address: str, where: str) -> str:
    try:
        return mail.deliverable(address)
    except mail.NoAddress as error:
        raise NoSender(f"Bills cannot be sent: {where}: {error}", "wrong_sender") from error
