"""Taxes beside VAT in Spain: the equivalence surcharge of retailers, and income tax withheld.

The surcharge stands on goods for retailers under that scheme (Ley 37/1992 art. 148 to 163), in
addition to the VAT. Income tax is withheld by businesses from fees, rent and the like of sellers
who say so (Ley 35/2006 art. 99 to 101). Rates stand in ``data/further_rates.csv``.
"""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple

import polars as pl

from cleanbill.cycle.tax.further import FurtherRates, further_rates
from cleanbill.engine.tables import TAXES
from cleanbill.nouns.seller import Seller
from cleanbill.nouns.tax import Kind

COUNTRY = "ES"
SURCHARGE, SURCHARGE_NAME = "equivalence-surcharge", "Recargo de equivalencia"
INCOME_TAX = "IRPF"
SERVICES = ("service", "subscription", "fee")
BUSINESSES = ("business", "public")


class Case(NamedTuple):
    """What the taxes of a line beside VAT depend on."""

    treatment: str | None
    tax_category: str | None
    rate_percent_e6: int | None
    tax_place_foreign: bool | None
    item_kind: str | None
    item_tax_category: str | None
    service_date: date | None
    customer_kind: str | None
    customer_tax_scheme: str | None


ANSWER = {"_known": pl.Boolean, "_further": TAXES["further_taxes"]}


def beside(lines: pl.DataFrame, seller: Seller) -> pl.DataFrame:
    """Return the lines with ``further_taxes`` where they bear any; VAT is determined.

    Where the rate of such a tax is not known, the line has no tax at all: it is held.
    """
    schemes = "customer_tax_scheme" in lines.columns
    if seller.address.country != COUNTRY or not (seller.withholding or schemes):
        return lines
    if not schemes:
        lines = lines.with_columns(pl.lit(None, dtype=pl.String).alias("customer_tax_scheme"))
    cases = lines.select(Case._fields).unique(maintain_order=True)
    rates = further_rates()
    rows = [answer(Case(*row), seller, rates) for row in cases.iter_rows()]
    answers = pl.DataFrame(rows, schema=ANSWER, orient="row")
    joined = lines.join(
        pl.concat([cases, answers], how="horizontal"),
        on=list(Case._fields),
        how="left",
        nulls_equal=True,
        maintain_order="left",
    )
    taxed = ("tax_category", "rate_percent_e6", "tax_rule")
    return joined.with_columns(
        *(pl.when("_known").then(c).alias(c) for c in taxed),
        pl.coalesce("further_taxes", "_further").alias("further_taxes"),
    ).drop("_known", "_further")


def answer(
    case: Case, seller: Seller, rates: FurtherRates
) -> tuple[bool, list[dict[str, Any]] | None]:
    """Return whether all rates are known, and the further taxes, None for none."""
    found: list[dict[str, Any] | None] = []
    day, home = case.service_date, not case.tax_place_foreign
    if day is None or not home:
        return True, None
    if (
        case.customer_tax_scheme == "equivalence_surcharge"
        and case.treatment == "domestic"
        and case.rate_percent_e6
        and case.item_kind not in SERVICES
    ):
        category = case.item_tax_category or ""
        found.append(_tax(rates, SURCHARGE, category, day, SURCHARGE_NAME, Kind.ADDED))
    if (
        seller.withholding
        and case.customer_kind in BUSINESSES
        and case.item_kind in SERVICES
        and case.treatment in ("domestic", "domestic_exempt")
    ):
        kind = Kind.RETAINED
        found.append(_tax(rates, INCOME_TAX, seller.withholding, day, INCOME_TAX, kind))
    known = [tax for tax in found if tax is not None]
    return len(known) == len(found), known or None


def _tax(
    rates: FurtherRates, tax: str, category: str, day: date, name: str, kind: Kind
) -> dict[str, Any] | None:
    rate = rates.rate(COUNTRY, tax, category, day)
    if rate is None:
        return None
    return {
        "tax": name,
        "kind": str(kind),
        "category": "S",
        "rate_percent_e6": rate.rate_percent_e6,
        "rule": rate.rule,
        "compound": False,
    }
