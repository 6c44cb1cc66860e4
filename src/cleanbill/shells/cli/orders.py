"""The command on purchase orders: what each is for, what was drawn, what is left, until when."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from cleanbill.shells.cli import show
from cleanbill.shells.cli.billing import Json
from cleanbill.shells.cli.session import actor, chosen, console, in_words


def orders(
    number: Annotated[
        str | None, typer.Argument(help="One order: its versions, line by line.")
    ] = None,
    customer: Annotated[str | None, typer.Option(help="Only this customer's.")] = None,
    as_json: Json = False,
) -> None:
    """List purchase orders with what was drawn and is left, or the lines of one of them."""
    chosen.as_json = as_json
    with in_words():
        who = actor()
        from cleanbill.actions import list_orders

        if number is None:
            found = list_orders.orders(who, customer=customer)
        else:
            found = list_orders.order_lines(who, number, customer=customer)
        if as_json:
            console.print_json(json.dumps(found))
        elif number is None:
            _orders(found)
        else:
            _lines(number, found)


def _orders(found: list[dict[str, Any]]) -> None:
    columns = ["purchase order", "customer", "version", "from", "until", "value", "drawn", "left"]
    rows = [
        (
            row["purchase_order"] + (f" ({row['calls_off']})" if row["calls_off"] else ""),
            row["customer"],
            row["version"],
            row["valid_from"],
            row["valid_to"] or "",
            "no bound" if row["value"] is None else row["value"],
            row["drawn"],
            "no bound" if row["left"] is None else row["left"],
            row["currency"],
        )
        for row in found
    ]
    console.print(show.table("Purchase orders", [*columns, ""], rows, (2, 5, 6, 7)))


def _lines(number: str, found: list[dict[str, Any]]) -> None:
    figures = ("quantity", "unit_price", "amount", "drawn_quantity", "drawn")
    columns = ["customer", "version", "since", "line", "item", *figures]
    rows = [
        (
            row["customer"],
            row["version"],
            row["amended_on"] or row["valid_from"],
            row["line"] or "",
            row["item"] or "anything",
            *("" if row[name] is None else row[name] for name in figures),
            row["currency"],
        )
        for row in found
    ]
    shown = [name.replace("_", " ") for name in columns]
    console.print(show.table(f"Purchase order {number}", [*shown, ""], rows, (1, 5, 6, 7, 8, 9)))
