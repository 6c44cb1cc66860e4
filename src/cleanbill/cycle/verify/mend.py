"""Mend: what carrying out a proposal would change, field by field; nothing is changed here.

In: a proposal with its finding's facts, the rows it speaks of as they are now, and what a person
said where the proposal asks. Out: the changes, or the reason why there can be none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from cleanbill.cycle.verify.mend_orders import discounted, order_named, order_written_off
from cleanbill.cycle.verify.mend_terms import (
    Cannot,
    Change,
    Known,
    closed,
    ended_earlier,
    price_added,
    price_agreed,
    set_on,
)
from cleanbill.formats import tabular
from cleanbill.nouns.drawn import DRAWN
from cleanbill.nouns.finding import Mending, Proposal

__all__ = ["Cannot", "Change", "Known", "mended", "several"]
Row = dict[str, Any]
DECISIONS = (Mending.ASK_FOR_APPROVAL, Mending.MOVE_TO_NEXT_PERIOD)
"""What changes no row, but who is asked, or how long one waits."""


def mended(proposal: Proposal, known: Known, said: Mapping[str, str]) -> list[Change]:
    """Return what the proposal changes. Raises Cannot, in words, where it cannot be carried out."""
    given = {name: said[name] for name in proposal.change.split() if name in said}
    if proposal.value and not given:
        told = known.facts.get(proposal.value)
        if told is None:
            raise Cannot("the finding does not say what it should be; enter it")
        given = {proposal.change: str(told)}
    if proposal.asks and not given:
        raise Cannot(f"say what it should be: {' or '.join(proposal.asks)}")
    try:
        changes = _BY_KIND[proposal.kind](known, given)
    except ValueError as error:
        raise Cannot(str(error)) from error
    if not changes:
        raise Cannot("it is so already; nothing is left to change")
    return changes


READS: dict[Mending, tuple[str, ...]] = {
    **dict.fromkeys((Mending.CORRECT_ITEM, Mending.SET_TAX_CATEGORY), ("item",)),
    **dict.fromkeys((Mending.USE_AGREED_PRICE, Mending.ADD_PRICE), ("prices",)),
    **dict.fromkeys((Mending.ASK_FOR_VAT_ID, Mending.CORRECT_CUSTOMER), ("customer",)),
    Mending.MERGE_CUSTOMERS: ("customer",),
    Mending.ASK_FOR_REFERENCE: ("customer", "agreements"),
    Mending.END_EARLIER: ("prices", "agreements"),
}
"""What each kind of repair reads of master data, by the fields of Known; others read none."""


def several(kind: Mending, facts: Mapping[str, Any], subject_kind: str) -> bool:
    """Whether a repair reads all open charges of its customer (``Known.charges``)."""
    order_again = kind is Mending.MERGE_DUPLICATE and "rows" in facts
    order_named = kind is Mending.ASK_FOR_REFERENCE and subject_kind == "customer"
    return kind is Mending.MERGE_CUSTOMERS or order_again or order_named


def _charge(known: Known) -> Row:
    if known.charge is None:
        raise Cannot("its charge has been billed, corrected or closed meanwhile; look again")
    if known.charge["source"] in DRAWN:
        raise Cannot(
            f"{known.subject} was drawn from terms, and always is what they say; correct the terms"
        )
    return known.charge


def _corrected(known: Known, given: Mapping[str, str]) -> list[Change]:
    charge = _charge(known)
    values = tabular.answers("charges", given, charge["currency"])
    return set_on("charge", known.subject, {"id": charge["id"]}, charge, values)


def _corrected_by_hand(known: Known, given: Mapping[str, str]) -> list[Change]:
    charge, level = _charge(known), known.facts.get("price_level")
    if given.keys() == {"unit_price"} and level not in (None, "charge"):
        raise Cannot(
            f"the {level} price of {charge['item']} is used, whatever the row says; correct that "
            "price, or give the charge a discount"
        )
    return _corrected(known, given)


def _closed(known: Known, cause: str) -> list[Change]:
    return [closed(known.subject, _charge(known), cause)]


def _written_off(known: Known, given: Mapping[str, str]) -> list[Change]:
    return _closed(known, "written off by a person")


def _merged(known: Known, given: Mapping[str, str]) -> list[Change]:
    facts, day = known.facts, known.facts.get("other_day")
    if "rows" in facts:
        return order_written_off(known)
    of_day = f"{facts.get('item')} of {day}" if day else None
    twin = facts.get("twin") or of_day or "an earlier row that is equal in every field"
    return _closed(known, f"duplicate of {twin}")


def _as_agreed(known: Known, given: Mapping[str, str]) -> list[Change]:
    if known.subject_kind == "price":
        return price_agreed(known, given)
    if "ordered_price" in known.facts and known.facts["price_level"] != "charge":
        return discounted(known, _charge(known), given)
    return _corrected(known, given)


def _added(known: Known, given: Mapping[str, str]) -> list[Change]:
    charge = _charge(known)
    companion = str(known.facts["companion"])
    said = tabular.answers("charges", given, charge["currency"])
    if said.get("quantity_e6") is None:
        raise Cannot("say how many were supplied: quantity")
    own = ("customer", "currency", "service_date", "order", "delivery", "purchase_order")
    after = {name: charge[name] for name in own if charge[name] is not None}
    after |= {"item": companion, "kind": "sale"}
    after |= {column: value for column, value in said.items() if value is not None}
    name = f"{charge['reference']}+{companion}"
    key = {"reference": name, "like": charge["id"]}
    return [Change("charge", name, key, {}, after, "add", f"billed with {known.subject}")]


def _of_customer(known: Known, given: Mapping[str, str]) -> list[Change]:
    if known.customer is None:
        raise Cannot(f"customer {known.facts.get('customer')} is not in the master data")
    values = tabular.answers("customers", given, known.currency)
    key = {"customer": known.customer["customer"]}
    return set_on("customer", key["customer"], key, known.customer, values)


def _of_item(known: Known, given: Mapping[str, str]) -> list[Change]:
    if known.item is None:
        raise Cannot(f"item {known.facts.get('item')} is not in the master data")
    values = tabular.answers("items", given, known.currency)
    key = {"item": known.item["item"]}
    return set_on("item", key["item"], key, known.item, values)


def _reference(known: Known, given: Mapping[str, str]) -> list[Change]:
    if "buyer_reference" in given:
        return _of_customer(known, given)
    if known.subject_kind == "customer":
        return order_named(known, given)
    return _corrected(known, given)


def _amended(known: Known, given: Mapping[str, str]) -> list[Change]:
    """The charge is corrected; or somebody is asked to see to it with the customer."""
    asked = {name: text for name, text in given.items() if name == "assignee"}
    own = {name: text for name, text in given.items() if name not in asked}
    changes = _corrected(known, own) if own else []
    return [*changes, *(_decided(known, asked) if asked else [])]


def _customers_merged(known: Known, given: Mapping[str, str]) -> list[Change]:
    """The customer is blocked, and what is open of it goes to its twin."""
    if known.customer is None:
        raise Cannot(f"customer {known.facts.get('customer')} is not in the master data")
    key, twin = {"customer": known.customer["customer"]}, known.facts["twin"]
    changes = set_on("customer", key["customer"], key, known.customer, {"blocked": True})
    for charge in known.charges:
        if charge["source"] in DRAWN:
            raise Cannot(
                f"{charge['reference']} was drawn from terms of {key['customer']}; move the terms "
                f"to {twin} first"
            )
        one = {"id": charge["id"]}
        changes += set_on("charge", charge["reference"], one, charge, {"customer": twin})
    return changes


def _decided(known: Known, given: Mapping[str, str]) -> list[Change]:
    name, text = next(iter(given.items()))
    if name == "until":
        day = tabular.answers("charges", {"service_end": text}, known.currency)["service_end"]
        return [Change("decision", known.subject, {}, {}, {"until": day}, "decide")]
    return [Change("decision", known.subject, {}, {}, {name: text.strip()}, "decide")]


_BY_KIND: dict[Mending, Callable[[Known, Mapping[str, str]], list[Change]]] = {
    Mending.WRITE_OFF: _written_off,
    Mending.MERGE_DUPLICATE: _merged,
    Mending.CORRECT_CHARGE: _corrected_by_hand,
    Mending.CHOOSE_ORIGINAL: _corrected,
    Mending.ASK_FOR_REFERENCE: _reference,
    Mending.ASK_FOR_AMENDMENT: _amended,
    Mending.USE_AGREED_PRICE: _as_agreed,
    Mending.ADD_CHARGE: _added,
    Mending.ASK_FOR_VAT_ID: _of_customer,
    Mending.CORRECT_CUSTOMER: _of_customer,
    Mending.MERGE_CUSTOMERS: _customers_merged,
    Mending.CORRECT_ITEM: _of_item,
    Mending.SET_TAX_CATEGORY: _of_item,
    Mending.ADD_PRICE: price_added,
    Mending.END_EARLIER: ended_earlier,
    Mending.ASK_FOR_APPROVAL: _decided,
    Mending.MOVE_TO_NEXT_PERIOD: _decided,
}
