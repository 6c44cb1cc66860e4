"""Verdicts: what people decided about findings, and how a check speaks of single customers.

A finding that was waived holds nothing back, one that was deferred lets what it is about wait; both
are told as such in place of their severity, so that a run counts and names them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import polars as pl

from cleanbill.cycle.verify.firm import FIRM
from cleanbill.nouns.decision import DEFERRED, WAIVED

VERDICTS = {
    "code": pl.String,
    "effect": pl.String,
    "subject_kind": pl.String,
    "subject": pl.String,
    "charge_id": pl.Int64,
    "customer": pl.String,
}
"""One row for each waiver and deferral in force. ``customer`` is set where it holds for all of the
check's findings with this customer; else it is about a charge, or what is called by ``subject``."""


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What holds in one run. Without any, nothing of this costs anything."""

    rows: pl.DataFrame
    severities: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """By code, the severity that a check has for single customers."""
    limits: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """By name, the limits that single customers have."""

    def speaks_of(self, code: str) -> bool:
        """Tell whether anything was decided about this check."""
        return code in self.severities or code in self.rows["code"]

    def wanted(self, code: str, usual: str) -> bool:
        """Tell whether a check is to be run: it is on, or on for some customer."""
        return usual != "off" or any(s != "off" for s in self.severities.get(code, {}).values())

    def weight(self, code: str, usual: str, *, charges: bool) -> pl.Expr:
        """Return how gravely the check speaks of each row: a severity, ``waived``, ``deferred``.

        Rows have ``customer``, and ``charge_id`` where the check is about ``charges``, else
        ``subject``.
        """
        value: pl.Expr = pl.lit(usual)
        own = self.severities.get(code)
        if own:
            value = pl.col("customer").replace_strict(own, default=usual, return_dtype=pl.String)
        about = self.rows.filter(pl.col("code") == code)
        usual_one = value
        for effect in (WAIVED, DEFERRED):
            if effect == WAIVED and code in FIRM:
                continue
            found = about.filter(pl.col("effect") == effect)
            if found.is_empty():
                continue
            key = "charge_id" if charges else "subject"
            ids = found.filter(pl.col("customer").is_null())[key].drop_nulls()
            whose = found["customer"].drop_nulls()
            hit = pl.col(key).is_in(ids.implode()) | pl.col("customer").is_in(
                whose.implode()
            ).fill_null(False)
            value = pl.when(hit & (usual_one != "off")).then(pl.lit(effect)).otherwise(value)
        return value

    def limit(self, name: str, usual: int) -> pl.Expr:
        """Return a limit for each row: the customer's own, else the usual one."""
        own = self.limits.get(name)
        if not own:
            return pl.lit(usual, dtype=pl.Int64)
        return pl.col("customer").replace_strict(own, default=usual, return_dtype=pl.Int64)


NOTHING = Verdicts(pl.DataFrame(schema=VERDICTS))
"""Nobody has decided anything."""


def weights(
    verdicts: Verdicts | None, severities: Mapping[str, str], rows: pl.DataFrame, *, charges: bool
) -> dict[str, pl.Series]:
    """Return by code, for checks that something was decided about, the weight of each row."""
    if verdicts is None:
        return {}
    spoken = {
        code: verdicts.weight(code, usual, charges=charges).alias(code)
        for code, usual in severities.items()
        if verdicts.speaks_of(code)
    }
    if not spoken:
        return {}
    found = rows.with_columns(spoken.values())
    return {code: found[code] for code in spoken}


def hits(
    wrong: pl.DataFrame, severities: Mapping[str, str], weighed: Mapping[str, pl.Series], what: str
) -> pl.Series | None:
    """Return which rows have a finding that weighs ``what``; None where no check weighs so."""
    whole = [c for c in wrong.columns if c not in weighed and severities.get(c) == what]
    tests: Iterable[pl.Expr] = [
        *(pl.col(c) for c in whole),
        *(pl.col(c) & pl.lit(weighed[c] == what) for c in wrong.columns if c in weighed),
    ]
    tests = list(tests)
    if not tests:
        return None
    return wrong.select(pl.any_horizontal(tests).fill_null(False).alias("hit")).to_series()
