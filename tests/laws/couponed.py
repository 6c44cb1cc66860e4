"""The laws of coupons touch the product here: a story in, the documents of its runs out, in memory.

What coupons have given is kept as the store keeps it: a row per line of a bill, nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import polars as pl
from tests.laws.product import billed_taxes, issued_of
from tests.oracle.facts import Batch, Charge
from tests.oracle.frames import charges_frame, master_data, policy_of, seller_of
from tests.oracle.generated import UNTIL

from cleanbill.cycle import invoice
from cleanbill.cycle.run import Batch as Run
from cleanbill.cycle.run import Issued, bill, reverse
from cleanbill.engine.coupon_tables import COUPON_PARTS
from cleanbill.engine.tables import ORIGINALS, MasterData, empty
from cleanbill.formats.bill_json import read

Document = dict[str, Any]
OF_CREDITS = r"^(credits_.*|billed_e6|share_(billed|before)_minor|original_id)$"
"""Columns that only lines of credit notes have."""


@dataclass
class Books:
    """Issued bills of one seller, as later runs read them."""

    batch: Batch
    lines: list[pl.DataFrame] = field(default_factory=list)
    parts: list[pl.DataFrame] = field(default_factory=list)
    documents: list[Document] = field(default_factory=list)
    findings: list[pl.DataFrame] = field(default_factory=list)
    bills: int = 0
    runs: int = 0

    def run(self, charges: tuple[Charge, ...], day: date, cuts: int = 1) -> list[Document]:
        """Bill the charges, customer by customer in so many pieces; return the documents."""
        names = sorted({charge.customer for charge in charges})
        size = -(-len(names) // cuts) or 1
        master = replace(master_data(self.batch), coupons=self.coupons())
        left, originals, billed = master.coupons, self.originals(), self.billed_parts()
        runs, texts = [], []
        for start in range(0, len(names), size):
            own = set(names[start : start + size])
            piece = bill(
                charges_frame([charge for charge in charges if charge.customer in own]),
                replace(master, coupons=left),
                seller_of(self.batch),
                policy_of(self.batch),
                until=UNTIL,
                issue_date=day,
                originals=originals,
                parts=billed,
            )
            sold = piece.bills.filter(pl.col("kind") == "invoice").select("draft")
            left = invoice.spent(left, piece.parts.join(sold, on="draft", how="semi"))
            runs.append(piece)
        for piece in runs:
            texts += self.issue(piece, master)
        return texts

    def issue(self, piece: Run, master: MasterData) -> list[Document]:
        """Number and keep the bills of a run; return their documents."""
        self.runs += 1
        self.findings.append(piece.findings)
        made = []
        for chunk in issued_of(piece, self.batch, master, self.runs):
            made += [read(text) for text in chunk.bills["document"].to_list()]
            self.keep(chunk)
        self.documents += made
        return made

    def keep(self, chunk: Issued) -> None:
        """Remember the lines of a chunk and what coupons took off them, under ids of their own."""
        known = pl.col("draft").cast(pl.Int64) + self.bills
        self.bills += int(chunk.bills["draft"].max() or 0) + 1  # type: ignore[arg-type]
        heads = chunk.bills.select("draft", "number", "issue_date", known.alias("bill_id"))
        lines = chunk.lines.drop("issue_date", "number", "bill_id", "credited_e6", strict=False)
        placed = (
            lines.join(heads, on="draft")
            .join(billed_taxes(chunk), on=["draft", "line"], how="left", maintain_order="left")
            .with_columns(kind_of(chunk))
        )
        self.lines.append(placed)
        named = placed.select("draft", "line", "charge_id", "original_id", "kind")
        self.parts.append(chunk.parts.join(named, on=["draft", "line"]))

    def originals(self) -> pl.DataFrame:
        """Return the invoiced lines with what is credited of each."""
        if not self.lines:
            return empty(ORIGINALS)
        every = pl.concat(self.lines, how="diagonal_relaxed")
        gone = (
            every.filter((pl.col("kind") == "credit_note") & pl.col("original_id").is_not_null())
            .group_by(pl.col("original_id").alias("charge_id"))
            .agg(pl.col("quantity_e6").sum().alias("credited_e6"))
        )
        sold = every.filter(pl.col("kind") == "invoice").select(pl.exclude(OF_CREDITS))
        return sold.join(gone, on="charge_id", how="left", maintain_order="left").with_columns(
            pl.col("credited_e6").fill_null(0), pl.lit("billed").alias("state")
        )

    def every_part(self) -> pl.DataFrame:
        """Return all that coupons ever took; ``invoiced`` is the charge of the invoice's line."""
        rows = {**COUPON_PARTS, "charge_id": pl.Int64, "original_id": pl.Int64, "kind": pl.String}
        parts = pl.concat([empty(rows), *self.parts], how="diagonal_relaxed")
        credit = pl.col("kind") == "credit_note"
        return parts.with_columns(
            pl.when(credit).then("original_id").otherwise("charge_id").alias("invoiced"),
            pl.when(~credit)
            .then("amount_minor")
            .when("returns")
            .then(-pl.col("amount_minor"))
            .otherwise(0)
            .alias("used_minor"),
        )

    def billed_parts(self) -> pl.DataFrame:
        """Return what coupons took off invoiced lines, by charge."""
        sold = self.every_part().filter(pl.col("kind") == "invoice")
        return sold.drop("original_id").rename({"charge_id": "original_id"}).drop("draft")

    def given(self) -> pl.DataFrame:
        """Return what each redemption has given on each invoice, less what came back."""
        if not self.lines:
            return pl.DataFrame(
                schema={"redemption_id": pl.Int64, "coupon": pl.String, "used_minor": pl.Int64}
            )
        bills = pl.concat(self.lines, how="diagonal_relaxed").filter(pl.col("kind") == "invoice")
        whose = bills.select(pl.col("charge_id").alias("invoiced"), "bill_id")
        return (
            self.every_part()
            .join(whose, on="invoiced")
            .group_by("redemption_id", "coupon", "bill_id")
            .agg(pl.col("used_minor").sum())
        )

    def coupons(self) -> pl.DataFrame:
        """Return the coupons with what they have given, as a run reads them."""
        given = self.given()
        own = given.group_by("redemption_id").agg(
            pl.col("used_minor").sum().alias("_used"),
            (pl.col("used_minor") > 0).sum().cast(pl.Int32).alias("_uses"),
        )
        whole = given.group_by("coupon").agg(pl.col("used_minor").sum().alias("_spent"))
        table = master_data(self.batch).coupons
        return (
            table.join(own, on="redemption_id", how="left", maintain_order="left")
            .join(whole, on="coupon", how="left", maintain_order="left")
            .with_columns(
                pl.col("_used").fill_null(0).alias("used_minor"),
                pl.col("_uses").fill_null(0).alias("uses"),
                pl.col("_spent").fill_null(0).alias("spent_minor"),
            )
            .drop("_used", "_uses", "_spent")
        )

    def reversed(self, day: date) -> list[Document]:
        """Credit what is left of every invoice, one after the other; return the credit notes."""
        originals, made = self.originals(), []
        master = master_data(self.batch)
        for (_,), lines in originals.group_by("bill_id", maintain_order=True):
            back = reverse(
                lines,
                master.customers,
                seller_of(self.batch),
                policy_of(self.batch),
                day,
                self.billed_parts(),
            )
            if back.bills.height:
                made += self.issue(back, master)
        return made


def kind_of(chunk: Issued) -> pl.Expr:
    return pl.lit(chunk.bills["kind"][0]).alias("kind")
