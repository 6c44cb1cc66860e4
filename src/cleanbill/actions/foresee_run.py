"""What a run would do, set beside the last one: totals, changes by customer, what is at risk.

A preview and the preparation of a run look through the same glass. Nothing is written here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from cleanbill.actions.open_books import Books, Progress, silent
from cleanbill.actions.outcome import Parts, added, parts_of
from cleanbill.cycle.batch import Batch
from cleanbill.store.bulk import read
from cleanbill.store.models import Run

CHANGES = 10
"""So many of the largest changes by customer are told."""
_BILL = ("draft_key", "kind", "customer", "currency", "payable_minor")
_DRAFTS = {
    **dict.fromkeys(("draft_key", "kind", "customer", "currency"), pl.String),
    "payable_minor": pl.Int64,
    "warnings": pl.Int64,
    "batch": pl.Int64,
    "draft": pl.Int64,
}


@dataclass
class Foreseen:
    """What was seen so far, batch by batch."""

    parts: list[Parts] = field(default_factory=list)
    drafts: list[pl.DataFrame] = field(default_factory=list)
    """_DRAFTS of every bill that would go out."""
    lines: list[pl.DataFrame] = field(default_factory=list)
    """``batch``, ``draft`` and ``charge_id``."""

    def see(self, batch: Batch) -> None:
        """Take in what a batch would issue and find."""
        place = pl.lit(len(self.drafts), dtype=pl.Int64).alias("batch")
        self.parts.append(parts_of(batch.charges, batch.bills, batch.findings))
        if batch.bills.is_empty():
            return
        lines = batch.lines.select(pl.col("draft").cast(pl.Int64), "charge_id")
        bills = batch.bills.select(pl.col("draft").cast(pl.Int64), *_BILL)
        warned = _warned(batch.findings, lines, bills)
        rows = bills.join(warned, on="draft", how="left", maintain_order="left")
        drafts = rows.with_columns(pl.col("warnings").fill_null(0), place)
        self.drafts.append(drafts.select(*_DRAFTS))
        self.lines.append(lines.with_columns(place))

    def everything(self) -> pl.DataFrame:
        """Return all drafts."""
        return pl.concat([pl.DataFrame(schema=_DRAFTS), *self.drafts])

    def charges_of(self, draft: Mapping[str, Any]) -> list[int]:
        """Return the charges on a draft."""
        lines = self.lines[int(draft["batch"])].filter(pl.col("draft") == draft["draft"])
        return lines["charge_id"].drop_nulls().sort().to_list()


def _warned(findings: pl.DataFrame, lines: pl.DataFrame, bills: pl.DataFrame) -> pl.DataFrame:
    """Return ``draft`` and how many warnings stand on it or on its charges."""
    warns = findings.filter(pl.col("severity") == "warn")
    by_charge = warns.select("charge_id").drop_nulls().join(lines, on="charge_id").select("draft")
    by_key = warns.filter(pl.col("subject_kind") == "draft").select(
        pl.col("subject").alias("draft_key")
    )
    by_draft = by_key.join(bills, on="draft_key").select("draft")
    return (
        pl.concat([by_charge, by_draft])
        .group_by("draft")
        .agg(pl.len().cast(pl.Int64).alias("warnings"))
    )


def foresee(books: Books, progress: Progress = silent) -> Foreseen:
    """Draft all that the books can bill, and remember what it comes to."""
    seen, done = Foreseen(), 0
    for batch in books.batches():
        seen.see(batch)
        done += batch.charges.height
        progress("Drafting", done, books.charges.rows)
    return seen


def told(organisation_id: int, seen: Foreseen, selection: Mapping[str, Any]) -> dict[str, Any]:
    """Return the totals, the last run of the same selection, and the largest changes since."""
    last = (
        Run.objects.filter(
            organisation_id=organisation_id, state=Run.State.DONE, selection=dict(selection)
        )
        .exclude(totals={})
        .order_by("-id")
        .first()
    )
    drafts = seen.everything()
    customer = selection.get("customer")
    changes = changed(organisation_id, drafts, last.pk if last else None, customer)
    largest = changes.sort(pl.col("change_minor").abs(), "customer", descending=[True, False])
    parts = added(seen.parts)
    return {
        **parts,
        "last": {"id": last.pk, "until": str(last.until)} if last else None,
        "compared": compared(parts["bills"], last.totals["bills"] if last else []),
        "changes": largest.filter(pl.col("change_minor") != 0).head(CHANGES).to_dicts(),
    }


def compared(now: list[dict[str, Any]], then: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return totals by kind and currency, each beside those of the last run."""
    before = {(row["kind"], row["currency"]): row for row in then}
    after = {(row["kind"], row["currency"]): row for row in now}
    figures = ("count", "net_minor", "tax_minor", "payable_minor")
    rows = []
    for kind, currency in sorted({*before, *after}, key=lambda key: (key[0] != "invoice", key)):
        new, old = (side.get((kind, currency), {}) for side in (after, before))
        row = {name: int(new.get(name, 0)) for name in figures}
        rows.append(
            {
                "kind": kind,
                "currency": currency,
                **row,
                "last_count": int(old.get("count", 0)),
                "last_minor": int(old.get("payable_minor", 0)),
                "change_minor": row["payable_minor"] - int(old.get("payable_minor", 0)),
            }
        )
    return rows


def changed(
    organisation_id: int, drafts: pl.DataFrame, last: int | None, customer: str | None = None
) -> pl.DataFrame:
    """Return per customer and currency what they pay now, what they paid in the run ``last``, and
    the difference; credit notes count against invoices. ``customer`` is whom both are about.
    """
    now = _by_customer(drafts).rename({"payable_minor": "now_minor"})
    before = pl.DataFrame(schema=_PAID)
    if last is not None:
        only, whose = (" AND customer = %s", [customer]) if customer else ("", [])
        before = read(
            f"SELECT {', '.join(_PAID)} FROM bill WHERE organisation_id = %s AND run_id = %s{only}",
            [organisation_id, last, *whose],
            _PAID,
        )
    then = _by_customer(before).rename({"payable_minor": "last_minor"})
    both = now.join(
        then, on=("customer", "currency"), how="full", coalesce=True, nulls_equal=True
    ).with_columns(pl.col("now_minor", "last_minor").fill_null(0))
    return both.with_columns((pl.col("now_minor") - pl.col("last_minor")).alias("change_minor"))


_PAID = {**dict.fromkeys(("kind", "customer", "currency"), pl.String), "payable_minor": pl.Int64}


def _by_customer(bills: pl.DataFrame) -> pl.DataFrame:
    signed = (
        pl.when(pl.col("kind") == "credit_note")
        .then(-pl.col("payable_minor"))
        .otherwise("payable_minor")
        .cast(pl.Int128)
    )
    return bills.group_by("customer", "currency").agg(
        signed.sum().cast(pl.Int64).alias("payable_minor")
    )
