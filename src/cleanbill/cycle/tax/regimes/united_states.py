"""United States: sales tax of state, county, city and districts, where the seller is registered.

Goods are taxed at the general rule, services only where the seller says that a state taxes them.
Sales are sourced to where the customer receives them; within some states to the seller's own place
(``data/us_sourcing.csv``). Rates and boundaries are those the organisation has loaded.
"""

from __future__ import annotations

from datetime import date

from cleanbill.cycle.tax.american import Levy, Postcode, rule_of
from cleanbill.cycle.tax.dated_data import Rate, on_day
from cleanbill.cycle.tax.loaded import Loaded
from cleanbill.cycle.tax.regimes.case import (
    INCOMPLETE,
    UNCOVERED,
    UNLOADED,
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
from cleanbill.cycle.tax.regions import Region
from cleanbill.cycle.tax.rules import Rules
from cleanbill.nouns.seller import Seller

HOME = "US"
TERRITORIES = ("AS", "GU", "MP", "PR", "UM", "VI")
UNTAXED = ("exempt", "zero")


def answer(case: Case, seller: Seller, rules: Rules, loaded: Loaded) -> Answer:
    """Return the sales taxes of a case."""
    day, country = case.service_date, case.country
    if country is None or day is None:
        return Answer()
    if case.item_tax_category == "outside":
        return free(rules, "outside_scope.us", foreign=country != HOME)
    if country != HOME:
        return _abroad(case, seller, rules, country, day)
    state = rules.region(HOME, case.region, day)
    if state is None:
        return gap(
            INCOMPLETE,
            f"the state of the place of delivery is {case.region or 'not given'}; enter it as its "
            "two-letter code, as region of the customer (or of the site in deliver_to)",
        )
    home = rules.region(HOME, seller.address.region, day)
    if not registered(seller, HOME, day, state.region):
        if home is None or home.region != state.region:
            return free(rules, "no_nexus.us")
        return gap(
            UNREGISTERED,
            f"the seller is at home in {state.name} and not registered there on this day; add "
            f'[[seller.registrations]] country = "US", region = "{state.region}" with its dates',
        )
    return _within(case, seller, rules, loaded, state, day)


def _abroad(case: Case, seller: Seller, rules: Rules, country: str, day: date) -> Answer:
    if country in TERRITORIES or any(in_force(seller, country, day)):
        return gap(
            UNCOVERED,
            f"supplies to {country} (a territory of the United States, or a country where the "
            "seller is registered)",
            foreign=True,
        )
    return free(rules, "export.us" if case.goods else "untaxed.us", foreign=True)


def _within(
    case: Case, seller: Seller, rules: Rules, loaded: Loaded, state: Region, day: date
) -> Answer:
    bears = _bears(case, seller, rules, state)
    if isinstance(bears, Answer):
        return bears
    claim = loaded.exemption(case.exempted, HOME, state.region, day)
    if claim is not None and claim.proven:
        kind = f"exempt_{claim.kind}.us"
        return free(rules, kind if kind in rules.treatments else "exempt_other.us")
    home = rules.region(HOME, seller.address.region, day)
    within = home is not None and home.region == state.region
    place = _place(case, seller, rules, state, day, within=within)
    if isinstance(place, Answer):
        return place
    if not loaded.american.knows(state.region):
        return gap(
            UNLOADED,
            f"no sales tax rates of {state.name} are loaded; take the rate and boundary files of "
            f"{state.region} from the Streamlined Sales Tax Governing Board: "
            "cleanbill import us-rates FILE, cleanbill import us-boundaries FILE",
        )
    postcode, street = place
    levies = loaded.american.levied(state.region, state.number, postcode, street, day)
    if isinstance(levies, str):
        return gap(
            UNLOADED,
            f"{levies}; load the rate and boundary files of {state.region} for that day, "
            "or correct the ZIP code",
        )
    found = _taxes(levies, state, within=within, food=bears == "food_drug")
    return found if claim is None else found._replace(gap=UNPROVEN, needed=claim.lacks)


def _bears(case: Case, seller: Seller, rules: Rules, state: Region) -> str | Answer:
    """Return which rate an item bears by the general rule, or the answer where it bears none."""
    if case.item_tax_category in UNTAXED:
        return free(rules, "exempt.us")
    kind = case.item_kind or "goods"
    said = seller.taxes(f"{HOME}-{state.region}", kind)
    found = rules.regional.taxability.get((kind, case.item_tax_category or ""))
    if said is False or (said is None and found == "untaxed"):
        return free(rules, "untaxed.us")
    if said is None and found == "unknown":
        return gap(
            UNCOVERED,
            f"whether {state.name} taxes {kind}; say so in [[seller.taxability]] region = "
            f'"US-{state.region}", item_kind = "{kind}", taxed = true or false',
        )
    if found is None:
        return Answer("domestic")
    return found if found == "food_drug" else "general"


def _place(
    case: Case, seller: Seller, rules: Rules, state: Region, day: date, *, within: bool
) -> tuple[Postcode, str | None] | Answer:
    """Return ZIP code and street where a sale is sourced, or why that cannot be told."""
    sourcing = on_day(day, rules.regional.sourcing.get(state.region, ()))
    if sourcing is None or (sourcing == "mixed" and within and case.goods):
        return gap(UNCOVERED, f"where a sale in {state.name} is sourced on this day")
    written, street, whose = case.postcode, case.street, "the place of delivery"
    if sourcing == "origin" and within and case.goods:
        lines = seller.address.lines
        written, street, whose = seller.address.postcode, lines[0] if lines else None, "the seller"
    postcode = Postcode.of(written)
    if postcode is None:
        return gap(
            INCOMPLETE,
            f"the ZIP code of {whose} is {written or 'not given'}; enter five or nine digits",
        )
    return postcode, street


def _taxes(levies: list[Levy], state: Region, *, within: bool, food: bool) -> Answer:
    charged = []
    for levy in levies:
        percent = levy.rate(within=within, food=food)
        rule = rule_of(state.region, levy.kind, levy.code, levy.since)
        kind = {"45": "", "00": "county "}.get(levy.kind, f"district {levy.kind} ")
        place = levy.name or f"{state.name} {kind}{levy.code if kind else ''}".strip()
        charged.append((Rate(rule, percent, ""), f"{place} sales tax"))
    first, *others = [c for c in charged if c[0].rate_percent_e6] or charged[:1]
    further = [beside(rate, name) for rate, name in others]
    return taxed(*first, further or None)


NEEDS = (
    *("service_date", "customer_country", "ship_to_country", "customer_region", "ship_to_region"),
    *("customer_postcode", "ship_to_postcode", "customer_street", "ship_to_street"),
    *("item_kind", "item_tax_category", "exempted"),
)
UNITED_STATES = Regime(NEEDS, answer, near=True)
