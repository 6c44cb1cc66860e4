"""Open those attributes of charges that prices ask for; all others stay sealed.

What a source says beyond our columns is kept sealed, as it may name a person. Conditions of prices
speak of some of it: just that is opened, for charges of just those items, when a run begins.
"""

from __future__ import annotations

import json
from collections.abc import Collection

import polars as pl

from cleanbill.cycle import price
from cleanbill.nouns.seal import is_sealed
from cleanbill.store import price_facts
from cleanbill.store.party_keys import unsealers


def asked_attributes(
    organisation_id: int, last_charge: int, customer: str | None
) -> pl.DataFrame | None:
    """Return ``charge_id`` and ``attributes`` of open charges, as far as prices ask for them.

    ``attributes`` is a JSON object of what conditions name. A charge of which nothing is known, or
    whose party's key has been destroyed, is left out. None where no price asks for attributes.
    Raises BrokenSeal and MasterKeyError. Wants the connection for itself: no rows may be under way.
    """
    asked = price_facts.conditions(organisation_id)
    names = price.attribute_names(asked["conditions"])
    if not names:
        return None
    items = asked["item"].unique().sort().to_list()
    sealed = price_facts.open_attributes(organisation_id, last_charge, customer, items)
    texts = sealed.select("customer", "attributes").unique(maintain_order=True)
    opening = unsealers(organisation_id, texts["customer"].unique().to_list())
    opened = [
        _only(names, opening(customer)(text) if is_sealed(text) else text)
        for customer, text in texts.iter_rows()
    ]
    known = texts.with_columns(pl.Series("opened", opened, dtype=pl.String))
    return (
        sealed.join(known, on=["customer", "attributes"], how="inner", nulls_equal=True)
        .filter(pl.col("opened").is_not_null())
        .select("charge_id", pl.col("opened").alias("attributes"))
    )


def _only(names: Collection[str], text: str | None) -> str | None:
    """Return the named members of a JSON object; nothing of an erased one."""
    if text is None or not text.startswith("{"):
        return None
    found = {name: value for name, value in json.loads(text).items() if name in names}
    return json.dumps(found, ensure_ascii=False) if found else None
