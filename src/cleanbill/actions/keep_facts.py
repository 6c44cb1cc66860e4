"""Keep what happened under terms, as a file states it: claims, and releases of what waits.

A file is looked at beside the terms and all that is known of them: what cannot be right together
is refused with the rows that say it, before anything is charged.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import polars as pl

from cleanbill.actions.access import Actor
from cleanbill.cycle.draw import reckoned
from cleanbill.formats import terms_json
from cleanbill.formats.fact_rows import facts_in
from cleanbill.formats.recurring_rows import FAULTS
from cleanbill.formats.terms_json import Terms
from cleanbill.nouns.drawn import MILESTONES, PROGRESS
from cleanbill.nouns.milestones import MilestoneTerms
from cleanbill.store import facts, faults, terms
from cleanbill.store.master_writing import Changes
from cleanbill.store.models import SellerRecord

KINDS = {"claims": (PROGRESS,), "releases": (MILESTONES, PROGRESS)}
"""The files of facts, and the kinds of terms that they may speak of."""
Row = Mapping[str, Any]


class _Wrong(ValueError):
    """Rows cannot be used; the first argument is the code of the problem."""


def compose_facts(actor: Actor, kind: str, accepted: pl.DataFrame) -> tuple[pl.DataFrame, Any]:
    """Return the facts that accepted rows of a file state, with ``kind`` of their terms, and the
    rows at fault: ``row``, ``problem``, ``what_to_do``."""
    stated = facts_in(kind, accepted)
    known = _known(actor, kind, stated)
    kinds, wrong = {}, []
    for (reference,), rows in stated.group_by("terms", maintain_order=True):
        try:
            own = _one(str(reference), kind, known)
            kinds[str(reference)] = own[0]
            _fit(actor, own[0], own[1], rows)
        except ValueError as error:
            problem = error.args[0] if isinstance(error, _Wrong) else "facts:invalid"
            text = str(error.args[-1])
            lost = accepted.filter(pl.col("terms") == reference)["row"]
            wrong += [(row, problem, f"{text}.") for row in lost]
    at_fault = pl.DataFrame(wrong, schema=FAULTS, orient="row")
    sound = stated.join(at_fault, on="row", how="anti", maintain_order="left")
    named = pl.col("terms").replace_strict(kinds, default=None, return_dtype=pl.String)
    return sound.with_columns(named.alias("kind")), at_fault


def keep_facts(actor: Actor, source_file: int, stated: pl.DataFrame) -> Changes:
    """Write the facts that are new or differ from what is known, as the next version."""
    own = actor.organisation_id
    # One after the other, and not in the middle of a drawing.
    SellerRecord.objects.select_for_update(no_key=True).get(organisation_id=own)
    created = changed = unchanged = 0
    for (kind,), rows in stated.group_by("kind", maintain_order=True):
        with faults.write("import.facts"):
            done = facts.add_facts(own, str(kind), source_file, rows)
        created, changed = created + done.created, changed + done.changed
        unchanged += done.unchanged
    return Changes(created, changed, unchanged)


def _known(actor: Actor, kind: str, stated: pl.DataFrame) -> dict[str, list[tuple[str, Terms]]]:
    """The terms that the facts name, of every kind that they may be."""
    found: dict[str, list[tuple[str, Terms]]] = {}
    references = stated["terms"].unique().sort().to_list()
    for one in KINDS[kind]:
        rows = terms.known_terms(actor.organisation_id, one, references)
        for reference, version, body in rows.select("reference", "version", "body").iter_rows():
            found.setdefault(reference, []).append((one, terms_json.read(one, body, version)))
    return found


def _one(reference: str, kind: str, known: Mapping[str, list[Any]]) -> tuple[str, Terms]:
    found = known.get(reference, [])
    if not found:
        raise _Wrong(
            "terms:unknown",
            f"{reference} is not known: import its terms first ({' or '.join(KINDS[kind])}), or "
            "correct the reference",
        )
    if len(found) > 1:
        raise _Wrong(
            "terms:ambiguous",
            f"{reference} is a contract by milestones and one by progress: give one of them "
            "another reference",
        )
    own: tuple[str, Terms] = found[0]
    return own


def _fit(actor: Actor, kind: str, own: Terms, rows: pl.DataFrame) -> None:
    """Raise ValueError where facts do not fit the terms and what is known of them."""
    strange = rows.filter(pl.col("currency") != own.currency)
    if strange.height:
        raise _Wrong(
            "currency:differs",
            f"{own.reference} is in {own.currency}, the row says {strange['currency'][0]}",
        )
    if isinstance(own, MilestoneTerms) and rows["amount_minor"].null_count() < rows.height:
        raise _Wrong(
            "amount:unexpected",
            f"{own.reference} says itself what a milestone comes to: leave the amount out",
        )
    before = facts.facts(actor.organisation_id, kind, [own.reference])
    both = pl.concat([before.select(*facts.FACTS), rows.select(*facts.FACTS)])
    latest = both.unique(facts.KEY, keep="last", maintain_order=True)
    reckoned(own, {"facts": latest.to_dicts()}, date.max)
