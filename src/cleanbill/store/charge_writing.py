"""Charges in: new ones are written, known ones left, corrections versioned; none is overwritten."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from cleanbill.engine.tables import CHARGES
from cleanbill.store import faults
from cleanbill.store.bulk import read, write
from cleanbill.store.numbers import take_ids
from cleanbill.store.writing import close_charges

COLUMNS = [c for c in CHARGES if c != "charge_id"]
_IDENTITY = ("reference", "occurrence")


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of an import's accepted charges, in rows."""

    new: pl.DataFrame
    unchanged: int
    superseding: int
    proposed: pl.DataFrame
    """Corrections of billed charges, which wait for a person."""


def take_charges(organisation_id: int, source_file: int, source: str, rows: pl.DataFrame) -> Taken:
    """Write charges of one source; identity is source, reference and occurrence.

    A row with the content of any known version is left alone, unless that was withdrawn. One that
    differs supersedes its unbilled predecessor, or is kept as a proposed correction when that has
    been billed. Raises ChargesTaken when others bill such a predecessor meanwhile.
    """
    known = read(
        "SELECT c.reference, c.occurrence, c.version, c.content_hash, c.id, l.kind FROM charge c "
        "LEFT JOIN charge_link l ON l.charge_id = c.id AND l.live "
        "WHERE c.organisation_id = %s AND c.source = %s ORDER BY c.id",
        [organisation_id, source],
        {
            "reference": pl.String,
            "occurrence": pl.Int32,
            "version": pl.Int32,
            "content_hash": pl.Int64,
            "id": pl.Int64,
            "link": pl.String,
        },
    )
    stands = pl.col("link").ne_missing("withdrawn")
    seen = known.filter(stands).select(*_IDENTITY, "content_hash").unique()
    fresh = rows.join(seen, on=[*_IDENTITY, "content_hash"], how="anti", maintain_order="left")
    latest = (
        known.sort("version")
        .group_by(_IDENTITY, maintain_order=True)
        .agg(
            pl.col("version").last().alias("before"),
            pl.col("id").filter(stands).last().alias("before_id"),
            pl.col("link").filter(stands).last(),
        )
    )
    dated = fresh.join(latest, on=_IDENTITY, how="left", maintain_order="left").with_columns(
        (pl.col("before").fill_null(0) + 1).cast(pl.Int32).alias("version")
    )
    if dated.is_empty():
        return Taken(dated, rows.height, 0, dated)
    first = take_ids("charge", dated.height)
    numbered = dated.with_columns(
        (pl.int_range(pl.len(), dtype=pl.Int64) + first).alias("charge_id"),
        pl.lit(organisation_id, dtype=pl.Int64).alias("organisation_id"),
        pl.lit(source_file, dtype=pl.Int64).alias("source_file"),
    )
    own = ("charge_id", "organisation_id", "source_file", "row", "version", "attributes")
    with faults.write("import.charges"):
        write("charge", numbered.select(*own, *COLUMNS).rename({"charge_id": "id"}))
    with faults.write("import.links"):
        superseding, proposed = _closed(organisation_id, numbered)
    return Taken(
        numbered.filter(pl.col("before_id").is_null()),
        rows.height - dated.height,
        superseding.height,
        proposed,
    )


def _closed(organisation_id: int, numbered: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Close what corrections replace; return those that supersede, and those only proposed."""
    corrected = numbered.filter(pl.col("before_id").is_not_null())
    billed = pl.col("link").is_in(["billed", "bundled", "proposed"]).fill_null(False)
    superseding = corrected.filter(~billed)
    unlinked = superseding.filter(pl.col("link").is_null()).select(
        pl.col("before_id").alias("charge_id"),
        pl.concat_str(pl.lit("superseded by charge "), pl.col("charge_id").cast(pl.String)).alias(
            "cause"
        ),
    )
    close_charges(organisation_id, None, unlinked, "superseded")
    proposed = corrected.filter(billed)
    close_charges(
        organisation_id,
        None,
        proposed.select("charge_id", pl.lit("correction of a billed charge").alias("cause")),
        "proposed",
    )
    return superseding, proposed
