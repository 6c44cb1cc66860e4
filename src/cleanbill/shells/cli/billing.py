"""Commands of the billing run: preview, run, runs, findings."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import partial
from typing import Annotated, Any

import typer

from cleanbill.nouns.period import day_from
from cleanbill.shells.cli import show
from cleanbill.shells.cli.session import actor, chosen, console, in_words

Json = Annotated[bool, typer.Option("--json", help="Answer in JSON.")]
Until = Annotated[str | None, typer.Option(help="Cut-off: last service date billed (today).")]
IssueDate = Annotated[str | None, typer.Option(help="Date of the bills (today).")]
WORDS = {
    "clear": "billed",
    "held": "held back",
    "waiting": "waiting for the cut-off",
    "not_billable": "not billable",
}


def _day(text: str | None) -> date:
    return day_from(text) if text else datetime.now(UTC).date()


def preview(
    until: Until = None,
    issue_date: IssueDate = None,
    customer: Annotated[str | None, typer.Option(help="Only this customer.")] = None,
    documents: Annotated[int, typer.Option(help="Show the first N bills.")] = 0,
    as_json: Json = False,
) -> None:
    """Show what a run would bill and hold now; nothing is written."""
    chosen.as_json = as_json
    with in_words():
        who = actor()
        from cleanbill.actions import run_billing

        outcome = run_billing.preview(
            who,
            until=_day(until),
            issue_date=_day(issue_date),
            customer=customer,
            documents=documents,
        )
        _show(outcome, as_json, "would be ")
        _attention(who, outcome, as_json)


def run(
    until: Until = None,
    issue_date: IssueDate = None,
    key: Annotated[
        str | None, typer.Option(help="Idempotency key: repeat it to go on after a crash.")
    ] = None,
    customer: Annotated[str | None, typer.Option(help="Only this customer.")] = None,
    queue: Annotated[bool, typer.Option(help="Leave it to a worker.")] = False,
    resume: Annotated[int | None, typer.Option(help="Go on with this run.")] = None,
    as_json: Json = False,
) -> None:
    """Issue every bill that can go out; hold the rest with its reasons."""
    chosen.as_json = as_json
    with in_words():
        who = actor()
        from cleanbill.actions import steer_run

        asked = {"until": _day(until), "issue_date": _day(issue_date), "customer": customer}
        if queue:
            number = steer_run.queue_run(who, **asked, idempotency_key=key)
            told = {"run": number, "state": "queued"}
            console.print_json(json.dumps(told)) if as_json else console.print(
                f"Run {number} waits for a worker: cleanbill worker"
            )
            return
        if resume is not None:
            outcome = _with_bar(partial(steer_run.resume_run, who, resume), quiet=as_json)
        else:
            outcome = issue(who, **asked, key=key, quiet=as_json)
        _show(outcome, as_json)
        _attention(who, outcome, as_json)


def issue(
    who: Any,
    until: date,
    issue_date: date,
    *,
    customer: str | None = None,
    key: str | None = None,
    quiet: bool = False,
) -> Any:
    """Run the billing with a progress bar; return the outcome."""
    from cleanbill.actions import run_billing

    asked = {"until": until, "issue_date": issue_date, "customer": customer}
    return _with_bar(
        partial(run_billing.run_billing, who, **asked, idempotency_key=key), quiet=quiet
    )


def _with_bar(run: Callable[..., Any], *, quiet: bool) -> Any:
    """Run the billing with a progress bar; return the outcome."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, disable=quiet, transient=True) as bar:
        task = bar.add_task("Starting", total=None)

        def progress(stage: str, done: int, whole: int) -> None:
            bar.update(task, description=stage, completed=done, total=whole or None)

        return run(progress=progress)


def _show(outcome: Any, as_json: bool, mood: str = "") -> None:
    if as_json:
        parts = {p: getattr(outcome, p).to_dicts() for p in ("charges", "bills", "findings")}
        documents = [json.loads(d) for d in outcome.documents]
        if outcome.orders.height:
            parts["orders"] = outcome.orders.to_dicts()
        console.print_json(json.dumps({"run": outcome.run_id, **parts, "documents": documents}))
        return
    for text in outcome.documents:
        from cleanbill.formats.terminal import bill_text

        console.print(bill_text(json.loads(text)), markup=False)
    outcome_tables(outcome, mood)


def _attention(who: Any, outcome: Any, as_json: bool) -> None:
    """Say which warnings are worth a look now, and how many smaller ones there are."""
    from cleanbill.actions.rank_findings import attention

    shown, smaller, per_1000 = attention(who, outcome)
    if smaller and not as_json:
        console.print(
            f"Warnings worth a look: {shown:,} ({per_1000} per 1,000 bills), most money first: "
            f"cleanbill findings. And {smaller:,} smaller ones: cleanbill findings --all"
        )


def outcome_tables(outcome: Any, mood: str = "") -> None:
    """Print what became of the charges, the bills, and what was held by reason."""
    from cleanbill.cycle.verify.catalogue import BY_CODE

    rows = [
        (
            mood + WORDS[r["disposition"]],
            r["kind"],
            f"{r['count']:,}",
            show.money(r["net_minor"], r["currency"]),
            r["currency"],
        )
        for r in outcome.charges.to_dicts()
    ]
    console.print(
        show.table("What became of the charges", ["", "kind", "charges", "net", ""], rows, (2, 3))
    )
    rows = [
        (
            r["kind"].replace("_", " "),
            f"{r['count']:,}",
            *(show.money(r[c], r["currency"]) for c in ("net_minor", "tax_minor", "payable_minor")),
            r["currency"],
        )
        for r in outcome.bills.to_dicts()
    ]
    console.print(
        show.table("Bills", ["kind", "bills", "net", "tax", "payable", ""], rows, (1, 2, 3, 4))
    )
    _would_draw(outcome.orders)
    rows = [
        (
            r["code"],
            show.SEVERITY[r["severity"]],
            BY_CODE[r["code"]].title,
            f"{r['count']:,}",
            show.money(r["at_stake_minor"], r["currency"] or "EUR"),
            r["currency"],
        )
        for r in outcome.findings.sort("severity", "code").to_dicts()
    ]
    if rows:
        console.print(
            show.table(
                "Findings", ["code", "severity", "what", "rows", "at stake", ""], rows, (3, 4)
            )
        )


def _would_draw(orders: Any) -> None:
    """Print what a preview would draw of purchase orders, if of any."""
    rows = [
        (
            r["customer"],
            r["purchase_order"],
            f"{r['count']:,}",
            show.money(r["net_minor"], r["currency"]),
            r["currency"],
        )
        for r in orders.to_dicts()
    ]
    if rows:
        title = "Would be drawn of purchase orders"
        columns = ["customer", "purchase order", "lines", "net", ""]
        console.print(show.table(title, columns, rows, (2, 3)))
