"""The dated tax data that ships with the house: rates, membership, territories, treatments."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import polars as pl

from cleanbill.engine.text import scaled_from_text
from cleanbill.nouns.scales import RATE_DECIMALS, RATE_MAX_E6


@dataclass(frozen=True, slots=True)
class Rules:
    """Tax data as tables; every row has its law."""

    rates: pl.DataFrame
    """rule, country, category, rate_percent_e6, valid_from, valid_to, law"""
    members: pl.DataFrame
    """country, valid_from, valid_to: when it belonged to the EU's VAT area"""
    territories: pl.DataFrame
    """territory, vat_territory, valid_from, valid_to: codes that are taxed as another place"""
    treatments: pl.DataFrame
    """treatment, category, reason_code, law, text_en, text_de"""


def _table(name: str) -> pl.DataFrame:
    text = files("cleanbill.cycle.tax").joinpath("data", name).read_bytes()
    table = pl.read_csv(text, infer_schema=False)
    dates = [
        c for c in table.columns if c in ("valid_from", "valid_to", "member_from", "member_to")
    ]
    return table.with_columns(pl.col(c).str.to_date("%Y-%m-%d") for c in dates)


@cache
def rules() -> Rules:
    """Return the shipped rules, read once."""
    rate = scaled_from_text(pl.col("rate_percent"), RATE_DECIMALS, RATE_MAX_E6)
    return Rules(
        rates=_table("vat_rates.csv")
        .with_columns(rate.alias("rate_percent_e6"))
        .drop("rate_percent"),
        members=_table("eu_members.csv")
        .rename({"member_from": "valid_from", "member_to": "valid_to"})
        .select("country", "valid_from", "valid_to"),
        territories=_table("special_territories.csv").select(
            "territory", "vat_territory", "valid_from", "valid_to"
        ),
        treatments=_table("treatments.csv"),
    )
