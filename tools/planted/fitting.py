"""Which rows a kind of error fits: questions to a row, its company and its month."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal

from tools.planted.company import Company, Item, Row


@dataclass(slots=True)
class Month:
    """The rows under test, and what edits look up in them."""

    rows: list[Row]
    originals: set[str] = field(default_factory=set)
    """References that a cancellation names."""
    prices: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    """By item: customer and price of each row that brings one."""
    together: set[tuple[str, str]] = field(default_factory=set)
    """Customer and item of rows of the month."""


def looked_up(rows: list[Row]) -> Month:
    """Return a month with its indexes."""
    prices = defaultdict(list)
    for row in rows:
        if row["unit_price"]:
            prices[row["item"]].append((row["customer"], row["unit_price"]))
    return Month(
        rows,
        {str(row["cancels"]) for row in rows if row.get("cancels")},
        prices,
        {(row["customer"], row["item"]) for row in rows},
    )


def _item(row: Row, made: Company) -> Item:
    return made.items[row["item"]]


def firm(row: Row, made: Company, month: Month) -> bool:
    """A business that is charged this month."""
    return row["kind"] == "business" and made.customers[row["customer"]].weight > 1


def german_firm(row: Row, made: Company, month: Month) -> bool:
    """A business at home."""
    return firm(row, made, month) and row["country"] == "DE"


def abroad_in_the_union(row: Row, made: Company, month: Month) -> bool:
    """A business in another member state, whose tax depends on its id."""
    return firm(row, made, month) and row["country"] not in ("DE", "CH", "GB")


def public(row: Row, made: Company, month: Month) -> bool:
    """A public body."""
    return row["kind"] == "public" and made.customers[row["customer"]].weight > 0.5


def agreed(row: Row, made: Company, month: Month) -> bool:
    """An agreement of a customer of its own."""
    return bool(row["customer"]) and made.customers[row["customer"]].weight > 1


def listed_now(row: Row, made: Company, month: Month) -> bool:
    """The list price in force."""
    return row["valid_from"] == "2026-01-01"


def listed_alone(row: Row, made: Company, month: Month) -> bool:
    """The list price in force of what rows bring no price for."""
    return listed_now(row, made, month) and not _item(row, made).carries


def taken_from_list(row: Row, made: Company, month: Month) -> bool:
    """The list price in force of an item that is sold this month."""
    return listed_now(row, made, month) and any(item == row["item"] for _, item in month.together)


def sale(row: Row, made: Company, month: Month) -> bool:
    """A sale of goods or work."""
    return row["kind"] == "sale" and row["item"][0] in "GBH"


def cancellation(row: Row, made: Company, month: Month) -> bool:
    """A cancellation."""
    return row["kind"] == "cancellation"


def cancellation_priced(row: Row, made: Company, month: Month) -> bool:
    """A cancellation that brings a price."""
    return cancellation(row, made, month) and bool(row["unit_price"])


def needs_order(row: Row, made: Company, month: Month) -> bool:
    """A sale to a customer that pays only against an order of its own."""
    return sale(row, made, month) and made.customers[row["customer"]].needs_order


def numbered(row: Row, made: Company, month: Month) -> bool:
    """An item whose digits can change places."""
    return sale(row, made, month) and row["item"][1:] != row["item"][:0:-1]


def at_home(row: Row, made: Company, month: Month) -> bool:
    """A sale to a customer in Germany."""
    return sale(row, made, month) and made.customers[row["customer"]].country == "DE"


def agreed_sale(row: Row, made: Company, month: Month) -> bool:
    """A sale under an agreement of the customer's own."""
    one = made.customers[row["customer"]]
    return sale(row, made, month) and (one.agreed or one.needs_order)


def own_price(row: Row, made: Company, month: Month) -> bool:
    """A sale of what only the source prices."""
    return sale(row, made, month) and not _item(row, made).listed


def dear(row: Row, made: Company, month: Month) -> bool:
    """A sale at more than five, of which a tenth is still a price."""
    return own_price(row, made, month) and Decimal(row["unit_price"]) > 5


def two_digits(row: Row, made: Company, month: Month) -> bool:
    """A price whose first two digits differ."""
    digits = row["unit_price"].replace(".", "")
    return own_price(row, made, month) and digits[0] != digits[1] and digits[1] != "0"


def other_has_price(row: Row, made: Company, month: Month) -> bool:
    """Somebody else pays another price for the same."""
    others = month.prices.get(row["item"], [])
    return own_price(row, made, month) and any(price != row["unit_price"] for _, price in others)


def swappable(row: Row, made: Company, month: Month) -> bool:
    """Quantity and price are not nearly the same."""
    if not own_price(row, made, month):
        return False
    quantity, price = Decimal(row["quantity"]), Decimal(row["unit_price"])
    return max(quantity, price) > 2 * min(quantity, price)


def counted(row: Row, made: Company, month: Month) -> bool:
    """A sale with a quantity of its own."""
    return sale(row, made, month)


def by_measure(row: Row, made: Company, month: Month) -> bool:
    """A sale by weight or length."""
    return sale(row, made, month) and row["unit"] in ("KGM", "MTR")


def pieces(row: Row, made: Company, month: Month) -> bool:
    """A sale in whole pieces."""
    return sale(row, made, month) and row["unit"] == "H87"


def listed_with_price(row: Row, made: Company, month: Month) -> bool:
    """A sale that brings the list price along."""
    return sale(row, made, month) and _item(row, made).listed and bool(row["unit_price"])


def standing(row: Row, made: Company, month: Month) -> bool:
    """A standing charge."""
    return row["item"][0] == "M"


def standing_for_long(row: Row, made: Company, month: Month) -> bool:
    """A standing charge of a customer of half a year and more."""
    return standing(row, made, month) and made.customers[row["customer"]].since >= 6


def companion(row: Row, made: Company, month: Month) -> bool:
    """What is always charged with another item."""
    return row["item"][0] == "X" and row["kind"] == "sale"
