"""Where bills of customers go by e-mail, or why they cannot."""

from __future__ import annotations

from cleanbill.actions.access import Actor
from cleanbill.formats import mail
from cleanbill.store.models import Customer, PartyKey

WHY = {
    "cash": "it is a cash sale, without a customer to write to",
    "erased": "the personal data of {customer} have been erased",
    "missing": "{customer} has no e-mail address; add one to the customer and send again",
    "wrong": "{customer}: “{email}” is no e-mail address; correct the customer and send again",
    "credited": "it has been credited in full; send it again with a reason if it is still wanted",
}
"""Why a bill cannot be sent, by code, and what to do about it."""


class Addresses:
    """The addresses of some customers of the actor's organisation, read at once."""

    def __init__(self, actor: Actor, customers: set[str]) -> None:
        """Read them."""
        own = Customer.objects.filter(organisation_id=actor.organisation_id, customer__in=customers)
        gone = PartyKey.objects.filter(
            organisation_id=actor.organisation_id, party__in=customers, salt=None
        )
        self._emails = dict(own.values_list("customer", "email"))
        self._erased = set(gone.values_list("party", flat=True))

    def of(self, customer: str | None) -> tuple[str, str]:
        """Return a customer's address and nothing, or nothing and a code of WHY."""
        if customer is None:
            return "", "cash"
        if customer in self._erased:
            return "", "erased"
        email = self.entered(customer)
        if not email:
            return "", "missing"
        try:
            return mail.deliverable(email), ""
        except mail.NoAddress:
            return "", "wrong"

    def entered(self, customer: str | None) -> str:
        """Return what the master data say, whether it is an address or not."""
        return (self._emails.get(customer or "") or "").strip()

    def told(self, customer: str | None, code: str) -> str:
        """Return a code of WHY as a sentence about a customer."""
        return WHY[code].format(customer=customer, email=self.entered(customer)[:100])
