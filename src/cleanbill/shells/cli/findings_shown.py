"""How findings, repairs and their money are shown on the terminal."""

from __future__ import annotations

import json
from typing import Any

import typer

from cleanbill.shells.cli import show
from cleanbill.shells.cli.session import console

FOUND_SOMETHING = 1
OWNERS = {"specialist": "specialist", "master_data": "master data"}


def listed(code: str | None, found: list[dict[str, Any]]) -> None:
    """Print findings one by one, with what to do next."""
    rows = [
        (
            f["id"],
            show.SEVERITY[f["severity"]],
            f["subject"],
            f["reason"],
            f["repair"] + _next(f),
            f["assignee"] or OWNERS[f["owner"]],
            "—" if f["age_days"] is None else f"{f['age_days']} d",
            f"{show.money(f['at_stake_minor'], f['currency'] or 'EUR')} {f['currency'] or ''}",
        )
        for f in found
    ]
    title = f"{code} {found[0]['title']}" if found and code else f"No open finding {code or ''}"
    if found and not code:
        title = "Open findings"
    columns = ["no.", "", "subject", "reason", "what to do", "who", "age", "waits"]
    console.print(show.table(title, columns, rows, (0, 6, 7)))


def _next(finding: dict[str, Any]) -> str:
    """How to carry the proposal out, or why the finding is put off."""
    decided = finding["decided"]
    if decided:
        who = f"{decided['actor']}: {decided['text']}"
        return f"\n→ {decided['effect']} until {decided['day']} by {who}"
    proposal = finding["proposal"]
    if proposal is None:
        return ""
    first, *more = proposal["asks"] or [""]
    said = f" --set {first}=…" if first else ""
    others = f" (or: {', '.join(more)})" if more else ""
    return f"\n→ cleanbill findings apply {finding['id']}{said}{others}"


def counted(found: list[dict[str, Any]], as_json: bool) -> None:
    """Print findings counted by code, with who mends them."""
    if as_json:
        console.print_json(json.dumps(found))
        return
    from cleanbill.cycle.verify.catalogue import BY_CODE

    rows = [
        (
            f["code"],
            show.SEVERITY[f["severity"]],
            f["title"],
            OWNERS[BY_CODE[f["code"]].owner.value],
            f"{f['count']:,}",
            show.money(f["at_stake_minor"], f["currency"] or "EUR"),
            f["currency"],
        )
        for f in found
    ]
    columns = ["code", "severity", "what", "who mends it", "rows", "at stake", ""]
    console.print(show.table("Open findings", columns, rows, (4, 5)))
    console.print("[dim]One by one, with what to do: cleanbill findings CODE[/]")


def reported(report: Any, as_json: bool, what: str) -> None:
    """Print what was changed, or would be, and the money; exit 1 where a row failed."""
    if as_json:
        console.print_json(json.dumps(_values(report)))
    else:
        _shown(report, what)
    if not all(row.done for row in report.rows):
        raise typer.Exit(FOUND_SOMETHING)


def _values(report: Any) -> dict[str, Any]:
    names = ("finding_id", "code", "subject", "done", "message", "repair_id")
    own = ("table", "row", "field", "before", "after")
    rows = [
        {
            **{n: getattr(row, n) for n in names},
            "fields": [{n: getattr(f, n) for n in own} for f in row.fields],
        }
        for row in report.rows
    ]
    money = {
        side: {p: getattr(getattr(report, side), p).to_dicts() for p in ("charges", "bills")}
        for side in ("before", "after")
    }
    return {"dry_run": report.dry_run, "rows": rows, **money}


def _shown(report: Any, what: str) -> None:
    changes = [
        (row.finding_id, f"{f.table} {f.row}", f.field, f.before, f.after)
        for row in report.rows
        for f in row.fields
    ]
    title = "Would change" if report.dry_run else "Changed"
    columns = ["finding", "row", "field", "from", "to"]
    if changes:
        console.print(show.table(title, columns, changes, (0,)))
    for row in report.rows:
        if not row.done:
            console.print(f"✗ {row.finding_id} {row.code}: {row.message}", markup=False)
        elif not report.dry_run and row.repair_id and what == "apply":
            console.print(f"✓ repair {row.repair_id}: {row.message}", markup=False)
    console.print(show.table("Money", ["", "before", "after", ""], _money(report), (1, 2)))
    if report.dry_run:
        console.print(f"[dim]Nothing is changed yet: repeat it with --yes to {what} it.[/]")


def _money(report: Any) -> list[tuple[str, str, str, str]]:
    """What can be billed of the customers touched, and what is held, before and after."""
    sides = [_sums(report.before), _sums(report.after)]
    keys = sorted({*sides[0], *sides[1]})
    return [
        (key[0], *(show.money(side.get(key, 0), key[1]) for side in sides), key[1]) for key in keys
    ]


def _sums(outcome: Any) -> dict[tuple[str, str], int]:
    sums: dict[tuple[str, str], int] = {}
    for row in outcome.bills.to_dicts():
        key = ("can be billed", row["currency"])
        sign = -1 if row["kind"] == "credit_note" else 1
        sums[key] = sums.get(key, 0) + sign * row["payable_minor"]
    for row in outcome.charges.to_dicts():
        words = {"held": "is held (net)", "waiting": "waits (net)"}
        if row["disposition"] in words:
            key = (words[row["disposition"]], row["currency"])
            sums[key] = sums.get(key, 0) + row["net_minor"]
    return sums


def words_of(kind: str) -> str:
    """Return a kind of repair or decision in words."""
    return kind.replace("_", " ")


def say(values: dict[str, Any], words: str, as_json: bool) -> None:
    """Print values as JSON, or the words."""
    if as_json:
        console.print_json(json.dumps(values))
    else:
        console.print(words, markup=False)
