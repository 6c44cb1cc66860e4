"""What is settled while a finding on it is still open, so that the finding can be closed."""

from __future__ import annotations

import polars as pl

from cleanbill.store.bulk import read


def settled_with_findings(organisation_id: int) -> pl.DataFrame:
    """Return ``charge_id`` of charges that were superseded, bundled, withdrawn or written off, or
    billed by others than those who held them, while a finding that kept them back is open.
    """
    return read(
        "SELECT DISTINCT f.charge_id FROM finding f "
        "JOIN charge_link l ON l.charge_id = f.charge_id AND l.live "
        "AND (l.kind IN ('superseded', 'bundled', 'withdrawn') "
        "OR l.kind = 'not_billable' AND f.severity <> 'info' "
        "OR l.kind = 'billed' AND f.severity IN ('block', 'waived', 'deferred')) "
        "WHERE f.organisation_id = %s AND f.closed_run_id IS NULL",
        [organisation_id],
        {"charge_id": pl.Int64},
    )


def settled_terms(organisation_id: int) -> pl.DataFrame:
    """Return ``subject`` of terms that could be drawn again, while a finding on them is open."""
    return read(
        "SELECT DISTINCT f.subject FROM finding f JOIN terms_drawn s "
        "ON s.organisation_id = f.organisation_id AND s.reference = f.subject AND NOT s.trouble "
        "WHERE f.organisation_id = %s AND f.closed_run_id IS NULL AND f.subject_kind = 'terms'",
        [organisation_id],
        {"subject": pl.String},
    )
