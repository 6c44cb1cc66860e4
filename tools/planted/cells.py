"""What an error makes of a row: the cells that change, or None where it changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from random import Random

from tools.planted.company import Company, Row
from tools.planted.fitting import Month

Change = Callable[[Row, Company, Month, Random], Row | None]


def cell(column: str, value: str) -> Change:
    """Return the change that puts a value into a column."""
    return cells(**{column: value})


def cells(**values: str) -> Change:
    """Return the change that puts values into columns."""
    return lambda row, made, month, dice: dict(values)


def nothing(row: Row, made: Company, month: Month, dice: Random) -> Row:
    """Leave the row as it is; that it is there twice, or gone, is the error."""
    return {}


def digit(column: str) -> Change:
    """Return the change of one digit among the middle ones."""

    def change(row: Row, made: Company, month: Month, dice: Random) -> Row:
        text = row[column]
        places = [n for n, letter in enumerate(text) if letter.isdigit()][2:-2]
        place = dice.choice(places)
        other = str((int(text[place]) + dice.randint(1, 8)) % 10)
        return {column: text[:place] + other + text[place + 1 :]}

    return change


def negative(column: str) -> Change:
    """Return the change of a sign."""
    return lambda row, made, month, dice: {column: f"-{row[column]}"}


def times(column: str, factor: str) -> Change:
    """Return the change by a factor; prices keep whole cents."""

    def change(row: Row, made: Company, month: Month, dice: Random) -> Row:
        value = Decimal(row[column]) * Decimal(factor)
        if column == "unit_price":
            value = value.quantize(Decimal("0.01"))
        return {column: f"{value.normalize():f}"}

    return change


def year(number: str) -> Change:
    """Return the change of the year of the service."""
    return lambda row, made, month, dice: {"service_date": number + row["service_date"][4:]}


def threefold(row: Row, made: Company, month: Month, dice: Random) -> Row | None:
    """Cancel three times what was sold."""
    sold = next((r for r in month.rows if r["reference"] == str(row["cancels"])), None)
    return sold and {"quantity": f"{3 * Decimal(sold['quantity']):f}"}


def unknown_original(row: Row, made: Company, month: Month, dice: Random) -> Row:
    """Name a sale that never was."""
    return {
        "cancels": f"199{dice.randint(0, 9)}{dice.randint(10, 12)}-{dice.randint(0, 999999):06}"
    }


def unknown_item(row: Row, made: Company, month: Month, dice: Random) -> Row:
    """Name an item of no list."""
    return {"item": f"{row['item']}-{dice.choice('KQWZ')}"}


def swapped_item(row: Row, made: Company, month: Month, dice: Random) -> Row | None:
    """Letter and digit change places."""
    text = row["item"]
    return {"item": text[1] + text[0] + text[2:]}


def unknown_customer(row: Row, made: Company, month: Month, dice: Random) -> Row:
    """Name a customer of no list."""
    return {"customer": f"C{dice.randint(700_000, 799_999)}"}


def reference(row: Row, made: Company, month: Month, dice: Random) -> Row:
    """Another reference, everything else the same."""
    return {"reference": f"Z-{row['reference']}"}


def again(row: Row, made: Company, month: Month, dice: Random) -> Row:
    """Another reference, order and delivery; the same supply."""
    names = [name for name in ("order", "delivery") if row[name]]
    return {"reference": f"Z-{row['reference']}", **{name: f"{row[name]}-2" for name in names}}


def half_a_piece(row: Row, made: Company, month: Month, dice: Random) -> Row:
    """A quantity that ends in a half."""
    return {"quantity": f"{row['quantity']}.5"}


def swapped_price(row: Row, made: Company, month: Month, dice: Random) -> Row | None:
    """The first two digits of the price change places."""
    text = row["unit_price"]
    places = [n for n, letter in enumerate(text) if letter.isdigit()][:2]
    letters = list(text)
    letters[places[0]], letters[places[1]] = letters[places[1]], letters[places[0]]
    return {"unit_price": "".join(letters)}


def swapped(row: Row, made: Company, month: Month, dice: Random) -> Row:
    """Quantity and price change places."""
    return {"quantity": row["unit_price"], "unit_price": row["quantity"]}


def other_price(row: Row, made: Company, month: Month, dice: Random) -> Row:
    """The price that somebody else pays for the same item."""
    others = [p for who, p in month.prices[row["item"]] if p != row["unit_price"]]
    return {"unit_price": dice.choice(others)}


def second_agreement(row: Row, made: Company, month: Month, dice: Random) -> Row:
    """The same customer's next agreement, begun before the first ended."""
    return {"agreement": f"{row['agreement']}-2", "valid_from": "2026-05-01"}


def second_price(row: Row, made: Company, month: Month, dice: Random) -> Row:
    """A new price, begun before the first ended."""
    price = (Decimal(row["unit_price"]) * Decimal("1.05")).quantize(Decimal("0.01"))
    return {"valid_from": "2026-06-01", "unit_price": f"{price}"}


def special_price(row: Row, made: Company, month: Month, dice: Random) -> Row:
    """A customer's own price, ten times the list."""
    takers = sorted(customer for customer, item in month.together if item == row["item"])
    price = Decimal(row["unit_price"]) * 10
    return {"customer": dice.choice(takers), "valid_from": "2026-06-01", "unit_price": f"{price}"}


def second_customer(row: Row, made: Company, month: Month, dice: Random) -> Row:
    """The same company under another number."""
    return {"customer": f"D{row['customer'][1:]}"}


def other_tax_id(row: Row, made: Company, month: Month, dice: Random) -> Row | None:
    """The tax id of another company at home."""
    others = [
        one["vat_id"]
        for one in made.rows["customers"]
        if one["country"] == "DE" and one["vat_id"] not in ("", row["vat_id"])
    ]
    return {"vat_id": dice.choice(others)}
