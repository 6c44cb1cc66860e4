"""Issued bills as rows of the tables that keep them: worked out before anything is locked.

In: a chunk of issued bills and the place in its series where it begins. Out: one frame per table,
ready to be inserted. Only the hash chain is missing, because it goes on from the last bill written.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from cleanbill.ledger import entry_texts
from cleanbill.store.chain import text_hash
from cleanbill.store.numbers import SERIES_ROOM

if TYPE_CHECKING:
    from cleanbill.cycle.run import Issued

_HEAD = (
    "series_id",
    "sequence",
    "number",
    "kind",
    "customer",
    "currency",
    "decimals",
    "issue_date",
    "due_date",
    "lines_net_minor",
    "discount_minor",
    "net_minor",
    "tax_minor",
    "gross_minor",
    "rounding_minor",
    "payable_minor",
    "line_count",
    "draft_key",
    "seller_id",
)
_LINE = (
    "line",
    "charge_id",
    "item",
    "line_price_e8",
    "gross_minor",
    "discount_percent_e6",
    "discount_minor",
    "net_minor",
    "share_minor",
    "tax_minor",
    "tax_category",
    "rate_percent_e6",
    "tax_rule",
    "treatment",
    "price_level",
    "price_id",
    "price_version",
    "model",
    "tier",
    "credits_line",
    "quantity_e6",
    "credits_bill_id",
)
_TAX = (
    "row",
    "tax_category",
    "rate_percent_e6",
    "tax_rule",
    "base_minor",
    "discount_minor",
    "tax_minor",
)
_LINE_TAX = (
    *("line", "tax_no", "tax", "kind", "tax_category", "rate_percent_e6", "tax_rule", "compound"),
    *("base_minor", "tax_minor"),
)
_WHERE_SAID = {
    "bill": ("included_minor", "withheld_minor"),
    "line": ("tax", "included_minor", "purchase_order_id", "order_by"),
    "tax": ("tax", "kind", "compound"),
}
"""Columns that are written only where a bill of the chunk says something in them."""
_POSTING = ("entry_line", "account", "tax_rule", "currency", "amount_minor", "posted_on")


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose bills these are: without it nothing is written."""

    organisation_id: int
    seller_id: int
    series_id: int


@dataclass(frozen=True, slots=True)
class BillRows:
    """A chunk of bills, ready to be kept."""

    scope: Scope
    first: int
    """The sequence of its first bill."""
    heads: pl.DataFrame
    """Rows of ``bill`` but for run and chain; ``draft`` names them within their batch, and
    ``period_end`` is the last day of what they bill: neither is kept in ``bill``."""
    documents: pl.DataFrame
    lines: pl.DataFrame
    line_taxes: pl.DataFrame
    """The further taxes of lines."""
    taxes: pl.DataFrame
    postings: pl.DataFrame
    hashes: list[tuple[str, str]]
    """The hashes of each document and each entry."""
    coupons: pl.DataFrame
    """What coupons took off the lines, or credits gave back."""
    known: pl.DataFrame
    """``draft, bill_id, number, issue_date``: what credit notes of the batch refer to."""

    def part(self, start: int, count: int) -> BillRows:
        """Return ``count`` of the bills from the place ``start`` on; copies nothing."""
        known = self.known.slice(start, count)
        first, last = known["bill_id"][0], known["bill_id"][-1]

        def own(table: pl.DataFrame) -> pl.DataFrame:
            if table.is_empty():
                return table
            ids = table["bill_id"]
            begin = int(ids.search_sorted(first, side="left"))
            return table.slice(begin, int(ids.search_sorted(last, side="right")) - begin)

        return BillRows(
            scope=self.scope,
            first=self.first + start,
            heads=self.heads.slice(start, count),
            documents=self.documents.slice(start, count),
            lines=own(self.lines),
            line_taxes=own(self.line_taxes),
            taxes=own(self.taxes),
            postings=own(self.postings),
            hashes=self.hashes[start : start + count],
            coupons=own(self.coupons),
            known=known,
        )


def _lit(value: int, name: str) -> pl.Expr:
    return pl.lit(value, dtype=pl.Int64).alias(name)


def _said(frame: pl.DataFrame, table: str) -> list[str]:
    return [
        c for c in _WHERE_SAID[table] if c in frame.columns and frame[c].null_count() < frame.height
    ]


def rows_of(scope: Scope, issued: Issued, first: int, known_bills: pl.DataFrame | None) -> BillRows:
    """Return the rows of a chunk whose first bill has the sequence ``first``.

    ``known_bills`` gives ``draft`` and ``bill_id`` of the invoices of this batch that credit lines
    refer to.
    """
    own = _lit(scope.organisation_id, "organisation_id")
    numbered = pl.col("sequence") + scope.series_id * SERIES_ROOM
    bills = issued.bills.with_columns(
        numbered.alias("bill_id"),
        _lit(scope.series_id, "series_id"),
        _lit(scope.seller_id, "seller_id"),
        own,
    )
    known = bills.select("draft", "bill_id", "number", "issue_date")
    ids = known.select("draft", "bill_id")
    # A reversal's lines still carry the id of the bill that they reverse.
    lines = issued.lines.drop("bill_id", strict=False).join(ids, on="draft", maintain_order="left")
    if "invoice" not in bills["kind"]:
        # A credit gives back to the order of the line that it reverses, whatever it names itself.
        lines = lines.drop("purchase_order_id", "order_by", strict=False)
    groups = issued.groups.join(ids, on="draft", maintain_order="left").with_columns(
        (pl.int_range(pl.len()).over("draft") + 1).alias("row"), own
    )
    dated = bills.select("draft", "bill_id", pl.col("issue_date").alias("posted_on"))
    postings = issued.postings.join(dated, on="draft", maintain_order="left").with_columns(own)
    entries = known.select("draft").join(
        entry_texts(postings), on="draft", how="left", maintain_order="left"
    )
    told = _line_rows(lines, known_bills)
    texts = zip(bills["document"].to_list(), entries["entry"].to_list(), strict=True)
    return BillRows(
        scope=scope,
        first=first,
        heads=bills.select(
            "draft",
            pl.col("bill_id").alias("id"),
            "organisation_id",
            "period_end",
            *(*_HEAD, *_said(bills, "bill")),
        ),
        documents=bills.select("bill_id", "organisation_id", pl.col("document").alias("body")),
        lines=told.select("bill_id", own, *_LINE, *_said(lines, "line")),
        line_taxes=issued.taxes.join(ids, on="draft", maintain_order="left").select(
            "bill_id", own, *_LINE_TAX
        ),
        taxes=groups.select("bill_id", "organisation_id", *_TAX, *_said(groups, "tax")),
        postings=postings.select("bill_id", "organisation_id", *_POSTING),
        hashes=[(text_hash(document), text_hash(entry)) for document, entry in texts],
        coupons=_coupon_rows(issued.parts, told).with_columns(own),
        known=known,
    )


def _coupon_rows(parts: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """What coupons took, by bill; a credit note's gives back to that of the invoice it reverses."""
    credited = pl.col("credits_bill_id").is_not_null()
    back = pl.when("returns").then(-pl.col("amount_minor")).otherwise(0)
    named = lines.select("draft", "line", "bill_id", "credits_bill_id")
    return parts.join(named, on=["draft", "line"], how="inner", maintain_order="left").select(
        "bill_id",
        "line",
        "place",
        "redemption_id",
        pl.coalesce("credits_bill_id", "bill_id").alias("invoice_id"),
        "amount_minor",
        pl.when(credited).then(back).otherwise("amount_minor").alias("used_minor"),
        "funding_id",
        pl.when(~credited).then("left_minor").alias("left_minor"),
    )


def _line_rows(lines: pl.DataFrame, known_bills: pl.DataFrame | None) -> pl.DataFrame:
    """Complete what credit lines reverse."""
    for column, kind in (
        ("credits_bill_id", pl.Int64),
        ("credits_draft", pl.Int64),
        ("credits_line", pl.Int32),
    ):
        if column not in lines.columns:
            lines = lines.with_columns(pl.lit(None, dtype=kind).alias(column))
    if known_bills is None:
        return lines
    reversed_ids = known_bills.select(
        pl.col("draft").alias("credits_draft"), pl.col("bill_id").alias("_reversed")
    )
    joined = lines.join(reversed_ids, on="credits_draft", how="left", maintain_order="left")
    return joined.with_columns(pl.coalesce("credits_bill_id", "_reversed").alias("credits_bill_id"))
