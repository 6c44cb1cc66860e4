"""Replay what was drawn from terms that are charged by slots: each charge from its own basis.

In: the versions of a set of terms, every charge drawn from it in order. Out: what does not come
out again, in words. What the basis says of the terms must be what the version says; what was
billed, released or claimed by then stands in the basis and is taken from there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

from cleanbill.cycle.draw.recurring import FAULTS
from cleanbill.cycle.draw.terms import Row, Wanted
from cleanbill.cycle.price import terms as slots
from cleanbill.formats import terms_json
from cleanbill.formats.terms_json import Terms
from cleanbill.nouns.currency import decimals_of
from cleanbill.nouns.milestones import MilestoneTerms
from cleanbill.nouns.scales import PRICE_DECIMALS, QUANTITY_DECIMALS
from cleanbill.nouns.spend import SpendTerms


def replayed(kind: str, drawn: Wanted, bodies: Mapping[int, str]) -> Iterator[str]:
    """Yield what does not come out again; ``drawn`` has the complete history of its charges."""
    known: dict[int, Terms] = {}
    sums: dict[str, int] = {}
    sold: dict[str, int] = {}
    for row in drawn.history:
        version = row["terms_version"]
        try:
            if version not in known:
                known[version] = terms_json.read(kind, bodies[version], version)
            wrong = _wrong(row, known[version], sums, sold)
        except KeyError as error:
            wrong = f"{error} is not there"
        except FAULTS as error:
            wrong = str(error)
        if wrong:
            yield f"charge {row['reference']}: {wrong}"


def _wrong(row: Row, terms: Terms, sums: dict[str, int], sold: dict[str, int]) -> str | None:
    """Say what is wrong with a charge; take it into what was charged for its slot."""
    basis, amount = row["basis"], row["amount_minor"]
    slot = basis["slot"]
    before = sums.get(slot, 0)
    sums[slot] = before + amount
    if amount > 0:
        sold[row["reference"]] = amount
    again = slots.replayed(basis)
    if again is None:
        return "the figures of its basis contradict each other"
    if again != amount:
        return f"its basis comes to {again}, not to {amount}"
    if basis["charged_minor"] != before:
        return f"{basis['charged_minor']} was charged before, it says; it was {before}"
    if (worth := _worth(row)) != amount:
        return f"quantity and price come to {worth}, not to {amount}"
    if row["cancels"] is not None and sold.pop(row["cancels"], 0) != -amount:
        return f"{row['cancels']} was not charged at {-amount}"
    differing = [word for word, value in _said(terms, basis).items() if basis[word] != value]
    return "the terms say another " + ", ".join(differing) if differing else None


def _worth(row: Row) -> Fraction:
    scale = 10 ** (QUANTITY_DECIMALS + PRICE_DECIMALS - decimals_of(row["currency"]))
    sign = -1 if row["kind"] == "cancellation" else 1
    return Fraction(sign * row["quantity_e6"] * row["unit_price_e8"], scale)


def _said(terms: Terms, basis: Mapping[str, Any]) -> dict[str, Any]:
    """What the terms say of the figures that a basis has from them. Raises KeyError where they do
    not know what it speaks of."""
    if basis["kind"] == "withdrawn":
        return {}
    if isinstance(terms, SpendTerms):
        lacks = basis["side"] == "shortfall"
        limit = terms.minimum_minor if lacks else terms.maximum_minor
        return {"limit_minor": limit, "convention": terms.convention.value}
    if isinstance(terms, MilestoneTerms):
        names = {one.name: one for one in terms.milestones}
        own = names[basis["milestone"]]
        said = {"value_minor": terms.value_minor, "percent_e6": own.percent_e6}
        if own.amount_minor is not None:
            said["amount_minor"] = own.amount_minor
        return said
    if basis["kind"] == "progress":
        lines = {value.line: value.scheduled_minor for value in terms.values}
        return {"scheduled_minor": lines[basis["line"]]}
    return {"retained": terms.retained.value} if basis["kind"] == "retainage" else {}
