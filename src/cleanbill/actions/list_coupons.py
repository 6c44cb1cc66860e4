"""List the coupons: what each takes off, how many customers have it, what it gave and has left."""

from __future__ import annotations

from typing import Any

import polars as pl

from cleanbill.actions.access import Actor, action
from cleanbill.nouns.currency import decimals_of
from cleanbill.nouns.scales import RATE_DECIMALS, unscaled
from cleanbill.store import coupon_reading

Row = dict[str, Any]


@action("look")
def coupons(actor: Actor, *, coupon: str | None = None) -> list[Row]:
    """Return one row per coupon; with ``coupon`` one row per redemption of it.

    ``given`` is what bills have taken off, less what credits gave back; ``left`` is what may still
    be taken: of the budget, else of the amount on the bills that a redemption is good for. It is
    null where there is no bound: a percent, or an amount on every bill.
    """
    plain = pl.col("funded_by").is_null()
    redeemed = coupon_reading.redeemable(actor.organisation_id).filter(plain).to_dicts()
    if coupon is not None:
        return [_redemption(row) for row in redeemed if row["coupon"] == coupon]
    every = coupon_reading.all_coupons(actor.organisation_id)
    known = every.filter(plain).sort("coupon").to_dicts()
    return [_coupon(row, [r for r in redeemed if r["coupon"] == row["coupon"]]) for row in known]


def _coupon(terms: Row, redeemed: list[Row]) -> Row:
    used = sum(row["used_minor"] for row in redeemed)
    left = [_left(row) for row in redeemed]
    unbound = terms["amount_minor"] is None or terms["bills"] is None
    known = None if unbound else sum(rest for rest in left if rest is not None)
    if terms["budget_minor"] is not None:
        budget = max(0, terms["budget_minor"] - used)
        known = budget if known is None or not redeemed else min(known, budget)
    return {
        **_terms(terms),
        "valid_from": str(terms["valid_from"]),
        "valid_to": _day(terms["valid_to"]),
        "redemptions": len(redeemed),
        "bills_used": sum(row["uses"] for row in redeemed),
        "given": _money(used, terms),
        "left": None if known is None else _money(known, terms),
    }


def _redemption(row: Row) -> Row:
    left = _left(row)
    return {
        **_terms(row),
        "customer": row["customer"],
        "redemption": row["redemption"],
        "valid_from": str(row["given_from"]),
        "valid_to": _day(row["given_to"]),
        "bills_used": row["uses"],
        "given": _money(row["used_minor"], row),
        "left": None if left is None else _money(left, row),
    }


def _terms(row: Row) -> Row:
    percent = row["percent_e6"]
    return {
        "coupon": row["coupon"],
        "name": row["name"],
        "currency": row["currency"],
        "amount": None if row["amount_minor"] is None else _money(row["amount_minor"], row),
        "percent": None if percent is None else f"{unscaled(percent, RATE_DECIMALS).normalize():f}",
        "bills": row["bills"],
    }


def _left(row: Row) -> int | None:
    """What a redemption may still give: of an amount that lapses, on the bills still to come."""
    amount, bills = row["amount_minor"], row["bills"]
    if amount is None or bills is None:
        return None
    if row["rest"] == "lapses":
        return int(amount * max(0, bills - row["uses"]))
    return max(0, int(amount * bills - row["used_minor"]))


def _money(minor: int, row: Row) -> str:
    return str(unscaled(minor, decimals_of(row["currency"])))


def _day(day: Any) -> str | None:
    return None if day is None else str(day)
