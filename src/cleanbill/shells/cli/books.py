"""Commands on issued bills: list, show as text, PDF or JSON, explain, credit."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from cleanbill.shells.cli import show as screen
from cleanbill.shells.cli.billing import IssueDate, Json, _day
from cleanbill.shells.cli.session import actor, chosen, console, in_words

Number = Annotated[str, typer.Argument(help="The bill's number.")]


def bills(
    customer: Annotated[str | None, typer.Option(help="Only this customer.")] = None,
    kind: Annotated[str | None, typer.Option(help="invoice or credit_note")] = None,
    limit: int = 20,
    as_json: Json = False,
) -> None:
    """List the latest bills."""
    chosen.as_json = as_json
    with in_words():
        who = actor()
        from cleanbill.actions import look_up

        found = look_up.bills(who, customer=customer, kind=kind, limit=limit)
        if as_json:
            console.print_json(json.dumps(found, default=str))
            return
        rows = [
            (
                b["number"],
                b["kind"].replace("_", " "),
                b["customer"] or "cash sale",
                b["issue_date"],
                b["line_count"],
                *(
                    screen.money(b[c], b["currency"])
                    for c in ("net_minor", "tax_minor", "payable_minor")
                ),
                b["currency"],
            )
            for b in found
        ]
        columns = ["number", "kind", "customer", "date", "lines", "net", "tax", "payable", ""]
        console.print(screen.table("Bills", columns, rows, (4, 5, 6, 7)))


def show(
    number: Number,
    pdf: Annotated[Path | None, typer.Option(help="Write the bill as PDF to this file.")] = None,
    as_json: Json = False,
    record: Annotated[
        bool, typer.Option("--record", help="The record as it is kept and hashed, sealed.")
    ] = False,
) -> None:
    """Show a bill as text, as the canonical JSON, or write it as PDF."""
    chosen.as_json = as_json
    with in_words():
        who = actor()
        from cleanbill.actions import look_up

        if as_json or record:
            print((look_up.record if record else look_up.document_text)(who, number))
            return
        paper = look_up.document(who, number)
        if pdf is None:
            from cleanbill.formats.terminal import bill_text

            print(bill_text(paper))
            return
        from cleanbill.formats import pdf as paper_format

        pdf.write_bytes(paper_format.write(paper))
        console.print(f"{number} → {pdf}")


def explain(
    number: Number,
    line: Annotated[int | None, typer.Argument(help="One line of the bill.")] = None,
    as_json: Json = False,
) -> None:
    """Show how an amount came about: source row, price and tier, tax and its law, rounding."""
    chosen.as_json = as_json
    with in_words():
        who = actor()
        from cleanbill.actions import look_up

        step = look_up.explain_bill(who, number, line)
        if as_json:
            console.print_json(json.dumps(screen.as_values(step)))
        else:
            console.print(screen.tree(step))


def credit(
    number: Number,
    reason: Annotated[str, typer.Option(help="Why; printed on the credit note.")],
    issue_date: IssueDate = None,
    reopen: Annotated[bool, typer.Option(help="Let the charges be billed again.")] = False,
) -> None:
    """Issue a credit note over all that is left of an invoice."""
    with in_words():
        who = actor()
        from cleanbill.actions.credit_bill import credit_bill

        note = credit_bill(who, number, issue_date=_day(issue_date), reason=reason, reopen=reopen)
        console.print(f"{note} credits {number}.")
