"""What a run writes: bills with everything that belongs to them, and closings.

Every function must run inside the caller's transaction and gets the organisation it works for.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import polars as pl
from django.db import connection

from cleanbill.store.bulk import read, write
from cleanbill.store.chain import links
from cleanbill.store.numbers import Taken, advance_chain, take_ids

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
    "run_id",
    "draft_key",
    "document_hash",
    "chain_hash",
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
_POSTING = ("entry_line", "account", "tax_rule", "currency", "amount_minor", "posted_on")


def _lit(value: int, name: str) -> pl.Expr:
    return pl.lit(value, dtype=pl.Int64).alias(name)


def keep_bills(
    organisation_id: int,
    seller_id: int,
    series_id: int,
    run_id: int | None,
    issued: Issued,
    taken: Taken,
    known_bills: pl.DataFrame | None,
) -> pl.DataFrame:
    """Write a chunk of issued bills; return ``draft``, ``bill_id``, ``number`` of each.

    ``known_bills`` gives ``draft`` and ``bill_id`` of the invoices of this run that credit lines
    refer to. Heads, documents, lines, tax rows, postings, charge links and the chain are written.
    """
    first_id = take_ids("bill", issued.bills.height)
    hashes = links(taken.chain_head, issued.bills["document"].to_list())
    bills = issued.bills.with_columns(
        (pl.int_range(pl.len(), dtype=pl.Int64) + first_id).alias("bill_id"),
        _lit(series_id, "series_id"),
        pl.lit(run_id, dtype=pl.Int64).alias("run_id"),
        _lit(seller_id, "seller_id"),
        _lit(organisation_id, "organisation_id"),
        pl.Series("document_hash", [own for own, _ in hashes], dtype=pl.String),
        pl.Series("chain_hash", [chained for _, chained in hashes], dtype=pl.String),
    )
    ids = bills.select("draft", "bill_id")
    write("bill", bills.rename({"bill_id": "id"}), ["id", "organisation_id", *_HEAD])
    write("document", bills.select("bill_id", "organisation_id", pl.col("document").alias("body")))
    # A reversal's lines still carry the id of the bill that they reverse.
    lines = issued.lines.drop("bill_id", strict=False)
    _keep_lines(
        organisation_id, run_id, lines.join(ids, on="draft", maintain_order="left"), known_bills
    )
    groups = issued.groups.join(ids, on="draft", maintain_order="left").with_columns(
        (pl.int_range(pl.len()).over("draft") + 1).alias("row"),
        _lit(organisation_id, "organisation_id"),
    )
    write("bill_tax", groups, ["bill_id", "organisation_id", *_TAX])
    dated = bills.select("draft", "bill_id", pl.col("issue_date").alias("posted_on"))
    postings = issued.postings.join(dated, on="draft", maintain_order="left").with_columns(
        _lit(organisation_id, "organisation_id")
    )
    write("posting", postings, ["bill_id", "organisation_id", *_POSTING])
    last: date = bills["issue_date"].max()  # type: ignore[assignment]
    advance_chain(series_id, hashes[-1][1], last)
    return bills.select("draft", "bill_id", "number", "issue_date")


def _keep_lines(
    organisation_id: int, run_id: int | None, lines: pl.DataFrame, known_bills: pl.DataFrame | None
) -> None:
    for column, kind in (
        ("credits_bill_id", pl.Int64),
        ("credits_draft", pl.Int64),
        ("credits_line", pl.Int32),
    ):
        if column not in lines.columns:
            lines = lines.with_columns(pl.lit(None, dtype=kind).alias(column))
    if known_bills is not None:
        reversed_ids = known_bills.select(
            pl.col("draft").alias("credits_draft"), pl.col("bill_id").alias("_reversed")
        )
        lines = lines.join(
            reversed_ids, on="credits_draft", how="left", maintain_order="left"
        ).with_columns(pl.coalesce("credits_bill_id", "_reversed").alias("credits_bill_id"))
    lines = lines.with_columns(_lit(organisation_id, "organisation_id"))
    write(
        "bill_line", lines, ["bill_id", "organisation_id", *_LINE, "quantity_e6", "credits_bill_id"]
    )
    close_charges(
        organisation_id, run_id, lines.filter(pl.col("charge_id").is_not_null()), "billed"
    )


def close_charges(
    organisation_id: int, run_id: int | None, charges: pl.DataFrame, kind: str
) -> None:
    """Write the live link of charges: to a bill's line, or to the cause of their closing.

    ``charges`` have ``charge_id`` and either ``bill_id`` and ``line``, or ``cause``.
    """
    if charges.is_empty():
        return
    none = {"bill_id": pl.Int64, "line": pl.Int32, "cause": pl.String}
    filled = charges.with_columns(
        pl.lit(None, dtype=t).alias(c) for c, t in none.items() if c not in charges.columns
    )
    turns = _next_turns(filled["charge_id"])
    write(
        "charge_link",
        filled.join(turns, on="charge_id", how="left", maintain_order="left").select(
            "charge_id",
            pl.lit(1).alias("portion"),
            pl.col("turn").fill_null(1),
            _lit(organisation_id, "organisation_id"),
            pl.lit(kind).alias("kind"),
            "bill_id",
            "line",
            "cause",
            pl.lit(run_id, dtype=pl.Int64).alias("run_id"),
            pl.lit(True).alias("live"),
        ),
    )


def reopen_charges(organisation_id: int, bill_id: int) -> int:
    """Release the charges of a bill, so that they can be billed again; return how many.

    Cancellations that were credited against the bill are released with it: billed again, the sale
    must be cancelled again. Where a correction of a charge waits, the correction takes its place.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE charge_link SET live = %s WHERE organisation_id = %s AND live = %s "
            "AND (bill_id = %s OR EXISTS (SELECT 1 FROM bill_line n WHERE n.bill_id = "
            "charge_link.bill_id AND n.line = charge_link.line AND n.credits_bill_id = %s))",
            [False, organisation_id, True, bill_id, bill_id],
        )
        released = int(cursor.rowcount)
    _take_corrections(organisation_id, bill_id)
    return released


def _take_corrections(organisation_id: int, bill_id: int) -> None:
    """Let the latest proposed correction of each released charge take the place of the others."""
    versions = read(
        "SELECT n.charge_id, v.id, v.version FROM bill_line n JOIN charge c ON c.id = n.charge_id "
        "JOIN charge v ON v.organisation_id = c.organisation_id AND v.source = c.source "
        "AND v.reference = c.reference AND v.occurrence = c.occurrence AND v.version > c.version "
        "JOIN charge_link l ON l.charge_id = v.id AND l.live AND l.kind = 'proposed' "
        "WHERE n.organisation_id = %s AND (n.bill_id = %s OR n.credits_bill_id = %s) "
        "ORDER BY n.charge_id, v.version",
        [organisation_id, bill_id, bill_id],
        {"charge_id": pl.Int64, "correction": pl.Int64, "version": pl.Int32},
    )
    if versions.is_empty():
        return
    with connection.cursor() as cursor:
        cursor.executemany(
            "UPDATE charge_link SET live = %s "
            "WHERE charge_id = %s AND organisation_id = %s AND live = %s",
            [(False, i, organisation_id, True) for i in versions["correction"].unique().to_list()],
        )
    latest = versions.group_by("charge_id", maintain_order=True).agg(
        pl.col("correction").last().alias("latest"), pl.col("correction")
    )
    replaced = pl.concat(
        [
            latest.select("charge_id", "latest"),
            latest.explode("correction").select(pl.col("correction").alias("charge_id"), "latest"),
        ]
    ).filter(pl.col("charge_id") != pl.col("latest"))
    close_charges(
        organisation_id,
        None,
        replaced.select(
            "charge_id",
            pl.concat_str(pl.lit("superseded by charge "), pl.col("latest").cast(pl.String)).alias(
                "cause"
            ),
        ),
        "superseded",
    )


def _next_turns(charge_ids: pl.Series) -> pl.DataFrame:
    """Charges that were billed and released before: the turn that follows."""
    low, high = charge_ids.min(), charge_ids.max()
    return read(
        "SELECT charge_id, MAX(turn) + 1 FROM charge_link "
        "WHERE NOT live AND charge_id BETWEEN %s AND %s GROUP BY charge_id",
        [low, high],
        {"charge_id": pl.Int64, "turn": pl.Int32},
    )
