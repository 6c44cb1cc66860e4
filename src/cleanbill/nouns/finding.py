"""Findings: what a check has to say about a charge, a draft or a master-data row.

A *check* is declared once with a code that never changes. A *finding* is one row it returned:
code, subject, typed parameters, amount at stake. Texts are rendered from the declaration, so
they can be translated and counted.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Severity(StrEnum):
    """How much a finding weighs: ``block`` holds its subject back."""

    BLOCK = "block"
    WARN = "warn"
    INFO = "info"


class Subject(StrEnum):
    """What a finding is about."""

    CHARGE = "charge"
    DRAFT = "draft"
    CUSTOMER = "customer"
    ITEM = "item"
    PRICE = "price"
    AGREEMENT = "agreement"
    TERMS = "terms"
    SELLER = "seller"
    CHECK = "check"
    """A check that could not do its work."""


STANDING = (
    *(Subject.CUSTOMER, Subject.ITEM, Subject.PRICE, Subject.AGREEMENT),
    *(Subject.SELLER, Subject.CHECK),
)
"""What stays from run to run: found once, however many charges meet it."""


class Owner(StrEnum):
    """Who can mend it: the specialist at work, or whoever keeps the master data."""

    SPECIALIST = "specialist"
    MASTER_DATA = "master_data"


class Kind(StrEnum):
    """What a parameter of a finding is, whatever language it is told in."""

    TEXT = "text"
    DATE = "date"
    COUNT = "count"
    QUANTITY = "quantity"
    PRICE = "price"
    MONEY = "money"
    PERCENT = "percent"
    TIMES = "times"


class Mending(StrEnum):
    """What could be done about a finding, for a machine to carry out once a person agrees."""

    WRITE_OFF = "write_off"
    MERGE_DUPLICATE = "merge_duplicate"
    CORRECT_CHARGE = "correct_charge"
    USE_AGREED_PRICE = "use_agreed_price"
    MOVE_TO_NEXT_PERIOD = "move_to_next_period"
    CHOOSE_ORIGINAL = "choose_original"
    ASK_FOR_REFERENCE = "ask_for_reference"
    ASK_FOR_AMENDMENT = "ask_for_amendment"
    ASK_FOR_VAT_ID = "ask_for_vat_id"
    CORRECT_CUSTOMER = "correct_customer"
    MERGE_CUSTOMERS = "merge_customers"
    CORRECT_ITEM = "correct_item"
    SET_TAX_CATEGORY = "set_tax_category"
    ADD_PRICE = "add_price"
    END_EARLIER = "end_earlier"
    ADD_CHARGE = "add_charge"
    ASK_FOR_APPROVAL = "ask_for_approval"


@dataclass(frozen=True, slots=True)
class Proposal:
    """A repair as data: what to do, with which of the finding's parameters.

    ``change`` names what is to be set, in the words of import files, parted by spaces. ``value`` is
    the parameter that says to what; where there is none, a person says so.
    """

    kind: Mending
    parameters: tuple[str, ...] = ()
    change: str = ""
    value: str = ""

    @property
    def asks(self) -> tuple[str, ...]:
        """What a person has to say before it can be carried out."""
        return () if self.value else tuple(self.change.split())

    def filled(self, facts: Mapping[str, object]) -> dict[str, object]:
        """Return the proposal for one finding, as plain values."""
        told: dict[str, object] = {"kind": self.kind.value}
        if self.change:
            told["change"] = self.change
        return told | {name: facts.get(name) for name in self.parameters}


@dataclass(frozen=True, slots=True)
class Check:
    """The declaration of a check. Texts hold ``{name}`` places filled from the parameters."""

    code: str
    severity: Severity
    subject: Subject
    title: str
    reason: str
    repair: str
    owner: Owner = Owner.SPECIALIST
    parameters: Mapping[str, Kind] = field(default_factory=dict)
    """The facts that its findings carry, with their types."""
    proposal: Proposal | None = None

    @property
    def advises(self) -> bool:
        """Whether it judges by history: what is merely unusual never holds anything back."""
        return self.code.startswith("CB-HIS-")


def worded(check: Check, text: str, facts: Mapping[str, object]) -> str:
    """Return a text of a check as a sentence of plain English, with thousands set apart."""
    kinds = check.parameters
    return rendered(
        text, {n: _apart(v) if kinds.get(n) in _NUMBERS else v for n, v in facts.items()}
    )


_NUMBERS = (Kind.COUNT, Kind.QUANTITY, Kind.PRICE, Kind.MONEY, Kind.PERCENT, Kind.TIMES)
_NUMBER = re.compile(r"-?\d+(\.\d+)?")


def _apart(value: object) -> object:
    """A number with its thousands set apart; all else as it is."""
    text = str(value)
    if value is None or not _NUMBER.fullmatch(text):
        return value
    whole, point, rest = text.partition(".")
    sign = "-" if whole.startswith("-") else ""
    return f"{sign}{int(whole.lstrip('-')):,}{point}{rest}"


def rendered(text: str, parameters: Mapping[str, object]) -> str:
    """Fill a text's places from a finding's parameters; a missing one shows as an ellipsis."""

    class _Places(dict[str, object]):
        def __missing__(self, key: str) -> str:
            return "…"

    shown = {k: "—" if v is None else v for k, v in parameters.items()}
    return text.format_map(_Places(shown))
