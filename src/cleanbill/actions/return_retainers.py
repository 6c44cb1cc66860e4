"""Give back what retainers have left when it has ended: a credit note for each bill in advance."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import polars as pl

from cleanbill.actions.access import Actor, action
from cleanbill.actions.credit_bill import NothingLeft, Reverse, credited
from cleanbill.engine.exact import shared
from cleanbill.store import coupon_reading, faults, retainer_reading
from cleanbill.store.retries import persistently

Row = dict[str, Any]
REASON = "Unused retainer"


@action("bills.credit")
def return_retainers(actor: Actor, *, issue_date: date) -> list[str]:
    """Credit what is left of retainers whose terms say so, and that has ended by a day.

    Returns the numbers of the credit notes. What has ended waits while a charge of the customer
    from before its end is unbilled: it may still draw. Quantities have six decimals; what is less
    than a millionth of a billed line stays.
    """
    notes = []
    for row in _ended(actor, issue_date):
        if retainer_reading.waits(actor.organisation_id, row["customer"], row["given_to"]):
            continue
        try:
            notes.append(persistently(lambda row=row: _returned(actor, row, issue_date)))
        except NothingLeft:
            continue
        faults.committed("credit")
    return notes


def _ended(actor: Actor, day: date) -> list[Row]:
    own = actor.organisation_id
    known = coupon_reading.all_coupons(own).filter(pl.col("unused") == "credited")
    if known.is_empty():
        return []
    ended = (pl.col("given_to") <= day) & (pl.col("funded_minor") > pl.col("used_minor"))
    redeemable = coupon_reading.redeemable(own)
    return redeemable.join(known, on="coupon", how="semi").filter(ended).to_dicts()


def _returned(actor: Actor, row: Row, day: date) -> str:
    def only(reverse: Reverse) -> Mapping[int, int]:
        """The most of the billed line that returns no more than is left of it."""
        charge = row["funding_id"]
        now = retainer_reading.left_of(actor.organisation_id, row["redemption_id"], charge)
        whole = reverse(None).lines.filter(pl.col("original_id") == charge)
        if now <= 0 or whole.is_empty():
            raise NothingLeft(f"nothing is left of {row['coupon']}")
        value = int((whole["net_minor"] - whole["share_minor"])[0])
        quantity = int(whole["quantity_e6"][0])
        wanted, _ = shared(quantity, [min(now, value), max(0, value - now)])
        while wanted > 0 and _value(reverse({charge: wanted})) > now:
            wanted -= 1
        if wanted <= 0:
            raise NothingLeft(f"what is left of {row['coupon']} is less than a millionth of it")
        return {charge: wanted}

    return credited(actor, row["prepaid_by"], day, REASON, False, only)


def _value(batch: Any) -> int:
    return int((batch.lines["net_minor"] - batch.lines["share_minor"]).sum())
