"""Commands that begin: set up a company, write the sample company, run the demo."""

from __future__ import annotations

import os
import secrets
import time
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from cleanbill.shells.cli import show
from cleanbill.shells.cli.session import (
    actor,
    chosen,
    console,
    in_words,
    user_email,
    with_the_web,
)

LIMIT = "5000.00"
"""EUR: what one colleague of the demo may issue alone."""
SAMPLE_FILES = ("customers", "items", "prices", "agreements", "recurring", "charges")


def setup(file: Annotated[Path, typer.Argument(help="The company file (TOML).")]) -> None:
    """Set up or change a company from its company file."""
    with in_words():
        who = set_up(file)
        console.print(
            f"[green]✓[/] {file.name}: the books are ready; {who.name} is their administrator."
        )
        from cleanbill.actions.keep_look import kept_at_set_up

        kept = ", ".join(kept_at_set_up(who))
        if kept:
            console.print(
                f"[yellow]![/] Changed on the page of the look of documents, and left so: {kept}. "
                "The file says of it what it said before; where it says something new, that holds.",
                soft_wrap=True,
            )
        from cleanbill.store.master_key import key_file

        console.print(
            f"[dim]  The key to what is kept of customers lies at {key_file()}. Back it up, apart "
            "from the books: without it their names cannot be read again.[/]",
            soft_wrap=True,
        )


def set_up(file: Path) -> Any:
    """Create the schema where needed and the company; return its actor."""
    text = file.read_text(encoding="utf-8")
    from cleanbill.store.connect import open_store

    open_store(migrate=True)
    from cleanbill.actions.set_up_company import set_up_company

    return set_up_company(text, user_email())


def sample(
    folder: Annotated[Path, typer.Argument(help="Where the files go.")] = Path("sample"),
    seed: int = 1,
    size: Annotated[str, typer.Option(help="small or large")] = "small",
) -> None:
    """Write the source files of a sample company, with planted errors and the key to them."""
    with in_words():
        if size not in ("small", "large"):
            raise ValueError(f"{size!r} is no size; expected small or large")
        from cleanbill.actions.sample import write_sample

        folder.mkdir(parents=True, exist_ok=True)
        summary = write_sample(folder, seed=seed, size=size)
        rows = [(name, f"{count:,}") for name, count in summary.rows.items()]
        console.print(show.table(f"Sample company in {folder}", ["file", "rows"], rows, (1,)))


def demo(
    folder: Annotated[Path, typer.Argument(help="Where everything goes.")] = Path("demo"),
    seed: int = 1,
) -> None:
    """Run the main job on a sample company: import, verify, bill, write PDFs, audit."""
    if (folder / "cleanbill.sqlite3").exists():
        for old in folder.glob("cleanbill.sqlite3*"):
            old.unlink()
    os.environ["CLEANBILL_DATABASE_URL"] = f"sqlite:///{folder / 'cleanbill.sqlite3'}"
    with_the_web()
    begun = time.monotonic()
    with in_words():
        from cleanbill.actions.sample import PERIOD, write_sample

        source = folder / "files"
        source.mkdir(parents=True, exist_ok=True)
        console.rule("[bold]1  A month of files[/]", align="left")
        summary = write_sample(source, seed=seed, size="small")
        console.print(
            f"  {', '.join(f'{n:,} {name}' for name, n in summary.rows.items())} → {source}"
        )
        set_up(source / "company.toml")
        console.rule("[bold]2  Import[/]", align="left")
        _import(source)
        console.rule("[bold]3  Verify, price, tax, issue[/]", align="left")
        from cleanbill.shells.cli.billing import issue, outcome_tables

        last_day: date = PERIOD.last_day
        outcome = issue(actor(), last_day, last_day)
        outcome_tables(outcome)
        _closing(outcome)
        console.rule("[bold]4  Look[/]", align="left")
        _papers(folder / "bills")
        console.rule("[bold]5  Audit[/]", align="left")
        _audit()
        password = _colleagues()
        _second_person(source / "company.toml")
    _next(folder, time.monotonic() - begun, password)


def _import(source: Path) -> None:
    from cleanbill.actions.import_file import import_file
    from cleanbill.formats.tabular import write_rejects
    from cleanbill.shells.cli.intake import tell

    who = actor()
    for kind in SAMPLE_FILES:
        report = import_file(who, kind, source / f"{kind}.csv")
        rejects = None
        if report.intake.rejected.height:
            rejects = source / f"{kind}.rejected.csv"
            write_rejects(rejects, report.intake.rejected)
        tell(report, rejects)


def _closing(outcome: Any) -> None:
    """Show that nothing got lost: imported = billed + held + waiting + not billable."""
    from cleanbill.shells.cli.billing import WORDS

    counts: dict[str, int] = {}
    for row in outcome.charges.to_dicts():
        counts[row["disposition"]] = counts.get(row["disposition"], 0) + row["count"]
    parts = " + ".join(f"{count:,} {WORDS[name]}" for name, count in sorted(counts.items()))
    console.print(f"[green]✓[/] {sum(counts.values()):,} charges = {parts}\n")


def _papers(folder: Path) -> None:
    """Write some bills as PDF: the longest invoice, one in another currency, a credit note, …"""
    from cleanbill.actions import look_up
    from cleanbill.formats import pdf

    who = actor()
    folder.mkdir(parents=True, exist_ok=True)
    invoices = look_up.bills(who, kind="invoice", limit=100_000)
    notes = look_up.bills(who, kind="credit_note", limit=1)
    chosen_bills = [
        max(invoices, key=lambda b: b["line_count"]),
        min(invoices, key=lambda b: b["line_count"]),
    ]
    chosen_bills += [b for b in invoices if b["tax_minor"] == 0][:1] + notes
    renderer = pdf.Renderer()
    for bill in {b["number"]: b for b in chosen_bills}.values():
        place = folder / f"{bill['number']}.pdf"
        place.write_bytes(renderer.render(look_up.document(who, bill["number"])))
        amount = show.money(bill["payable_minor"], bill["currency"])
        kind = bill["kind"].replace("_", " ")
        console.print(
            f"  {place}  [dim]{kind}, {bill['line_count']} lines, {amount} {bill['currency']}[/]"
        )
    chosen.example = chosen_bills[0]["number"]


def _audit() -> None:
    from cleanbill.actions.audit_books import audit_books

    report = audit_books(actor())
    if report.breaches:
        raise ValueError("; ".join(f"{b.code}: {b.row}" for b in report.breaches[:5]))
    console.print(
        f"[green]✓[/] {report.bills:,} bills, {report.lines:,} lines priced again: "
        "every law of the books holds.\n"
    )


def _colleagues() -> str:
    """Let one colleague per role in, all with the password that is returned: one for this demo."""
    from cleanbill.actions.access import ROLES
    from cleanbill.actions.let_in import let_in

    who, password = actor(), secrets.token_urlsafe(12)
    for role in ROLES:
        let_in(who, _colleague(role), role, password=password)
    return password


def _second_person(company: Path) -> None:
    """Now that there are colleagues, let no run above a limit go out without a second one."""
    text = company.read_text(encoding="utf-8")
    limit = f'[policy]\napproval_above = {{ EUR = "{LIMIT}" }}\n'
    company.write_text(text.replace("[policy]\n", limit, 1), encoding="utf-8", newline="\n")
    set_up(company)


def _colleague(role: str) -> str:
    return f"{role.replace('_', '-')}@example.com"


def _next(folder: Path, seconds: float, password: str) -> None:
    console.print(f"[bold]Done in {seconds:.1f} s.[/] What now?")
    base = f"CLEANBILL_DATABASE_URL=sqlite:///{folder}/cleanbill.sqlite3 .venv/bin/cleanbill"
    for what, command in (
        ("What is held, and what to do", "findings CB-CUS-003"),
        ("Why an amount is what it is", f"explain {chosen.example} 1"),
        ("Subscriptions, and how their charges came about", "recurring ABO-2026-0003"),
        ("A bill in the terminal", f"show {chosen.example}"),
        ("Every bill", "bills"),
    ):
        console.print(f"  {what}:\n    [cyan]{base} {command}[/]", soft_wrap=True)
    console.print(f"  The PDFs: [cyan]{folder}/bills[/]")
    from cleanbill.actions.access import ROLES

    console.print(
        f"  In a browser:\n    [cyan]{base} serve[/]\n    then http://127.0.0.1:8000 as "
        f"{', '.join(map(_colleague, ROLES))}; password [bold]{password}[/]",
        soft_wrap=True,
    )
    console.print(
        f"  From now on a run above {LIMIT} EUR needs a second person: prepared by the specialist, "
        "approved by the approver.",
        soft_wrap=True,
    )
