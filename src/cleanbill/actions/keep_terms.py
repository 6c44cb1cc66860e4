"""Keep terms that a file states: what is new or different becomes the next version."""

from __future__ import annotations

import polars as pl

from cleanbill.actions.access import Actor
from cleanbill.formats import bundle_rows, terms_rows
from cleanbill.formats.recurring_rows import STATES, Composed, composed
from cleanbill.nouns.drawn import BUNDLES, RECURRING
from cleanbill.store import faults, terms
from cleanbill.store.companies import seller_of
from cleanbill.store.master_writing import Changes
from cleanbill.store.models import SellerRecord

__all__ = ["STATES", "compose", "keep_terms"]


def compose(actor: Actor, kind: str, rows: pl.DataFrame) -> Composed:
    """Return the terms that a file's rows state, beside what is known, and the rows at fault."""
    own = actor.organisation_id
    known = terms.known_terms(own, kind, rows["reference"].unique().to_list())
    seller = seller_of(SellerRecord.objects.get(organisation_id=own).profile)
    bodies = {
        reference: (version, body)
        for reference, version, body in known.select("reference", "version", "body").iter_rows()
    }
    if kind == RECURRING:
        return composed(rows, bodies, seller.timezone)
    if kind == BUNDLES:
        return bundle_rows.composed(rows, bodies)
    return terms_rows.composed(kind, rows, bodies, seller.timezone)


def keep_terms(actor: Actor, kind: str, source_file: int, stated: pl.DataFrame) -> Changes:
    """Write a version of all that is new or says something else than the one before.

    Raises ValueError where somebody else has changed one of these terms since they were read.
    """
    own = actor.organisation_id
    known = terms.known_terms(own, kind, stated["reference"].to_list()).select(
        "reference", pl.col("version").alias("latest"), pl.col("body").alias("latest_body")
    )
    compared = stated.join(known, on="reference", how="left", maintain_order="left")
    moved = compared.filter(pl.col("latest").ne_missing(pl.col("based_on")))
    if moved.height:
        raise ValueError(
            f"{moved['reference'][0]} has been changed by somebody else meanwhile; look at it with "
            "cleanbill recurring, and import the file again"
        )
    wanted = compared.filter(pl.col("body").ne_missing(pl.col("latest_body")))
    versions = wanted.with_columns((pl.col("latest").fill_null(0) + 1).alias("version"))
    with faults.write("import.terms"):
        terms.add_versions(own, kind, source_file, versions)
    new = wanted["latest"].null_count()
    return Changes(new, wanted.height - new, stated.height - wanted.height)
