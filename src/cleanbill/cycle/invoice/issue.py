"""Issue: give bills their numbers and make them ready to be written and booked."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from cleanbill.engine.plan import collected
from cleanbill.formats import bill_json
from cleanbill.formats.json_text import json_object, plain, quoted_column
from cleanbill.nouns.seller import Seller

DIGITS = 6
REASONS = {
    "en": ("Document discount", "Cancellation or return"),
    "de": ("Rabatt auf den Gesamtbetrag", "Storno oder Rückgabe"),
}
"""What documents say, by language: of a document discount, of a credit."""


@dataclass(frozen=True, slots=True)
class Issued:
    """Bills with number and document, their lines and tax groups; rows meet by ``draft``."""

    bills: pl.DataFrame
    lines: pl.DataFrame
    groups: pl.DataFrame


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
) -> Issued:
    """Return the bills with their ``document``; lines of credit notes name what they reverse.

    ``bills`` are numbered; ``lines`` of credit notes have ``credits_number``, ``credits_line`` and
    ``credits_issue_date`` where they reverse a bill; ``groups`` are worded with law and reason;
    ``taxes`` are LINE_TAXES.
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
    documents = bill_json.write(stated, lines, worded, taxes, customers, seller)
    return Issued(stated.with_columns(documents), lines, worded)


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
