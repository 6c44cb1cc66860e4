"""Gather what bundles need: to be drawn, to be checked, and to be shown on bills."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import polars as pl

from cleanbill.actions.open_attributes import asked_attributes
from cleanbill.cycle import draw as drawing
from cleanbill.engine.bundle_tables import BOUGHT, BUNDLED
from cleanbill.engine.tables import CHARGES, MasterData, empty
from cleanbill.formats import bundle_json
from cleanbill.nouns.bundle import COMPONENTS_MOST, BundleTerms
from cleanbill.nouns.drawn import BUNDLES
from cleanbill.store import bundles, reading, terms

Rows = Sequence[dict[str, Any]]


def known_bundles(organisation_id: int) -> list[BundleTerms]:
    """Return the current version of every bundle."""
    rows = bundles.current(organisation_id).iter_rows()
    return [bundle_json.read(body, version) for _, version, body in rows]


def bundle_facts(
    organisation_id: int,
    wanted: pl.DataFrame,
    through: date,
    customer: str | None,
    foreseen: pl.DataFrame,
) -> dict[str, Mapping[str, Rows]]:
    """Return by reference the open charges that these bundles are to be shared over.

    ``foreseen`` are charges that other terms would draw; nobody has kept them.
    """
    read = [
        (reference, bundle_json.read(body, version))
        for reference, version, body in wanted.select("reference", "version", "body").iter_rows()
    ]
    items = sorted({one.item for _, one in read})
    parts = sorted({part.item for _, one in read for part in one.parts})
    day = through.isoformat()
    sales = bundles.open_charges_of(organisation_id, "sale", items, day, customer)
    taken = bundles.open_charges_of(
        organisation_id, "cancellation", [*items, *parts], day, customer
    )
    due = foreseen.filter(pl.col("item").is_in(items) & (pl.col("service_date") <= through))
    sales = pl.concat([sales, due.filter(pl.col("kind") == "sale").select(*CHARGES)])
    taken = pl.concat([taken, due.filter(pl.col("cancels").is_not_null()).select(*CHARGES)])
    asked = asked_attributes(organisation_id, reading.last_charge_id(), customer)
    if asked is not None:
        sales = sales.join(asked, on="charge_id", how="left", maintain_order="left")
    names = [
        drawing.part_name(source, cancels, place)
        for source, cancels in taken.select("source", "cancels").unique().iter_rows()
        for place in range(1, COMPONENTS_MOST + 1)
    ]
    sold = bundles.sold(organisation_id, names)
    # Charges are met with bundles by the drawing: every bundle may see all of them.
    facts = {"sales": sales.to_dicts(), "cancellations": taken.to_dicts(), "sold": sold}
    return {reference: facts for reference, _ in read}


def with_bundles(organisation_id: int, master: MasterData) -> MasterData:
    """Return the master data with what checks have to know of bundles; unchanged without any."""
    if not terms.any_terms(organisation_id, BUNDLES):
        return master
    rows = []
    for one in known_bundles(organisation_id):
        dated = {"plan": one.plan, "valid_from": one.start, "valid_to": one.end}
        rows.append({"item": one.item, "bundle": one.item, "addon": False, **dated})
        rows += [
            {"item": part.item, "bundle": one.item, "addon": True, **dated}
            for part in one.components
            if part.addon
        ]
    table = pl.DataFrame(rows, schema=dict(BUNDLED))
    wholes = table.filter("addon")["bundle"].unique().sort().to_list()
    bought = bundles.bought(organisation_id, wholes) if wholes else empty(BOUGHT)
    return replace(master, bundles=table, bought=bought)


def shown_parts(
    organisation_id: int, last_charge: int, customer: str | None
) -> pl.DataFrame | None:
    """Return ``charge_id`` and ``bundle``, as bills tell it, of open components; None without."""
    if not terms.any_terms(organisation_id, BUNDLES):
        return None
    return told(bundles.open_bases(organisation_id, last_charge, customer))


def parts_of_lines(organisation_id: int, lines: pl.DataFrame) -> pl.DataFrame:
    """Return billed lines with ``bundle``, as bills tell it, if one is of a component."""
    if not terms.any_terms(organisation_id, BUNDLES):
        return lines
    bases = bundles.bases_of(organisation_id, lines["charge_id"].drop_nulls().to_list())
    if bases.is_empty():
        return lines
    return lines.join(told(bases), on="charge_id", how="left", maintain_order="left")


def told(bases: pl.DataFrame) -> pl.DataFrame:
    """Return ``charge_id`` and ``bundle`` of bases of components."""
    texts = [drawing.bundle_shown(json.loads(basis)) for basis in bases["basis"]]
    return bases.select("charge_id", pl.Series("bundle", texts, dtype=pl.String))
