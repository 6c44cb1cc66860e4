"""Issued bills read back in the order of their series: for proof, replay and export.

A series is read in stretches of bounded size, so that books of any length fit into memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl
from django.db import connection

from cleanbill.engine.tables import LINE_TAXES, PRICES, TIERS, Schema
from cleanbill.engine.text import money_text
from cleanbill.store.bulk import read
from cleanbill.store.reading import columns_of

BILLS, LINES = 5_000, 25_000
"""What a stretch holds at most; a longer bill is a stretch of its own."""
_PLACES = 1_000_000


@dataclass(frozen=True, slots=True)
class Stretch:
    """Bills of a series from one sequence to another, both included."""

    organisation_id: int
    series_id: int
    first: int
    last: int
    bills: int

    def read(self, sql: str, schema: Schema) -> pl.DataFrame:
        """Return the rows of a query over bills ``b`` whose last condition is left to this."""
        return read(
            f"{sql} b.organisation_id = %s AND b.series_id = %s AND b.sequence BETWEEN %s AND %s",
            [self.organisation_id, self.series_id, self.first, self.last],
            schema,
        )


def stretches(organisation_id: int, series_id: int) -> Iterator[Stretch]:
    """Yield the stretches of a series, in order."""
    after: int | None = None
    while True:
        places = read(
            "SELECT sequence, line_count FROM bill WHERE organisation_id = %s AND series_id = %s "
            "AND sequence > %s ORDER BY sequence LIMIT %s",
            [organisation_id, series_id, -(2**62) if after is None else after, _PLACES],
            {"sequence": pl.Int64, "line_count": pl.Int64},
        )
        if places.is_empty():
            return
        for first, last, count in _cut(places):
            yield Stretch(organisation_id, series_id, first, last, count)
        after = int(places["sequence"][-1])


def _cut(places: pl.DataFrame) -> Iterator[tuple[int, int, int]]:
    """Cut bills into stretches of at most ``BILLS`` bills and about ``LINES`` lines."""
    lines = pl.col("line_count").clip(0, LINES).cum_sum()
    cut = pl.max_horizontal(lines // LINES, pl.int_range(pl.len()) // BILLS)
    parts = places.group_by(cut.alias("cut"), maintain_order=True).agg(
        pl.col("sequence").first().alias("first"),
        pl.col("sequence").last().alias("last"),
        pl.len().alias("count"),
    )
    yield from parts.select("first", "last", "count").iter_rows()


TOTALS = (
    *("lines_net", "discount", "net", "tax", "gross", "rounding", "payable"),
    *("included", "withheld"),
)
_BILL: Schema = {
    "id": pl.Int64,
    "sequence": pl.Int64,
    "number": pl.String,
    "kind": pl.String,
    "customer": pl.String,
    "currency": pl.String,
    "decimals": pl.Int64,
    "issue_date": pl.Date,
    "due_date": pl.Date,
    "line_count": pl.Int64,
    "document_hash": pl.String,
    "chain_hash": pl.String,
    **{f"{name}_minor": pl.Int64 for name in TOTALS},
}


def bills_of(stretch: Stretch) -> pl.DataFrame:
    """Return the bills' heads in the order of the series, each with the ``body`` of its document.

    The body is null where the organisation has no such document.
    """
    heads = columns_of(_BILL, "b")
    return stretch.read(
        f"SELECT {heads}, d.body FROM bill b LEFT JOIN document d "
        "ON d.bill_id = b.id AND d.organisation_id = b.organisation_id WHERE",
        {**_BILL, "body": pl.String},
    ).sort("sequence", "id")


_LINE: Schema = {
    **dict.fromkeys(("bill_id", "charge_id", "credits_bill_id", "price_id"), pl.Int64),
    **dict.fromkeys(("line", "credits_line", "price_version", "tier"), pl.Int64),
    **dict.fromkeys(("item", "tax_category", "tax_rule", "model", "price_level"), pl.String),
    **dict.fromkeys(("quantity_e6", "discount_percent_e6", "rate_percent_e6"), pl.Int64),
    **dict.fromkeys(("gross_minor", "discount_minor", "net_minor"), pl.Int64),
    **dict.fromkeys(("share_minor", "tax_minor", "included_minor"), pl.Int64),
    "tax": pl.String,
}
_CHARGE: Schema = {
    "quantity_e6": pl.Int64,
    "unit_price_e8": pl.Int64,
    "amount_minor": pl.Int64,
    "discount_percent_e6": pl.Int64,
    "currency": pl.String,
    "kind": pl.String,
    "service_date": pl.Date,
}
"""What of a charge its price and its tax depend on; read under ``charge_…``."""


def lines_of(stretch: Stretch) -> pl.DataFrame:
    """Return the lines of a stretch in printing order, each with what it was priced from."""
    charge = ", ".join(f'c."{name}"' for name in _CHARGE)
    lines = stretch.read(
        f"SELECT {columns_of(_LINE, 'n')}, {charge} FROM bill b "
        "JOIN bill_line n ON n.bill_id = b.id LEFT JOIN charge c ON c.id = n.charge_id WHERE",
        {**_LINE, **{f"charge_{name}": kind for name, kind in _CHARGE.items()}},
    ).sort("bill_id", "line")
    return lines.join(
        _coupons_of(stretch), on=["bill_id", "line"], how="left", maintain_order="left"
    ).sort("bill_id", "line")


def _coupons_of(stretch: Stretch) -> pl.DataFrame:
    """Return ``coupons`` of each line that has some: amount, coupon and redemption, as one text."""
    rows = stretch.read(
        "SELECT k.bill_id, k.line, k.place, b.decimals, k.amount_minor, r.coupon, r.redemption "
        "FROM bill b JOIN bill_coupon k ON k.bill_id = b.id "
        "LEFT JOIN redemption r ON r.id = k.redemption_id WHERE",
        {
            **dict.fromkeys(("bill_id", "line", "place", "decimals", "amount_minor"), pl.Int64),
            **dict.fromkeys(("coupon", "redemption"), pl.String),
        },
    ).sort("bill_id", "line", "place")
    amount = money_text(pl.col("amount_minor"), pl.col("decimals"))
    text = pl.concat_str([amount, "coupon", "redemption"], separator=" ", ignore_nulls=True)
    return (
        rows.with_columns(text.alias("coupons"))
        .group_by("bill_id", "line", maintain_order=True)
        .agg(pl.col("coupons").str.join("|"))
    )


_TAX: Schema = {
    **{"bill_id": pl.Int64, "row": pl.Int64, "tax_category": pl.String},
    **{"rate_percent_e6": pl.Int64, "tax_rule": pl.String},
    **{"base_minor": pl.Int64, "tax_minor": pl.Int64},
    **{"tax": pl.String, "kind": pl.String, "compound": pl.Boolean},
}
_LINE_TAX: Schema = {
    "bill_id": pl.Int64,
    **{c: kind for c, kind in LINE_TAXES.items() if c != "draft"},
    **{"line": pl.Int64, "tax_no": pl.Int64},
}


def line_taxes_of(stretch: Stretch) -> pl.DataFrame:
    """Return the further taxes of the lines of a stretch in printing order."""
    return stretch.read(
        f"SELECT {columns_of(_LINE_TAX, 't')} FROM bill b "
        "JOIN bill_line_tax t ON t.bill_id = b.id WHERE",
        _LINE_TAX,
    ).sort("bill_id", "line", "tax_no")


def taxes_of(stretch: Stretch) -> pl.DataFrame:
    """Return the tax rows of a stretch in printing order."""
    return stretch.read(
        f"SELECT {columns_of(_TAX, 't')} FROM bill b JOIN bill_tax t ON t.bill_id = b.id WHERE",
        _TAX,
    ).sort("bill_id", "row")


_POSTING: Schema = {
    **{"bill_id": pl.Int64, "entry_line": pl.Int64, "account": pl.String},
    **{"tax_rule": pl.String, "currency": pl.String},
    **{"amount_minor": pl.Int64, "posted_on": pl.Date},
}


def postings_of(stretch: Stretch) -> pl.DataFrame:
    """Return the postings of a stretch; those of a bill stand together, in order."""
    return stretch.read(
        f"SELECT {columns_of(_POSTING, 'p')} FROM bill b JOIN posting p ON p.bill_id = b.id WHERE",
        _POSTING,
    ).sort("bill_id", "entry_line")


def all_prices(organisation_id: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return every price version ever used, and its tiers: replay needs superseded ones too."""
    prices = read(
        f"SELECT {columns_of(PRICES, 't', 'price_id')} FROM price t "
        "WHERE t.organisation_id = %s ORDER BY t.id",
        [organisation_id],
        PRICES,
    )
    tiers = read(
        f"SELECT {columns_of(TIERS, 't')} FROM price_tier t "
        "WHERE t.organisation_id = %s ORDER BY t.price_id, t.tier",
        [organisation_id],
        TIERS,
    )
    return prices, tiers


def counted(organisation_id: int) -> int:
    """Return how many bills the organisation has."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM bill WHERE organisation_id = %s", [organisation_id])
        return int(cursor.fetchone()[0])
