"""Look at a claimed message once more: is the bill still to be sent, and to this address?"""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from cleanbill.formats import mail
from cleanbill.store import outbox
from cleanbill.store.models import Bill, Customer, Message, PartyKey


@dataclass(frozen=True, slots=True)
class Doomed:
    """Why a message is not sent; with ``address``, where the bill goes instead."""

    why: str
    address: str = ""
    message_id: str = ""


def doomed(message: Message) -> Doomed | None:
    """Return why a message must not go out any more, or None when it may."""
    own = {"organisation_id": message.organisation_id}
    if not Bill.objects.filter(**own, pk=message.bill_id).exists():
        return Doomed("the bill is not there")
    if PartyKey.objects.filter(**own, party=message.party, salt=None).exists():
        return Doomed("the customer's personal data have been erased")
    if message.turn == 0 and outbox.credited_whole(message.organisation_id, message.bill_id):
        # Who asks again after that wants the paper all the same.
        return Doomed("the bill has been credited in full since")
    emails = Customer.objects.filter(**own, customer=message.party).values_list("email", flat=True)
    email = (emails.first() or "").strip()
    if not email:
        return Doomed("the customer has no e-mail address any more")
    try:
        address = mail.deliverable(email)
    except mail.NoAddress as error:
        return Doomed(str(error))
    if address != message.recipient:
        token = f"<{secrets.token_hex(16)}@{mail.domain_of(message.message_id.strip('<>'))}>"
        return Doomed(f"the customer's address is {address} now; sent there", address, token)
    return None
