"""Whether the tax that a line bears rests on a rule: one that exists, says this rate, and held."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import polars as pl

from cleanbill.cycle.tax.american import rules_of
from cleanbill.cycle.tax.dated_data import Dated, Rate
from cleanbill.cycle.tax.further import further_rates
from cleanbill.cycle.tax.rules import Rules
from cleanbill.engine.tables import empty
from cleanbill.engine.us_tables import US_RATES

BORNE = ("tax_rule", "tax_category", "rate_percent_e6", "service_date")
"""What of a line its rule is asked about; ``service_date`` null: the day is not known."""


NO_RATES = empty(US_RATES)


def unfounded(lines: pl.DataFrame, rules: Rules, us_rates: pl.DataFrame = NO_RATES) -> pl.DataFrame:
    """Return the lines whose rule does not say what they bear, with ``why``.

    In: lines, or further taxes of lines, with BORNE. A rate's rule must give that rate and hold on
    the day; a treatment's must give that category, and no tax. ``us_rates`` are those of every
    file that was ever loaded.
    """
    tables = (*rules.rates.values(), *further_rates().rates.values())
    rates = {d.value.rule: [d] for spans in tables for d in spans}
    rates |= rules.regional.rules
    if us_rates.height:
        rates |= rules_of(us_rates)
    cases = lines.select(BORNE).unique(maintain_order=True)
    why = [_why(row, rules, rates) for row in cases.iter_rows(named=True)]
    told = cases.with_columns(pl.Series("why", why, dtype=pl.String))
    return lines.join(
        told.filter(pl.col("why").is_not_null()),
        on=list(BORNE),
        how="inner",
        nulls_equal=True,
        maintain_order="left",
    )


def _why(
    row: Mapping[str, str | int | date | None],
    rules: Rules,
    rates: Mapping[str, list[Dated[Rate]]],
) -> str | None:
    """Say what is wrong with a rule, a category, a rate and a day; None where all fits."""
    rule, day = str(row["tax_rule"]), row["service_date"]
    free = rules.treatments.get(rule)
    if free is not None:
        fits = row["tax_category"] == free.category and row["rate_percent_e6"] == 0
        return None if fits else f"{rule} is category {free.category} without tax"
    if rule not in rates:
        return f"there is no rule {rule}"
    reasons = [_differs(row, rate, day) for rate in rates[rule]]
    return None if None in reasons else reasons[0]


def _differs(
    row: Mapping[str, str | int | date | None], rate: Dated[Rate], day: str | int | date | None
) -> str | None:
    """Say in what a line's tax differs from a rate of its rule; None where it does not."""
    rule = rate.value.rule
    if row["rate_percent_e6"] != rate.value.rate_percent_e6:
        return f"{rule} gives another rate"
    if row["tax_category"] != ("S" if rate.value.rate_percent_e6 else "Z"):
        return f"{rule} gives another category"
    if isinstance(day, date) and day not in rate:
        return f"{rule} was not in force on {day}"
    return None
