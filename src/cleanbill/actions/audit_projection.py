"""Rows against their document: what the tables say of a bill is what its document says.

A stretch of bills is compared in columns, text with text. Where the texts differ, the bill is
looked at once more on its own, number with number: only what differs in value breaks the law.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import reduce
from operator import or_
from typing import Any

import polars as pl

from cleanbill.actions.audit_found import Found
from cleanbill.engine.text import money_text, trimmed_text
from cleanbill.formats import bill_json
from cleanbill.formats.bill_json_table import Parsed, parsed
from cleanbill.nouns.currency import DECIMALS
from cleanbill.nouns.scales import QUANTITY_DECIMALS, RATE_DECIMALS, unscaled
from cleanbill.store.archive import TOTALS

Row = dict[str, Any]
_SAYS = "What the tables say of a bill is what its document says."
_READS = "Every document is a bill of the schema."
_NAMED = {"discount": "document_discount", "included": "tax_included"}
_SUMS = {name: _NAMED.get(name, name) for name in TOTALS}
"""Sums of a bill's row, and what its document calls them."""
_MONEY = {
    "gross_minor": "gross",
    "discount_minor": "discount",
    "net_minor": "net",
    "share_minor": "document_discount_share",
    "tax_minor": "tax_share",
    "included_minor": "tax_included",
}
_KEYS = {"model": "model", "price_level": "price", "price_version": "price_version", "tier": "tier"}


def compare(found: Found, bills: pl.DataFrame, *tables: pl.DataFrame) -> None:
    """Compare a stretch of bills with the bills' documents.

    ``bills`` and ``tables`` (lines, tax rows, further taxes of lines) are as ``store.archive``
    reads them.
    """
    gone = bills.filter(pl.col("body").is_null())["number"].to_list()
    says = "Every bill has its document, in its organisation."
    found.add("DOCUMENT", says, [f"bill {number}" for number in gone])
    there = bills.filter(pl.col("body").is_not_null()).with_row_index("place")
    told = parsed(there["body"])
    unread = there["number"].gather(told.unread).to_list()
    found.add("DOCUMENT-READS", _READS, [f"bill {number}" for number in unread])
    placed = there.select(pl.col("id").alias("bill_id"), pl.col("place").cast(pl.Int64), "decimals")
    own = [
        rows.join(placed, on="bill_id", how="inner", maintain_order="left").sort(
            "place", maintain_order=True
        )
        for rows in tables
    ]
    doubtful = _doubtful(there, own, told) - set(told.unread)
    for place in sorted(doubtful):
        bill = there.row(place, named=True)
        kept = [rows.filter(pl.col("place") == place).to_dicts() for rows in own]
        try:
            rows = list(_differences(bill_json.read(bill["body"]), bill, *kept))
        except (LookupError, TypeError, AttributeError, ValueError, ArithmeticError):
            found.add("DOCUMENT-READS", _READS, [f"bill {bill['number']}"])
        else:
            found.add("PROJECTION", _SAYS, rows)


def _doubtful(bills: pl.DataFrame, own: list[pl.DataFrame], told: Parsed) -> set[int]:
    """Return the places of bills whose texts are not, letter for letter, what their rows give."""
    among = [d for d in set(DECIMALS.values()) if d in bills["decimals"]]
    heads = told.heads.join(
        bills.with_columns(pl.col("place").cast(pl.Int64)), on="place", suffix="_kept"
    )
    sealed = pl.col("reference").is_null() & pl.col("body").str.contains('"sealed":', literal=True)
    differing = heads.filter(
        _differs("number_kept", "number")
        | _differs("kind_kept", "kind")
        | (_differs("customer", "reference") & ~sealed)
        | pl.col("issue_date_kept").cast(pl.String).ne_missing(pl.col("issue_date"))
        | pl.col("due_date_kept").cast(pl.String).ne_missing(pl.col("due_date"))
        | _differs("currency_kept", "currency")
        | _differs("decimals_kept", "decimals")
        | _differs("line_count_kept", "line_count")
        | reduce(
            or_,
            (
                money_text(pl.col(f"{kept}_minor"), pl.col("decimals_kept"), among).ne_missing(
                    pl.col(said)
                )
                for kept, said in _SUMS.items()
            ),
        )
    )
    places = set(differing["place"].to_list())
    lined = pl.col("line").cast(pl.String).ne_missing(pl.col("said_line"))
    wrongs = (_line_differs(among), _tax_differs(among), _tax_differs(among) | lined)
    for rows, said, wrong in zip(
        own, (told.lines, told.taxes, told.line_taxes), wrongs, strict=True
    ):
        places |= _unlike(rows, said, wrong)
    return places


def _differs(kept: str, said: str) -> pl.Expr:
    return pl.col(kept).ne_missing(pl.col(said))


def _unlike(kept: pl.DataFrame, said: pl.DataFrame, differs: pl.Expr) -> set[int]:
    """Lay rows beside what documents say, in order; return the places where they differ."""
    counts = (
        kept.group_by("place")
        .len("kept")
        .join(said.group_by("place").len("said"), on="place", how="full", coalesce=True)
    )
    uneven = counts.filter(pl.col("kept").ne_missing(pl.col("said")))["place"]
    if uneven.len():
        kept, said = (t.filter(~pl.col("place").is_in(uneven.implode())) for t in (kept, said))
    beside = pl.concat(
        [kept, said.drop("place").rename(lambda name: f"said_{name}")], how="horizontal"
    )
    return set(uneven.to_list()) | set(beside.filter(differs)["place"].to_list())


def _line_differs(among: list[int]) -> pl.Expr:
    texts = {
        "said_line": pl.col("line").cast(pl.String),
        "said_item": pl.col("item"),
        "said_quantity": trimmed_text(pl.col("quantity_e6"), QUANTITY_DECIMALS),
        "said_tax_category": pl.col("tax_category"),
        "said_tax_rule": pl.col("tax_rule"),
        "said_tax_name": pl.col("tax"),
        "said_tax_rate_percent": trimmed_text(pl.col("rate_percent_e6"), RATE_DECIMALS),
        "said_credits_line": pl.col("credits_line").cast(pl.String),
        "said_coupons": pl.col("coupons"),
        **{f"said_key_{said}": pl.col(kept).cast(pl.String) for kept, said in _KEYS.items()},
    }
    money = (
        pl.when(pl.col(f"said_{said}").is_null())
        .then(pl.col(kept) != 0)
        .otherwise(
            money_text(pl.col(kept), pl.col("decimals"), among).ne_missing(pl.col(f"said_{said}"))
        )
        for kept, said in _MONEY.items()
    )
    return reduce(or_, (*(text.ne_missing(pl.col(c)) for c, text in texts.items()), *money))


def _tax_differs(among: list[int]) -> pl.Expr:
    texts = {
        "said_category": pl.col("tax_category"),
        "said_rule": pl.col("tax_rule"),
        "said_name": pl.col("tax"),
        "said_kind": pl.col("kind"),
        "said_compound": pl.when("compound").then(pl.lit("yes")),
        "said_rate_percent": trimmed_text(pl.col("rate_percent_e6"), RATE_DECIMALS),
        "said_base": money_text(pl.col("base_minor"), pl.col("decimals"), among),
        "said_tax": money_text(pl.col("tax_minor"), pl.col("decimals"), among),
    }
    return reduce(or_, (text.ne_missing(pl.col(c)) for c, text in texts.items()))


def _differences(
    document: bill_json.Document,
    bill: Row,
    lines: list[Row],
    taxes: list[Row],
    line_taxes: list[Row],
) -> Iterator[str]:
    """Yield what differs in value between a document and the rows of its bill."""
    where = f"bill {bill['number']}"
    same = _Same(int(document["decimals"]))
    if not same.head(document, bill) or len(lines) != len(document["lines"]):
        yield where
    for printed, row in zip(document["lines"], lines, strict=False):
        own = [tax for tax in line_taxes if tax["line"] == row["line"]]
        if not same.line(printed, row) or not same.taxes(printed.get("further_taxes", []), own):
            yield f"{where} line {row['line']}"
    if {tax["line"] for tax in line_taxes} - {row["line"] for row in lines}:
        yield f"{where} line taxes"
    if len(taxes) != len(document["taxes"]):
        yield f"{where} tax rows"
    for printed, row in zip(document["taxes"], taxes, strict=False):
        if not same.tax(printed, row):
            yield f"{where} tax row {row['row']}"


@dataclass(frozen=True, slots=True)
class _Same:
    """Compares a document's parts with their rows by value, exactly."""

    decimals: int

    def money(self, said: str | None, kept: int | None) -> bool:
        """Tell whether an amount's text is what the row keeps; absent is zero."""
        return Decimal(said or "0") == unscaled(kept or 0, self.decimals)

    def head(self, document: bill_json.Document, bill: Row) -> bool:
        """Compare number, kind, customer, dates, currency and totals."""
        customer = document["customer"]
        known = customer.get("reference") == bill["customer"] or (
            "sealed" in customer and "reference" not in customer
        )
        sums = {"tax_included": None, "withheld": None, **document["totals"]}
        plain = ("number", "kind", "issue_date", "due_date", "currency", "decimals")
        return (
            known
            and all(str(document[name]) == str(bill[name]) for name in plain)
            and len(document["lines"]) == bill["line_count"]
            and all(self.money(sums[s], bill[f"{k}_minor"]) for k, s in _SUMS.items())
        )

    def line(self, printed: Row, row: Row) -> bool:
        """Compare a line's place, item, figures, tax and keys."""
        keys, tax = printed["keys"], printed["tax"]
        texts = (
            (printed["line"], row["line"]),
            (printed.get("item"), row["item"]),
            (tax["category"], row["tax_category"]),
            (tax["rule"], row["tax_rule"]),
            (tax.get("name"), row["tax"]),
            (printed.get("credits", {}).get("line"), row["credits_line"]),
            (_coupons(printed), row["coupons"]),
            *((keys.get(said), row[kept]) for kept, said in _KEYS.items()),
        )
        return (
            all(said == (None if kept is None else str(kept)) for said, kept in texts)
            and all(self.money(printed.get(said), row[kept]) for kept, said in _MONEY.items())
            and Decimal(printed["quantity"]) == unscaled(row["quantity_e6"], QUANTITY_DECIMALS)
            and _rate_same(tax, row)
        )

    def taxes(self, printed: list[Row], rows: list[Row]) -> bool:
        """Compare the further taxes of a line."""
        pairs = zip(printed, rows, strict=False)
        return len(printed) == len(rows) and all(self.tax(said, row) for said, row in pairs)

    def tax(self, printed: Row, row: Row) -> bool:
        """Compare a tax row, or a further tax of a line."""
        on_tax = "yes" if row["compound"] else None
        return (
            (printed["category"], printed["rule"]) == (row["tax_category"], row["tax_rule"])
            and (printed.get("name"), printed.get("kind")) == (row["tax"], row["kind"])
            and printed.get("compound") == on_tax
            and _rate_same(printed, row)
            and self.money(printed["base"], row["base_minor"])
            and self.money(printed["tax"], row["tax_minor"])
        )


def _coupons(printed: Row) -> str | None:
    """What coupons took off a line, as the rows tell it."""
    names = ("amount", "coupon", "redemption")
    parts = [" ".join(p[n] for n in names if n in p) for p in printed.get("coupon_shares", ())]
    return "|".join(parts) or None


def _rate_same(printed: Mapping[str, Any], row: Row) -> bool:
    return Decimal(printed["rate_percent"]) == unscaled(row["rate_percent_e6"], RATE_DECIMALS)
