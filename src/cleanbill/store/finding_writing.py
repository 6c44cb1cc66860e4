"""Findings in: what is new is opened, what is gone is closed, what stays keeps its id and age."""

from __future__ import annotations

import polars as pl
from django.db import connection

from cleanbill.nouns.finding import STANDING
from cleanbill.store.bulk import write
from cleanbill.store.numbers import take_ids
from cleanbill.store.reading import open_findings

_KEY = ("code", "subject_kind", "subject", "charge_id")
_MATCH = ("code", "subject_kind", "subject", "met")
_HOLDING = ("block", "deferred", "waived")
"""What keeps a draft back, or would if nobody had decided otherwise."""
_KINDS = [kind.value for kind in STANDING]


def renew_findings(
    organisation_id: int,
    run_id: int | None,
    found: pl.DataFrame,
    before: pl.DataFrame,
    seen: pl.DataFrame,
    *,
    close_drafts: bool = False,
    standing: pl.DataFrame | None = None,
    settled_terms: pl.DataFrame | None = None,
) -> tuple[int, int]:
    """Open what is new and close what is gone; return how many of each.

    ``before`` are the open findings; those about charges in ``seen`` (``charge_id``), and with
    ``close_drafts`` those that held a draft, are closed unless they are found again, and so are
    those about ``settled_terms`` (``subject``). A finding that stays keeps its id and age. One
    about master data is told from others by its subject, whichever charge met it first, and is
    closed only if its id is among ``standing``.
    """
    if found.is_empty() and before.is_empty():
        return 0, 0
    found, before = _keyed(found), _keyed(before)
    new = found.join(before, on=_MATCH, how="anti", nulls_equal=True, maintain_order="left")
    passing = before.filter(~pl.col("subject_kind").is_in(_KINDS))
    about = passing.join(seen.select("charge_id"), on="charge_id", how="semi")
    on_draft = (pl.col("subject_kind") == "draft") & pl.col("severity").is_in(_HOLDING)
    held_drafts = before.filter(on_draft & pl.lit(close_drafts))
    of_terms = before.clear()
    if settled_terms is not None and settled_terms.height:
        about_terms = before.filter(pl.col("subject_kind") == "terms")
        of_terms = about_terms.join(settled_terms, on="subject", how="semi")
    gone = pl.concat([about, held_drafts, of_terms]).join(
        found, on=_MATCH, how="anti", nulls_equal=True
    )
    if standing is not None:
        gone = pl.concat([gone, before.join(standing, on="id", how="semi")])
    _open(organisation_id, run_id, new.drop("met"))
    _weigh_anew(organisation_id, found, before)
    if gone.height:
        with connection.cursor() as cursor:
            cursor.executemany(
                "UPDATE finding SET closed_run_id = %s WHERE id = %s AND organisation_id = %s",
                [(run_id, i, organisation_id) for i in gone["id"].to_list()],
            )
    return new.height, gone.height


def _weigh_anew(organisation_id: int, found: pl.DataFrame, before: pl.DataFrame) -> None:
    """Give findings that stay the severity that they are found with now."""
    known = before.select("id", *_MATCH, pl.col("severity").alias("severity_before"))
    both = known.join(
        found.select(*_MATCH, "severity"), on=_MATCH, how="inner", nulls_equal=True
    ).unique("id", keep="first", maintain_order=True)
    moved = both.filter(pl.col("severity") != pl.col("severity_before"))
    if moved.is_empty():
        return
    with connection.cursor() as cursor:
        cursor.executemany(
            "UPDATE finding SET severity = %s WHERE id = %s AND organisation_id = %s",
            [(s, i, organisation_id) for s, i in moved.select("severity", "id").iter_rows()],
        )


def _keyed(findings: pl.DataFrame) -> pl.DataFrame:
    """Add ``met``: the charge that tells a finding from others, null where its subject does."""
    standing = pl.col("subject_kind").is_in(_KINDS)
    return findings.with_columns(pl.when(~standing).then(pl.col("charge_id")).alias("met"))


def open_findings_of_terms(organisation_id: int, found: pl.DataFrame) -> None:
    """Open what a drawing found on terms, where it is not open already.

    What is mended is closed by the next run, which knows what it has settled.
    """
    if found.is_empty():
        return
    before = open_findings(organisation_id, found["code"].unique().sort().to_list())
    new = found.join(before, on=_KEY, how="anti", nulls_equal=True, maintain_order="left")
    _open(organisation_id, None, new)


def _open(organisation_id: int, run_id: int | None, new: pl.DataFrame) -> None:
    if new.is_empty():
        return
    first = take_ids("finding", new.height)
    write(
        "finding",
        new.with_columns(
            (pl.int_range(pl.len(), dtype=pl.Int64) + first).alias("id"),
            pl.lit(organisation_id, dtype=pl.Int64).alias("organisation_id"),
            pl.lit(run_id, dtype=pl.Int64).alias("opened_run_id"),
        ),
    )
