"""Commands for moving in: compare with the system before this one."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.text import Text

from cleanbill.shells.cli import show
from cleanbill.shells.cli.billing import IssueDate, Json, Until, _day, _with_bar
from cleanbill.shells.cli.intake import ProfileName, profile_of
from cleanbill.shells.cli.session import actor, chosen, console, in_words

_SHOWN = 15


def parallel(
    against: Annotated[Path, typer.Option(help="Bills of the old system: CSV, XLSX, Parquet.")],
    until: Until = None,
    issue_date: IssueDate = None,
    profile: ProfileName = None,
    tolerance: Annotated[int, typer.Option(help="Minor units of a line that are rounding.")] = 1,
    output: Annotated[
        Path | None, typer.Option("--output", help="Where all differences go (.csv or .xlsx).")
    ] = None,
    as_json: Json = False,
) -> None:
    """Compare what another system billed with what Cleanbill would bill for the same charges.

    Nothing is issued and nothing kept. Import the charges of the period first.
    """
    chosen.as_json = as_json
    with in_words():
        who = actor()
        from cleanbill.actions.run_parallel import run_parallel

        if output is not None and output.suffix.lower() not in (".csv", ".xlsx"):
            raise ValueError(f"Differences go to .csv or .xlsx, not {output.suffix or 'nothing'!r}")
        asked = {"until": _day(until), "issue_date": _day(issue_date), "tolerance": tolerance}
        asked["profile"] = profile_of(profile)
        found = _with_bar(partial(run_parallel, who, against, **asked), quiet=as_json)
        if output is not None:
            from cleanbill.formats.parallel_rows import shown_rows
            from cleanbill.formats.tabular import write_rows

            write_rows(output, shown_rows(found.comparison.differences), "differences")
        if as_json:
            console.print_json(json.dumps(_values(found, output)))
        else:
            _tell(found, output)
    if found.intake.rejected.height or found.comparison.differences.height:
        raise typer.Exit(1)


def continue_numbers(
    kind: Annotated[str, typer.Argument(help="invoice or credit_note.")],
    last: Annotated[str, typer.Argument(help="The old system's last number.")],
    as_json: Json = False,
) -> None:
    """Let a series go on after the old system's last number, before its first bill here."""
    chosen.as_json = as_json
    with in_words():
        who = actor()
        from cleanbill.actions import continue_numbers as numbers

        following = numbers.continue_numbers(who, kind, last)
        if as_json:
            console.print_json(json.dumps({"kind": kind, "next": following}))
        else:
            console.print(f"The next {kind.replace('_', ' ')} is the {following:,}. of its series.")


def _values(found: Any, output: Path | None) -> dict[str, Any]:
    """Return a parallel run as JSON values; amounts are text with their decimals."""
    from cleanbill.formats.parallel_rows import json_rows

    compared = found.comparison
    rejected = found.intake.rejected
    return {
        "compared_by": compared.measure.value,
        "line_by_line": compared.lines,
        "charges": found.charges,
        **compared.counts,
        "rejected": rejected.select("row", "problem", "what_to_do").to_dicts(),
        "totals": json_rows(compared.totals),
        "causes": json_rows(compared.causes),
        "differences": json_rows(compared.differences),
        "output": str(output) if output else None,
    }


def _tell(found: Any, output: Path | None) -> None:
    compared, counts = found.comparison, found.comparison.counts
    by = {"both": "net and tax", "net": "net only", "gross": "what is to be paid only"}
    how = "line by line" if compared.lines else "bill by bill"
    console.print(Text(f"Compared {how}, {by[compared.measure.value]}", "dim"))
    console.print(
        f"{counts['old_rows']:,} old rows, {found.charges:,} charges: "
        f"{counts['matched']:,} matched, {counts['equal']:,} of them equal; "
        f"{counts['not_billed_now']:,} charges not billed now"
    )
    rejected = found.intake.rejected
    if rejected.height:
        first = rejected.row(0, named=True)
        told = f"{rejected.height:,} old rows left out; row {first['row']}: {first['what_to_do']}"
        console.print(Text(told, "yellow"))
    _tables(compared)
    if compared.differences.height > _SHOWN and output is None:
        more = compared.differences.height - _SHOWN
        console.print(Text(f"{more:,} more; all of them: --output differences.xlsx", "dim"))
    if output is not None:
        console.print(f"All {compared.differences.height:,} differences → {output}")


def _tables(compared: Any) -> None:
    from cleanbill.cycle.parallel import CAUSES

    rows = [
        (
            row["currency"],
            f"{row['old_bills']:,}",
            show.money(row["old_minor"], row["currency"]),
            f"{row['our_bills']:,}",
            show.money(row["our_minor"], row["currency"]),
            show.money(row["difference_minor"], row["currency"]),
        )
        for row in compared.totals.to_dicts()
    ]
    columns = ["", "old bills", "old total", "our bills", "our total", "ours more"]
    console.print(show.table("Totals", columns, rows, (1, 2, 3, 4, 5)))
    rows = [
        (
            CAUSES[row["cause"]],
            f"{row['count']:,}",
            show.money(row["difference_minor"], row["currency"]),
            show.money(row["concerned_minor"], row["currency"]),
            row["currency"],
        )
        for row in compared.causes.to_dicts()
    ]
    columns = ["cause", "rows", "ours more", "amount concerned", ""]
    console.print(show.table("Why, to the cent", columns, rows, (1, 2, 3)))
    rows = [
        (
            CAUSES[row["cause"]],
            show.money(row["difference_minor"], row["currency"]),
            f"{row['says']} {row['what_to_do']}",
        )
        for row in compared.differences.head(_SHOWN).to_dicts()
    ]
    console.print(show.table("The largest differences", ["", "ours more", ""], rows, (1,)))
