"""The table of sales that earlier runs have billed, beside which open charges are put."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

BILLED_BEFORE: Mapping[str, Any] = {
    "billed_reference": pl.String,
    "billed_source": pl.String,
    "customer": pl.String,
    "item": pl.String,
    "quantity_e6": pl.Int64,
    "currency": pl.String,
    "service_date": pl.Date,
    "order": pl.String,
    "delivery": pl.String,
    "number": pl.String,
}
"""``billed_reference`` is the key that ``billed_source`` gave the sale, ``number`` that of
its invoice."""
