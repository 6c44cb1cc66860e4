"""What a regime is asked and what it answers: cases, answers, and the facts both need."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from cleanbill.cycle.tax.dated_data import Rate
from cleanbill.cycle.tax.loaded import Loaded
from cleanbill.cycle.tax.rules import Rules
from cleanbill.nouns.seller import Registration, Seller

SERVICE_KINDS = ("service", "subscription", "fee")
BUSINESSES = ("business", "public")

UNCOVERED, INCOMPLETE, UNREGISTERED = "uncovered", "incomplete", "unregistered"
UNLOADED, UNPROVEN = "unloaded", "unproven"
"""Why a case has no tax that may be billed; ``unproven`` is taxed, but an exemption was claimed."""


class Case(NamedTuple):
    """What the tax of a line may depend on, beside the seller. A regime names the fields it asks.

    ``exempted`` is the customer, where certificates of exemption are known of it; ``tax_state`` the
    state that its tax number names.
    """

    service_date: date | None = None
    customer_country: str | None = None
    ship_to_country: str | None = None
    customer_kind: str | None = None
    has_vat_id: bool = False
    item_kind: str | None = None
    item_tax_category: str | None = None
    customer_region: str | None = None
    ship_to_region: str | None = None
    tax_state: str | None = None
    customer_postcode: str | None = None
    ship_to_postcode: str | None = None
    customer_street: str | None = None
    ship_to_street: str | None = None
    exempted: str | None = None

    @property
    def goods(self) -> bool:
        """Whether something is delivered, rather than a service rendered."""
        return self.item_kind not in SERVICE_KINDS

    @property
    def country(self) -> str | None:
        """Where goods go and where a service's recipient is."""
        return (self.ship_to_country if self.goods else None) or self.customer_country

    @property
    def region(self) -> str | None:
        """The state or province of that place, as the master data or the charge spell it."""
        return self.ship_to_region if self._delivered else self.customer_region

    @property
    def postcode(self) -> str | None:
        """The postal code of that place."""
        return self.ship_to_postcode if self._delivered else self.customer_postcode

    @property
    def street(self) -> str | None:
        """Street and house number of that place."""
        return self.ship_to_street if self._delivered else self.customer_street

    @property
    def _delivered(self) -> bool:
        """Whether the charge says where goods go; otherwise they go to the customer."""
        named = (self.ship_to_country, self.ship_to_region, self.ship_to_postcode)
        return self.goods and any(part is not None for part in named)


class Answer(NamedTuple):
    """The columns that ``determine`` adds to a line, in their order.

    ``needed`` says, where there is a ``gap``, what is missing and what to do.
    """

    treatment: str | None = None
    category: str | None = None
    rate_percent_e6: int | None = None
    rule: str | None = None
    foreign: bool = False
    eu: bool = False
    gap: str | None = None
    needed: str | None = None
    tax: str | None = None
    further: list[dict[str, Any]] | None = None


@dataclass(frozen=True, slots=True)
class Regime:
    """How a kind of country taxes: the fields of a case it asks for, and its answer to one.

    ``near`` says that it asks for more of a place than its country; ``days`` are those on which its
    own rules change, beside the data.
    """

    needs: tuple[str, ...]
    answer: Callable[[Case, Seller, Rules, Loaded], Answer]
    near: bool = False
    days: tuple[date, ...] = ()


def free(rules: Rules, treatment: str, *, foreign: bool = False) -> Answer:
    """Return the answer of a supply without tax, treated as the data say under that name."""
    return Answer(treatment, rules.treatments[treatment].category, 0, treatment, foreign)


def taxed(
    rate: Rate, tax: str | None, further: list[dict[str, Any]] | None = None, treatment: str = ""
) -> Answer:
    """Return the answer of a taxed supply: its first tax by name, and the taxes beside it."""
    letter = "S" if rate.rate_percent_e6 else "Z"
    name = treatment or "domestic"
    return Answer(name, letter, rate.rate_percent_e6, rate.rule, tax=tax, further=further)


def beside(rate: Rate, tax: str, *, compound: bool = False) -> dict[str, Any]:
    """Return a further tax of a line, added to its amount."""
    return {
        "tax": tax,
        "kind": "added",
        "category": "S" if rate.rate_percent_e6 else "Z",
        "rate_percent_e6": rate.rate_percent_e6,
        "rule": rate.rule,
        "compound": compound,
    }


def gap(kind: str, needed: str, *, foreign: bool = False) -> Answer:
    """Return the answer of a case that must not be billed as it is, and what is needed for it."""
    return Answer(foreign=foreign, gap=kind, needed=needed)


def in_force(seller: Seller, country: str, day: date) -> Iterator[Registration]:
    """Yield the seller's registrations in a country on a day."""
    for registration in seller.registrations:
        begun = registration.country == country and registration.valid_from <= day
        if begun and (registration.valid_to is None or day < registration.valid_to):
            yield registration


def registered(seller: Seller, country: str, day: date, region: str = "", scheme: str = "") -> bool:
    """Tell whether the seller is registered in a country, or region, under a scheme on a day."""
    return any(r.region == region and r.scheme == scheme for r in in_force(seller, country, day))
