"""Commands on runs: list, pause, and the worker that takes them."""

from __future__ import annotations

import json
import signal
import sys
import time
from typing import Annotated

import typer

from cleanbill.shells.cli import show
from cleanbill.shells.cli.billing import Json
from cleanbill.shells.cli.session import actor, chosen, console, in_words

POLL = 2
"""Seconds after which a worker looks again whether a run is waiting."""


def runs(as_json: Json = False) -> None:
    """List the latest runs."""
    chosen.as_json = as_json
    with in_words():
        who = actor()
        from cleanbill.actions import look_up

        found = look_up.runs(who)
        if as_json:
            console.print_json(json.dumps(found, default=str))
            return
        rows = [
            (
                r["id"],
                r["state"],
                r["until"],
                r["issue_date"],
                f"{sum(b['count'] for b in r['totals'].get('bills', [])):,}",
                f"{r['charges_done']:,} of {r['charges_whole']:,}",
                f"{r['started_at']:%Y-%m-%d %H:%M}",
                r["actor"],
            )
            for r in found
        ]
        console.print(
            show.table(
                "Runs",
                ["run", "state", "until", "issued", "bills", "charges", "started", "by"],
                rows,
                (0, 4, 5),
            )
        )


def pause(run: Annotated[int, typer.Argument(help="The run's number.")]) -> None:
    """Pause a run after the chunk that it is writing; it goes on with run --resume."""
    with in_words():
        who = actor()
        from cleanbill.actions import steer_run

        steer_run.pause_run(who, run)
        console.print(
            f"Run {run} stops after its current chunk. Go on: cleanbill run --resume {run}"
        )


def worker(
    once: Annotated[bool, typer.Option(help="End when nothing is waiting.")] = False,
) -> None:
    """Work on queued runs, jobs and messages; go on with runs whose process has ended."""
    with in_words():
        from cleanbill.store.connect import open_store

        open_store()
        from cleanbill.actions.take_job import take_job
        from cleanbill.actions.take_message import Postman
        from cleanbill.actions.take_run import take_run

        def tell(text: str) -> None:
            console.print(text, markup=False)

        if not once:
            # Ending anywhere is safe: what is not committed is as if it had never begun.
            signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        postman = Postman(tell)
        # Small jobs first: a page waits for them, while a run may take minutes.
        while (busy := take_job(tell) or postman.take_message() or take_run(tell)) or not once:
            if not busy:
                time.sleep(POLL)
