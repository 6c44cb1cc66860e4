"""The command on retainers: what was billed in advance, what is drawn of it, what is left."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Annotated

import typer

from cleanbill.shells.cli import show
from cleanbill.shells.cli.billing import Json
from cleanbill.shells.cli.session import actor, chosen, console, in_words

Day = Annotated[
    datetime | None,
    typer.Option("--on", formats=["%Y-%m-%d"], help="Take off what has ended by this day."),
]


def retainers(
    retainer: Annotated[
        str | None, typer.Argument(help="One retainer: the bills that funded it.")
    ] = None,
    on: Day = None,
    credit_unused: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"],
            help="Credit on this day what has ended by it and is to be credited.",
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """List retainers, or what funded one: billed in advance, drawn, left. Credit what is unused."""
    chosen.as_json = as_json
    with in_words():
        who = actor()
        from cleanbill.actions import list_retainers

        if credit_unused is not None:
            from cleanbill.actions.return_retainers import return_retainers

            for number in return_retainers(who, issue_date=credit_unused.date()):
                console.print(f"Credited: {number}")
        day = on.date() if on else None
        found = list_retainers.retainers(who, retainer=retainer, day=day)
        if as_json:
            console.print_json(json.dumps(found))
            return
        keys = ("retainer", "customer", "item", "unused")
        if retainer is not None:
            keys = ("bill", "from", "until", "tax")
        columns = (*keys, "funded", "drawn", "expired", "left", "currency")
        rows = [tuple(row[c] or "" for c in columns) for row in found]
        console.print(show.table("Retainers", [*columns[:-1], ""], rows, (4, 5, 6, 7)))
