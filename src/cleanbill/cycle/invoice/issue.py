"""Issue: give bills their numbers and make them ready to be written and booked."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from cleanbill.cycle.invoice.coupons import TAX_GROUP, in_groups
from cleanbill.cycle.invoice.early import early_discounts
from cleanbill.engine.coupon_tables import COUPON_PARTS
from cleanbill.engine.plan import collected
from cleanbill.engine.tables import empty
from cleanbill.formats import bill_json
from cleanbill.formats.json_text import json_object, plain, quoted_column
from cleanbill.nouns.seller import Seller

DIGITS = 6
REASONS = {
    "en": ("Document discount", "Cancellation or return", "Coupon", "Retainer"),
    "de": ("Rabatt auf den Gesamtbetrag", "Storno oder Rückgabe", "Gutschein", "Vorauszahlung"),
}
"""What documents say, by language: of a document discount, of a credit, of a nameless coupon or
retainer."""


@dataclass(frozen=True, slots=True)
class Issued:
    """Bills with number and document, their lines and tax groups; rows meet by ``draft``."""

    bills: pl.DataFrame
    lines: pl.DataFrame
    groups: pl.DataFrame
    parts: pl.DataFrame
    """What coupons took off the lines, or credits gave back."""


def numbered(bills: pl.DataFrame, prefix: str, first_number: int) -> pl.DataFrame:
    """Return the bills with ``series``, ``sequence`` and ``number``, from ``first_number`` on."""
    sequence = pl.int_range(pl.len(), dtype=pl.Int64) + first_number
    return bills.with_columns(
        pl.lit(prefix).alias("series"),
        sequence.alias("sequence"),
        pl.concat_str(pl.lit(prefix), sequence.cast(pl.String).str.zfill(DIGITS)).alias("number"),
    )


def issue(
    bills: pl.DataFrame,
    lines: pl.DataFrame,
    groups: pl.DataFrame,
    taxes: pl.DataFrame,
    customers: pl.DataFrame,
    seller: Seller,
    *,
    cash_name: str,
    reason: str | None = None,
    parts: pl.DataFrame | None = None,
) -> Issued:
    """Return the bills with their ``document``; lines of credit notes name what they reverse.

    ``bills`` are numbered; ``lines`` of credit notes have ``credits_number``, ``credits_line`` and
    ``credits_issue_date`` where they reverse a bill; ``groups`` are worded with law and reason;
    ``taxes`` are LINE_TAXES, ``parts`` as COUPON_PARTS.
    """
    words = {language: text[0] for language, text in REASONS.items()}
    heads = bills.select("draft", "language", "document_discount_percent_e6", "decimals")
    said = pl.col("language").replace_strict(words, default=words["en"])
    worded = collected(
        groups.lazy()
        .join(heads.lazy(), on="draft", how="left", maintain_order="left")
        .with_columns(said.alias("discount_reason"))
    )
    why = {language: text[1] for language, text in REASONS.items()}
    credit = pl.col("kind") == "credit_note"
    usual = pl.col("language").replace_strict(why, default=why["en"])
    stated = bills.with_columns(
        pl.when(credit).then(usual if reason is None else pl.lit(reason)).alias("reason"),
        pl.lit(cash_name).alias("cash_name"),
    )
    if "credits_number" in lines.columns and lines["credits_number"].null_count() < lines.height:
        stated = stated.join(_preceding(lines), on="draft", how="left", maintain_order="left")
    taken = empty(COUPON_PARTS) if parts is None else parts
    documents = bill_json.write(
        stated,
        lines,
        worded,
        taxes,
        customers,
        seller,
        parts=taken,
        allowances=_allowances(stated, lines, worded, taken),
        early=early_discounts(stated),
    )
    return Issued(stated.with_columns(documents), lines, worded, taken)


def _allowances(
    bills: pl.DataFrame, lines: pl.DataFrame, groups: pl.DataFrame, parts: pl.DataFrame
) -> pl.DataFrame | None:
    """The allowances of bills with coupons: one per reduction and tax group, in their order.

    The document discount comes first; it is what the coupons leave of a group's discount.
    """
    if parts.is_empty():
        return None
    group = ("draft", *TAX_GROUP)
    own = ("place", "coupon", "redemption", "name", "percent_e6", "prepaid_by", "left_minor")
    # Further taxes of a bill's lines are rows of their own; reductions belong to the first ones.
    first = groups.filter(pl.col("kind").is_null()) if "kind" in groups.columns else groups
    placed = in_groups(first).with_row_index("_group")
    word = pl.when(pl.col("prepaid_by").is_null()).then(_said(2)).otherwise(_said(3))
    nameless = pl.concat_str(word, "coupon", separator=" ")
    invoice = pl.col("kind") == "invoice"
    coupons = (
        parts.join(in_groups(lines).select("draft", "line", *TAX_GROUP), on=["draft", "line"])
        .group_by(*group, "redemption_id", *own)
        .agg(pl.col("amount_minor").sum())
        .join(placed.select(*group, "_group", "decimals", "language"), on=group, nulls_equal=True)
        .join(bills.select("draft", "kind"), on="draft")
        .with_columns(
            pl.coalesce("name", nameless).alias("reason"),
            pl.when(invoice).then("percent_e6").alias("percent_e6"),
        )
    )
    taken = coupons.group_by("_group").agg(pl.col("amount_minor").sum().alias("_coupons"))
    flat = (
        placed.join(parts.select("draft").unique(), on="draft", how="semi")
        .join(taken, on="_group", how="left")
        .with_columns(
            (pl.col("discount_minor") - pl.col("_coupons").fill_null(0)).alias("amount_minor"),
            pl.col("document_discount_percent_e6").alias("percent_e6"),
            pl.col("discount_reason").alias("reason"),
            pl.lit(0, dtype=pl.Int32).alias("place"),
            pl.lit(None, dtype=pl.String).alias("coupon"),
            pl.lit(None, dtype=pl.String).alias("redemption"),
            pl.lit(None, dtype=pl.String).alias("prepaid_by"),
            pl.lit(None, dtype=pl.Int64).alias("left_minor"),
        )
        .filter(pl.col("amount_minor") != 0)
    )
    columns = (*group, "decimals", "place", "_group", "coupon", "redemption", "reason")
    figures = ("percent_e6", "amount_minor", "prepaid_by", "left_minor")
    both = pl.concat([flat.select(*columns, *figures), coupons.select(*columns, *figures)])
    return both.sort("draft", "place", "_group")


def _said(which: int) -> pl.Expr:
    """What a document says, in its language."""
    words = {language: text[which] for language, text in REASONS.items()}
    return pl.col("language").replace_strict(words, default=words["en"])


def _preceding(lines: pl.DataFrame) -> pl.DataFrame:
    """The bills that a credit note reverses, each once, as a JSON array."""
    bill = json_object(
        {
            "issue_date": plain(pl.col("credits_issue_date").cast(pl.String)),
            "number": quoted_column("credits_number"),
        }
    )
    return (
        lines.lazy()
        .filter(pl.col("credits_number").is_not_null())
        .unique(["draft", "credits_number"], keep="first", maintain_order=True)
        .select("draft", bill.text().alias("_bill"))
        .group_by("draft", maintain_order=True)
        .agg(
            pl.concat_str(pl.lit("["), pl.col("_bill").str.join(","), pl.lit("]")).alias(
                "preceding"
            )
        )
        .pipe(collected)
    )


def referring(lines: pl.DataFrame, numbers: pl.DataFrame | None) -> pl.DataFrame:
    """Complete what credit lines reverse: invoices of this batch have their number by now."""
    if numbers is None or "credits_draft" not in lines.columns:
        return lines
    own = numbers.select(pl.col("draft").alias("credits_draft"), pl.col("number").alias("_number"))
    joined = lines.join(own, on="credits_draft", how="left", maintain_order="left")
    return joined.with_columns(
        pl.coalesce("credits_number", "_number").alias("credits_number")
    ).drop("_number")
