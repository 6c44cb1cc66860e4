"""Gather what terms rest on besides what they say: lines that were billed, releases, claims."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from cleanbill.nouns.drawn import MILESTONES, PROGRESS, SPEND
from cleanbill.store import facts

Rows = Sequence[dict[str, Any]]


def facts_of(
    organisation_id: int, kind: str, wanted: pl.DataFrame
) -> dict[str, Mapping[str, Rows]]:
    """Return by reference what these terms rest on; nothing for kinds that rest on nothing.

    In: ``reference``, ``customer`` and ``currency`` of terms of one kind.
    """
    if kind == SPEND:
        return _spend(organisation_id, wanted)
    if kind in (MILESTONES, PROGRESS):
        references = wanted["reference"].to_list()
        known = _grouped(facts.facts(organisation_id, kind, references), "terms")
        return {terms: {"facts": rows} for (terms,), rows in known.items()}
    return {}


def _spend(organisation_id: int, wanted: pl.DataFrame) -> dict[str, Mapping[str, Rows]]:
    customers = wanted["customer"].drop_nulls().unique().sort().to_list()
    # What is billed between the two is waited for and not overlooked.
    late = _grouped(facts.unbilled(organisation_id, customers), "customer", "currency")
    bought = _grouped(facts.spent(organisation_id, customers), "customer", "currency")
    return {
        reference: {
            "spent": bought.get((customer, currency), ()),
            "unbilled": late.get((customer, currency), ()),
        }
        for reference, customer, currency in wanted.select(
            "reference", "customer", "currency"
        ).iter_rows()
    }


def _grouped(frame: pl.DataFrame, *keys: str) -> dict[tuple[str, ...], Rows]:
    found: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for row in frame.iter_rows(named=True):
        found.setdefault(tuple(row[key] for key in keys), []).append(row)
    return dict(found)
