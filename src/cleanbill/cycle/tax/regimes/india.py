"""India: central and state tax within a state, integrated tax between states.

The seller supplies from the state of its address, where it is registered. Goods are supplied where
their movement ends (IGST Act 2017 s. 10), services where the recipient is (s. 12, 13). Exports and
supplies to special economic zones bear no tax under a letter of undertaking, and integrated tax
without one (s. 16(3)).
"""

from __future__ import annotations

from datetime import date

from cleanbill.cycle.tax.loaded import Loaded
from cleanbill.cycle.tax.regimes.case import (
    INCOMPLETE,
    UNCOVERED,
    UNPROVEN,
    UNREGISTERED,
    Answer,
    Case,
    Regime,
    beside,
    free,
    gap,
    in_force,
    registered,
    taxed,
)
from cleanbill.cycle.tax.regions import Region, RegionalRate
from cleanbill.cycle.tax.rules import Rules
from cleanbill.nouns.seller import Seller

HOME = "IN"
UNDERTAKING = "LUT"
"""The scheme under which a seller's letter of undertaking stands among its registrations."""
OUTSIDE = {
    "outside": "outside_scope.in",
    "exempt": "exempt.in",
    "reverse_charge": "reverse_charge.in",
}


def answer(case: Case, seller: Seller, rules: Rules, loaded: Loaded) -> Answer:
    """Return the goods and services tax of a case."""
    day, category = case.service_date, case.item_tax_category or ""
    if case.country is None or day is None:
        return Answer()
    foreign = case.country != HOME
    if category == "outside":
        return free(rules, "outside_scope.in", foreign=foreign)
    own = rules.region(HOME, seller.address.region, day)
    if own is None or not registered(seller, HOME, day, own.region):
        where = "its state" if own is None else own.name
        return gap(
            UNREGISTERED,
            f"the seller has no registration for {where} on this day; give [seller.address] its "
            'region and add [[seller.registrations]] country = "IN" with region, number and dates',
            foreign=foreign,
        )
    rate = rules.regional_rate(HOME, "", category, day)
    undertaken = registered(seller, HOME, day, own.region, UNDERTAKING)
    if foreign:
        return _export(case, seller, rules, rate, day, undertaken)
    if category in OUTSIDE:
        return free(rules, OUTSIDE[category])
    place = rules.region(HOME, case.region, day)
    if place is None:
        return gap(
            INCOMPLETE,
            f"the state of the place of supply is {case.region or 'not given'}; enter it as its "
            "code, as region of the customer or ship_to_region of the charge",
        )
    if not case.goods and case.tax_state not in (None, place.number):
        return gap(
            INCOMPLETE,
            f"the customer's GSTIN begins with {case.tax_state}, its state is {place.name} "
            f"({place.number}); correct one of them",
        )
    if rate is None:
        return Answer("domestic")
    zone = loaded.exemption(case.exempted, HOME, "", day)
    zoned = zone is not None and zone.kind == "sez"
    if zone is not None and zoned and not zone.proven:
        ordinary = _inside(rate, place, own)
        return ordinary._replace(gap=UNPROVEN, needed=zone.lacks)
    if zoned and undertaken:
        return free(rules, "sez.in")
    return _inside(rate, place, own, integrated=zoned)


def _inside(rate: RegionalRate, place: Region, own: Region, *, integrated: bool = False) -> Answer:
    """Return integrated tax between states, else central tax and that of state or territory."""
    if integrated or place.region != own.region:
        return taxed(rate.value.named("igst"), "IGST")
    local = "UTGST" if place.kind == "ut" else "SGST"
    shared = beside(rate.value.half(local.lower()), local)
    return taxed(rate.value.half("cgst"), "CGST", [shared])


def _export(
    case: Case,
    seller: Seller,
    rules: Rules,
    rate: RegionalRate | None,
    day: date,
    undertaken: bool,
) -> Answer:
    assert case.country is not None
    if any(in_force(seller, case.country, day)) or case.item_tax_category in OUTSIDE:
        return gap(
            UNCOVERED,
            f"export of this item to {case.country} (registration there, or a category that is "
            "not taxed at home)",
            foreign=True,
        )
    if undertaken:
        kind = "export_goods.in" if case.goods else "export_services.in"
        return free(rules, kind, foreign=True)
    if rate is None:
        return Answer("domestic", foreign=True)
    return taxed(rate.value.named("igst"), "IGST")._replace(foreign=True)


NEEDS = (
    *("service_date", "customer_country", "ship_to_country", "customer_region"),
    *("ship_to_region", "tax_state", "item_kind", "item_tax_category", "exempted"),
)
INDIA = Regime(NEEDS, answer, near=True)
