"""What a run writes: bills with everything that belongs to them, and closings.

Every function must run inside the caller's transaction and gets the organisation it works for.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import date

import polars as pl
from django.db import IntegrityError, connection

from cleanbill.store import faults, order_reading
from cleanbill.store.bill_rows import BillRows
from cleanbill.store.bulk import ids_in, read, write, write_long_texts
from cleanbill.store.chain import linked
from cleanbill.store.numbers import advance_chain
from cleanbill.store.totals import count_bills


class ChargesTaken(RuntimeError):
    """Somebody else has closed one of these charges meanwhile; the transaction must end here."""


def keep_bills(rows: BillRows, run_id: int | None, chain_head: str, turns: pl.DataFrame) -> None:
    """Write issued bills: totals, heads, documents, lines, taxes, postings, coupons, links, chain.

    ``chain_head`` is the series' link before the first of them; ``turns`` gives ``charge_id`` and
    ``turn`` of charges that were billed and released before. Raises ChargesTaken.
    """
    scope = rows.scope
    chained = linked(chain_head, rows.hashes)
    heads = rows.heads.drop("draft", "period_end").with_columns(
        pl.lit(run_id, dtype=pl.Int64).alias("run_id"),
        pl.Series("document_hash", [own for own, _ in rows.hashes], dtype=pl.String),
        pl.Series("chain_hash", chained, dtype=pl.String),
    )
    with faults.write("table.bill_total"):
        count_bills(rows)
    with faults.write("table.document"):
        write_long_texts("document", rows.documents)
    for table, frame in (
        ("bill", heads),
        ("bill_line", order_reading.restoring(scope.organisation_id, rows.lines)),
        ("bill_line_tax", rows.line_taxes),
        ("bill_tax", rows.taxes),
        ("posting", rows.postings),
    ):
        with faults.write(f"table.{table}"):
            write(table, frame)
    if rows.coupons.height:
        with faults.write("table.bill_coupon"):
            write("bill_coupon", rows.coupons)
    billed = rows.lines.filter(pl.col("charge_id").is_not_null())
    with faults.write("table.charge_link"):
        close_charges(scope.organisation_id, run_id, billed, "billed", turns)
    last: date = rows.heads["issue_date"].max()  # type: ignore[assignment]
    with faults.write("chunk.chain"):
        advance_chain(scope.series_id, chained[-1], last)


def close_charges(
    organisation_id: int,
    run_id: int | None,
    charges: pl.DataFrame,
    kind: str,
    turns: pl.DataFrame | None = None,
) -> None:
    """Write the live link of charges: to a bill's line, or to the cause of their closing.

    ``charges`` have ``charge_id`` and either ``bill_id`` and ``line``, or ``cause``. ``turns`` as
    ``released_turns`` gives them; without, they are looked up. Raises ChargesTaken where a charge
    has a live link already: the database lets no second one in.
    """
    if charges.is_empty():
        return
    none = {"bill_id": pl.Int64, "line": pl.Int32, "cause": pl.String}
    filled = charges.with_columns(
        pl.lit(None, dtype=t).alias(c) for c, t in none.items() if c not in charges.columns
    )
    before = released_turns(organisation_id, filled["charge_id"]) if turns is None else turns
    links = filled.join(before, on="charge_id", how="left", maintain_order="left").select(
        "charge_id",
        pl.lit(1).alias("portion"),
        pl.col("turn").fill_null(1),
        pl.lit(organisation_id, dtype=pl.Int64).alias("organisation_id"),
        pl.lit(kind).alias("kind"),
        "bill_id",
        "line",
        "cause",
        pl.lit(run_id, dtype=pl.Int64).alias("run_id"),
        pl.lit(True).alias("live"),
    )
    try:
        write("charge_link", links)
    except IntegrityError as error:
        if any(sign in str(error) for sign in _TWICE):
            raise ChargesTaken from error
        raise


_TWICE = ("charge_link.charge_id", "charge_link_one_live", "charge_link_pkey")
"""How the databases name the keys that two closings of one charge would break."""


def reopen_charges(organisation_id: int, bill_id: int, lines: Collection[int]) -> int:
    """Release the charges of these lines of a bill, to be billed again; return how many.

    Cancellations that were credited against the bill are released with it: billed again, the sale
    must be cancelled again. Where a correction of a charge waits, the correction takes its place.
    """
    wanted = json.dumps(sorted(lines))
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE charge_link SET live = %s WHERE organisation_id = %s AND live = %s "
            f"AND (bill_id = %s AND {ids_in('charge_link.line')} OR EXISTS (SELECT 1 FROM "
            "bill_line n WHERE n.bill_id = charge_link.bill_id AND n.line = charge_link.line "
            f"AND n.credits_bill_id = %s AND {ids_in('n.credits_line')}))",
            [False, organisation_id, True, bill_id, wanted, bill_id, wanted],
        )
        released = int(cursor.rowcount)
    _take_corrections(organisation_id, bill_id, wanted)
    return released


def _take_corrections(organisation_id: int, bill_id: int, wanted: str) -> None:
    """Let the latest proposed correction of each released charge take the place of the others."""
    versions = read(
        "SELECT n.charge_id, v.id, v.version FROM bill_line n JOIN charge c ON c.id = n.charge_id "
        "JOIN charge v ON v.organisation_id = c.organisation_id AND v.source = c.source "
        "AND v.reference = c.reference AND v.occurrence = c.occurrence AND v.version > c.version "
        "JOIN charge_link l ON l.charge_id = v.id AND l.live AND l.kind = 'proposed' "
        f"WHERE n.organisation_id = %s AND (n.bill_id = %s AND {ids_in('n.line')} "
        f"OR n.credits_bill_id = %s AND {ids_in('n.credits_line')}) "
        "ORDER BY n.charge_id, v.version",
        [organisation_id, bill_id, wanted, bill_id, wanted],
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


def released_turns(organisation_id: int, charge_ids: pl.Series | None = None) -> pl.DataFrame:
    """Return ``charge_id`` and the ``turn`` that follows, of charges billed and released before.

    All of the organisation's, or those between the lowest and the highest of ``charge_ids``.
    """
    between, bounds = "", []
    if charge_ids is not None:
        between, bounds = "AND charge_id BETWEEN %s AND %s ", [charge_ids.min(), charge_ids.max()]
    return read(
        "SELECT charge_id, MAX(turn) + 1 FROM charge_link "
        f"WHERE NOT live AND organisation_id = %s {between}GROUP BY charge_id",
        [organisation_id, *bounds],
        {"charge_id": pl.Int64, "turn": pl.Int32},
    )
