"""Countries with one tax and one place.

Australia, New Zealand, Singapore, the United Arab Emirates, Saudi Arabia. The seller is registered
at home, or charges nothing. Supplies at home bear the country's rate; what leaves the country, and
services to recipients abroad, are free by the country's own rule.
"""

from __future__ import annotations

from cleanbill.cycle.tax.loaded import Loaded
from cleanbill.cycle.tax.regimes.case import (
    UNCOVERED,
    UNREGISTERED,
    Answer,
    Case,
    Regime,
    free,
    gap,
    in_force,
    registered,
    taxed,
)
from cleanbill.cycle.tax.rules import Rules
from cleanbill.nouns.seller import Seller


def answer(case: Case, seller: Seller, rules: Rules, loaded: Loaded) -> Answer:
    """Return the tax of a case under the law of the seller's country."""
    home, day = seller.address.country, case.service_date
    if case.country is None or day is None:
        return Answer()
    foreign = case.country != home
    if case.item_tax_category == "outside":
        return free(rules, f"outside_scope.{home.lower()}", foreign=foreign)
    if not registered(seller, home, day):
        return unregistered(home, foreign)
    if foreign:
        return abroad(case, seller, rules, home)
    if case.item_tax_category == "exempt":
        return free(rules, f"exempt.{home.lower()}")
    rate = rules.regional_rate(home, "", case.item_tax_category or "", day)
    return Answer("domestic") if rate is None else taxed(rate.value, rate.tax)


def unregistered(home: str, foreign: bool) -> Answer:
    """Return the answer for a seller who is not registered at home."""
    return gap(
        UNREGISTERED,
        f"the seller has no registration for {home} on this day; add [[seller.registrations]] "
        f'country = "{home}" with number and dates, or give the item the category outside',
        foreign=foreign,
    )


def abroad(case: Case, seller: Seller, rules: Rules, home: str) -> Answer:
    """Return the answer for what goes abroad; only where the home country's rule is known."""
    place, day = case.country, case.service_date
    assert place is not None
    assert day is not None
    if (home, place) in rules.uncovered:
        note = rules.uncovered[home, place]
        return gap(UNCOVERED, f"from {home} to {place}: {note}", foreign=True)
    if any(in_force(seller, place, day)):
        return gap(
            UNCOVERED,
            f"the seller is registered in {place}, and supplies from abroad under that "
            "registration are not covered",
            foreign=True,
        )
    if case.item_tax_category == "exempt":
        return gap(
            UNCOVERED,
            "whether an exempt supply to a place abroad is exempt or zero-rated is not covered; "
            "give the item another category for it",
            foreign=True,
        )
    kind = "export_goods" if case.goods else "export_services"
    return free(rules, f"{kind}.{home.lower()}", foreign=True)


NEEDS = ("service_date", "customer_country", "ship_to_country", "item_kind", "item_tax_category")
NATIONAL = Regime(NEEDS, answer)
