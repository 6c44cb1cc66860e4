"""What a run hands over: the batch it drafted, the chunk it issued, and the columns of each."""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

from cleanbill.engine.answer_tables import QUESTIONS
from cleanbill.engine.coupon_tables import COUPON_PARTS
from cleanbill.engine.tables import CHARGES, TAXES, empty

OUTCOME = (
    *("charge_id", "source", "reference", "occurrence", "customer", "item", "kind", "currency"),
    *("service_date", "net_minor", "disposition", "not_billable"),
)
"""What a run says of every charge."""
LINE = (
    *(c for c in CHARGES if c not in ("amount_minor", "includes_tax", "content_hash", "repeats")),
    *("customer_kind", "customer_country", "customer_language", "item_kind", "cash"),
    *("agreement", "grouping", "payment_days", "document_discount_percent_e6"),
    *("document_discount_tiers", "early_payment", "early_payment_base"),
    *("price_id", "price_version", "price_level", "model", "tier", "decimals", "line_price_e8"),
    *("gross_minor", "discount_minor", "net_minor", "inclusive", "treatment", "tax_category"),
    *("rate_percent_e6", "tax_rule", "tax_place_foreign", "tax_place_eu", *TAXES),
    *("original_id", "credited_e6", "proposals"),
    pl.lit(None, dtype=pl.Date).alias("not_before"),
)
"""What a clear charge takes with it onto a bill."""
LINE_WHERE_USED = (
    *("billed_quantity_e6", "bundle", "purchase_order_id", "order_by"),
    "engine_facts",
)
"""What it takes with it only where something of the batch asks for it, there are orders, or a tax
engine is chosen."""
TERMS = {
    "agreement": pl.String,
    "payment_days": pl.Int32,
    "document_discount_percent_e6": pl.Int64,
    "document_discount_tiers": pl.String,
    "early_payment": pl.String,
    "early_payment_base": pl.String,
    "customer_language": pl.String,
    "customer_country": pl.String,
    "not_before": pl.Date,
}
"""What a reversal takes from its bill and not from today's agreement: nothing, unless given."""


@dataclass(frozen=True, slots=True)
class Drafts:
    """Bills in the making, with their lines, tax groups, further taxes and coupons' parts."""

    bills: pl.DataFrame
    lines: pl.DataFrame
    groups: pl.DataFrame
    taxes: pl.DataFrame
    parts: pl.DataFrame = field(default_factory=lambda: empty(COUPON_PARTS))

    def where(self, wanted: pl.Expr) -> Drafts:
        """Return the drafts for which a condition on ``draft`` holds."""
        tables = (self.bills, self.lines, self.groups, self.taxes, self.parts)
        return Drafts(*(table.filter(wanted) for table in tables))


def joined(parts: list[Drafts]) -> Drafts:
    """Put drafts behind each other, invoices before credit notes."""
    if len(parts) == 1:
        return parts[0]
    return Drafts(
        *(
            pl.concat([getattr(part, table) for part in parts], how="diagonal_relaxed")
            for table in ("bills", "lines", "groups", "taxes", "parts")
        )
    )


@dataclass(frozen=True, slots=True)
class Batch:
    """What a run made of its charges. Its tables rise with, and meet by, ``draft``."""

    charges: pl.DataFrame
    """OUTCOME of every charge that came in. ``disposition``: clear (on a bill), held, waiting,
    not_billable, settled (billed before the run went on); ``not_billable`` is the reason,
    ``net_minor`` the money at stake."""
    bills: pl.DataFrame
    lines: pl.DataFrame
    groups: pl.DataFrame
    taxes: pl.DataFrame
    """LINE_TAXES: the further taxes of the lines."""
    findings: pl.DataFrame
    customers: pl.DataFrame
    """Rows of CUSTOMERS, of those who get a bill."""
    parts: pl.DataFrame = field(default_factory=lambda: empty(COUPON_PARTS))
    """COUPON_PARTS: what coupons took off lines, and credits gave back."""
    questions: pl.DataFrame = field(default_factory=lambda: empty(QUESTIONS))
    """QUESTIONS that tax engines have to answer before these drafts can go out."""

    def slice(
        self, start: int, count: int
    ) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame, pl.DataFrame]:
        """Return ``count`` bills from ``start`` on, their lines, groups, taxes; copies nothing.

        Costs the same however large the batch is.
        """
        bills = self.bills.slice(start, count)
        if bills.is_empty() or bills.height == self.bills.height:
            return bills, self.lines, self.groups, self.taxes
        first, last = bills["draft"][0], bills["draft"][-1]
        lines, groups, taxes = (
            _between(rows, first, last) for rows in (self.lines, self.groups, self.taxes)
        )
        return bills, lines, groups, taxes

    def parts_of(self, bills: pl.DataFrame) -> pl.DataFrame:
        """Return the coupons' parts on these neighbouring bills."""
        if self.parts.is_empty() or bills.is_empty():
            return self.parts.clear()
        return _between(self.parts, bills["draft"][0], bills["draft"][-1])


def _between(rows: pl.DataFrame, first: int, last: int) -> pl.DataFrame:
    drafts = rows["draft"]
    start = int(drafts.search_sorted(first, side="left"))
    return rows.slice(start, int(drafts.search_sorted(last, side="right")) - start)


@dataclass(frozen=True, slots=True)
class Issued:
    """A chunk of numbered bills with documents and postings, ready to be kept."""

    bills: pl.DataFrame
    lines: pl.DataFrame
    groups: pl.DataFrame
    taxes: pl.DataFrame
    postings: pl.DataFrame
    parts: pl.DataFrame = field(default_factory=lambda: empty(COUPON_PARTS))
