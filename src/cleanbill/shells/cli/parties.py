"""Commands on parties: erase their data, hold them back from it."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape

from cleanbill.shells.cli import show
from cleanbill.shells.cli.billing import Json
from cleanbill.shells.cli.session import actor, chosen, console, in_words

Customer = Annotated[str | None, typer.Argument(help="The customer's reference.")]
Reason = Annotated[str, typer.Option(help="Why; kept in the audit trail for good, so no names.")]


def erase(
    customer: Customer = None,
    reason: Reason = "",
    due: Annotated[bool, typer.Option("--due", help="Carry out requests that fell due.")] = False,
    again: Annotated[
        bool, typer.Option("--again", help="After a restore: erase what had been erased.")
    ] = False,
    journal: Annotated[
        Path | None, typer.Option(help="Journal for --again (beside the key file).")
    ] = None,
    as_json: Json = False,
) -> None:
    """Erase a customer's data for good, or as soon as the law allows; alone: list who waits."""
    chosen.as_json = as_json
    with in_words():
        if sum((customer is not None, due, again)) > 1:
            raise ValueError("choose one: a CUSTOMER with --reason, --due, or --again")
        if customer is not None and not reason.strip():
            raise ValueError("say why: --reason, such as 'request of 3 November, ticket 812'")
        barred = _erased(actor(), customer, reason, due, again, journal, as_json)
    if barred:
        raise typer.Exit(1)


def _erased(
    who: Any,
    customer: str | None,
    reason: str,
    due: bool,
    again: bool,
    journal: Path | None,
    as_json: bool,
) -> bool:
    """Do what was chosen and show it; tell whether something stands against it."""
    from cleanbill.actions import erase_party

    today = datetime.now(UTC).date()
    if again:
        parties = erase_party.erase_again(who, journal=journal)
        answers = [erase_party.Erasure(party, True) for party in parties]
    elif due:
        answers = erase_party.erase_due(who, today=today)
    elif customer is not None:
        answers = [erase_party.erase_party(who, customer, reason=reason, today=today)]
    else:
        _waiting(erase_party.waiting(who), as_json)
        return False
    if as_json:
        console.print_json(json.dumps([asdict(a) for a in answers], default=str))
    elif not answers:
        console.print("Nothing to erase.")
    for answer in [] if as_json else answers:
        if answer.done:
            console.print(f"[green]✓[/] {answer.party}: the data are erased; the books stay.")
            continue
        barred = f"[yellow]●[/] {answer.party} is not erased yet: {escape(answer.why)}."
        console.print(barred, soft_wrap=True)
        console.print(
            "  The request is kept. "
            + (f"From {answer.due_on} on, " if answer.due_on else "After that, ")
            + "cleanbill erase --due carries it out."
        )
    return not all(answer.done for answer in answers)


def _waiting(found: list[Any], as_json: bool) -> None:
    columns = ("party", "due_on", "law", "reason", "asked_by")
    rows = [[getattr(request, column) for column in columns] for request in found]
    if as_json:
        values = [dict(zip(columns, row, strict=True)) for row in rows]
        console.print_json(json.dumps(values, default=str))
        return
    heads = ["customer", "due", "what stands against it", "reason", "asked by"]
    console.print(show.table("Requests for erasure", heads, [tuple(row) for row in rows]))


def hold(
    customer: Annotated[str, typer.Argument(help="The customer's reference.")],
    reason: Annotated[str, typer.Option(help="Why; kept in the audit trail.")],
    release: Annotated[bool, typer.Option("--release", help="Release the hold.")] = False,
) -> None:
    """Set a legal hold: the customer's data are kept whatever falls due, until it is released."""
    with in_words():
        who = actor()
        from cleanbill.actions import hold_party

        if release:
            hold_party.release_party(who, customer, reason=reason)
            console.print(f"{customer} is no longer held.")
        else:
            hold_party.hold_party(who, customer, reason=reason)
            console.print(f"{customer} is held: no erasure until the hold is released.")
