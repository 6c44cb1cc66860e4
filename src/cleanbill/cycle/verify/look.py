"""What checks look at: the charges of a batch, and of the master data what these charges meet."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import polars as pl

from cleanbill.cycle.verify.judged import judged, unusual
from cleanbill.cycle.verify.ordered import ordered
from cleanbill.engine.attempts import FAULTS
from cleanbill.engine.tables import MasterData
from cleanbill.nouns.limits import Limits
from cleanbill.nouns.policy import Policy
from cleanbill.nouns.seller import Seller

_NOT_ALWAYS = ("twins", "orders", "judged", "unusual")
"""Tables that need not be there: what needs them is then not asked."""


@dataclass(frozen=True, slots=True)
class Tables:
    """The tables a check may ask for, each narrowed to what the batch's charges meet.

    ``twins`` is null where not all customers are known, ``orders`` where nobody has any.
    """

    charges: pl.DataFrame
    customers: pl.DataFrame
    items: pl.DataFrame
    prices: pl.DataFrame
    tiers: pl.DataFrame
    listed: pl.DataFrame
    """List prices per unit of the items that somebody has a special price for."""
    agreements: pl.DataFrame
    renewals: pl.DataFrame
    """All agreements of customers that have one which ends."""
    twins: pl.DataFrame | None
    orders: pl.DataFrame | None
    """Sales that have to do with purchase orders (``verify.ordered``)."""
    bundles: pl.DataFrame
    """Items that are bundles, or add-ons of one."""
    bought: pl.DataFrame
    """Who has bought bundles that have add-ons."""
    usual: pl.DataFrame
    """What has been usual, at least with the customers and items of the charges."""
    judged: pl.DataFrame | None
    """Charges beside that; null where there is no history."""
    unusual: pl.DataFrame | None
    """Those of them with a figure out of the ordinary."""
    billed: pl.DataFrame
    """Sales that earlier runs have billed, for customers, items and days of the charges."""
    described: pl.DataFrame
    """Items that have been billed before, with their descriptions."""
    seller: Seller
    limits: Limits
    until: date

    def columns(self, table: str) -> list[str] | None:
        """Return the columns of a table, None where there is no such table."""
        frame = getattr(self, table, None)
        return frame.columns if isinstance(frame, pl.DataFrame) else None

    def without(self, needs: Iterable[str]) -> bool:
        """Tell whether one of the tables is there only in other organisations or runs."""
        return any(t in needs and getattr(self, t) is None for t in _NOT_ALWAYS)

    def lacks(self, table: str, columns: tuple[str, ...]) -> bool:
        """Tell whether a table is not known, has no row, or one of the columns has no value."""
        frame = getattr(self, table, None)
        if not isinstance(frame, pl.DataFrame) or frame.is_empty():
            return True
        return any(c in frame.columns and frame[c].null_count() == frame.height for c in columns)


def tables_of(
    charges: pl.DataFrame, master: MasterData, seller: Seller, policy: Policy, until: date
) -> Tables:
    """Return the tables for these charges, which are identified, priced and taxed."""
    prices = _met(master.prices, charges, "price_id")
    agreements = _met(master.agreements, charges, "agreement_id")
    twins = master.twins
    usual = master.usual
    beside, strange = _judged(charges, usual, policy.checks, master.shared_prices)
    return Tables(
        charges=charges,
        customers=_met(master.customers, charges, "customer"),
        items=_met(master.items, charges, "item"),
        prices=prices,
        tiers=_met(master.tiers, prices, "price_id"),
        listed=_listed(master, prices),
        agreements=agreements,
        renewals=_met(
            master.agreements, agreements.drop_nulls(["customer", "valid_to"]), "customer"
        ),
        twins=twins if twins is None else _met(twins, charges, "customer"),
        orders=ordered(charges, master.orders, policy, until),
        bundles=_met(master.bundles, charges, "item"),
        bought=master.bought,
        usual=usual,
        judged=beside,
        unusual=strange,
        billed=master.billed,
        described=master.described,
        seller=seller,
        limits=policy.checks,
        until=until,
    )


def _met(table: pl.DataFrame, others: pl.DataFrame, key: str) -> pl.DataFrame:
    """Return the rows of a table whose key the others name."""
    if table.is_empty() or key not in others.columns:
        return table.clear()
    return table.filter(pl.col(key).is_in(others[key].unique().implode()))


def _listed(master: MasterData, met: pl.DataFrame) -> pl.DataFrame:
    """Return the list prices per unit of items with a special price among those met."""
    own = pl.col("customer").is_not_null() | pl.col("plan").is_not_null()
    items = met.filter(own)["item"].unique()
    wanted = (
        ~own
        & pl.col("conditions").is_null()
        & (pl.col("model") == "unit")
        & pl.col("item").is_in(items.implode())
    )
    prices = master.prices.filter(wanted) if len(items) else master.prices.clear()
    unit = master.tiers.select("price_id", pl.col("unit_price_e8").alias("list_price_e8"))
    return prices.select("price_id", "item", "currency", "valid_from", "valid_to").join(
        unit, on="price_id", maintain_order="left"
    )


def _judged(
    charges: pl.DataFrame, usual: pl.DataFrame, limits: Limits, shared: pl.DataFrame | None
) -> tuple[pl.DataFrame | None, pl.DataFrame | None]:
    """Put the charges beside what is usual, where anything is and the policy asks for it.

    Where that fails the tables are there, but bare: each check that reads them says so.
    """
    if usual.is_empty() or not limits.history_bills:
        return None, None
    try:
        rows = judged(charges, usual)
        return rows, unusual(rows, usual, limits, shared)
    except FAULTS:
        return pl.DataFrame(), pl.DataFrame()
