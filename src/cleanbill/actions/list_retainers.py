"""List the retainers: what was billed in advance, what bills drew of it, what is left."""

from __future__ import annotations

from datetime import date
from typing import Any

from cleanbill.actions.access import Actor, action
from cleanbill.nouns.currency import decimals_of
from cleanbill.nouns.scales import unscaled
from cleanbill.store import coupon_reading

Row = dict[str, Any]


@action("look")
def retainers(actor: Actor, *, retainer: str | None = None, day: date | None = None) -> list[Row]:
    """Return one row per retainer; with ``retainer`` one row per billed line that funded it.

    ``funded`` is what was billed in advance, less what was credited of it; ``drawn`` what bills
    took of it, less what credits gave back; ``expired`` what can no longer be drawn on ``day``, if
    one is given; ``left`` the rest.
    """
    every = coupon_reading.all_coupons(actor.organisation_id).to_dicts()
    terms = {row["coupon"]: row for row in every}
    rows = [
        row
        for row in coupon_reading.redeemable(actor.organisation_id).to_dicts()
        if row["funded_by"] is not None and retainer in (None, row["coupon"])
    ]
    if retainer is not None:
        return [_funding(row, day) for row in rows if row["funding_id"] is not None]
    return [
        _whole(terms[code], [row for row in rows if row["coupon"] == code], day)
        for code in sorted({row["coupon"] for row in rows})
    ]


def _whole(terms: Row, rows: list[Row], day: date | None) -> Row:
    first = rows[0]
    below = terms["top_up_below_minor"]
    return {
        "retainer": terms["coupon"],
        "name": terms["name"],
        "customer": first["customer"],
        "item": terms["funded_by"],
        "currency": terms["currency"],
        "unused": terms["unused"],
        "top_up_below": None if below is None else _money(below, terms),
        "top_up_to": None if below is None else _money(terms["top_up_to_minor"], terms),
        **_figures(rows, day),
    }


def _funding(row: Row, day: date | None) -> Row:
    return {
        "retainer": row["coupon"],
        "customer": row["customer"],
        "bill": row["prepaid_by"],
        "from": str(row["given_from"]),
        "until": None if row["given_to"] is None else str(row["given_to"]),
        "tax": f"{row['funded_category']} {unscaled(row['funded_rate_e6'], 6).normalize():f}",
        "currency": row["currency"],
        **_figures([row], day),
    }


def _figures(rows: list[Row], day: date | None) -> Row:
    funded = sum(row["funded_minor"] or 0 for row in rows)
    drawn = sum(row["used_minor"] for row in rows)
    gone = [row for row in rows if day and row["given_to"] is not None and row["given_to"] <= day]
    expired = sum((row["funded_minor"] or 0) - row["used_minor"] for row in gone)
    figures = {"funded": funded, "drawn": drawn, "expired": expired}
    figures["left"] = funded - drawn - expired
    return {name: _money(minor, rows[0]) for name, minor in figures.items()}


def _money(minor: int, row: Row) -> str:
    return str(unscaled(minor, decimals_of(row["currency"])))
