"""Open findings with whom they are about, so that they can be weighed."""

from __future__ import annotations

import polars as pl

from cleanbill.engine.tables import FINDINGS
from cleanbill.store.bulk import read
from cleanbill.store.reading import columns_of


def open_findings_with_customers(organisation_id: int) -> pl.DataFrame:
    """Return the open findings with ``id``, ``opened_run_id`` and ``customer``, by id.

    The customer is that of the charge; of a draft without one, what its parameters name.
    """
    schema = {"id": pl.Int64, **FINDINGS, "opened_run_id": pl.Int64}
    rows = read(
        f"SELECT {columns_of(schema, 'f')}, c.customer FROM finding f LEFT JOIN charge c "
        "ON c.id = f.charge_id AND c.organisation_id = f.organisation_id "
        "WHERE f.organisation_id = %s AND f.closed_run_id IS NULL ORDER BY f.id",
        [organisation_id],
        {**schema, "customer": pl.String},
    )
    named = pl.col("parameters").str.json_path_match("$.customer")
    return rows.with_columns(pl.coalesce("customer", named).alias("customer"))
