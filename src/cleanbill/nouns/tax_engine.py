"""What a tax engine outside of the house is asked about a bill, and what it answers.

Amounts are whole minor units of the request's currency, rates millionths of a percent. A request
says no more of a customer than a tax can depend on: no name, no customer number, no bill number.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from cleanbill.nouns.currency import decimals_of

RULE = "engine-"
"""How the rule of a tax begins that an engine has told."""
HASH_LENGTH = 32
"""So many hexadecimal digits name an answer: 128 bits."""


class Trouble(StrEnum):
    """Why there is no answer by which a bill could go out."""

    UNASKED = "unasked"
    """Nobody has asked yet."""
    UNANSWERED = "unanswered"
    LIMITED = "limited"
    """The engine wants to be asked less often."""
    REFUSED = "refused"
    UNFIT = "unfit"
    """An answer to something else: lines, currency or form differ from what was asked."""
    SUMS = "sums"
    UNLINKED = "unlinked"
    """A credit of nothing that was billed: it has no taxes to take back, and engines are not asked
    about credits."""


PASSING = (Trouble.UNANSWERED, Trouble.LIMITED)
"""Troubles that may be over when one asks again."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody or something is, as far as a tax may depend on it."""

    country: str
    region: str = ""
    postcode: str = ""
    street: str = ""
    city: str = ""


@dataclass(frozen=True, slots=True)
class Claim:
    """An exemption that the customer claims in a country or region; no certificate: not proven."""

    kind: str
    country: str
    region: str = ""
    certificate: str = ""


@dataclass(frozen=True, slots=True)
class AskedLine:
    """A line of a draft: ``amount_minor`` after all reductions; ``inclusive``: tax is in it."""

    reference: str
    item: str
    item_kind: str
    tax_category: str
    quantity_e6: int
    amount_minor: int
    inclusive: bool
    service_date: date
    place: Place


@dataclass(frozen=True, slots=True)
class TaxRequest:
    """One draft bill: who sells, to what kind of customer, when, in which currency, which lines."""

    seller: Place
    seller_tax_id: str
    customer_kind: str
    customer_tax_id: str
    claims: tuple[Claim, ...]
    day: date
    currency: str
    lines: tuple[AskedLine, ...]

    @property
    def decimals(self) -> int:
        """How many decimals the currency's minor units stand for."""
        return decimals_of(self.currency)


@dataclass(frozen=True, slots=True)
class EngineTax:
    """A tax that a line bears; ``compound``: on the taxes before it, too."""

    jurisdiction: str
    kind: str
    name: str
    rate_percent_e6: int
    base_minor: int
    tax_minor: int
    compound: bool = False


class Untaxed(StrEnum):
    """Why a line bears no tax; an engine has to say it, silence is no reason."""

    EXEMPT = "exempt"
    ZERO_RATED = "zero_rated"
    NOT_TAXED = "not_taxed"
    REVERSE_CHARGE = "reverse_charge"


@dataclass(frozen=True, slots=True)
class AnsweredLine:
    """What a line bears: its taxes, or why there is none; ``tax_minor`` is their sum."""

    reference: str
    tax_minor: int
    taxes: tuple[EngineTax, ...] = ()
    untaxed: Untaxed | None = None


class EngineRounding(StrEnum):
    """How an engine rounds, as it has to state."""

    LINE = "line"
    """Each tax of each line."""
    GROUP = "group"
    """Each tax once over all lines, which get their shares."""


class Ties(StrEnum):
    """Where an engine takes what lies just between two cents."""

    HALF_UP = "half_up"
    HALF_EVEN = "half_even"


@dataclass(frozen=True, slots=True)
class TaxAnswer:
    """What an engine says of a request; ``reference`` is its own name for the calculation."""

    engine: str
    version: str
    reference: str
    currency: str
    rounding: EngineRounding
    ties: Ties
    tax_minor: int
    lines: tuple[AnsweredLine, ...]


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """Why a request has no answer; ``told`` repeats no data of the customer."""

    trouble: Trouble
    told: str


def rule_of(engine: str, answer_hash: str, untaxed: Untaxed | None = None) -> str:
    """Return the rule under which a bill names an answer."""
    return f"{RULE}{engine}-{answer_hash}" + (f".{untaxed}" if untaxed else "")


def named_by(rule: str) -> tuple[str, str, Untaxed | None]:
    """Return engine, hash of the answer and reason for no tax that ``rule_of`` put into a rule.

    Raises ValueError for a rule that no engine told.
    """
    if not rule.startswith(RULE):
        raise ValueError(f"{rule!r} is no rule of a tax engine")
    engine, found, rest = rule.removeprefix(RULE).rpartition("-")
    answer_hash, _, untaxed = rest.partition(".")
    if not found or len(answer_hash) != HASH_LENGTH:
        raise ValueError(f"{rule!r} names no answer of a tax engine")
    return engine, answer_hash, Untaxed(untaxed) if untaxed else None
