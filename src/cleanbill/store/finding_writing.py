"""Findings in: what is new is opened, what is gone is closed, what stays keeps its id and age."""

from __future__ import annotations

import polars as pl
from django.db import connection

from cleanbill.store.bulk import write
from cleanbill.store.numbers import take_ids

_KEY = ("code", "subject_kind", "subject", "charge_id")


def renew_findings(
    organisation_id: int,
    run_id: int | None,
    found: pl.DataFrame,
    before: pl.DataFrame,
    seen: pl.DataFrame,
    *,
    close_drafts: bool = False,
) -> tuple[int, int]:
    """Open what is new and close what is gone; return how many of each.

    ``before`` are the open findings; those about charges in ``seen`` (``charge_id``), and with
    ``close_drafts`` those that held a draft, are closed unless they are found again. A finding that
    stays keeps its id and age.
    """
    if found.is_empty() and before.is_empty():
        return 0, 0
    new = found.join(before, on=_KEY, how="anti", nulls_equal=True, maintain_order="left")
    about = before.join(seen.select("charge_id"), on="charge_id", how="semi")
    on_draft = (pl.col("subject_kind") == "draft") & (pl.col("severity") == "block")
    held_drafts = before.filter(on_draft & pl.lit(close_drafts))
    gone = pl.concat([about, held_drafts]).join(found, on=_KEY, how="anti", nulls_equal=True)
    if new.height:
        first = take_ids("finding", new.height)
        write(
            "finding",
            new.with_columns(
                (pl.int_range(pl.len(), dtype=pl.Int64) + first).alias("id"),
                pl.lit(organisation_id, dtype=pl.Int64).alias("organisation_id"),
                pl.lit(run_id, dtype=pl.Int64).alias("opened_run_id"),
            ),
        )
    if gone.height:
        with connection.cursor() as cursor:
            cursor.executemany(
                "UPDATE finding SET closed_run_id = %s WHERE id = %s AND organisation_id = %s",
                [(run_id, i, organisation_id) for i in gone["id"].to_list()],
            )
    return new.height, gone.height
