"""Open those attributes of charges that prices ask for; all others stay sealed.

What a source says beyond our columns is kept sealed, as it may name a person. Conditions of prices
speak of some of it: just that is opened, for charges of just those items, while a run reads.
"""

from __future__ import annotations

import json
from collections.abc import Collection

import polars as pl

from cleanbill.cycle import price
from cleanbill.nouns.seal import is_sealed
from cleanbill.store import reading
from cleanbill.store.party_keys import unsealers


class Attributes:
    """The attributes that current prices ask for, and of which items."""

    def __init__(self, organisation_id: int) -> None:
        self.organisation_id = organisation_id
        asked = reading.conditions(organisation_id)
        self.names = price.attribute_names(asked["conditions"])
        self.items = asked["item"].unique()

    def opened(self, charges: pl.DataFrame) -> pl.DataFrame:
        """Return the charges with ``attributes`` opened and cut down to what prices ask for.

        Null where there is nothing of it, and where the party's key has been destroyed. Raises
        BrokenSeal and MasterKeyError.
        """
        asked = pl.col("item").is_in(self.items.implode())
        texts = (
            charges.filter(asked & pl.col("attributes").is_not_null())
            .select("customer", pl.col("attributes").alias("_sealed"))
            .unique(maintain_order=True)
        )
        opening = unsealers(self.organisation_id, texts["customer"].unique().to_list())
        plain = [
            _only(self.names, opening(customer)(text) if is_sealed(text) else text)
            for customer, text in texts.iter_rows()
        ]
        known = texts.with_columns(pl.Series("attributes", plain, dtype=pl.String))
        return (
            charges.with_columns(pl.when(asked).then(pl.col("attributes")).alias("_sealed"))
            .drop("attributes")
            .join(
                known,
                on=["customer", "_sealed"],
                how="left",
                nulls_equal=True,
                maintain_order="left",
            )
            .drop("_sealed")
        )


def _only(names: Collection[str], text: str | None) -> str | None:
    """Return the named members of a JSON object; nothing of an erased one."""
    if text is None or not text.startswith("{"):
        return None
    found = {name: value for name, value in json.loads(text).items() if name in names}
    return json.dumps(found, ensure_ascii=False) if found else None
