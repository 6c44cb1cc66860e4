"""The tables between the house and tax engines outside of it: questions and answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

ENGINE_FACTS = pl.Struct(
    {
        **dict.fromkeys(("engine", "country", "region", "postcode", "street"), pl.String),
        **dict.fromkeys(("tax_id", "item_kind", "tax_category"), pl.String),
    }
)
"""What of a line a chosen engine is asked about, beside its amounts; null: no engine is asked."""

QUESTIONS: Mapping[str, Any] = {
    "engine": pl.String,
    "question_hash": pl.String,
    "question": pl.String,
}
"""Requests as canonical text, each with its engine and the hash of both."""

ANSWERS: Mapping[str, Any] = {
    "question_hash": pl.String,
    "answer_hash": pl.String,
    "answer": pl.String,
    "trouble": pl.String,
    "told": pl.String,
}
"""What became of questions: an answer as canonical text with its hash, or a trouble in words."""
