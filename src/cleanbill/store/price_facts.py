"""What conditions of prices have to know of open charges: their attributes, still sealed."""

from __future__ import annotations

import json
from collections.abc import Sequence

import polars as pl

from cleanbill.store.bulk import read, texts_in


def conditions(organisation_id: int) -> pl.DataFrame:
    """Return ``item`` and ``conditions`` of the current prices that have some."""
    return read(
        "SELECT DISTINCT p.item, p.conditions FROM price p "
        "WHERE p.organisation_id = %s AND p.current AND p.conditions IS NOT NULL",
        [organisation_id],
        {"item": pl.String, "conditions": pl.String},
    )


def open_attributes(
    organisation_id: int, last_charge_id: int, customer: str | None, items: Sequence[str]
) -> pl.DataFrame:
    """Return ``charge_id``, ``customer`` and sealed ``attributes`` of open charges of the items."""
    only = "AND c.customer = %s " if customer is not None else ""
    return read(
        "SELECT c.id, c.customer, c.attributes FROM charge c "
        "WHERE c.organisation_id = %s AND c.id <= %s AND c.attributes IS NOT NULL "
        f"AND {texts_in('c.item')} {only}"
        "AND NOT EXISTS (SELECT 1 FROM charge_link l WHERE l.charge_id = c.id AND l.live)",
        [
            *(organisation_id, last_charge_id, json.dumps(list(items))),
            *([] if customer is None else [customer]),
        ],
        {"charge_id": pl.Int64, "customer": pl.String, "attributes": pl.String},
    )
