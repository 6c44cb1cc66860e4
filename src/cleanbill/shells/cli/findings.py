"""Commands about findings: list them with what waits on them, and act on one or many."""

from __future__ import annotations

import json
from typing import Annotated

import typer
from typer.core import TyperGroup

from cleanbill.shells.cli import decisions, show
from cleanbill.shells.cli.billing import IssueDate, Json, Until, _day, outcome_tables
from cleanbill.shells.cli.findings_shown import (
    counted,
    listed,
    reported,
    words_of,
)
from cleanbill.shells.cli.session import actor, chosen, console, in_words

Ids = Annotated[list[int], typer.Argument(help="Numbers of findings, as the list shows them.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do it; without, it is only shown.")]


FIRST = 20
"""So many are listed where nobody says how many."""


class Findings(TyperGroup):
    """A group in which a check's code, or nothing, means the list."""

    def parse_args(self, ctx: typer.Context, args: list[str]) -> list[str]:
        """Take options without a command for those of the list."""
        if args and args[0] not in self.commands and args[0] != "--help":
            args = ["list", *args]
        return super().parse_args(ctx, args)


app = typer.Typer(cls=Findings, help="List open findings, and act on them.", no_args_is_help=False)


@app.callback(invoke_without_command=True)
def _nothing_asked(context: typer.Context) -> None:
    """List open findings, and act on them."""
    if context.invoked_subcommand is None:
        list_(None)


@app.command("list")
def list_(
    code: Annotated[str | None, typer.Argument(help="Show the findings of one code.")] = None,
    owner: Annotated[str | None, typer.Option(help="specialist or master_data.")] = None,
    severity: Annotated[str | None, typer.Option(help="block, warn or info.")] = None,
    customer: Annotated[str | None, typer.Option(help="Only about this customer.")] = None,
    assignee: Annotated[str | None, typer.Option(help="Only what this person was asked.")] = None,
    put_off: Annotated[bool, typer.Option(help="Also what was waived or deferred.")] = False,
    limit: Annotated[
        int | None,
        typer.Option(help="So many one by one (20), of all checks where no code is given."),
    ] = None,
    every: Annotated[
        bool, typer.Option("--all", help="Also the warnings beyond the budget of attention.")
    ] = False,
    as_json: Json = False,
) -> None:
    """List open findings: counted by code, or one by one with reason, repair, age and money.

    One by one are those of a code, of an owner, severity, customer or colleague, or with --limit
    those of all checks, the worthiest first, as the work queue shows them. Of warnings so
    many per 1,000 bills as the policy says (warnings_per_1000_bills); JSON has them all, and so has
    a list of one customer or colleague.
    """
    chosen.as_json = as_json
    with in_words():
        who = actor()
        from cleanbill.actions import find_findings, rank_findings

        ids = None
        if not any((owner, severity, customer, assignee, put_off)):
            one_by_one = code is not None or limit is not None
            worth = rank_findings.worth_a_look(
                who, code=code, limit=limit or FIRST, every=every or as_json
            )
            if not one_by_one:
                counted(worth.counted, as_json)
            if worth.smaller and not as_json:
                again = f"cleanbill findings {code} --all" if code else "cleanbill findings --all"
                console.print(f"And {worth.smaller:,} smaller ones: {again}")
            if not one_by_one:
                return
            ids = [row["id"] for row in worth.rows]
        found = find_findings.list_findings(
            who,
            code=code,
            owner=owner,
            severity=severity,
            customer=customer,
            assignee=assignee,
            put_off=put_off,
            ids=ids,
            limit=limit or FIRST,
        )
        if as_json:
            console.print_json(json.dumps(found, default=str))
            return
        listed(code, found)


@app.command("verify")
def verify(until: Until = None, issue_date: IssueDate = None, as_json: Json = False) -> None:
    """Verify all open charges and keep what is found; nothing is billed."""
    chosen.as_json = as_json
    with in_words():
        who = actor()
        from cleanbill.actions import verify_again

        days = {"until": _day(until), "issue_date": _day(issue_date)}
        outcome = verify_again.verify_charges(who, **days)
        if as_json:
            parts = {p: getattr(outcome, p).to_dicts() for p in ("charges", "findings")}
            console.print_json(json.dumps({"run": outcome.run_id, **parts}))
            return
        outcome_tables(outcome, "would be ")


@app.command("apply")
def apply(
    ids: Ids,
    said: Annotated[
        list[str] | None,
        typer.Option("--set", help="What the proposal asks for, as COLUMN=VALUE; repeatable."),
    ] = None,
    yes: Yes = False,
    key: Annotated[str | None, typer.Option(help="Idempotency key: safe to repeat.")] = None,
    as_json: Json = False,
) -> None:
    """Show what the proposed repair changes, from what to what; with --yes carry it out."""
    chosen.as_json = as_json
    with in_words():
        who = actor()
        from cleanbill.actions import mend_findings

        values = dict(_pair(text) for text in said or ())
        report = mend_findings.apply_proposals(
            who, ids, said=values, dry_run=not yes, idempotency_key=key
        )
        reported(report, as_json, "apply")


@app.command("undo")
def undo(
    repairs: Annotated[list[int], typer.Argument(help="Numbers of repairs (findings repairs).")],
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Show what undoing repairs brings back; with --yes do it, if nothing was billed of them."""
    chosen.as_json = as_json
    with in_words():
        who = actor()
        from cleanbill.actions import undo_repairs

        reported(undo_repairs.undo_repairs(who, repairs, dry_run=not yes), as_json, "undo")


@app.command("repairs")
def repairs(as_json: Json = False) -> None:
    """List the repairs that stand, the latest first."""
    chosen.as_json = as_json
    with in_words():
        who = actor()
        from cleanbill.actions import find_findings

        found = find_findings.list_repairs(who)
        if as_json:
            console.print_json(json.dumps(found, default=str))
            return
        columns = ["repair", "code", "subject", "what", "when", "who"]
        rows = [
            (
                r["id"],
                r["code"],
                r["subject"],
                words_of(r["kind"]),
                f"{r['at']:%Y-%m-%d}",
                r["actor"],
            )
            for r in found
        ]
        console.print(show.table("Repairs that stand", columns, rows, (0,)))


@app.command("history")
def history(
    finding: Annotated[int, typer.Argument(help="Number of a finding.")], as_json: Json = False
) -> None:
    """Show all that was decided and said about a finding."""
    chosen.as_json = as_json
    with in_words():
        who = actor()
        from cleanbill.actions import find_findings

        found = find_findings.finding_history(who, finding)
        if as_json:
            console.print_json(json.dumps(found, default=str))
            return
        rows = [
            (
                r["id"],
                f"{r['at']:%Y-%m-%d %H:%M}",
                r["actor"],
                words_of(r["kind"]),
                r["day"] or "",
                r["text"] or r["assignee"] or "",
            )
            for r in found
        ]
        columns = ["no.", "when", "who", "what", "until", ""]
        console.print(show.table(f"Finding {finding}", columns, rows, (0,)))


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise ValueError(f"--set takes COLUMN=VALUE, such as purchase_order=PO-1, not {text!r}")
    return name.strip(), value


for _name in (*("waive", "defer", "assign", "comment", "confirm", "dismiss", "withdraw"), "set"):
    app.command(_name)(getattr(decisions, "set_" if _name == "set" else _name))
