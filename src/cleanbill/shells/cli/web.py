"""Commands for people in a browser: serve the workbench, let somebody in."""

from __future__ import annotations

import signal
import subprocess
import sys
from typing import Annotated

import typer

from cleanbill.shells.cli.session import actor, console, in_words, with_the_web

_WORKER = [sys.executable, "-c", "from cleanbill.shells.cli import main; main()", "worker"]
"""Runs are issued by a process of their own, so that pages stay quick."""
ROLES = "specialist, approver, master_data, auditor or admin"


def serve(
    port: Annotated[int, typer.Option(help="Where to listen.", min=1, max=65535)] = 8000,
    host: Annotated[str, typer.Option(help="On which address.")] = "127.0.0.1",
    threads: Annotated[int, typer.Option(help="Requests answered at once.", min=1, max=64)] = 4,
    worker: Annotated[bool, typer.Option(help="Work on queued runs, too.")] = True,
) -> None:
    """Serve the workbench to browsers, until stopped."""
    with in_words():
        with_the_web()
        from cleanbill.store.connect import exists, open_store

        open_store()
        if not exists():
            raise LookupError("No books here yet. Set up a company first: cleanbill setup FILE")
        open_store(migrate=True)
        from waitress import create_server

        from cleanbill.shells.web.wsgi import application

        server = create_server(application, host=host, port=port, threads=threads, ident="")
        # A service manager ends a server by SIGTERM: its worker must end with it.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        helper = subprocess.Popen(_WORKER) if worker else None  # noqa: S603
        console.print(f"The workbench is at http://{host}:{port}  (Ctrl-C ends it)")
        try:
            server.run()
        except KeyboardInterrupt:
            server.close()
        finally:
            if helper is not None:
                helper.terminate()
                helper.wait()


def member(
    email: Annotated[str, typer.Argument(help="The person's e-mail address.")],
    role: Annotated[str, typer.Option(help=ROLES)],
    name: Annotated[str, typer.Option(help="What colleagues call the person.")] = "",
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read a first password from standard input.")
    ] = False,
) -> None:
    """Let somebody work here: a role in the organisation, and a first password."""
    with in_words():
        with_the_web()
        who = actor()
        from cleanbill.actions.let_in import let_in

        password = sys.stdin.readline().rstrip("\n") if password_stdin else None
        let_in(who, email, role, name=name, password=password)
        console.print(f"[green]✓[/] {email} is {role} here.")
