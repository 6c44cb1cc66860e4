"""What a finding is worth a person's time: the money at stake, by the odds that it is right.

How likely begins with what is declared for a check, and learns from what specialists confirmed and
dismissed, first of the check and then of the check with a customer. All of it is exact: the prior
counts as so many decisions, each further decision as one (a Beta distribution's mean).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from fractions import Fraction

import polars as pl

from cleanbill.engine.exact import multiplied, rounded, wide
from cleanbill.engine.tables import Schema
from cleanbill.nouns.currency import DECIMALS

DECISIONS: Schema = {
    "code": pl.String,
    "customer": pl.String,
    "charge_id": pl.Int64,
    "decision": pl.String,
}
"""What somebody said of a finding: ``confirmed`` (it was a mistake) or ``dismissed``; other words
count for nothing. ``customer`` and ``charge_id`` may be null; further columns are not read."""
USUALLY_PERMILLE = 500
"""How likely a warning is right where nothing else is declared: what rows and master data tell."""
BLOCKING_PERMILLE = 900
"""How likely a finding is right that holds: a table, a law or arithmetic has settled it."""
PRIORS: Mapping[str, int] = {
    **dict.fromkeys(("CB-CHG-054", "CB-CHG-055", "CB-CHG-056", "CB-CHG-057", "CB-CHG-060"), 900),
    **dict.fromkeys(("CB-HIS-001", "CB-HIS-002"), 850),
    **dict.fromkeys(("CB-CHG-058", "CB-HIS-013", "CB-HIS-014"), 800),
    "CB-HIS-015": 600,
    **dict.fromkeys(("CB-CHG-014", "CB-CHG-051"), 500),
    **dict.fromkeys(("CB-HIS-009", "CB-HIS-012"), 400),
    **dict.fromkeys(("CB-HIS-016", "CB-CHG-012"), 350),
    **dict.fromkeys(("CB-CHG-026", "CB-CHG-027", "CB-CHG-039"), 300),
    **dict.fromkeys(("CB-HIS-007", "CB-HIS-008"), 300),
    "CB-CHG-059": 250,
    **dict.fromkeys(("CB-HIS-004", "CB-HIS-011"), 200),
    **dict.fromkeys(("CB-HIS-003", "CB-HIS-005", "CB-HIS-010"), 100),
    **dict.fromkeys(("CB-CHG-013", "CB-HIS-006"), 50),
    **dict.fromkeys(("CB-DOC-005", "CB-DOC-006", "CB-DOC-007"), 50),
}
"""How many of a thousand such warnings are taken to be right before anybody has said."""
PRIOR_COUNTS = 10
"""As so many decisions the prior of a check counts."""
SUREST_PERMILLE = 980
"""Nothing is taken to be surer than this."""
CHECK_COUNTS = 5
"""As so many decisions what is known of the check counts with one customer."""


def likelihoods(decisions: pl.DataFrame) -> tuple[dict[str, int], dict[tuple[str, str], int]]:
    """Return in thousandths how likely each check is right, and each with a customer.

    In: DECISIONS. Only checks and customers that somebody has decided about have an entry.
    """
    said = Counter(decisions.select("code", "customer", "decision").iter_rows())
    of_check: Counter[tuple[str, str]] = Counter()
    for (code, _, decision), times in said.items():
        of_check[code, decision] += times
    exact = {
        code: _mean(Fraction(PRIORS.get(code, USUALLY_PERMILLE), 1000), PRIOR_COUNTS, right, wrong)
        for code in {code for code, _ in of_check}
        for right, wrong in [(of_check[code, "confirmed"], of_check[code, "dismissed"])]
    }
    pairs = {(code, customer) for code, customer, _ in said if customer is not None}
    of_customer = {
        (code, who): _mean(
            exact[code],
            CHECK_COUNTS,
            said[code, who, "confirmed"],
            said[code, who, "dismissed"],
        )
        for code, who in pairs
    }
    return (
        {code: rounded(share * 1000) for code, share in exact.items()},
        {pair: rounded(share * 1000) for pair, share in of_customer.items()},
    )


def _mean(prior: Fraction, counts: int, right: int, wrong: int) -> Fraction:
    return Fraction(prior * counts + right) * Fraction(1, counts + right + wrong)


def odds_permille(likely_permille: int) -> int:
    """Return in thousandths how many right ones come on one that is wrong.

    >>> odds_permille(500), odds_permille(900), odds_permille(50), odds_permille(1000)
    (1000, 9000, 53, 49000)
    """
    right = min(max(likely_permille, 1), SUREST_PERMILLE)
    return rounded(Fraction(right, 1000 - right) * 1000)


def ranked(findings: pl.DataFrame, decisions: pl.DataFrame) -> pl.DataFrame:
    """Return the findings with ``likely_permille`` and ``expected_minor``, worthiest first.

    In: FINDINGS with ``customer``, and DECISIONS. They stand by the money at stake times the odds
    that they are right: so much money is put right for each amount looked at in vain. Amounts of
    different currencies are compared by their figures; equal ones by code and subject.
    """
    of_check, of_customer = likelihoods(decisions)
    known = {**PRIORS, **of_check}
    pairs = pl.DataFrame(
        [(code, who, share) for (code, who), share in sorted(of_customer.items())],
        schema={"code": pl.String, "customer": pl.String, "_own": pl.Int64},
        orient="row",
    )
    holds = pl.when(pl.col("severity") == "block").then(BLOCKING_PERMILLE)
    declared = pl.coalesce(
        pl.col("code").replace_strict(known, default=None, return_dtype=pl.Int64),
        holds.otherwise(USUALLY_PERMILLE),
    )
    decimals = pl.col("currency").replace_strict(DECIMALS, default=2, return_dtype=pl.Int64)
    figures = {n: 10 ** (4 - n) for n in (0, 2, 3, 4)}
    scale = decimals.replace_strict(figures, default=100, return_dtype=pl.Int64)
    stake = pl.col("at_stake_minor").fill_null(0).abs()
    weighed = findings.join(
        pairs, on=["code", "customer"], how="left", maintain_order="left"
    ).with_columns(pl.coalesce("_own", declared).alias("likely_permille"))
    # What is only told has nothing to be expected of, and stands last.
    told = pl.col("severity") == "info"
    likely = pl.when(~told).then("likely_permille").otherwise(0).alias("likely_permille")
    shares = weighed["likely_permille"].unique().to_list()
    odds = pl.col("likely_permille").replace_strict(
        {share: odds_permille(share) for share in shares}, default=None, return_dtype=pl.Int64
    )
    figure = wide(stake) * pl.when(told).then(1).otherwise(odds * scale)
    return (
        weighed.with_columns(figure.alias("_figure"), likely)
        .with_columns(multiplied(stake, pl.col("likely_permille"), 1000).alias("expected_minor"))
        .sort("_figure", "code", "subject", descending=[True, False, False], maintain_order=True)
        .drop("_own", "_figure")
    )


def budget(bills: int, per_1000_bills: int) -> int | None:
    """Return how many warnings so many bills are worth, rounded up; None: no limit.

    >>> budget(1000, 20), budget(1, 20), budget(0, 20), budget(1000, 0)
    (20, 1, 0, None)
    """
    return -(-bills * per_1000_bills // 1000) if per_1000_bills else None


def within(rows: pl.DataFrame, most: int | None) -> pl.DataFrame:
    """Return ranked findings without the warnings beyond the budget; all others stay."""
    if most is None:
        return rows
    warning = pl.col("severity") == "warn"
    return rows.filter(~warning | (warning.cum_sum() <= most))
