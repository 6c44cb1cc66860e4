"""The tables that rooms exchange: their columns, types and scales, and the master data of a run.

A schema is a plain mapping from column to Polars type. ``_e6`` and ``_e8`` columns are scaled
integers (see ``nouns.scales``), ``_minor`` columns whole minor units of the row's ``currency``.
Extra columns travel along untouched.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from cleanbill.engine.billed_tables import BILLED_BEFORE
from cleanbill.engine.bundle_tables import BOUGHT, BUNDLED
from cleanbill.engine.coupon_tables import REDEEMABLE
from cleanbill.engine.habit_tables import DESCRIBED, ODD_ORDERS
from cleanbill.engine.history_tables import USUAL
from cleanbill.engine.order_tables import Orders
from cleanbill.engine.us_tables import US_BOUNDARIES, US_RATES

Schema = Mapping[str, Any]

CHARGES: Schema = {
    "charge_id": pl.Int64,
    "source": pl.String,
    "reference": pl.String,
    "occurrence": pl.Int32,
    "customer": pl.String,
    "item": pl.String,
    "description": pl.String,
    "kind": pl.String,
    "quantity_e6": pl.Int64,
    "unit": pl.String,
    "unit_price_e8": pl.Int64,
    "amount_minor": pl.Int64,
    "discount_percent_e6": pl.Int64,
    "currency": pl.String,
    "service_date": pl.Date,
    "service_end": pl.Date,
    "order": pl.String,
    "delivery": pl.String,
    "ship_to": pl.String,
    "ship_to_country": pl.String,
    "ship_to_region": pl.String,
    "deliver_to": pl.String,
    "purchase_order": pl.String,
    "cost_centre": pl.String,
    "cancels": pl.String,
    "includes_tax": pl.Boolean,
    "content_hash": pl.Int64,
    "repeats": pl.Int32,
}
"""Billable facts. ``kind`` is ``sale`` or ``cancellation``; ``cancels`` a charge's reference;
``repeats`` counts the earlier rows of its file that are equal in every field; ``deliver_to`` is the
customer or site of the master data where goods go, if not to the customer; ``includes_tax`` is what
the price or amount that the charge brings says of tax, null for what the policy says."""

CUSTOMERS: Schema = {
    "customer": pl.String,
    "name": pl.String,
    "kind": pl.String,
    "street": pl.String,
    "street2": pl.String,
    "city": pl.String,
    "postcode": pl.String,
    "region": pl.String,
    "country": pl.String,
    "vat_id": pl.String,
    "email": pl.String,
    "language": pl.String,
    "buyer_reference": pl.String,
    "blocked": pl.Boolean,
    "tax_scheme": pl.String,
}
"""``tax_scheme`` names a scheme by which a customer is taxed, null for none."""

PRIVATE = (
    *("name", "street", "street2", "city", "postcode", "region", "vat_id", "email"),
    "buyer_reference",
)
"""The columns of CUSTOMERS that say who somebody is: sealed wherever they are kept for good."""

ITEMS: Schema = {
    "item": pl.String,
    "description": pl.String,
    "kind": pl.String,
    "unit": pl.String,
    "tax_category": pl.String,
    "blocked": pl.Boolean,
}

PRICES: Schema = {
    "price_id": pl.Int64,
    "version": pl.Int32,
    "item": pl.String,
    "customer": pl.String,
    "plan": pl.String,
    "currency": pl.String,
    "model": pl.String,
    "valid_from": pl.Date,
    "valid_to": pl.Date,
    "discount_percent_e6": pl.Int64,
    "minimum_minor": pl.Int64,
    "maximum_minor": pl.Int64,
    "conditions": pl.String,
    "increment_e6": pl.Int64,
    "increment_rounding": pl.String,
    "includes_tax": pl.Boolean,
}
"""One row per price; ``customer`` and ``plan`` null is the list price. ``conditions`` are facts
that a charge must bring (``nouns.condition``), ``increment_e6`` what its quantity is rounded to;
``includes_tax`` null is what the policy says."""

TIERS: Schema = {
    "price_id": pl.Int64,
    "tier": pl.Int32,
    "up_to_e6": pl.Int64,
    "unit_price_e8": pl.Int64,
    "flat_minor": pl.Int64,
    "package_size_e6": pl.Int64,
    "percent_e6": pl.Int64,
    "volume_discount_percent_e6": pl.Int64,
}
"""The segments of a price, ``up_to_e6`` null for the open one; every price has at least one."""

AGREEMENTS: Schema = {
    "agreement_id": pl.Int64,
    "customer": pl.String,
    "agreement": pl.String,
    "valid_from": pl.Date,
    "valid_to": pl.Date,
    "currency": pl.String,
    "grouping": pl.String,
    "cut_off": pl.String,
    "required_references": pl.String,
    "payment_days": pl.Int32,
    "plan": pl.String,
    "document_discount_percent_e6": pl.Int64,
    "document_discount_tiers": pl.String,
    "early_payment": pl.String,
    "early_payment_base": pl.String,
    "purchase_order": pl.String,
}
"""Effective-dated terms; a row with ``customer`` null holds for all who have none of their own.
``purchase_order`` is the order of charges that name none."""

ORIGINALS: Schema = {
    "charge_id": pl.Int64,
    "reference": pl.String,
    "source": pl.String,
    "customer": pl.String,
    "item": pl.String,
    "unit_price_e8": pl.Int64,
    "quantity_e6": pl.Int64,
    "currency": pl.String,
    "service_date": pl.Date,
    "state": pl.String,
    "credited_e6": pl.Int64,
    "bill_id": pl.Int64,
    "line": pl.Int32,
    "number": pl.String,
    "issue_date": pl.Date,
}
"""Sales that a cancellation may reverse. ``state``: ``billed`` before, ``drafted`` in this run or
``unbilled``; ``bill_id``, ``line``, ``number``, ``issue_date`` only for ``billed``."""

EXEMPTIONS: Schema = {
    "customer": pl.String,
    "country": pl.String,
    "region": pl.String,
    "kind": pl.String,
    "certificate": pl.String,
    "reason": pl.String,
    "valid_from": pl.Date,
    "valid_to": pl.Date,
}
"""What customers claim to be exempt from, in a country or a region of it (null: all of it), and the
certificate that proves it (null: not there yet)."""

FURTHER_TAX = pl.Struct(
    {
        "tax": pl.String,
        "kind": pl.String,
        "category": pl.String,
        "rate_percent_e6": pl.Int64,
        "rule": pl.String,
        "compound": pl.Boolean,
    }
)
"""A tax that a line bears beside its first. ``tax`` is its name on bills; ``kind`` is ``added``,
``retained`` (withheld by the customer) or ``informative``; the base of a ``compound`` one is the
net and all taxes before it in the list, the line's first included."""

TAXES: Schema = {"tax": pl.String, "further_taxes": pl.List(FURTHER_TAX)}
"""What a line says of its taxes beside the columns of its first one: that one's name (null: VAT),
and the others, null where there are none."""

LINE_TAXES: Schema = {
    "draft": pl.Int64,
    "line": pl.Int32,
    "tax_no": pl.Int64,
    "tax": pl.String,
    "kind": pl.String,
    "tax_category": pl.String,
    "rate_percent_e6": pl.Int64,
    "tax_rule": pl.String,
    "compound": pl.Boolean,
    "base_minor": pl.Int64,
    "tax_minor": pl.Int64,
}
"""The further taxes of drafted lines, one row each; ``tax_no`` counts from 2, the line's second."""

FINDINGS: Schema = {
    "code": pl.String,
    "severity": pl.String,
    "subject_kind": pl.String,
    "subject": pl.String,
    "charge_id": pl.Int64,
    "parameters": pl.String,
    "currency": pl.String,
    "at_stake_minor": pl.Int64,
}
"""Findings: ``subject`` is what a person calls it, ``charge_id`` the charge, or the first one that
meets what is wrong with master data; ``parameters`` a JSON object of text."""


def conformed(frame: pl.DataFrame, schema: Schema) -> pl.DataFrame:
    """Return the frame with every column of the schema, in its type; extra columns stay behind.

    A missing column is filled with nulls. Raises polars' InvalidOperationError when a value does
    not fit its type: tables inside the house are never silently bent.
    """
    missing = [
        pl.lit(None, dtype=kind).alias(c) for c, kind in schema.items() if c not in frame.columns
    ]
    wrong = [
        pl.col(c).cast(kind)
        for c, kind in schema.items()
        if c in frame.columns and frame.schema[c] != kind
    ]
    if missing or wrong:
        frame = frame.with_columns(*missing, *wrong)
    rest = [c for c in frame.columns if c not in schema]
    return frame.select(*schema, *rest)


def empty(schema: Schema) -> pl.DataFrame:
    """Return a table of the schema without rows."""
    return pl.DataFrame(schema=dict(schema))


@dataclass(frozen=True, slots=True)
class MasterData:
    """What a run has to know beside the charges: who, what, at which price, on which terms."""

    customers: pl.DataFrame = field(default_factory=lambda: empty(CUSTOMERS))
    items: pl.DataFrame = field(default_factory=lambda: empty(ITEMS))
    prices: pl.DataFrame = field(default_factory=lambda: empty(PRICES))
    tiers: pl.DataFrame = field(default_factory=lambda: empty(TIERS))
    agreements: pl.DataFrame = field(default_factory=lambda: empty(AGREEMENTS))
    exemptions: pl.DataFrame = field(default_factory=lambda: empty(EXEMPTIONS))
    us_rates: pl.DataFrame = field(default_factory=lambda: empty(US_RATES))
    us_boundaries: pl.DataFrame = field(default_factory=lambda: empty(US_BOUNDARIES))
    twins: pl.DataFrame | None = None
    """Customers that seem to be there twice (``verify.twins``); None where not all are known."""
    coupons: pl.DataFrame = field(default_factory=lambda: empty(REDEEMABLE))
    orders: Orders = field(default_factory=Orders)
    bundles: pl.DataFrame = field(default_factory=lambda: empty(BUNDLED))
    bought: pl.DataFrame = field(default_factory=lambda: empty(BOUGHT))
    """Who has bought bundles, as far as add-ons ask for it."""
    usual: pl.DataFrame = field(default_factory=lambda: empty(USUAL))
    """What has been usual so far; without a row, nothing is measured by it."""
    odd_orders: pl.DataFrame = field(default_factory=lambda: empty(ODD_ORDERS))
    """Orders that are not as their source's orders are in the whole run (``verify.habits``)."""
    shared_prices: pl.DataFrame | None = None
    """SHARED_PRICES; null where only a part of a run is looked at."""
    described: pl.DataFrame = field(default_factory=lambda: empty(DESCRIBED))
    """Billed items, at least those that charges describe."""
    billed: pl.DataFrame = field(default_factory=lambda: empty(BILLED_BEFORE))
