"""Commands of intake: `cleanbill import KIND FILE` for charges, terms, plans and master data."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.text import Text

from cleanbill.shells.cli import show
from cleanbill.shells.cli.session import actor, chosen, console, in_words

app = typer.Typer(help="Import a file of charges or master data.", no_args_is_help=True)
File = Annotated[Path, typer.Argument(help="CSV, XLSX, Parquet or JSON Lines.")]
RatesFile = Annotated[Path, typer.Argument(help="The file as the state publishes it, unpacked.")]
ProfileName = Annotated[
    str | None, typer.Option("--profile", help="A profile's name or TOML file.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Do everything, keep nothing.")]
Rejects = Annotated[Path | None, typer.Option(help="Where rejected rows go (.csv or .xlsx).")]
Json = Annotated[bool, typer.Option("--json", help="Answer in JSON.")]


def take(
    kind: str, path: Path, profile: str | None, dry_run: bool, rejects: Path | None, as_json: bool
) -> Any:
    """Import one file and show the report; exit code 1 when rows were rejected."""
    chosen.as_json = as_json
    with in_words():
        who = actor()
        from cleanbill.actions.import_file import import_file

        if rejects is not None and rejects.suffix.lower() not in (".csv", ".xlsx"):
            raise ValueError(
                f"Reject files end in .csv or .xlsx, not {rejects.suffix or 'nothing'!r}"
            )
        report = import_file(who, kind, path, profile=profile_of(profile), dry_run=dry_run)
        rejected = report.intake.rejected
        if rejected.height:
            from cleanbill.formats.tabular import write_rejects

            place = rejects or path.with_name(f"{path.stem}.rejected.csv")
            write_rejects(place, rejected)
        else:
            place = None
        if as_json:
            console.print_json(json.dumps(as_values(report, place)))
        else:
            tell(report, place)
    if report.intake.rejected.height:
        raise typer.Exit(1)
    return report


def profile_of(name: str | None) -> Any:
    """Return the profile of that name or file; None means the columns have our own names."""
    if name is None:
        return None
    from cleanbill.formats.tabular import builtin_profiles, load_profile

    shipped = builtin_profiles()
    if name in shipped:
        return load_profile(shipped[name])
    if not name.endswith(".toml"):
        raise ValueError(
            f"there is no profile {name!r}; shipped: {', '.join(shipped)}, or a .toml file"
        )
    return load_profile(Path(name))


def as_values(report: Any, rejects: Path | None) -> dict[str, Any]:
    """Return a report as JSON values."""
    return {
        "kind": report.kind,
        "file": report.name,
        "sha256": report.sha256,
        "dry_run": report.dry_run,
        "created": report.created,
        "changed": report.changed,
        "unchanged": report.unchanged,
        "proposed": report.proposed,
        "adopted": dict(report.adopted),
        "counts": dict(report.intake.counts),
        "control_totals": report.intake.totals.to_dicts(),
        "ignored_columns": list(report.intake.ignored_columns),
        "notes": list(report.layout.notes),
        "import": None if report.dry_run else report.source_file,
        "rejects": str(rejects) if rejects else None,
    }


def tell(report: Any, rejects: Path | None) -> None:
    """Print what an import found and did."""
    layout = report.layout
    read_as = " · ".join(
        filter(
            None,
            (
                layout.format.value.upper(),
                layout.encoding,
                layout.delimiter and f"delimiter {layout.delimiter!r}",
                layout.sheet and f"sheet {layout.sheet}",
            ),
        )
    )
    verb = "Dry run: nothing kept. Would be" if report.dry_run else "Kept"
    console.print(Text.assemble((report.name, "bold"), "  ", (read_as, "dim")))
    for note in layout.notes:
        console.print(Text(f"  {note}", "dim"))
    if report.intake.ignored_columns:
        console.print(
            f"  [dim]columns without a place: {escape(', '.join(report.intake.ignored_columns))}[/]"
        )
    console.print(
        f"  {verb}: [green]{report.created:,} new[/], {report.changed:,} changed, "
        f"{report.unchanged:,} known already"
        + (
            f", [yellow]{report.proposed:,} corrections of billed charges proposed[/]"
            if report.proposed
            else ""
        )
    )
    for what, count in report.adopted.items():
        console.print(f"  taken into the master data from the charges: {count:,} {what}")
    if report.intake.totals.height:
        rows = [
            (r["part"], r["currency"], f"{r['rows']:,}", r["quantity"], r["value"])
            for r in report.intake.totals.to_dicts()
        ]
        console.print(
            show.table(
                "Control totals",
                ["", "currency", "rows", "quantity", "quantity × price"],
                rows,
                (2, 3, 4),
            )
        )
    if report.kind == "charges" and not report.dry_run and report.created + report.changed:
        console.print(f"  [dim]to take it back: cleanbill undo {report.source_file}[/]")
    if rejects is not None:
        _tell_rejects(report.intake, rejects)


def _tell_rejects(intake: Any, place: Path) -> None:
    problems = {k: v for k, v in intake.counts.items() if k not in ("rows", "accepted", "rejected")}
    told = intake.rejected.unique("problem", keep="first", maintain_order=True)
    rows = [
        (r["problem"], problems.get(r["problem"], ""), r["row"], r["what_to_do"])
        for r in told.head(12).to_dicts()
    ]
    title = f"{intake.rejected.height:,} rows rejected → {place}"
    console.print(show.table(title, ["problem", "rows", "first row", "what to do"], rows, (1, 2)))


def _command(kind: str) -> None:
    def command(
        file: File,
        profile: ProfileName = None,
        dry_run: DryRun = False,
        rejects: Rejects = None,
        as_json: Json = False,
    ) -> None:
        take(kind, file, profile, dry_run, rejects, as_json)

    command.__doc__ = f"Import {kind.replace('_', ' ')}."
    app.command(kind.replace("_", "-"))(command)


def plans(
    file: Annotated[Path, typer.Argument(help="A price plan, TOML or JSON.")],
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Import a price plan file: all of its prices, or none with everything that is wrong in it."""
    chosen.as_json = as_json
    with in_words():
        who = actor()
        from cleanbill.actions.import_plans import import_plans

        report = import_plans(who, file, dry_run=dry_run)
        if as_json:
            console.print_json(json.dumps(asdict(report)))
        else:
            _tell_plan(report)


def _tell_plan(report: Any) -> None:
    whose = (
        f"plan {report.plan}"
        if report.plan
        else f"customer {report.customer}"
        if report.customer
        else "the list"
    )
    console.print(Text.assemble((report.name, "bold"), f"  {report.prices:,} prices of {whose}"))
    verb = "Dry run: nothing kept. Would be" if report.dry_run else "Kept"
    console.print(
        f"  {verb}: [green]{report.created:,} new[/], {report.changed:,} changed (next version), "
        f"{report.unchanged:,} known already"
    )
    if report.bundles:
        verb = "would be new or changed" if report.dry_run else "new or changed"
        console.print(f"  Bundles: {report.bundles:,}, of these {report.bundles_changed:,} {verb}")
    if report.left_out:
        names = ", ".join(report.left_out[:10]) + ("…" if len(report.left_out) > 10 else "")
        console.print(
            f"  [yellow]{len(report.left_out):,} prices of {escape(whose)} are not in the file and "
            f"still hold:[/] {escape(names)}"
        )


app.command("plans")(plans)


def take_rates(kind: str, path: Path, dry_run: bool, as_json: bool) -> Any:
    """Import a file of American sales tax rates and show what it brought."""
    chosen.as_json = as_json
    with in_words():
        who = actor()
        from cleanbill.actions.import_sales_tax import import_sales_tax

        report = import_sales_tax(who, kind, path, dry_run=dry_run)
        if as_json:
            console.print_json(json.dumps(asdict(report)))
            return report
        states = ", ".join(report.states)
        console.print(Text.assemble((report.name, "bold"), "  ", (states, "dim")))
        if report.unchanged:
            console.print("  This file is in force already: nothing changed.")
        else:
            verb = "Dry run: nothing kept. Would be" if report.dry_run else "Kept"
            console.print(
                f"  {verb}: [green]{report.rows:,} rows[/] in force, {report.replaced:,} replaced"
            )
        return report


def _rates_command(kind: str, says: str) -> None:
    def command(file: RatesFile, dry_run: DryRun = False, as_json: Json = False) -> None:
        take_rates(kind, file, dry_run, as_json)

    command.__doc__ = says
    app.command(kind)(command)


for _kind in (
    *("charges", "customers", "items", "prices", "agreements", "orders", "coupons"),
    *("redemptions", "retainers", "exemptions", "bundles", "recurring"),
    *("spend", "milestones", "progress", "claims", "releases", "open_items"),
):
    _command(_kind)
for _kind, _says in (
    ("us-rates", "Import American sales tax rates: a state's Streamlined rate file."),
    ("us-boundaries", "Import who taxes where: a state's Streamlined boundary file."),
    ("us-names", "Import what jurisdictions are called on bills: state, type, code, name."),
):
    _rates_command(_kind, _says)
