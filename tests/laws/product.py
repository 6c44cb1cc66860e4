"""The one place where the laws touch the product: a batch in, its printed documents out.

Adjust here when the product's entry point changes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest
from tests.oracle.facts import Batch, Charge
from tests.oracle.frames import charges_frame, master_data, policy_of, seller_of, whole
from tests.oracle.generated import UNTIL

from cleanbill.cycle import tax
from cleanbill.cycle.run import Batch as Run
from cleanbill.cycle.run import Issued, bill, issue_chunk
from cleanbill.engine.tables import ORIGINALS, TAXES, MasterData
from cleanbill.formats.bill_json import read
from cleanbill.nouns.seller import Seller

Document = dict[str, Any]
FIRST_ISSUE = date(2026, 11, 3)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the product made of a batch: documents in the order issued, and what it held back."""

    documents: list[Document]
    texts: list[str]
    held: dict[str, str]
    """The code of a blocking finding by the reference of each charge that is on no bill."""
    blocking: frozenset[str]
    """The codes of all blocking findings, those about drafts too."""


@contextmanager
def determining(batch: Batch) -> Iterator[None]:
    """Let determination say of each item the further taxes and the name that the batch gives it.

    No country of the generator's has them; from here on the product is on its own.
    """
    if not any(item.further or item.tax_name for item in batch.items):
        yield
        return
    rows = [
        (
            item.item,
            item.tax_name,
            [
                {
                    "tax": tax.name,
                    "kind": tax.kind,
                    "category": tax.category,
                    "rate_percent_e6": whole(tax.rate_percent, 6),
                    "rule": tax.rule,
                    "compound": tax.compound,
                }
                for tax in item.further
            ]
            or None,
        )
        for item in batch.items
    ]
    said = pl.DataFrame(rows, schema={"item": pl.String, **TAXES}, orient="row")
    determine = tax.determine

    def told(
        lines: pl.DataFrame, seller: Seller, rules: tax.Rules, master: MasterData
    ) -> pl.DataFrame:
        determined = determine(lines, seller, rules, master).drop(*TAXES)
        return determined.join(said, on="item", how="left", maintain_order="left")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tax, "determine", told)
        yield


def outcome(batch: Batch) -> Outcome:
    """Run a batch's charges and, when those bills are issued, its later cancellations."""
    return in_runs(batch, [batch.later] if batch.later else [])


def in_runs(batch: Batch, later: Sequence[Sequence[Charge]]) -> Outcome:
    """Run a batch's charges, then, run after run, cancellations of what is issued by then."""
    with determining(batch):
        return _in_runs(batch, later)


def _in_runs(batch: Batch, later: Sequence[Sequence[Charge]]) -> Outcome:
    master = master_data(batch)
    seller, policy = seller_of(batch), policy_of(batch)
    issued: list[Issued] = []
    runs: list[Run] = []
    for number, charges in enumerate((batch.charges, *later), start=1):
        run = bill(
            charges_frame(charges),
            master,
            seller,
            policy,
            until=UNTIL,
            issue_date=FIRST_ISSUE + timedelta(number - 1),
            originals=originals_of(issued) if issued else None,
        )
        issued = issued + issued_of(run, batch, master, number)
        runs.append(run)
    texts = [text for chunk in issued for text in chunk.bills["document"].to_list()]
    held = {reference: code for run in runs for reference, code in held_of(run).items()}
    codes = [run.findings.filter(pl.col("severity") == "block")["code"] for run in runs]
    blocking = frozenset(pl.concat(codes).to_list())
    return Outcome([read(text) for text in texts], texts, held, blocking)


def issued_of(run: Run, batch: Batch, master: MasterData, number: int) -> list[Issued]:
    """Number and write the invoices of a run, then its credit notes."""
    seller, policy = seller_of(batch), policy_of(batch)
    sales = run.bills.filter(pl.col("kind") == "invoice").height
    chunks: list[Issued] = []
    numbers = None
    for start, count, prefix in (
        (0, sales, seller.invoice_series),
        (sales, run.bills.height - sales, seller.credit_note_series),
    ):
        if count == 0:
            continue
        chunk = issue_chunk(
            run,
            start,
            count,
            prefix=prefix,
            first_number=number * 100_000,
            seller=seller,
            policy=policy,
            numbers=numbers,
        )
        chunks.append(chunk)
        numbers = chunk.bills.select("draft", "number", "issue_date")
    return chunks


def originals_of(issued: list[Issued]) -> pl.DataFrame:
    """Return the invoiced lines of the first run with the units credited of each by now."""
    invoices, *notes = issued
    none = pl.DataFrame(schema={"original_id": pl.Int64, "quantity_e6": pl.Int64})
    credited = [
        chunk.lines.filter(pl.col("original_id").is_not_null()).select(none.columns)
        for chunk in notes
    ]
    gone = (
        pl.concat([none, *credited])
        .group_by("original_id")
        .agg(pl.col("quantity_e6").abs().sum().alias("credited_e6"))
    )
    heads = invoices.bills.select("draft", "number", "issue_date", pl.col("draft").alias("bill_id"))
    billed = (
        invoices.lines.drop("issue_date", "number", "bill_id", "credited_e6", strict=False)
        .join(heads, on="draft")
        .join(gone, left_on="charge_id", right_on="original_id", how="left")
        .with_columns(pl.lit("billed").alias("state"), pl.col("credited_e6").fill_null(0))
        .join(billed_taxes(invoices), on=["draft", "line"], how="left", maintain_order="left")
        .drop("draft")
    )
    assert set(ORIGINALS) <= set(billed.columns)
    return billed


def billed_taxes(issued: Issued) -> pl.DataFrame:
    """Return the further taxes of each line as JSON, as the store reads them."""
    rows: dict[tuple[int, int], list[dict[str, Any]]] = {}
    for row in issued.taxes.iter_rows(named=True):
        rows.setdefault((row.pop("draft"), row.pop("line")), []).append(row)
    texts = [(draft, line, json.dumps(taxes)) for (draft, line), taxes in rows.items()]
    schema = {"draft": pl.Int64, "line": pl.Int32, "billed_taxes": pl.String}
    return pl.DataFrame(texts, schema=schema, orient="row")


def held_of(run: Run) -> dict[str, str]:
    """Return a blocking code for each charge that a run did not bill."""
    codes = dict(
        run.findings.filter(pl.col("severity") == "block").select("charge_id", "code").iter_rows()
    )
    held = run.charges.filter(pl.col("disposition") != "clear")
    rows = held.select("charge_id", "reference", "disposition").iter_rows()
    return {name: codes.get(charge, disposition) for charge, name, disposition in rows}
