"""Commands on recurring terms: list them, show one with its versions and charges, draw."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from cleanbill.shells.cli import show
from cleanbill.shells.cli.billing import Json, _day
from cleanbill.shells.cli.session import actor, chosen, console, in_words


def recurring(
    reference: Annotated[
        str | None, typer.Argument(help="Show these terms with their versions and charges.")
    ] = None,
    customer: Annotated[str | None, typer.Option(help="Only this customer.")] = None,
    limit: int = 20,
    as_json: Json = False,
) -> None:
    """List recurring terms, or show one with all its versions and what was charged by it."""
    chosen.as_json = as_json
    with in_words():
        who = actor()
        from cleanbill.actions import look_up_terms

        if reference is not None:
            told = look_up_terms.terms_history(who, reference)
            console.print_json(json.dumps(told, default=str)) if as_json else _history(told)
            return
        found = look_up_terms.recurring_terms(who, customer=customer, limit=limit)
        if as_json:
            console.print_json(json.dumps(found, default=str))
            return
        rows = [(t["reference"], t["customer"], *_said(t), t["last_day"] or "—") for t in found]
        columns = ["terms", "customer", *_SAID, "drawn to"]
        console.print(show.table("Recurring terms", columns, rows, (3, 4)))
        console.print("[dim]One with its versions and charges: cleanbill recurring REFERENCE[/]")


def draw(
    until: Annotated[str | None, typer.Option(help="Last day that may be due (today).")] = None,
    customer: Annotated[str | None, typer.Option(help="Only this customer.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Keep nothing.")] = False,
    as_json: Json = False,
) -> None:
    """Charge what has fallen due of terms, without billing it; a run does so by itself."""
    chosen.as_json = as_json
    with in_words():
        who = actor()
        from cleanbill.actions.draw_terms import draw_terms

        done = draw_terms(who, through=_day(until), customer=customer, dry_run=dry_run)
        counts = {"terms": done.looked_at, "charges": done.charges, "amounts": done.amounts}
        if as_json:
            found = done.findings.select("code", "subject").to_dicts()
            console.print_json(json.dumps({**counts, "dry_run": dry_run, "findings": found}))
            return
        verb = "Nothing kept. Would be drawn" if dry_run else "Drawn"
        console.print(
            f"{verb} up to {done.through}: [green]{done.charges:,} charges[/] from "
            f"{done.looked_at:,} sets of terms"
        )
        rows = [(show.money(minor, currency), currency) for currency, minor in done.amounts.items()]
        if rows:
            console.print(show.table("Amounts", ["net", ""], rows, (0,)))
        if done.findings.height:
            console.print(
                f"[yellow]{done.findings.height:,} sets of terms wait or cannot be charged: "
                "cleanbill findings[/]"
            )


_SAID = ["item", "quantity", "price", "", "every", "from", "to"]


def _said(terms: dict[str, Any]) -> tuple[Any, ...]:
    count = terms["every_count"]
    price = terms["unit_price_e8"]
    every = terms["every"].replace("_", " ") if count == 1 else f"{count} × {terms['every']}"
    return (
        terms["item"],
        show.figure(terms["quantity_e6"], 6),
        "by the lists" if price is None else show.figure(price, 8),
        terms["currency"],
        every,
        terms["start"],
        terms["end"] or "—",
    )


def _history(told: dict[str, Any]) -> None:
    rows = []
    for version in told["versions"]:
        known = f"{version['known_at']:%Y-%m-%d %H:%M} {version['known_by']}"
        rows.append((version["version"], *_said(version), known))
        rows += [("", *_changed(change), "") for change in version["changes"]]
    columns = ["version", *_SAID, "known since, by"]
    console.print(show.table(f"Terms {told['reference']}", columns, rows, (2, 3)))
    rows = [
        (
            f"{c['service_date']} to {c['service_end']}",
            show.money(c["amount_minor"], c["currency"]),
            c["currency"],
            c["version"],
            c["how"] + (f" (credits {c['cancels']})" if c["cancels"] else ""),
        )
        for c in told["charges"]
    ]
    columns = ["days", "amount", "", "version", "how it came about"]
    console.print(show.table("Charged", columns, rows, (1, 3)))


def _changed(change: dict[str, Any]) -> tuple[Any, ...]:
    quantity, price = change["quantity_e6"], change["unit_price_e8"]
    return (
        change["item"] or "",
        "" if quantity is None else show.figure(quantity, 6),
        "" if price is None else show.figure(price, 8),
        *("", "", f"from {change['day']}", ""),
    )
