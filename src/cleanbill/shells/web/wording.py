"""Findings in the reader's language: the text from the catalogue of words, its facts set in.

The English texts are those of the checks; translations stand in ``words/checks``, each under the
code of its check. Facts are kept as plain text of a declared kind, so that a day or an amount reads
as one reads it in that language.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from babel.dates import format_skeleton
from babel.numbers import format_decimal
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext_lazy as _

from cleanbill.cycle.verify.catalogue import BY_CODE
from cleanbill.nouns.finding import Kind, rendered
from cleanbill.shells.web.languages import locale

ACCOUNTS = {
    "receivable": _("Receivable"),
    "revenue": _("Revenue"),
    "tax_payable": _("Tax payable"),
    "rounding": _("Rounding"),
    "tax_withheld": _("Tax withheld"),
}
HAPPENINGS = {
    "bills.issued": _("Bills issued"),
    "bill.credited": _("Credited"),
    "bill.sending": _("Queued for sending"),
    "bill.sent": _("Sent by e-mail"),
    "bill.refused": _("Refused by the mail server"),
    "bill.given_up": _("Sending given up"),
    "bill.withdrawn": _("Message withdrawn"),
    "bill.unanswered": _("Sent without an answer"),
    "run.sending": _("Bills queued for sending"),
    "charges.drawn": _("Charges drawn from terms"),
    "company.set_up": _("Company set up"),
    "seller.look_changed": _("Look of documents changed"),
    "member.let_in": _("Somebody let in"),
    "member.changed": _("Role changed"),
    "customer.changed": _("Customer changed"),
    "item.changed": _("Item changed"),
    "agreement.changed": _("Agreement changed"),
    "exemption.changed": _("Exemption changed"),
    "party.erased": _("Personal data erased"),
    "plans.imported": _("Price plans imported"),
    "run.paused": _("Run paused"),
    "run.requeued": _("Run goes on"),
}
"""What events are called; one without words shows its own name."""
FILES = {
    "charges": _("Charges"),
    "customers": _("Customers"),
    "items": _("Items"),
    "prices": _("Prices"),
    "agreements": _("Agreements"),
    "orders": _("Purchase orders"),
    "coupons": _("Coupons"),
    "retainers": _("Retainers"),
    "redemptions": _("Redemptions of coupons"),
    "recurring": _("Recurring terms"),
    "bundles": _("Bundles"),
    "exemptions": _("Tax exemptions"),
    "spend": _("Commitments to spend"),
    "milestones": _("Milestones"),
    "progress": _("Contracts by progress"),
    "claims": _("Claims of progress"),
    "releases": _("Releases"),
    "old_bills": _("Bills of the system before"),
    "open_items": _("Open items of the system before"),
}
"""What kinds of files are called."""
STANDINGS = {
    "queued": _("Waits"),
    "claimed": _("Is being sent"),
    "sent": _("Sent"),
    "accepted_unknown": _("No answer"),
    "failed": _("Refused"),
    "given_up": _("Given up"),
    "withdrawn": _("Withdrawn"),
}
"""Where a message stands."""
REMEDIES = {
    "queued": _("Nothing to do: it is tried again by itself."),
    "claimed": _("Nothing to do: it is tried again by itself."),
    "sent": "",
    "accepted_unknown": _("Ask the customer; send it again if it did not come."),
    "failed": _("Correct the customer's address, then send it."),
    "given_up": _("Find out what is wrong with the server, then send it."),
    "withdrawn": _("Nothing went out. The answer says why."),
}
"""What to do about a message."""
UNSENT = {
    "cash": _("A cash sale: there is no customer to write to."),
    "erased": _("The customer's personal data have been erased."),
    "missing": _("The customer has no e-mail address. Add one to the customer, then send."),
    "wrong": _("The customer's e-mail address is none. Correct the customer, then send."),
    "credited": _("Credited in full. Send it from its page, with a reason, if it is still wanted."),
    "sender": _(
        "Bills have no sender's address yet. Give the seller a contact with an e-mail address, or "
        "set CLEANBILL_MAIL_FROM."
    ),
    "wrong_sender": _(
        "The sender's address is no e-mail address. Correct CLEANBILL_MAIL_FROM, or the address of "
        "the seller's contact."
    ),
}
"""Why a bill cannot be sent, and what to do."""
LOOK_PROBLEMS = {
    "colour": _("Expected # and six of the digits 0 to 9 and letters a to f, as in #1f4e3d."),
    "long": _("At most %(most)s letters fit, but it has %(has)s."),
    "lines": _("At most %(most)s lines fit at the foot, but there are %(has)s."),
    "letters": _("It has letters that cannot be seen or printed. Type it again."),
    "email": _("Expected an e-mail address, as in accounts@example.com."),
}
"""What is wrong with a field of the look of documents."""
NOT_AGAIN = {
    "waits": _("It waits to be sent already. The outbox says since when."),
    "sent": _("It has been sent already. To send it again, say why."),
    "doubtful": _("It may have been sent already. To send it again, say why."),
    "reason": _("To send it again, say why."),
}
"""Why a bill is not sent once more, and what to do."""
STAGES = {
    "Drafting": _("Drafting"),
    "Drawing from terms": _("Drawing from terms"),
    "Importing": _("Importing"),
    "Looking at bills": _("Looking at bills"),
    "Reading bills": _("Reading bills"),
    "Reading charges": _("Reading charges"),
    "Reading the file": _("Reading the file"),
    "Rendering": _("Rendering"),
    "Verifying charges": _("Verifying charges"),
    "Writing messages": _("Writing messages"),
}
"""What a job is at; a stage without words shows its own name."""


def title(code: str) -> str:
    """Return what a check finds, in a few words."""
    return pgettext(code, BY_CODE[code].title)


def reason(code: str, facts: Mapping[str, Any]) -> str:
    """Return why a row is wrong, as a sentence."""
    return _told(code, BY_CODE[code].reason, facts)


def repair(code: str, facts: Mapping[str, Any]) -> str:
    """Return what to do about it, as a sentence."""
    return _told(code, BY_CODE[code].repair, facts)


def _told(code: str, text: str, facts: Mapping[str, Any]) -> str:
    kinds = BY_CODE[code].parameters
    shown = {name: _shown(value, kinds.get(name, Kind.TEXT)) for name, value in facts.items()}
    return rendered(pgettext(code, text), shown)


def _shown(value: Any, kind: Kind) -> Any:
    """A fact in the reader's manner; what does not read as its kind stays as it was kept."""
    if value is None:
        return None
    try:
        if kind is Kind.DATE:
            return format_skeleton("yMMMd", date.fromisoformat(str(value)), locale=locale())
        if kind is Kind.TEXT:
            return _apart(str(value))
        number = Decimal(str(value))
    except (ValueError, InvalidOperation):
        return _apart(str(value))
    if not number.is_finite():
        return str(value)
    decimals = max(0, -int(number.as_tuple().exponent))
    pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
    return format_decimal(number, format=pattern, locale=locale(), decimal_quantization=False)


def _apart(text: str) -> str:
    """Text of the books inside a sentence that runs from right to left: it keeps its own way."""
    return f"\u2068{text}\u2069" if get_language() == "ar" else text
