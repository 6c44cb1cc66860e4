"""Value added tax of the European Union and its neighbours.

The rules follow Directive 2006/112/EC as it stood on the tax point: domestic supplies,
intra-community supplies of goods (Art. 138), services to businesses (Art. 44, 196), export
(Art. 146), supplies to consumers at destination under the one-stop shop (Art. 33, 58 since
2021-07-01). The United Kingdom, Switzerland, Liechtenstein, Norway and Iceland follow as third
countries.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from cleanbill.cycle.tax.loaded import Loaded
from cleanbill.cycle.tax.regimes.case import BUSINESSES, UNCOVERED, Answer, Case, Regime, gap
from cleanbill.cycle.tax.regimes.case import in_force as registrations_in
from cleanbill.cycle.tax.rules import Rules
from cleanbill.nouns.seller import Seller

MARGIN = ("margin_travel", "margin_second_hand", "margin_art", "margin_collectors")
"""Tax categories of items that bear tax on the seller's margin, of which bills state none."""
TAXED = ("domestic", "oss_destination")


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a case is taxed, and what that means for the seller."""

    country: str
    domestic: bool
    within_eu: bool


def answer(case: Case, seller: Seller, rules: Rules, loaded: Loaded) -> Answer:
    """Return the value added tax of a case."""
    place = _place(case, seller, rules)
    if place is None or case.service_date is None:
        return Answer()
    foreign, within = not place.domestic, place.within_eu
    own_regime = foreign and place.country in rules.regime_countries
    if own_regime and any(registrations_in(seller, place.country, case.service_date)):
        return gap(
            UNCOVERED,
            f"the seller is registered in {place.country}, and supplies from abroad under that "
            "registration are not covered",
            foreign=True,
        )
    margin = case.item_tax_category in MARGIN
    if margin and not rules.in_eu(seller.address.country, case.service_date):
        # Their wording and law are those of the Directive.
        return Answer(foreign=foreign, eu=within)
    treatment = _treatment(case, place, seller)
    if treatment not in TAXED:
        rule, untaxed = rules.treatment(treatment, seller.address.country)
        return Answer(treatment, untaxed.category, 0, rule, foreign, within)
    country = place.country if treatment == "oss_destination" else seller.address.country
    rate = rules.rate(country, case.item_tax_category or "", case.service_date)
    if rate is None:
        return Answer(treatment, foreign=foreign, eu=within)
    letter = "S" if rate.rate_percent_e6 else "Z"
    return Answer(treatment, letter, rate.rate_percent_e6, rate.rule, foreign, within)


def _place(case: Case, seller: Seller, rules: Rules) -> _Place | None:
    """Goods are taxed where they go (Art. 32), services where the customer is (Art. 44, 45)."""
    territory = case.country
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
    business = case.customer_kind in BUSINESSES
    if case.item_tax_category == "outside":
        return "outside_scope"
    if case.item_tax_category in MARGIN and (not case.goods or place.domestic or place.within_eu):
        return case.item_tax_category  # Taxed on the seller's margin, at home (Art. 307, 315).
    if place.domestic or place.within_eu:
        if case.item_tax_category == "exempt":
            return "domestic_exempt"
        if place.domestic:
            return "domestic"
        if business and case.has_vat_id:
            return "intra_community_goods" if case.goods else "reverse_charge_services"
        if not business and _registered(place, seller, case.service_date):
            return "oss_destination"
        return "domestic"
    if case.goods:
        return "export_goods"
    return "services_outside_eu" if business else "domestic"


NEEDS = (
    *("service_date", "customer_country", "ship_to_country", "customer_kind", "has_vat_id"),
    *("item_kind", "item_tax_category"),
)
EUROPEAN = Regime(NEEDS, answer)
