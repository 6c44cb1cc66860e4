"""Policy: what an organisation has decided about doubtful cases, as plain configuration.

Nothing here is guessed: each field is a decision that a person may read, change and defend.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from cleanbill.nouns.limits import Limits


class PriceSource(StrEnum):
    """Where a charge's price comes from."""

    LIST = "list"
    """From price tables only; the charge's own price is compared, never used."""
    CHARGE = "charge"
    """From the charge itself (the source system has priced it)."""
    LIST_THEN_CHARGE = "list_then_charge"
    """From price tables; where they have none, from the charge."""


class Uncancelled(StrEnum):
    """What to do with a cancellation that has no original."""

    HOLD = "hold"
    CREDIT = "credit"


class IssueDates(StrEnum):
    """Which date a bill gets."""

    RUN = "run"
    """The run's issue date."""
    SERVICE = "service"
    """The day of its last charge: for rebuilding a past period."""


class OrderChoice(StrEnum):
    """Which purchase order a charge draws on where neither it nor its agreement names one."""

    NAMED = "named"
    """None: an order that nobody named is not guessed."""
    ONLY_OPEN = "only_open"
    """The customer's only one that is open on the day of the service, if there is just one."""


@dataclass(frozen=True, slots=True)
class NotBillable:
    """A rule for charges that ask no customer for money; every given condition must hold.

    ``reason`` is what an auditor reads beside the charge.
    """

    reason: str
    items: tuple[str, ...] = ()
    item_kinds: tuple[str, ...] = ()
    order_starts_with: str = ""
    customer_missing: bool | None = None
    price_zero: bool | None = None
    quantity_negative: bool | None = None
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Policy:
    """An organisation's decisions. The defaults hold back whatever is doubtful."""

    price_source: PriceSource = PriceSource.LIST
    prices_include_tax: bool = False
    """Whether prices include tax where the price itself does not say."""
    issue_dates: IssueDates = IssueDates.RUN
    cash_sales: bool = False
    """Bill charges without a customer as cash sales, per order."""
    cash_customer_name: str = "Cash sale"
    eu_business_without_vat_id: str = "domestic"
    """How an EU customer of unknown status is taxed: ``domestic`` charges the seller's VAT."""
    unlinked_cancellations: Mapping[str, Uncancelled] = field(default_factory=dict)
    """By item kind (or ``*``): credit alone, or hold. Default: hold."""
    not_billable: tuple[NotBillable, ...] = ()
    severities: Mapping[str, str] = field(default_factory=dict)
    """Overrides by check code: ``block``, ``warn``, ``info`` or ``off``."""
    checks: Limits = field(default_factory=Limits)
    """From where on checks find something doubtful."""
    warnings_per_1000_bills: int = 20
    """So many warnings are shown at once, those that are worth most; 0: all of them."""
    payment_days: int = 30
    purchase_orders: OrderChoice = OrderChoice.NAMED
    create_customers: bool = False
    """Take customers that only charges know into the master data on import."""
    customer_name: str = "Customer {customer}"
    customer_kind: str = "business"
    create_items: bool = False
    """Take items that only charges know into the master data on import."""
    item_kinds: Mapping[str, str] = field(default_factory=dict)
    """Kind of an item created so, by its reference; otherwise ``goods``."""
    item_tax_category: str = "standard"
    customers_have_addresses: bool = True
    """False where the source knows no addresses and simplified invoices are lawful."""
    approval_above: Mapping[str, int] = field(default_factory=dict)
    """By currency, in minor units: from where on a second person must let a run go out. Empty: no
    run needs that; once one currency is named, any amount in another one does."""
    review_riskiest: int = 0
    """So many drafts with the most at risk go to a colleague before a run is issued."""
    review_percent: int = 0
    """And so many of a hundred of the others, by lot."""

    @property
    def asks_for_others(self) -> bool:
        """Whether some run needs more than the one who prepares it."""
        return bool(self.approval_above or self.review_riskiest or self.review_percent)
