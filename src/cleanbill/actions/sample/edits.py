"""What an error makes of a row: the cells that change."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

from cleanbill.actions.sample.catalogue import ENDED, UNTAXED
from cleanbill.actions.sample.draw import Draw
from cleanbill.actions.sample.identifiers import with_wrong_check
from cleanbill.actions.sample.rows import Row
from cleanbill.actions.sample.sources import Sources

Edit = Callable[[Row, Sources, Draw], Row]


def cell(column: str, value: str) -> Edit:
    """Return the edit that puts a fixed value into one column."""

    def edit(row: Row, sources: Sources, draw: Draw) -> Row:
        return {column: value}

    return edit


def nothing(row: Row, sources: Sources, draw: Draw) -> Row:
    """Leave the row as it is."""
    return {}


def wrong_vat_id(row: Row, sources: Sources, draw: Draw) -> Row:
    """Change a digit of the VAT id."""
    return {"vat_id": with_wrong_check(row["vat_id"])}


def no_address(row: Row, sources: Sources, draw: Draw) -> Row:
    """Empty street, postcode and city."""
    return {"street": "", "postcode": "", "city": ""}


def unknown_original(row: Row, sources: Sources, draw: Draw) -> Row:
    """Cancel a reference that no charge has."""
    return {"cancels": f"{row['reference'][:-6]}{draw.between(9_000_000, 9_999_999)}"}


def threefold_original(row: Row, sources: Sources, draw: Draw) -> Row:
    """Cancel three times what was sold."""
    sold = Decimal(sources.charges.original_of[row["reference"]]["quantity"])
    sign = "-" if row["quantity"].startswith("-") else ""
    return {"quantity": f"{sign}{3 * sold:f}"}


def day_before_agreement(row: Row, sources: Sources, draw: Draw) -> Row:
    """Move the service into the ninety days before the first agreement."""
    start = date.fromisoformat(sources.agreed_from[row["customer"]])
    return {"service_date": (start - timedelta(days=draw.between(1, 90))).isoformat()}


def day_in_2027(row: Row, sources: Sources, draw: Draw) -> Row:
    """Move the service into the next year, as a slip of the finger does."""
    return {"service_date": date(2027, draw.between(2, 11), draw.between(1, 28)).isoformat()}


def untaxed_item(row: Row, sources: Sources, draw: Draw) -> Row:
    """Sell an item whose tax category has no rate in Germany."""
    return {"item": UNTAXED.item}


def ended_item(row: Row, sources: Sources, draw: Draw) -> Row:
    """Sell an item that has no price any more."""
    return {"item": draw.pick(ENDED).item}


def negative_price(row: Row, sources: Sources, draw: Draw) -> Row:
    """Turn the charge's own price round."""
    return {"unit_price": f"-{row['unit_price']}"}


def negative_quantity(row: Row, sources: Sources, draw: Draw) -> Row:
    """Turn the quantity round."""
    return {"quantity": f"-{row['quantity']}"}


def unknown_customer(row: Row, sources: Sources, draw: Draw) -> Row:
    """Name a customer that is not in the file."""
    return {"customer": f"X-{draw.between(10_000, 99_999)}"}


def unknown_item(row: Row, sources: Sources, draw: Draw) -> Row:
    """Name an item that is not in the file."""
    return {"item": f"XXX-{draw.between(1_000, 9_999)}"}


def other_currency(row: Row, sources: Sources, draw: Draw) -> Row:
    """Charge in a currency that the agreement does not name; the list has prices in it."""
    return {"currency": "CHF" if row["currency"] == "EUR" else "EUR"}
