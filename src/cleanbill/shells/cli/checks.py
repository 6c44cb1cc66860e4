"""Commands on checks and on history: list, back-test, prepare."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from cleanbill.nouns.period import day_from
from cleanbill.shells.cli import show
from cleanbill.shells.cli.billing import Json
from cleanbill.shells.cli.session import actor, chosen, console, in_words

check_app = typer.Typer(help="Look at the checks, and try one on the past.", no_args_is_help=True)
history_app = typer.Typer(
    help="What has been usual, for the checks to compare with.", no_args_is_help=True
)


@check_app.command("list")
def list_checks(as_json: Json = False) -> None:
    """List every check with the severity that holds here."""
    chosen.as_json = as_json
    with in_words():
        who = actor()
        from cleanbill.actions import backtest_check

        found = backtest_check.checks(who)
        if as_json:
            console.print_json(json.dumps(found))
            return
        rows = [
            (
                one["code"],
                show.SEVERITY.get(one["severity"], one["severity"]),
                one["subject"],
                one["title"],
                "yes" if one["backtested"] else "",
            )
            for one in found
        ]
        heads = ["code", "severity", "looks at", "what", "back-test"]
        console.print(show.table("Checks", heads, rows))


@check_app.command("backtest")
def backtest(
    code: Annotated[str, typer.Argument(help="The code of the check.")],
    start: Annotated[str, typer.Option("--from", help="First issue date of the bills.")],
    end: Annotated[str, typer.Option("--to", help="Last issue date of the bills.")],
    threshold: Annotated[
        list[str] | None, typer.Option(help="A limit to try, name=value; may be repeated.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Say what a check would have caught in past bills, and what it would have held falsely.

    Each month is judged by what was known before it. A finding is right if its row was later
    credited, corrected, released, or confirmed. Nothing is changed.
    """
    chosen.as_json = as_json
    with in_words():
        who = actor()
        from cleanbill.actions import backtest_check

        tried = dict(_pair(text) for text in threshold or ())
        days = {"start": day_from(start), "end": day_from(end)}
        found = backtest_check.backtest(who, code, **days, thresholds=tried)
        rows = found.rows.to_dicts()
        if as_json:
            console.print_json(json.dumps({"code": code, "judged": found.judged, "rows": rows}))
            return
        told = [
            (
                row["outcome"],
                f"{row['rows']:,}",
                show.money(row["money_minor"], row["currency"]),
                row["currency"],
            )
            for row in rows
        ]
        title = f"{code} from {start} to {end}: {found.judged:,} billed rows judged"
        console.print(show.table(title, ["", "rows", "money", ""], told, (1, 2)))


def _pair(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign:
        raise ValueError(f"--threshold wants name=value, not {text!r}")
    return name.strip(), value.strip()


@history_app.command("prepare")
def prepare(
    anew: Annotated[
        bool, typer.Option(help="From all bills, not only since the last time.")
    ] = False,
) -> None:
    """Work out what is usual from issued bills; from then on, every run keeps it up."""
    with in_words():
        who = actor()
        from cleanbill.actions.prepare_history import prepare_history

        done = prepare_history(who, anew=anew)
        console.print(
            f"{done.rows:,} usual figures are worked out from {done.lines:,} billed lines."
            if done.rows or done.lines
            else "Nothing has been billed since history was last prepared."
        )
