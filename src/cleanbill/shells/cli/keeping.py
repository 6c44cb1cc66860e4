"""Commands that keep the books safe: audit, archive and verify, backup and restore."""

from __future__ import annotations

import json
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from cleanbill.shells.cli import show
from cleanbill.shells.cli.billing import Json
from cleanbill.shells.cli.session import INPUT_ERROR, actor, chosen, complaints, console, in_words

if TYPE_CHECKING:
    from cleanbill.actions.audit_books import Audit

BROKEN = 1
"""Exit code when a law is broken."""


@contextmanager
def _for_cron() -> Iterator[None]:
    """See that whatever keeps a check from being run ends with 2, never with 1 as a breach does."""
    try:
        with in_words():
            yield
    except typer.Exit:
        raise
    except Exception:
        traceback.print_exc()
        raise typer.Exit(INPUT_ERROR) from None


@contextmanager
def _bar(quiet: bool) -> Iterator[Callable[[str, int, int], None]]:
    """Show progress where somebody looks."""
    text = TextColumn("{task.description}")
    nobody = quiet or not complaints.is_terminal
    columns = (text, BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=complaints, disable=nobody, transient=True) as bar:
        task = bar.add_task("Starting", total=None)

        def progress(stage: str, done: int, whole: int) -> None:
            bar.update(task, description=stage, completed=done, total=whole or None)

        yield progress


def audit(
    since_head: Annotated[
        Path | None, typer.Option(help="Chain heads exported before: the chains must contain them.")
    ] = None,
    export_head: Annotated[
        Path | None, typer.Option(help="Write where the chains end to this file, if all is well.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Check every law of the books; exit code 1 if one is broken, 2 if that could not be done."""
    chosen.as_json = as_json
    with _for_cron():
        who = actor()
        from cleanbill.actions.audit_books import audit_books
        from cleanbill.formats import chain_heads

        with _bar(as_json) as progress:
            report = audit_books(who, since=since_head, progress=progress)
        if export_head and report.ends and not report.breaches:
            chain_heads.write(report.ends, export_head)
    if as_json:
        console.print_json(json.dumps(_values(report)))
    else:
        _told(report, export_head)
    if report.breaches:
        raise typer.Exit(BROKEN)


def _values(report: Audit) -> dict[str, Any]:
    broken = [{"law": b.code, "says": b.says, "row": b.row} for b in report.breaches]
    return {
        "bills": report.bills,
        "lines": report.lines,
        "heads": report.heads,
        "breaches": broken,
        "counts": report.counts,
    }


def _told(report: Audit, export_head: Path | None) -> None:
    if report.breaches:
        rows = [(b.code, b.says, b.row) for b in report.breaches]
        console.print(show.table("Broken laws", ["law", "says", "broken by"], rows))
        _counted(report.counts)
        if export_head:
            console.print(f"{export_head} was not written: broken books make no anchor.")
        return
    console.print(
        f"[green]✓[/] {report.bills:,} bills and {report.lines:,} replayed lines: every law holds."
    )
    for prefix, head in report.heads.items():
        console.print(f"[dim]  chain of {prefix} ends at {head}[/]")
    if export_head:
        console.print(f"  {export_head} holds these heads; keep it on another machine.")


def _counted(counts: Mapping[str, int]) -> None:
    rows = [(code, f"{count:,}") for code, count in counts.items()]
    console.print(show.table("Rows that break them", ["law", "rows"], rows, (1,)))


def archive(
    folder: Annotated[Path, typer.Argument(help="A new folder.")], as_json: Json = False
) -> None:
    """Export every bill with its entry and chain to files that need no database to be verified."""
    chosen.as_json = as_json
    with _for_cron():
        who = actor()
        from cleanbill.actions.archive_books import archive_books
        from cleanbill.formats import chain_heads

        with _bar(as_json) as progress:
            heads = archive_books(who, folder, progress=progress)
        if as_json:
            console.print_json(json.dumps(chain_heads.values(heads)))
            return
        for head in heads.series:
            console.print(f"  {head.prefix} up to {head.number or 'nothing yet'}  [dim]{head.head}")
        console.print(f"[green]✓[/] {folder} is complete; prove it: cleanbill verify {folder}")


def verify(
    folder: Annotated[Path, typer.Argument(help="The archive's folder.")],
    head: Annotated[
        Path | None, typer.Option(help="Chain heads kept elsewhere: the archive must contain them.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Verify an archive from its files alone; exit code 1 if something is wrong, 2 if none."""
    chosen.as_json = as_json
    with _for_cron():
        from cleanbill.formats import bill_archive_check, chain_heads

        known = chain_heads.read(head) if head else None
        with _bar(as_json) as progress:
            found = bill_archive_check.check(
                folder, known, lambda bills: progress("Verifying", bills, 0)
            )
    broken = [(code, bill_archive_check.SAYS[code], row) for code, row in found.first.items()]
    if as_json:
        rows = [{"law": code, "says": says, "row": row} for code, says, row in broken]
        answer = {"bills": found.bills, "heads": found.heads, "breaches": rows}
        console.print_json(json.dumps({**answer, "counts": found.counts}))
    elif broken:
        title = "What is wrong, and where first"
        console.print(show.table(title, ["law", "says", "broken by"], broken))
        _counted(found.counts)
    else:
        console.print(
            f"[green]✓[/] {found.bills:,} bills: every hash, number, sum and entry holds."
        )
        for prefix, link in found.heads.items():
            console.print(f"[dim]  chain of {prefix} ends at {link}[/]")
        if known is None:
            console.print("  Whether bills at the end are missing is told by --head only.")
    if broken:
        raise typer.Exit(BROKEN)


def backup(file: Annotated[Path, typer.Argument(help="A new file.")]) -> None:
    """Back up the whole database to one file, while others work on it."""
    chosen.as_json = False
    with _for_cron():
        from cleanbill.store.connect import exists, open_store

        open_store()
        if not exists():
            raise ValueError("No books here yet: there is nothing to back up.")
        from cleanbill.actions.keep_backups import back_up

        size = back_up(file)
        console.print(f"[green]✓[/] {file}: {size:,} bytes. A backup counts once it was restored.")


def restore(
    file: Annotated[Path, typer.Argument(help="A file that `cleanbill backup` wrote.")],
    replace: Annotated[
        bool, typer.Option("--replace", help="Lose the books that the database holds now.")
    ] = False,
) -> None:
    """Restore a backup, bring its schema up to date, and audit it; exit codes as of audit."""
    chosen.as_json = False
    with _for_cron():
        from cleanbill.store.connect import open_store

        open_store()
        from cleanbill.actions import keep_backups

        with _bar(quiet=False) as progress:
            restored = keep_backups.restore(file, replace=replace, progress=progress)
        for slug, report in restored.audits.items():
            console.print(f"[bold]{slug}[/]")
            _told(report, None)
    if any(report.breaches for report in restored.audits.values()):
        raise typer.Exit(BROKEN)
