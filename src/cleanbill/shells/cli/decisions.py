"""Commands that decide about findings: waive, defer, assign, comment, confirm, dismiss, set."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from typing import Annotated, Any

import typer

from cleanbill.nouns.period import day_from
from cleanbill.shells.cli.billing import Json
from cleanbill.shells.cli.findings_shown import FOUND_SOMETHING, say
from cleanbill.shells.cli.session import actor, chosen, console, in_words

Ids = Annotated[list[int], typer.Argument(help="Numbers of findings, as the list shows them.")]
Day = Annotated[str, typer.Option(help="The day, as YYYY-MM-DD.")]
Reason = Annotated[str, typer.Option(help="Why; whoever reads it later was not there.")]
Text = Annotated[str, typer.Option(help="What you want to say.")]


def waive(
    ids: Ids,
    reason: Reason,
    until: Day,
    for_customer: Annotated[
        bool, typer.Option("--customer", help="For this check with all of the customer.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Let findings hold nothing back, up to and including a day."""
    from cleanbill.nouns.decision import Scope

    scope = Scope.CUSTOMER if for_customer else Scope.ROW
    _decide("waive", ids, as_json, reason=reason, until=_on(until), scope=scope)


def defer(ids: Ids, reason: Reason, until: Day, as_json: Json = False) -> None:
    """Let findings wait, with what they are about, until a day."""
    _decide("defer", ids, as_json, reason=reason, until=_on(until))


def assign(
    ids: Ids,
    to: Annotated[str, typer.Option(help="E-mail address of a colleague.")],
    text: Text = "",
    as_json: Json = False,
) -> None:
    """Ask a colleague to see to findings."""
    _decide("assign", ids, as_json, assignee=to, text=text)


def comment(ids: Ids, text: Text, as_json: Json = False) -> None:
    """Say something about findings; @name@example.com mentions a colleague."""
    _decide("comment", ids, as_json, text=text)


def confirm(ids: Ids, text: Text = "", as_json: Json = False) -> None:
    """Say that findings are right."""
    _decide("confirm", ids, as_json, text=text)


def dismiss(ids: Ids, text: Text = "", as_json: Json = False) -> None:
    """Say that warnings are wrong, or not worth a person's time."""
    _decide("dismiss", ids, as_json, text=text)


def withdraw(
    decision: Annotated[int, typer.Argument(help="Number of a decision (findings history).")],
    reason: Reason = "",
    as_json: Json = False,
) -> None:
    """Take back a waiver, a deferral, an assignment or a dismissal."""
    chosen.as_json = as_json
    with in_words():
        who = actor()
        from cleanbill.actions import decide_findings

        decide_findings.withdraw(who, decision, reason=reason)
        say({"withdrawn": decision}, f"Decision {decision} no longer counts.", as_json)


def set_(
    name: Annotated[str, typer.Argument(help="Code of a check, or name of a limit.")],
    value: Annotated[str, typer.Argument(help="block, warn, info or off; or the limit.")],
    reason: Reason,
    since: Annotated[str, typer.Option("--from", help="First day on which it holds.")],
    until: Annotated[str | None, typer.Option(help="First day on which it does not.")] = None,
    customer: Annotated[str | None, typer.Option(help="Only for this customer.")] = None,
    seller: Annotated[str | None, typer.Option(help="Only for this seller.")] = None,
    as_json: Json = False,
) -> None:
    """Set how gravely a check speaks, or where a limit lies."""
    chosen.as_json = as_json
    with in_words():
        who = actor()
        from cleanbill.actions import set_checks

        number = set_checks.set_check(
            who,
            name,
            value,
            reason=reason,
            valid_from=day_from(since),
            valid_to=day_from(until) if until else None,
            customer=customer,
            seller=seller,
        )
        say({"setting": number}, f"{name} is {value} from {since} on.", as_json)


def _on(text: str) -> Callable[[], date]:
    """A day that is read inside the command, where errors become words."""
    return lambda: day_from(text)


def _decide(what: str, ids: list[int], as_json: bool, **said: Any) -> None:
    chosen.as_json = as_json
    with in_words():
        who = actor()
        from cleanbill.actions import decide_findings

        plain = {name: v() if callable(v) and name == "until" else v for name, v in said.items()}
        found = getattr(decide_findings, what)(who, ids, **plain)
        rows = [
            {"finding": d.finding_id, "code": d.code, "done": d.done, "message": d.message}
            for d in found
        ]
        if as_json:
            console.print_json(json.dumps(rows))
        for d in found if not as_json else ():
            mark = f"✓ {what}" if d.done else f"✗ {d.message}"
            console.print(f"{d.finding_id} {d.code} {d.subject}: {mark}", markup=False)
    if not all(d.done for d in found):
        raise typer.Exit(FOUND_SOMETHING)
