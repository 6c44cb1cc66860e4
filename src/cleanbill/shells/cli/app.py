"""The commands, each a few lines: read arguments, call one action, show the answer."""

from __future__ import annotations

from typing import Annotated

import typer

from cleanbill import __version__
from cleanbill.shells.cli import (
    billing,
    books,
    checks,
    company,
    coupons,
    findings,
    intake,
    keeping,
    moving_in,
    orders,
    outbox,
    parties,
    retainers,
    runs,
    second,
    terms,
    web,
)
from cleanbill.shells.cli.session import chosen, console

app = typer.Typer(
    name="cleanbill",
    help="The billing specialist's workbench: every bill right the first time.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def _version(wanted: bool) -> None:
    if wanted:
        console.print(f"cleanbill {__version__}")
        raise typer.Exit


@app.callback()
def _chosen(
    organisation: Annotated[str | None, typer.Option(help="Slug of the organisation.")] = None,
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True)] = False,
) -> None:
    """The billing specialist's workbench: every bill right the first time."""
    chosen.organisation = organisation


app.command("setup")(company.setup)
app.command("sample")(company.sample)
app.command("demo")(company.demo)
app.add_typer(intake.app, name="import")
app.command("recurring")(terms.recurring)
app.command("draw")(terms.draw)
app.command("preview")(billing.preview)
app.command("parallel")(moving_in.parallel)
app.command("continue-numbers")(moving_in.continue_numbers)
app.command("run")(billing.run)
app.command("runs")(runs.runs)
app.command("pause")(runs.pause)
app.command("prepare")(second.prepare)
app.command("approve")(second.approve)
app.command("review")(second.review)
app.command("undo")(second.undo)
app.command("worker")(runs.worker)
app.add_typer(findings.app, name="findings")
app.add_typer(checks.check_app, name="check")
app.add_typer(checks.history_app, name="history")
app.command("bills")(books.bills)
app.command("coupons")(coupons.coupons)
app.command("retainers")(retainers.retainers)
app.command("orders")(orders.orders)
app.command("show")(books.show)
app.command("explain")(books.explain)
app.command("credit")(books.credit)
app.command("send")(outbox.send)
app.command("outbox")(outbox.outbox)
app.command("deliver")(outbox.deliver)
app.command("audit")(keeping.audit)
app.command("archive")(keeping.archive)
app.command("verify")(keeping.verify)
app.command("backup")(keeping.backup)
app.command("restore")(keeping.restore)
app.command("erase")(parties.erase)
app.command("hold")(parties.hold)
app.command("serve")(web.serve)
app.command("member")(web.member)
