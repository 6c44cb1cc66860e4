"""Planting: rows for each kind of error, no two errors near each other, and the key to them."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

from tools.planted.company import Company, Row
from tools.planted.edits import EDITS, Edit
from tools.planted.fitting import Month, looked_up

PER_MILLE = 20
"""So many of a thousand rows of the month carry an error."""
_ADDS = {"second_agreement", "second_price", "special_price", "second_customer"}
"""Changes of master data that come as a further row."""


@dataclass(frozen=True, slots=True)
class Spot:
    """One planted error: the row that it was, the cells that changed, the row that it is."""

    edit: Edit
    before: Row
    cells: Row
    after: Row


@dataclass(slots=True)
class Planted:
    """The month with its errors, and the key."""

    rows: list[Row]
    other: list[Row]
    """What comes in a second file, from another system."""
    master: dict[str, list[Row]]
    spots: list[Spot]
    customers: set[str] = field(default_factory=set)
    """Customers whose master data or terms carry an error."""
    items: set[str] = field(default_factory=set)


def plant(made: Company, rows: list[Row], earlier: list[Row]) -> Planted:
    """Return the month with 2 % of its rows in error, the same number of each kind.

    ``earlier`` are the rows of the month before.
    """
    month, spots = looked_up(rows), []
    orders: set[str] = set()
    done = Planted([], [], {name: list(table) for name, table in made.rows.items()}, [])
    masters = [edit for edit in EDITS if edit.file != "charges"]
    per_master = max(1, made.bills // 2_500)
    for edit in masters:
        wanted = 1 if edit.file == "prices" else per_master
        spots += _in_master(made, month, edit, wanted, done)
    others = [edit for edit in EDITS if edit.file == "charges"]
    each = max(1, (len(rows) * PER_MILLE // 1_000 - len(spots)) // len(others))
    dice = made.dice("shuffle")
    waiting, past = ([row for row in some if _free(row, done)] for some in (rows, earlier))
    dice.shuffle(waiting)
    dice.shuffle(past)
    # The kinds that fit the fewest rows choose first.
    for edit in sorted(others, key=lambda e: sum(e.fits(r, made, month) for r in waiting[:3_000])):
        spots += _in_rows(made, month, edit, each, past if edit.earlier else waiting, orders)
    done.spots = spots
    return _written(rows, done)


def _free(row: Row, done: Planted) -> bool:
    return row["customer"] not in done.customers and row["item"] not in done.items


def _in_master(made: Company, month: Month, edit: Edit, wanted: int, done: Planted) -> list[Spot]:
    dice = made.dice(edit.name)
    table = done.master[edit.file]
    charged = {row["customer"] for row in month.rows}
    found: list[Spot] = []
    for place in dice.sample(range(len(table)), len(table)):
        row = table[place]
        customer = row.get("customer", "")
        untouched = customer not in done.customers and row.get("item", "") not in done.items
        met = not customer or customer in charged
        if len(found) == wanted or not untouched or not met or not edit.fits(row, made, month):
            continue
        cells = edit.change(row, made, month, dice)
        if not cells:
            continue
        spot = Spot(edit, row, cells, row | cells)
        if edit.change.__name__ in _ADDS:
            table.append(spot.after)
        else:
            table[place] = spot.after
        done.customers |= {one for one in (customer, spot.after.get("customer")) if one}
        done.customers |= _sharing(table, spot)
        done.items |= {row["item"]} if edit.file == "prices" else set()
        found.append(spot)
    return found


def _sharing(table: list[Row], spot: Spot) -> set[str]:
    """Customers who have what the error gave to another."""
    number = spot.cells.get("vat_id")
    return {row["customer"] for row in table if number and row.get("vat_id") == number}


def _in_rows(
    made: Company, month: Month, edit: Edit, wanted: int, waiting: list[Row], orders: set[str]
) -> list[Spot]:
    dice: Random = made.dice(edit.name)
    found: list[Spot] = []
    for row in waiting:
        if len(found) == wanted:
            break
        if row["order"] in orders or row["reference"] in month.originals:
            continue
        if not edit.fits(row, made, month):
            continue
        cells = edit.change(row, made, month, dice)
        if cells is None or any(row.get(k) == v for k, v in cells.items()):
            continue
        orders.add(row["order"])
        found.append(Spot(edit, row, cells, row | cells))
    return found


def _written(rows: list[Row], done: Planted) -> Planted:
    charges = [spot for spot in done.spots if spot.edit.file == "charges"]
    done.rows += [spot.after for spot in charges if spot.edit.earlier]
    at = {spot.before["reference"]: spot for spot in charges if not spot.edit.earlier}
    for row in rows:
        spot = at.get(row["reference"])
        if spot is None:
            done.rows.append(row)
            continue
        if spot.edit.drops:
            continue
        if spot.edit.extra:
            done.rows.append(row)
        (done.other if spot.edit.extra == "other" else done.rows).append(spot.after)
    return done
