"""Which tax a supply bears: treatment, category and rate by seller, customer, place, item, day.

Cases are few where lines are many, so each distinct case is determined once. The rules follow
Directive 2006/112/EC as it stood on the tax point: domestic supplies, intra-community supplies
of goods (Art. 138), services to businesses (Art. 44, 196), export (Art. 146), supplies to
consumers at destination under the one-stop shop (Art. 33, 58 since 2021-07-01).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

import polars as pl

from cleanbill.cycle.tax.rules import Rules
from cleanbill.cycle.tax.spain import beside
from cleanbill.engine.tables import TAXES
from cleanbill.nouns.seller import Seller

SERVICE_KINDS = ("service", "subscription", "fee")
BUSINESSES = ("business", "public")
MARGIN = ("margin_travel", "margin_second_hand", "margin_art", "margin_collectors")
"""Tax categories of items that bear tax on the seller's margin, of which bills state none."""
TAXED = ("domestic", "oss_destination")


class Case(NamedTuple):
    """What the tax of a line depends on, beside the seller."""

    service_date: date | None
    customer_country: str | None
    ship_to_country: str | None
    customer_kind: str | None
    has_vat_id: bool
    item_kind: str | None
    item_tax_category: str | None


ANSWER = {
    "treatment": pl.String,
    "tax_category": pl.String,
    "rate_percent_e6": pl.Int64,
    "tax_rule": pl.String,
    "tax_place_foreign": pl.Boolean,
    "tax_place_eu": pl.Boolean,
}


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a case is taxed, and what that means for the seller."""

    country: str
    domestic: bool
    within_eu: bool


def determine(lines: pl.DataFrame, seller: Seller, rules: Rules) -> pl.DataFrame:
    """Return the lines (same order) with ``treatment, tax_category, rate_percent_e6, tax_rule``,
    and the columns of TAXES.

    Needs the columns of ``Case``. Category is the letter of UNTDID 5305; it, rate and rule are null
    where the country, category and day have no rate. ``tax_place_foreign`` and ``tax_place_eu`` say
    whether the place lies abroad, and whether it and the seller lie in the EU that day.
    """
    cases = lines.select(Case._fields).unique(maintain_order=True)
    rows = [answer(Case(*row), seller, rules) for row in cases.iter_rows()]
    answers = pl.DataFrame(rows, schema=ANSWER, orient="row").with_columns(
        pl.lit(None, dtype=kind).alias(column) for column, kind in TAXES.items()
    )
    answered = lines.join(
        pl.concat([cases, answers], how="horizontal"),
        on=list(Case._fields),
        how="left",
        nulls_equal=True,
        maintain_order="left",
    )
    return beside(answered, seller)


def answer(
    case: Case, seller: Seller, rules: Rules
) -> tuple[str | None, str | None, int | None, str | None, bool, bool]:
    """Return treatment, category, rate, rule, whether the place is foreign, whether both are EU."""
    place = _place(case, seller, rules)
    if place is None or case.service_date is None:
        return None, None, None, None, False, False
    where = (not place.domestic, place.within_eu)
    margin = case.item_tax_category in MARGIN
    if margin and not rules.in_eu(seller.address.country, case.service_date):
        return None, None, None, None, *where  # Their wording and law are those of the Directive.
    treatment = _treatment(case, place, seller)
    if treatment not in TAXED:
        rule, free = rules.treatment(treatment, seller.address.country)
        return treatment, free.category, 0, rule, *where
    country = place.country if treatment == "oss_destination" else seller.address.country
    rate = rules.rate(country, case.item_tax_category or "", case.service_date)
    if rate is None:
        return treatment, None, None, None, *where
    return treatment, "S" if rate.rate_percent_e6 else "Z", rate.rate_percent_e6, rate.rule, *where


def _place(case: Case, seller: Seller, rules: Rules) -> _Place | None:
    """Goods are taxed where they go (Art. 32), services where the customer is (Art. 44, 45)."""
    sent_to = None if case.item_kind in SERVICE_KINDS else case.ship_to_country
    territory = sent_to or case.customer_country
    if not territory or case.service_date is None:
        return None
    country = rules.vat_territory(territory, case.service_date)
    home = rules.vat_territory(seller.address.country, case.service_date)
    eu = rules.in_eu(country, case.service_date) and rules.in_eu(home, case.service_date)
    return _Place(country, country == home, eu)


def _registered(place: _Place, seller: Seller, day: date) -> bool:
    """Whether the seller declares consumers' tax at this place: there, or by one-stop shop."""
    return any(
        r.valid_from <= day
        and (r.valid_to is None or day < r.valid_to)
        and (place.within_eu if r.scheme else r.country == place.country)
        for r in seller.registrations
        if r.country != seller.address.country
    )


def _treatment(case: Case, place: _Place, seller: Seller) -> str:
    assert case.service_date is not None
    goods = case.item_kind not in SERVICE_KINDS
    business = case.customer_kind in BUSINESSES
    if case.item_tax_category == "outside":
        return "outside_scope"
    if case.item_tax_category in MARGIN and (not goods or place.domestic or place.within_eu):
        return case.item_tax_category  # Taxed on the seller's margin, at home (Art. 307, 315).
    if place.domestic or place.within_eu:
        if case.item_tax_category == "exempt":
            return "domestic_exempt"
        if place.domestic:
            return "domestic"
        if business and case.has_vat_id:
            return "intra_community_goods" if goods else "reverse_charge_services"
        if not business and _registered(place, seller, case.service_date):
            return "oss_destination"
        return "domestic"
    if goods:
        return "export_goods"
    return "services_outside_eu" if business else "domestic"
