"""Commands of mail out: send bills, look at the outbox, deliver what waits."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cleanbill.shells.cli import show
from cleanbill.shells.cli.billing import Json
from cleanbill.shells.cli.session import actor, chosen, console, in_words

if TYPE_CHECKING:
    from cleanbill.actions.send_bills import Asked

FOUND = 1
"""Exit code when something needs a person."""
STATES = {
    "queued": "waits",
    "claimed": "is being sent",
    "sent": "sent",
    "accepted_unknown": "no answer",
    "failed": "refused",
    "given_up": "given up",
    "withdrawn": "withdrawn",
}


def send(
    what: Annotated[str, typer.Argument(help="The number of a run, or of a bill.")],
    again: Annotated[bool, typer.Option(help="Also a bill that was sent before.")] = False,
    reason: Annotated[str, typer.Option(help="Why it is sent again.")] = "",
    as_json: Json = False,
) -> None:
    """Put the bills of a run, or one bill, into the outbox; a worker or `deliver` sends them."""
    chosen.as_json = as_json
    with in_words():
        who = actor()
        from cleanbill.actions import send_bills

        if what.isascii() and what.isdigit() and len(what) < 19:
            if again:
                raise ValueError("Only single bills are sent again; name the bill's number.")
            asked = send_bills.send_run(who, int(what))
        else:
            asked = send_bills.send_bill(who, what, again=again, reason=reason)
        _told(asked, as_json)
    if asked.unsent:
        raise typer.Exit(FOUND)


def _told(asked: Asked, as_json: bool) -> None:
    unsent = [
        {"bill": row.number, "customer": row.customer, "why": row.why} for row in asked.unsent
    ]
    if as_json:
        answer = {"queued": asked.queued, "already": asked.already, "unsent": unsent}
        console.print_json(json.dumps(answer))
        return
    if asked.queued:
        console.print(f"[green]✓[/] {asked.queued:,} in the outbox: cleanbill deliver")
    if asked.already:
        console.print(f"{asked.already:,} wait or have been sent already.")
    if unsent:
        rows = [(row["bill"], row["customer"] or "", row["why"]) for row in unsent]
        console.print(show.table("Not sent", ["bill", "customer", "why"], rows))


def outbox(
    state: Annotated[
        str, typer.Option("--show", help="Only waiting, trouble, withdrawn or sent ones.")
    ] = "",
    as_json: Json = False,
) -> None:
    """List the messages that wait or could not be sent, newest first, with the last answer."""
    chosen.as_json = as_json
    with in_words():
        who = actor()
        from cleanbill.actions import look_at_outbox

        if state and state not in look_at_outbox.STATES:
            raise ValueError(f"{state!r} is none of {', '.join(look_at_outbox.STATES)}")
        found = look_at_outbox.messages(who, show=state)
        if as_json:
            more = sorted(found.more)
            answer = {"messages": found.messages, "counts": found.counts, "more": more}
            console.print_json(json.dumps(answer, default=str))
            return
        counts = ", ".join(
            f"{count:,}{'+' if name in found.more else ''} {name}"
            for name, count in found.counts.items()
        )
        title = f"Outbox ({counts})"
        columns = ["message", "bill", "to", "state", "age", "tries", "next", "last answer"]
        console.print(show.table(title, columns, [_row(row) for row in found.messages], (0, 4, 5)))


def _row(row: dict[str, Any]) -> tuple[Any, ...]:
    again = row["next_try_at"]
    return (
        row["id"],
        row["number"],
        row["recipient"],
        STATES[row["state"]],
        age(row["age_minutes"]),
        row["attempts"],
        f"{again:%Y-%m-%d %H:%M}" if again else "",
        row["answer"],
    )


def age(minutes: int) -> str:
    """Return how long something has lasted, in its largest unit.

    >>> age(5), age(150), age(4000)
    ('5 min', '2 h', '2 d')
    """
    if minutes < 60:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 60 * 48 else f"{minutes // (60 * 24)} d"


def deliver(as_json: Json = False) -> None:
    """Send what waits in the outbox, once; exit code 1 when a message could not be sent."""
    chosen.as_json = as_json
    with in_words():
        who = actor()
        from cleanbill.actions import deliver_mail

        done = deliver_mail.deliver(who)
        if as_json:
            answer = {"states": dict(done.states), "trouble": done.trouble}
            console.print_json(json.dumps(answer))
        else:
            said = [f"{count:,} {STATES[state]}" for state, count in sorted(done.states.items())]
            console.print(", ".join(said) if said else "Nothing waits to be sent now.")
            if done.trouble:
                console.print(f"Nothing more can be sent now: {done.trouble}", markup=False)
    if set(done.states) - {"sent"}:
        raise typer.Exit(FOUND)
