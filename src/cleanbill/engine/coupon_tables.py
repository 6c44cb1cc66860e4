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
}
"""What a coupon takes off; ``bills`` null is every bill while it is in force."""

REDEMPTIONS: Mapping[str, Any] = {
    "coupon": pl.String,
    "customer": pl.String,
    "redemption": pl.String,
    "valid_from": pl.Date,
    "valid_to": pl.Date,
}
"""A coupon given to a customer."""

REDEEMABLE: Mapping[str, Any] = {
    "redemption_id": pl.Int64,
    "customer": pl.String,
    "redemption": pl.String,
    "given_from": pl.Date,
    "given_to": pl.Date,
    **{c: t for c, t in COUPONS.items() if c not in ("months", "repeatable")},
    "used_minor": pl.Int64,
    "uses": pl.Int32,
    "spent_minor": pl.Int64,
}
"""One row per redemption with its coupon's terms: ``used_minor`` it has given on ``uses`` bills,
``spent_minor`` has been given of the coupon's budget to all customers together."""

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
}
"""What coupons take off lines, in the order of ``place``; part of the line's ``share_minor``.
``returns``: a credit gives the coupon its part back."""
