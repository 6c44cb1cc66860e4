"""The tables of a parallel run: our side, the old side, their differences and the causes.

Amounts of credits are negative on both sides, quantities too.
"""

from __future__ import annotations

import polars as pl

from cleanbill.engine.tables import Schema

OUR_ROWS: Schema = {
    "draft": pl.Int64,
    "charge_id": pl.Int64,
    "reference": pl.String,
    "document": pl.String,
    "customer": pl.String,
    "item": pl.String,
    "description": pl.String,
    "day": pl.Date,
    "currency": pl.String,
    "disposition": pl.String,
    "why": pl.String,
    "quantity_e6": pl.Int64,
    "unit_price_e8": pl.Int64,
    "list_minor": pl.Int64,
    "net_minor": pl.Int64,
    "tax_minor": pl.Int64,
    "rate_percent_e6": pl.Int64,
    "tax_category": pl.String,
    "price_level": pl.String,
    "price_from": pl.Date,
}
"""One row per charge. ``document`` is its order; ``list_minor`` quantity times price before any
discount; where ``disposition`` is not ``clear``, ``why`` says why we do not bill it now and
``net_minor`` is the money at stake."""

OUR_BILLS: Schema = {
    "draft": pl.Int64,
    "kind": pl.String,
    "customer": pl.String,
    "document": pl.String,
    "day": pl.Date,
    "currency": pl.String,
    "net_minor": pl.Int64,
    "tax_minor": pl.Int64,
    "total_minor": pl.Int64,
    "reduction_minor": pl.Int64,
    "lines": pl.Int64,
}
"""One row per bill we would issue; ``total_minor`` is net, tax and rounding, ``reduction_minor``
what is taken off the whole bill."""

OLD_ROWS: Schema = {
    "row": pl.Int64,
    "bill": pl.String,
    "kind": pl.String,
    "date": pl.Date,
    "service_date": pl.Date,
    "customer": pl.String,
    "order": pl.String,
    "reference": pl.String,
    "item": pl.String,
    "description": pl.String,
    "quantity_e6": pl.Int64,
    "unit_price_e8": pl.Int64,
    "net_minor": pl.Int64,
    "tax_rate_e6": pl.Int64,
    "tax_category": pl.String,
    "tax_minor": pl.Int64,
    "gross_minor": pl.Int64,
    "bill_total_minor": pl.Int64,
    "currency": pl.String,
}
"""What a file of old bills says, line by line or bill by bill."""

CAUSES = {
    "missed": "Charge that was never billed",
    "no_charge": "Billed without a charge",
    "double": "Billed twice",
    "price": "Wrong price",
    "quantity": "Wrong quantity",
    "discount": "Discount missing or different",
    "tax_rate": "Wrong tax rate",
    "tax_category": "Wrong tax category",
    "tax": "Tax does not follow from its rate",
    "customer": "Wrong customer",
    "period": "Wrong period",
    "currency": "Wrong currency",
    "credit": "Credit missing or without a charge",
    "held": "Held back by us",
    "not_billable": "Not billable by policy",
    "old_sum": "Old bill does not add up",
    "rounding": "Rounding",
    "unexplained": "Not explained",
}
"""Every cause by its key, in the order in which it is told."""

DIFFERENCES: Schema = {
    "cause": pl.String,
    "currency": pl.String,
    "difference_minor": pl.Int64,
    "concerned_minor": pl.Int64,
    "customer": pl.String,
    "item": pl.String,
    "description": pl.String,
    "day": pl.Date,
    "reference": pl.String,
    "our_draft": pl.Int64,
    "old_bill": pl.String,
    "old_row": pl.Int64,
    "old_quantity": pl.String,
    "our_quantity": pl.String,
    "old_price": pl.String,
    "our_price": pl.String,
    "old_amount_minor": pl.Int64,
    "our_amount_minor": pl.Int64,
    "certain": pl.Boolean,
    "says": pl.String,
    "what_to_do": pl.String,
}
"""One row per difference. ``difference_minor`` is what we bill more (negative: less) for this
cause; ``concerned_minor`` the amount it is about, also where the sum does not change. Not
``certain``: another row fitted as well."""
