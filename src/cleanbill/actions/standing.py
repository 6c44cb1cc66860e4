"""Findings about master data in a run: told once however many partitions meet them, closed when a
run has looked at their subject and no longer finds them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace

import polars as pl

from cleanbill.cycle.batch import Batch
from cleanbill.cycle.verify.catalogue import TABLE_CHECKS
from cleanbill.nouns.finding import STANDING, Subject

_KINDS = [kind.value for kind in STANDING]
_KEY = ["code", "subject_kind", "subject"]
_NEED_EVERYONE = [one.check.code for one in TABLE_CHECKS if "twins" in one.needs]
_ALWAYS = (Subject.SELLER, Subject.CHECK)
_NAMED_BY = {Subject.AGREEMENT: "customer", Subject.PRICE: "item"}


def told_once(batches: Iterable[Batch]) -> Iterator[Batch]:
    """Yield the batches; what an earlier one has said of master data, a later one leaves out."""
    told = None
    for batch in batches:
        about = batch.findings.filter(pl.col("subject_kind").is_in(_KINDS)).select(_KEY)
        if about.is_empty():
            yield batch
            continue
        if told is None:
            told = about
            yield batch
            continue
        fresh = batch.findings.join(told, on=_KEY, how="anti", maintain_order="left")
        told = pl.concat([told, about]).unique()
        yield replace(batch, findings=fresh)


def looked_at(before: pl.DataFrame, batch: Batch, *, everyone: bool) -> pl.DataFrame:
    """Return ``id`` of open findings about master data that this batch has looked at again.

    ``everyone`` says whether all customers were known, without which some checks do not run. What
    the batch found again is among them; see ``no_longer_found``.
    """
    open_ones = before.filter(pl.col("subject_kind").is_in(_KINDS))
    if not everyone:
        open_ones = open_ones.filter(~pl.col("code").is_in(_NEED_EVERYONE))
    if open_ones.is_empty():
        return open_ones.select("id")
    met = {c: set(batch.charges[c].unique()) for c in ("customer", "item")}
    ids = [
        finding["id"]
        for finding in open_ones.select("id", "subject_kind", "subject", "parameters").to_dicts()
        if _met(finding, met)
    ]
    return open_ones.select("id").filter(pl.col("id").is_in(ids))


def _met(finding: dict[str, str], met: dict[str, set[str | None]]) -> bool:
    kind = Subject(finding["subject_kind"])
    if kind in _ALWAYS:
        return True
    if kind in _NAMED_BY:
        named = json.loads(finding["parameters"]).get(_NAMED_BY[kind])
        return named in met[_NAMED_BY[kind]] or named == "everybody"
    return finding["subject"] in met[kind.value]


def no_longer_found(
    looked: pl.DataFrame, before: pl.DataFrame, found: pl.DataFrame
) -> pl.DataFrame:
    """Return those of the ``looked`` at that a run did not find again."""
    again = before.join(found, on=_KEY, how="semi")
    return looked.unique().join(again.select("id"), on="id", how="anti")
