"""Limits: from where on something is doubtful. An organisation may set each in ``[policy.checks]``.

Whole numbers throughout; amounts of money are in whole units of the seller's currency, and what is
in another is not measured by them. Where zero means "no limit", the words say so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields

from cleanbill.nouns.scales import PRICE_DECIMALS, PRICE_MAX_E8, scaled


@dataclass(frozen=True, slots=True)
class Limits:
    """What checks measure by. The defaults warn of what is hardly ever right."""

    late_days: int = 180
    """A charge older than this, by the run's last day, is late; 0: never."""
    future_days: int = 300
    """A service this far after the run's last day is a slip of the pen; 0: never."""
    service_days_most: int = 400
    """So many days may one charge's service last; 0: any."""
    quantity_most: int = 1_000_000
    """A quantity above this is doubtful; 0: none is."""
    line_amount_most: int = 1_000_000
    """A line's net above this is doubtful; 0: none is."""
    price_factor: int = 10
    """A charge's own price may be so many times a list price of its item, or such a part of it."""
    discount_percent_most: int = 50
    """What a specialist may grant on a line, a bill or in a special price without asking."""
    payment_days_most: int = 180
    """A longer time to pay is doubtful; 0: none is."""
    price_age_days_most: int = 0
    """A price that began longer ago is stale; 0: none is."""
    renewal_days: int = 30
    """So long before an agreement ends, one is told."""
    order_used_percent: int = 90
    """A purchase order is nearly used up from this part of its value on; 0: never."""
    approval_amount: int = 0
    """A bill that asks for this or more needs a second person; 0: none does."""
    small_amount: int = 0
    """A bill below this is not worth sending; 0: every bill is."""
    email_required: bool = False
    """Whether every customer needs an e-mail address."""
    history_bills: int = 6
    """So many bills make a figure usual; with fewer, history says nothing. 0: it never does."""
    history_factor: int = 6
    """What is so many times the usual, or such a part, is unusual: quantities, amounts, totals of
    bills, and prices of lists or of items whose prices move anyway."""
    history_price_percent: int = 10
    """A charge's own price that differs so far from the customer's usual one is unusual, where
    nearly all customers always pay their same price for the item."""
    billed_together: Mapping[str, str] = field(default_factory=dict)
    """Item to item: an order with the first lacks something without the second."""
    price_floors: Mapping[str, str] = field(default_factory=dict)
    """Item to the lowest unit price, as decimal text, in the seller's currency."""

    def __post_init__(self) -> None:
        """Refuse what is no limit. Raises ValueError, TypeError."""
        for one in fields(self):
            value = getattr(self, one.name)
            if one.type == "int" and (isinstance(value, bool) or not isinstance(value, int)):
                raise TypeError(f"{one.name} must be a whole number, not {value!r}")
            if one.type == "int" and value < 0:
                raise ValueError(f"{one.name} must not be negative; 0 switches the limit off")
            if one.type == "bool" and not isinstance(value, bool):
                raise TypeError(f"{one.name} must be true or false, not {value!r}")
        if self.price_factor == 1:
            raise ValueError("price_factor must be 2 or more; 0 switches the limit off")
        if self.history_factor < 2:
            raise ValueError("history_factor must be 2 or more; history_bills = 0 switches it off")
        self.floors_e8()
        if not all(isinstance(item, str) for item in self.billed_together.values()):
            raise TypeError("billed_together names an item for each item, as text")

    def floors_e8(self) -> dict[str, int]:
        """Return the price floors as scaled integers. Raises NotExact for what is no price."""
        return {
            item: scaled(text, PRICE_DECIMALS, PRICE_MAX_E8)
            for item, text in self.price_floors.items()
        }
