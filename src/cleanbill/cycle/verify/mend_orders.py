"""Mend what has to do with orders: bill the ordered price, name an order, write one off."""

from __future__ import annotations

from collections.abc import Mapping

from cleanbill.cycle.verify.mend_terms import Cannot, Change, Known, Row, closed, holds, set_on
from cleanbill.formats import tabular
from cleanbill.nouns.drawn import DRAWN
from cleanbill.nouns.scales import PRICE_DECIMALS, RATE_DECIMALS, scaled

_ALIKE = ("item", "quantity_e6", "currency", "source")
"""What rows of an order that was entered twice have in common."""


def discounted(known: Known, charge: Row, given: Mapping[str, str]) -> list[Change]:
    """Bring a charge whose price comes from a list to the ordered one, by a discount of its own.

    The price of a list holds for whoever meets it; the order is for this charge.
    """
    if charge["amount_minor"] is not None:
        raise Cannot(f"{known.subject} costs a share of an amount; correct the amount or the price")
    listed = scaled(str(known.facts["line_price"]), PRICE_DECIMALS, 10**18)
    ordered = tabular.answers("charges", given, charge["currency"])["unit_price_e8"]
    if ordered is None or not 0 <= ordered < listed:
        raise Cannot(
            f"an ordered price of {given['unit_price'] or 'nothing'} does not lie below the "
            f"{known.facts.get('price_level', 'list')} price of {known.facts['line_price']}, so "
            f"that no discount leads there; import a price for {charge['customer']}"
        )
    # To a millionth of a percent, which is no cent on lines below a million.
    percent = (2 * (listed - ordered) * 100 * 10**RATE_DECIMALS + listed) // (2 * listed)
    values = {"discount_percent_e6": percent}
    return set_on("charge", known.subject, {"id": charge["id"]}, charge, values)


def order_named(known: Known, given: Mapping[str, str]) -> list[Change]:
    """Name the purchase order in every sale of the customer that is billed on none.

    Charges drawn from terms are left, as they always are what these say, and so are those for which
    the agreement names an order.
    """
    agreed = [row for row in known.agreements if row["purchase_order"] is not None]
    values = tabular.answers("charges", given, known.currency)
    return [
        change
        for charge in known.charges
        if charge["kind"] == "sale"
        and charge["purchase_order"] is None
        and charge["source"] not in DRAWN
        and not any(charge["service_date"] and holds(a, charge["service_date"]) for a in agreed)
        for change in set_on("charge", charge["reference"], {"id": charge["id"]}, charge, values)
    ]


def order_written_off(known: Known) -> list[Change]:
    """Close the rows of an order that stand in another, earlier one, too: it was entered again."""
    order, twin = known.facts["order"], known.facts["twin"]
    # One that was sent again later says of which day the first is; else its rows are of one day.
    alike = _ALIKE if "other_day" in known.facts else (*_ALIKE, "service_date")
    sales = [
        (charge, tuple(charge[c] for c in alike))
        for charge in known.charges
        if charge["kind"] == "sale"
    ]
    there = {row for charge, row in sales if charge["order"] == twin}
    again = [charge for charge, row in sales if charge["order"] == order and row in there]
    if not again:
        raise Cannot(f"of order {twin} nothing is open any more that order {order} repeats")
    return [closed(charge["reference"], charge, f"duplicate of order {twin}") for charge in again]
