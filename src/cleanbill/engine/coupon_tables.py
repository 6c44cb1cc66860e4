"""The tables of coupons: what they are, who has them, what they take off lines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

COUPONS: Mapping[str, Any] = {
    "coupon": pl.String,
    "name": pl.String,
    "currency": pl.String,
    "amount_minor": pl.Int64,
    "percent_e6": pl.Int64,
    "valid_from": pl.Date,
    "valid_to": pl.Date,
    "bills": pl.Int32,
    "months": pl.Int32,
    "repeatable": pl.Boolean,
    "budget_minor": pl.Int64,
    "items": pl.String,
    "item_kinds": pl.String,
    "priority": pl.Int32,
    "stacking": pl.String,
    "rest": pl.String,
    "credited": pl.String,
    "funded_by": pl.String,
    "unused": pl.String,
    "top_up_below_minor": pl.Int64,
    "top_up_to_minor": pl.Int64,
}
"""What a coupon takes off; ``bills`` null is every bill while it is in force.

A retainer is a coupon of what its customer has paid in advance: ``funded_by`` is the item that
bills it, ``months`` how long each such line lasts, ``unused`` what becomes of the rest."""

REDEMPTIONS: Mapping[str, Any] = {
    "coupon": pl.String,
    "customer": pl.String,
    "redemption": pl.String,
    "valid_from": pl.Date,
    "valid_to": pl.Date,
}
"""A coupon given to a customer."""

FUNDING: Mapping[str, Any] = {
    "funding_id": pl.Int64,
    "prepaid_by": pl.String,
    "funded_on": pl.Date,
    "funded_minor": pl.Int64,
    "funded_category": pl.String,
    "funded_rate_e6": pl.Int64,
    "funded_tax": pl.String,
    "funded_rule": pl.String,
    "funded_inclusive": pl.Boolean,
    "funded_further": pl.Boolean,
}
"""What a billed line of a retainer's item has funded: its charge, its bill, its day, what it came
to less what was credited of it, and how it was taxed."""
_RETAINED = ("unused", "top_up_below_minor", "top_up_to_minor")

REDEEMABLE: Mapping[str, Any] = {
    "redemption_id": pl.Int64,
    "customer": pl.String,
    "redemption": pl.String,
    "given_from": pl.Date,
    "given_to": pl.Date,
    **{c: t for c, t in COUPONS.items() if c not in ("months", "repeatable", *_RETAINED)},
    "used_minor": pl.Int64,
    "uses": pl.Int32,
    "spent_minor": pl.Int64,
    **FUNDING,
}
"""One row per redemption with its coupon's terms: ``used_minor`` it has given on ``uses`` bills,
``spent_minor`` has been given of the coupon's budget to all customers together. Of a retainer, one
row per billed line that funded it, with what was drawn of that; if none has, one without
``funding_id``."""

COUPON_PARTS: Mapping[str, Any] = {
    "draft": pl.Int64,
    "line": pl.Int32,
    "place": pl.Int32,
    "redemption_id": pl.Int64,
    "coupon": pl.String,
    "redemption": pl.String,
    "name": pl.String,
    "percent_e6": pl.Int64,
    "returns": pl.Boolean,
    "amount_minor": pl.Int64,
    "funding_id": pl.Int64,
    "prepaid_by": pl.String,
    "left_minor": pl.Int64,
}
"""What coupons take off lines, in the order of ``place``; part of the line's ``share_minor``.
``returns``: a credit gives the coupon its part back. Of a retainer, what is drawn of the line that
``funding_id`` was billed on, with bill ``prepaid_by``, and what the bill leaves of it."""
