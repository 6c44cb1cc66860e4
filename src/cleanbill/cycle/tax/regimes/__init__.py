"""Regimes: one module for each kind of country, all with one question and one kind of answer.

``regime_of`` chooses by the seller's country. A country without a regime gets an answer, too: that
its taxes are not covered.
"""

from __future__ import annotations

from cleanbill.cycle.tax.loaded import Loaded
from cleanbill.cycle.tax.regimes.canada import CANADA
from cleanbill.cycle.tax.regimes.case import UNCOVERED, Answer, Case, Regime, gap
from cleanbill.cycle.tax.regimes.european import EUROPEAN
from cleanbill.cycle.tax.regimes.india import INDIA
from cleanbill.cycle.tax.regimes.national import NATIONAL
from cleanbill.cycle.tax.regimes.united_states import UNITED_STATES
from cleanbill.cycle.tax.regions import NATIONAL as NATIONAL_COUNTRIES
from cleanbill.cycle.tax.rules import Rules
from cleanbill.nouns.seller import Seller

__all__ = ["Answer", "Case", "Regime", "regime_of"]


def _nowhere(case: Case, seller: Seller, rules: Rules, loaded: Loaded) -> Answer:
    return gap(
        UNCOVERED,
        f"the taxes of sellers in {seller.address.country}; docs/tax-regimes.md lists the "
        "countries that are covered",
    )


UNKNOWN = Regime(("service_date", "customer_country"), _nowhere)
_OWN = {"CA": CANADA, "IN": INDIA, "US": UNITED_STATES} | dict.fromkeys(
    NATIONAL_COUNTRIES, NATIONAL
)


def regime_of(seller: Seller, rules: Rules) -> Regime:
    """Return the regime of the seller's country."""
    country = seller.address.country
    if country in _OWN:
        return _OWN[country]
    european = any(known == country for known, _ in rules.rates) or country in rules.territories
    return EUROPEAN if european else UNKNOWN
