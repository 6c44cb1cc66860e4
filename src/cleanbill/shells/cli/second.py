"""Commands for a second person: prepare, approve and review a run; undo an import."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from cleanbill.nouns.currency import decimals_of
from cleanbill.nouns.scales import unscaled
from cleanbill.shells.cli import show
from cleanbill.shells.cli.billing import Json
from cleanbill.shells.cli.session import actor, chosen, console, in_words

RunNumber = Annotated[int, typer.Argument(help="The run's number.")]


def _lacking(run: int, missing: list[str]) -> None:
    if missing:
        console.print("\n".join(f"{sentence}." for sentence in missing), markup=False)
    else:
        console.print(f"Run {run} lacks nothing more: cleanbill run --resume {run}")


def prepare(run: RunNumber) -> None:
    """Draft a run that waits for a second person, again if need be; say what it lacks."""
    with in_words():
        who = actor()
        from cleanbill.actions.prepare_run import prepare_run

        _lacking(run, prepare_run(who, run))


def approve(run: RunNumber) -> None:
    """Let a run go out that somebody else has prepared."""
    with in_words():
        who = actor()
        from cleanbill.actions.prepare_run import approve_run

        _lacking(run, approve_run(who, run))


def review(
    run: RunNumber,
    draft: Annotated[int | None, typer.Argument(help="Number of the sampled draft.")] = None,
    returned: Annotated[bool, typer.Option("--return", help="Return it; needs a note.")] = False,
    note: Annotated[str, typer.Option(help="What is wrong, or what was looked at.")] = "",
    as_json: Json = False,
) -> None:
    """List a run's drafts for second review, or pass or return one of them."""
    chosen.as_json = as_json
    with in_words():
        who = actor()
        from cleanbill.actions import review_run

        if draft is not None:
            _lacking(run, review_run.review_draft(who, run, draft, passed=not returned, note=note))
            return
        items = review_run.sample_of(who, run)["items"]
        if as_json:
            console.print_json(json.dumps(items, default=str))
            return
        console.print(
            show.table(
                f"Second review of run {run}",
                ["draft", "state", "customer", "payable", "because of", "note"],
                [_row(item) for item in items],
                (0, 3),
            )
        )


def _row(item: dict[str, Any]) -> tuple[Any, ...]:
    payable = unscaled(item["payable_minor"], decimals_of(item["currency"]))
    return (
        item["place"],
        item["state"],
        item["customer"] or "",
        f"{payable:,} {item['currency']}",
        ", ".join(item["reasons"]).replace("_", " "),
        item["note"],
    )


def undo(number: Annotated[int, typer.Argument(help="The import's number.")]) -> None:
    """Undo an import of charges, while nothing of it is billed."""
    with in_words():
        who = actor()
        from cleanbill.actions.undo_import import undo_import

        console.print(f"{undo_import(who, number):,} charges withdrawn.")
