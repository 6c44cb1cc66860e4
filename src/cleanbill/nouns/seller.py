"""Sellers: the legal entity that bills, with its addresses, registrations, bank and series."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True, slots=True)
class Address:
    """A postal address; ``country`` is an ISO 3166 alpha-2 code."""

    lines: tuple[str, ...] = ()
    city: str = ""
    postcode: str = ""
    region: str = ""
    country: str = ""


@dataclass(frozen=True, slots=True)
class Registration:
    """A tax registration: the country taxed in, or a scheme such as ``OSS``, and since when.

    ``region`` is the code of the province or state where one registers there.
    """

    country: str
    number: str = ""
    scheme: str = ""
    valid_from: date = date(1900, 1, 1)
    valid_to: date | None = None
    region: str = ""


@dataclass(frozen=True, slots=True)
class Taxability:
    """What the seller has found out: whether a region (``US-NE``) taxes a kind of its items."""

    region: str
    item_kind: str
    taxed: bool


@dataclass(frozen=True, slots=True)
class ChosenEngine:
    """Which engine tells the taxes of sales that are taxed in a country."""

    country: str
    engine: str


@dataclass(frozen=True, slots=True)
class Contact:
    """Whom a customer may ask about a bill."""

    name: str = ""
    phone: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True)
class Bank:
    """Where the money shall go."""

    holder: str = ""
    iban: str = ""
    bic: str = ""
    bank: str = ""


@dataclass(frozen=True, slots=True)
class Seller:
    """A legal entity that bills, as its documents print it."""

    key: str
    name: str
    currency: str
    address: Address
    language: str = "en"
    timezone: str = "UTC"
    tagline: str = ""
    initials: str = ""
    accent: str = "#1b1b1b"
    website: str = ""
    vat_id: str = ""
    tax_number: str = ""
    tax_method: str = "per_group"
    inclusive_method: str = "net"
    """How tax is taken out of prices that include it: ``net``, ``tax`` or ``rate``."""
    withholding: str = ""
    """The kind of income of which business customers withhold tax, in Spain: ``professional``,
    ``professional_start``, ``capital`` or ``modules``; empty for none."""
    cash_unit_minor: int = 1
    legal: tuple[str, ...] = ()
    contact: Contact = field(default_factory=Contact)
    bank: Bank = field(default_factory=Bank)
    registrations: tuple[Registration, ...] = ()
    taxability: tuple[Taxability, ...] = ()
    tax_engines: tuple[ChosenEngine, ...] = ()
    invoice_series: str = "INV-"
    credit_note_series: str = "CN-"
    business_year_end: str = "12-31"
    """Month and day; the time for which bills must be kept may count from it."""

    def taxes(self, region: str, item_kind: str) -> bool | None:
        """Tell what the seller says of a kind of item in a region; None where it says nothing."""
        said = {(t.region, t.item_kind): t.taxed for t in self.taxability}
        return said.get((region, item_kind))
