"""What findings are worth: each planted error found or not, each finding right or false.

- An error in a row is found when a finding names that row; of a row that is there twice, either.
- An error in master data or terms is found when a finding is about that customer, item, agreement
  or price, or one check names nearly all rows that they touch. One row by chance does not count.
- A missing row is found when a finding names a row of its order, or its customer and its item.
- ``surely`` counts only when the row was held, or did not get past reading.
- A bill's finding is right when an error is in a row of that bill.

A clean row has no error, and neither its customer nor its item has one in the master data.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

import polars as pl
from tools.planted.planting import Spot
from tools.verification_run import Told, Tried

TOP = 200
NEARLY_ALL = 9
"""Of ten rows that wrong master data touch, so many must be named."""
READING = "rejected when read"
SHOWN = ("block", "warn")


@dataclass(slots=True)
class Kind:
    """How a kind of error fared."""

    kind: str
    planted: int = 0
    found: int = 0
    by: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True)
class Figures:
    """All figures, of one company or of several added up."""

    kinds: dict[str, Kind] = field(default_factory=dict)
    right: Counter[str] = field(default_factory=Counter)
    false: Counter[str] = field(default_factory=Counter)
    counts: Counter[str] = field(default_factory=Counter)
    """bills, rows, clean rows, clean rows held, clean rows warned of, by habit, top, top right."""

    def add(self, other: Figures) -> None:
        """Add the figures of another company."""
        for name, kind in other.kinds.items():
            own = self.kinds.setdefault(name, Kind(kind.kind))
            own.planted += kind.planted
            own.found += kind.found
            own.by += kind.by
        self.right += other.right
        self.false += other.false
        self.counts += other.counts

    def recall(self, *kinds: str) -> tuple[int, int]:
        """Return how many errors of these kinds were found, and planted."""
        chosen = [one for one in self.kinds.values() if one.kind in kinds]
        return sum(one.found for one in chosen), sum(one.planted for one in chosen)


def judged(tried: Tried) -> Figures:
    """Return the figures of one company."""
    told = [one for one in tried.findings if one.severity in SHOWN]
    view = _View(tried, told)
    figures = Figures()
    for spot in tried.planted.spots:
        kind = figures.kinds.setdefault(spot.edit.name, Kind(spot.edit.kind))
        codes = view.found(spot)
        kind.planted += 1
        kind.found += bool(codes)
        kind.by.update(codes)
    for one in told:
        (figures.right if view.right(one) else figures.false)[one.code] += 1
    figures.counts.update(_counts(tried, told, view))
    return figures


class _View:
    """A month seen from its errors."""

    def __init__(self, tried: Tried, told: list[Told]) -> None:
        self.planted, self.rejected = tried.planted, tried.rejected
        self.by_row: dict[str, list[Told]] = defaultdict(list)
        self.by_order: dict[str, list[Told]] = defaultdict(list)
        self.others: list[Told] = []
        for one in told:
            if one.row and one.about in ("charge", "draft"):
                self.by_row[one.row[1]].append(one)
                self.by_order[one.order].append(one)
            if one.about != "charge":
                self.others.append(one)
        self.touched: dict[str, set[str]] = defaultdict(set)
        for charge in tried.charges:
            for name in (charge.customer, charge.item):
                self.touched[name].add(charge.row[1])
        spots = [spot for spot in self.planted.spots if spot.edit.file == "charges"]
        self.wrong_rows = {name for spot in spots for name in _rows(spot)}
        self.wrong_orders = {spot.before["order"] for spot in spots}
        self.wrong_orders |= {spot.after["order"] for spot in spots}
        self.gaps = [spot for spot in spots if spot.edit.drops]
        self.gap_orders = {spot.before["order"] for spot in self.gaps}

    def found(self, spot: Spot) -> set[str]:
        """Return the codes that found an error; none: it was not found."""
        names = {spot.after.get("reference"), spot.after.get("customer")} - {None, ""}
        if self.rejected & names and spot.edit.file in ("charges", "customers"):
            return {READING}
        if spot.edit.file != "charges":
            found = self._in_master(spot)
        elif spot.edit.drops:
            found = list(self.by_order[spot.before["order"]])
            found += [one for one in self.others if _speaks_of(one, spot)]
        else:
            found = [one for name in _rows(spot) for one in self.by_row[name]]
            found = [one for one in found if one.about == "charge"]
        held = spot.edit.kind == "surely"
        return {one.code for one in found if not held or one.severity == "block"}

    def _in_master(self, spot: Spot) -> list[Told]:
        names = {spot.before.get(name, "") for name in ("customer", "item")} | {
            spot.after.get(name, "") for name in ("customer", "item")
        }
        names.discard("")
        about = [
            one
            for one in self.others
            if one.about != "draft" and names & set(one.subject.replace(",", " ").split())
        ]
        touched = set().union(*(self.touched[name] for name in names)) if names else set()
        codes: dict[str, list[Told]] = defaultdict(list)
        for name in touched:
            for one in self.by_row[name]:
                codes[one.code].append(one)
        for same in codes.values():
            if len({one.row for one in same}) * 10 >= len(touched) * NEARLY_ALL:
                about += same
        return about

    def right(self, one: Told) -> bool:
        """Tell whether a finding points at an error."""
        if one.row and one.row[1] in self.wrong_rows and one.about == "charge":
            return True
        if one.order in (self.wrong_orders if one.about == "draft" else self.gap_orders):
            return True
        if any(_speaks_of(one, spot) for spot in self.gaps):
            return True
        named = {one.customer, one.item, *one.subject.replace(",", " ").split()}
        return bool(named & (self.planted.customers | self.planted.items))

    def clean(self, reference: str, customer: str, item: str) -> bool:
        """Tell whether nothing is wrong with a row."""
        if reference in self.wrong_rows:
            return False
        return customer not in self.planted.customers and item not in self.planted.items


def _rows(spot: Spot) -> set[str]:
    return {spot.before["reference"], spot.after["reference"]}


def _speaks_of(one: Told, spot: Spot) -> bool:
    """Whether a finding names the customer and the item of a missing row."""
    told = {one.subject, one.customer, one.item, *map(str, one.parameters.values())}
    words = {word for text in told for word in str(text).replace(",", " ").split()}
    return {spot.before["customer"], spot.before["item"]} <= words


def _counts(tried: Tried, told: list[Told], view: _View) -> Counter[str]:
    named: dict[str, set[tuple[str, str, int]]] = defaultdict(set)
    for one in told:
        if one.row and one.about == "charge":
            named[one.severity].add(one.row)
            if one.code.startswith("CB-HIS"):
                named["habit"].add(one.row)
    clean = {c.row for c in tried.charges if view.clean(c.row[1], c.customer, c.item)}
    advice = [one for one in told if one.severity == "warn"]
    top, advised = _top(told), _top(advice)
    return Counter(
        {
            "bills": tried.bills,
            "rows": len(tried.charges),
            "clean rows": len(clean),
            "clean rows held": len(clean & named["block"]),
            "clean rows warned of": len(clean & named["warn"]),
            "clean rows by habit": len(clean & named["habit"]),
            "findings": len(told),
            "warnings": len(advice),
            "top": len(top),
            "top right": sum(view.right(one) for one in top),
            "top warnings": len(advised),
            "top warnings right": sum(view.right(one) for one in advised),
        }
    )


def _top(told: Iterable[Told]) -> list[Told]:
    """The findings that the queue shows first: what is worth most, as nobody has decided yet."""
    from cleanbill.cycle.verify import DECISIONS, ranked

    several = list(told)
    rows = pl.DataFrame(
        {
            "place": range(len(several)),
            "code": [one.code for one in several],
            "severity": [one.severity for one in several],
            "subject": [one.subject for one in several],
            "customer": [one.customer for one in several],
            "at_stake_minor": [one.at_stake for one in several],
        },
        schema={
            **{"place": pl.Int64, "code": pl.String, "severity": pl.String},
            **{"subject": pl.String, "customer": pl.String, "at_stake_minor": pl.Int64},
        },
    ).with_columns(currency=pl.lit("EUR"))
    first = ranked(rows, pl.DataFrame(schema=dict(DECISIONS))).head(TOP)
    return [several[place] for place in first["place"]]
