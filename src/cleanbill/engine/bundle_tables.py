"""The tables that checks of bundles read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

BUNDLED: Mapping[str, Any] = {
    "item": pl.String,
    "bundle": pl.String,
    "addon": pl.Boolean,
    "plan": pl.String,
    "valid_from": pl.Date,
    "valid_to": pl.Date,
}
"""Items that are bundles, or add-ons of one: whose, and when."""
BOUGHT: Mapping[str, Any] = {
    "customer": pl.String,
    "item": pl.String,
    "order": pl.String,
    "service_date": pl.Date,
}
"""Who has bought bundles that have add-ons."""
