"""The worked cases of prices, billed by the engine in memory: printed figures as text."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl
from tests.cases.worked_prices import Case, batch_of, cancellations_of, with_tax
from tests.laws.product import billed_taxes, determining
from tests.oracle.facts import Batch
from tests.oracle.frames import charges_frame, master_data, policy_of, seller_of

from cleanbill.cycle.batch import Batch as Run
from cleanbill.cycle.run import Issued, bill, issue_chunk, reverse
from cleanbill.formats.bill_json import read

UNTIL, ISSUED = date(2026, 10, 31), date(2026, 11, 3)
LINES = {
    "quantities": "quantity",
    "gross": "gross",
    "discounts": "discount",
    "nets": "net",
    "shares": "document_discount_share",
    "tax_shares": "tax_share",
    "inside": "tax_included",
}
TOTALS = {
    "sum": "lines_net",
    "discount": "document_discount",
    "net": "net",
    "tax": "tax",
    "total": "gross",
    "rounding": "rounding",
    "payable": "payable",
    "included": "tax_included",
    "withheld": "withheld",
}
Printed = dict[str, Any]


@dataclass(slots=True)
class Answer:
    """What the engine makes of a case: the invoice's figures, the credit notes', what it holds."""

    held: list[str]
    invoice: Printed | None
    notes: list[Printed]


def answer(case: Case) -> Answer:
    """Bill the charges of a case, then each of its runs of credits."""
    batch = batch_of(case)
    with determining(batch):
        return _answer(case, batch)


def _answer(case: Case, batch: Batch) -> Answer:
    master, seller, policy = master_data(batch), seller_of(batch), policy_of(batch)
    said = pl.col("reference").replace_strict(with_tax(case), default=None, return_dtype=pl.Boolean)
    charges = charges_frame(batch.charges).with_columns(said.alias("includes_tax"))
    run = bill(charges, master, seller, policy, until=UNTIL, issue_date=ISSUED)
    held = run.findings.filter(pl.col("severity") == "block")["code"].unique().sort().to_list()
    if run.bills.is_empty():
        return Answer(held, None, [])
    sold = issued(run, batch, 1)
    notes, gone, after = [], dict[int, int](), len(batch.charges)
    for number, credit in enumerate(case.get("credits", []), 2):
        billed = originals(sold, gone)
        if credit == "rest":
            back = reverse(billed, master.customers, seller, policy, ISSUED, taken(sold))
        else:
            rows = cancellations_of(credit, batch, after)
            after += len(rows)
            back = bill(
                charges_frame(rows),
                master,
                seller,
                policy,
                until=UNTIL,
                issue_date=ISSUED,
                originals=billed,
                parts=taken(sold),
            )
        held += back.findings.filter(pl.col("severity") == "block")["code"].to_list()
        if back.bills.is_empty():
            continue
        note = issued(back, batch, number)
        notes.append(printed(note))
        for original, quantity in note.lines.select("original_id", "quantity_e6").iter_rows():
            gone[original] = gone.get(original, 0) + quantity
    return Answer(held, printed(sold), notes)


def issued(run: Run, batch: Batch, number: int) -> Issued:
    """Number and write the one bill of a run."""
    assert run.bills.height == 1
    return issue_chunk(
        run,
        0,
        1,
        prefix="B-",
        first_number=number,
        seller=seller_of(batch),
        policy=policy_of(batch),
    )


def originals(sold: Issued, gone: dict[int, int]) -> pl.DataFrame:
    """Return the invoiced lines as later runs see them, with the units credited by now."""
    heads = sold.bills.select("draft", "number", "issue_date", pl.col("draft").alias("bill_id"))
    credited = pl.col("charge_id").replace_strict(gone, default=0, return_dtype=pl.Int64)
    return (
        sold.lines.drop("issue_date", "number", "bill_id", "credited_e6", strict=False)
        .join(heads, on="draft")
        .with_columns(pl.lit("billed").alias("state"), credited.alias("credited_e6"))
        .join(billed_taxes(sold), on=["draft", "line"], how="left", maintain_order="left")
        .drop("draft")
    )


def taken(sold: Issued) -> pl.DataFrame:
    """Return what coupons took off the invoiced lines, by charge."""
    charges = sold.lines.select("draft", "line", pl.col("charge_id").alias("original_id"))
    return sold.parts.join(charges, on=["draft", "line"]).drop("draft")


def printed(bills: Issued) -> Printed:
    """Return every figure of a document under the words of the cases."""
    document = read(bills.bills["document"][0])
    zero = f"{Decimal(0):.{int(document['decimals'])}f}"
    totals = document["totals"]
    return {
        **{
            word: [line.get(key, zero) for line in document["lines"]] for word, key in LINES.items()
        },
        **{word: totals.get(key, zero) for word, key in TOTALS.items()},
        "taxes": [
            f"{row.get('name') or row['category']} {row['rate_percent']}: "
            f"{row['base']} + {row['tax']}"
            for row in document["taxes"]
        ],
        "further": [
            [f"{t['name']} {t['base']} + {t['tax']}" for t in line.get("further_taxes", [])]
            for line in document["lines"]
        ],
        "allowances": [
            f"{row['tax']['category']} {row['tax']['rate_percent']}: {row['amount']}"
            for row in document.get("allowances", [])
        ],
        "coupons": coupons(document),
        "early": [
            f"{row['date']}: {row['payable']}, {row['amount']} less"
            for row in document["payment"].get("early_discounts", [])
        ],
    }


def coupons(document: Printed) -> list[str]:
    """Return what each coupon takes off the bill, in the order in which they come."""
    found: dict[str, Decimal] = {}
    for row in document.get("allowances", []):
        if "coupon" in row:
            found[row["coupon"]] = found.get(row["coupon"], Decimal(0)) + Decimal(row["amount"])
    return [f"{code} {amount}" for code, amount in found.items()]
