"""The command on coupons: what each takes off, has given, and has left."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from cleanbill.shells.cli import show
from cleanbill.shells.cli.billing import Json
from cleanbill.shells.cli.session import actor, chosen, console, in_words


def coupons(
    coupon: Annotated[
        str | None, typer.Argument(help="One coupon: the customers who have it.")
    ] = None,
    as_json: Json = False,
) -> None:
    """List coupons, or the customers who have one: what was given, and what is left."""
    chosen.as_json = as_json
    with in_words():
        who = actor()
        from cleanbill.actions import list_coupons

        found = list_coupons.coupons(who, coupon=coupon)
        if as_json:
            console.print_json(json.dumps(found))
            return
        whose = ("customers", "redemptions") if coupon is None else ("customer", "customer")
        columns = ["coupon", "takes off", "on bills", whose[0], "until", "given", "left", ""]
        rows = [
            (
                row["coupon"],
                _taken(row),
                "every" if row["bills"] is None else row["bills"],
                row[whose[1]],
                row["valid_to"] or "",
                row["given"],
                "no bound" if row["left"] is None else row["left"],
                row["currency"],
            )
            for row in found
        ]
        console.print(show.table("Coupons", columns, rows, (1, 2, 5, 6)))


def _taken(row: dict[str, Any]) -> str:
    return f"{row['percent']} %" if row["amount"] is None else str(row["amount"])
