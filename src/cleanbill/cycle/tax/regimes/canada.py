"""Canada: GST or HST by province, and beside GST the tax of Quebec, British Columbia, Saskatchewan
or Manitoba where the seller is registered for it.

Goods are supplied where they are delivered (Excise Tax Act, Sch. IX Part II), services where the
recipient's address is (SOR/2010-117 s. 13, from 2010-05-01). Quebec's tax follows the same supply;
the other provinces tax goods, and services only where the seller says so.
"""

from __future__ import annotations

from datetime import date

from cleanbill.cycle.tax.loaded import Loaded
from cleanbill.cycle.tax.regimes.case import (
    INCOMPLETE,
    UNCOVERED,
    Answer,
    Case,
    Regime,
    beside,
    free,
    gap,
    registered,
    taxed,
)
from cleanbill.cycle.tax.regimes.national import abroad, unregistered
from cleanbill.cycle.tax.regions import RegionalRate
from cleanbill.cycle.tax.rules import Rules
from cleanbill.nouns.seller import Seller

HOME = "CA"
ADDRESS_RULE = date(2010, 5, 1)
"""Since then a service is supplied where its recipient is; before, where it was performed."""
OF_GOODS = ("BC", "MB", "SK")
"""Provinces whose tax is one on goods; Quebec's is one on the same supplies as GST."""
UNTAXED = ("zero", "exempt")


def answer(case: Case, seller: Seller, rules: Rules, loaded: Loaded) -> Answer:
    """Return GST or HST of a case and the province's own tax beside it."""
    day = case.service_date
    if case.country is None or day is None:
        return Answer()
    foreign = case.country != HOME
    if case.item_tax_category == "outside":
        return free(rules, "outside_scope.ca", foreign=foreign)
    if not registered(seller, HOME, day):
        return unregistered(HOME, foreign)
    if foreign:
        return abroad(case, seller, rules, HOME)
    province = rules.region(HOME, case.region, day)
    if province is None:
        return gap(
            INCOMPLETE,
            f"the province of the place of supply is {case.region or 'not given'}; enter it as its "
            "two-letter code, as region of the customer or ship_to_region of the charge",
        )
    performed = rules.region(HOME, seller.address.region, day)
    if not case.goods and day < ADDRESS_RULE and performed != province:
        return gap(
            UNCOVERED,
            f"services to another province before {ADDRESS_RULE} (they were supplied where "
            "they were performed)",
        )
    return _inside(case, seller, rules, province.region, day)


def _inside(case: Case, seller: Seller, rules: Rules, province: str, day: date) -> Answer:
    category = case.item_tax_category or ""
    harmonized = rules.regional_rate(HOME, province, "standard", day, "HST")
    provincial = None if harmonized else _provincial(case, seller, rules, province, day)
    if isinstance(provincial, Answer):
        return provincial
    if category == "exempt":
        return free(rules, "exempt.ca")
    federal = rules.regional_rate(HOME, "", category, day)
    if harmonized and category == "standard":
        federal = harmonized
    if federal is None:
        return Answer("domestic")
    name = harmonized.tax if harmonized else federal.tax
    if provincial is None:
        return taxed(federal.value, name)
    own = beside(provincial.value, provincial.tax or "", compound=provincial.compound)
    return taxed(federal.value, name, [own])


def _provincial(
    case: Case, seller: Seller, rules: Rules, province: str, day: date
) -> RegionalRate | Answer | None:
    """Return the province's own tax, None where it does not apply, or why it cannot be told."""
    if not registered(seller, HOME, day, province):
        return None
    if province in OF_GOODS:
        charged = case.goods and case.item_kind != "freight"
        said = seller.taxes(f"{HOME}-{province}", case.item_kind or "goods")
        if said is None and case.item_kind == "freight":
            return gap(
                UNCOVERED,
                f"whether {province} taxes this delivery charge; say so in [[seller.taxability]]",
            )
        if charged and said is None and case.item_tax_category in UNTAXED:
            return gap(
                UNCOVERED,
                f"whether {province} taxes goods that are {case.item_tax_category} of GST; "
                "its exemptions are a list of their own",
            )
        if not (charged if said is None else said):
            return None
    if province == "QC" and case.item_tax_category in UNTAXED:
        return None
    found = rules.regional_rate(HOME, province, "standard", day)
    return found or gap(
        UNCOVERED, f"the seller is registered in {province}, whose rate on {day} is not known"
    )


NEEDS = (
    *("service_date", "customer_country", "ship_to_country", "customer_region"),
    *("ship_to_region", "item_kind", "item_tax_category"),
)
CANADA = Regime(NEEDS, answer, near=True, days=(ADDRESS_RULE,))
