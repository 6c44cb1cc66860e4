"""The tables of American sales taxes: rates of jurisdictions, and which places they tax."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

US_RATES: Mapping[str, Any] = {
    "state": pl.String,
    "kind": pl.String,
    "code": pl.String,
    "name": pl.String,
    "general_within_e6": pl.Int64,
    "general_into_e6": pl.Int64,
    "food_within_e6": pl.Int64,
    "food_into_e6": pl.Int64,
    "valid_from": pl.Date,
    "valid_to": pl.Date,
}
"""American sales tax rates by state and jurisdiction, in percent: of sales within the state and of
sales into it, in general and on food and drugs. ``kind`` is X12 element 1721."""

US_BOUNDARIES: Mapping[str, Any] = {
    "state": pl.String,
    "record": pl.String,
    "zip": pl.String,
    "plus4_low": pl.String,
    "plus4_high": pl.String,
    "number_low": pl.Int64,
    "number_high": pl.Int64,
    "parity": pl.String,
    "street": pl.String,
    "state_taxed": pl.Boolean,
    "county": pl.String,
    "place": pl.String,
    "districts": pl.String,
    "valid_from": pl.Date,
    "valid_to": pl.Date,
}
"""Which jurisdictions tax a place: by address (``A``), ZIP+4 (``4``) or ZIP (``Z``). ``districts``
is ``kind:code`` of each special one, parted by blanks."""
