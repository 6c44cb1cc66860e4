"""Price the charges of bundles, and their components by the list: all of a batch at once.

It is the pricing of every line that answers, with the customer, plan, conditions and limits that
would hold if the bundle stood on a bill as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import polars as pl

from cleanbill.cycle import price, verify
from cleanbill.cycle.draw.terms import Context, Row
from cleanbill.engine.tables import CHARGES, conformed
from cleanbill.nouns.policy import PriceSource


@dataclass(frozen=True, slots=True)
class Quote:
    """What a charge comes to as it is, and what is known of it; amounts null without a price."""

    plan: str | None
    description: str | None
    billable: bool
    level: str | None
    price_id: int | None
    price_version: int | None
    gross_minor: int | None
    discount_percent_e6: int
    discount_minor: int | None
    net_minor: int | None
    decimals: int | None
    includes_tax: bool
    tied: bool


_QUOTED = (
    *("charge_id", "plan", "description", "not_billable", "price_level", "price_id"),
    *("price_version", "gross_minor", "discount_percent_e6", "discount_minor", "net_minor"),
    *("decimals", "inclusive", "prices_tied"),
)


def quoted(rows: Sequence[Row], context: Context, *, by_list: bool = False) -> dict[int, Quote]:
    """Return by ``charge_id`` what these rows of CHARGES come to; with ``by_list``, by the list."""
    if not rows:
        return {}
    schema = {**CHARGES, **({"attributes": pl.String} if "attributes" in rows[0] else {})}
    master, policy = context.master(), context.policy
    if by_list:
        listed = pl.col("customer").is_null() & pl.col("plan").is_null()
        master = replace(master, prices=master.prices.filter(listed))
        policy = replace(policy, price_source=PriceSource.LIST)
    table = conformed(pl.DataFrame(rows, schema=schema), schema)
    known = verify.identify(table, master, context.seller, policy)
    found = {}
    for row in price.quote(known, master, policy).select(_QUOTED).iter_rows(named=True):
        found[row["charge_id"]] = Quote(
            plan=row["plan"],
            description=row["description"],
            billable=row["not_billable"] is None,
            level=row["price_level"],
            price_id=row["price_id"],
            price_version=row["price_version"],
            gross_minor=row["gross_minor"],
            discount_percent_e6=row["discount_percent_e6"] or 0,
            discount_minor=row["discount_minor"],
            net_minor=row["net_minor"],
            decimals=row["decimals"],
            includes_tax=bool(row["inclusive"]),
            tied=bool(row["prices_tied"]),
        )
    return found
