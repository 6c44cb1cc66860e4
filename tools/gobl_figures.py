"""The printed figures of a GOBL document and of a reckoned bill in one shape, and their rules.

A figure has a name such as ``line 2 total`` or ``VAT 21 % base`` and an amount in minor units.
"""

from __future__ import annotations

import operator
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from tools import gobl_rates

from cleanbill.cycle.tax import reckon

TOTALS = {
    "sum": "sum",
    "discount": "discount",
    "charge": "charge",
    "tax_included": "included",
    "total": "total",
    "tax": "tax",
    "total_with_tax": "with_tax",
    "retained_tax": "retained",
    "rounding": "rounding",
    "payable": "payable",
    "advance": "prepaid",
    "due": "due",
}
"""GOBL's name of a total, and ours."""
E6, E8 = Decimal(10) ** 6, Decimal(10) ** 8


@dataclass(frozen=True, slots=True)
class Group:
    """A printed tax row."""

    tax: str
    kind: str
    inside: bool
    percent_e6: int
    surcharge_e6: int
    base: int
    amount: int
    surcharge: int

    @property
    def title(self) -> str:
        """How the row is called in messages."""
        return f"{self.tax} {_percent(self.percent_e6)}"


@dataclass(slots=True)
class Figures:
    """All printed figures of one document."""

    totals: dict[str, int] = field(default_factory=dict)
    lines: list[tuple[Decimal, Decimal, Decimal]] = field(default_factory=list)
    """Sum, adjustments (charges less discounts), total of each line; GOBL prints as many digits of
    a minor unit as the price has."""
    changes: list[Decimal] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)
    payments: list[int] = field(default_factory=list)

    @property
    def whole(self) -> bool:
        """Whether every total has an amount."""
        return None not in self.totals.values()


HALF = Decimal("0.5")


def minor(text: str, decimals: int) -> Decimal:
    """Return an amount in minor units, exactly as it is printed."""
    return Decimal(text).scaleb(decimals)


def golden(result: Mapping[str, Any], decimals: int) -> Figures:
    """Return the figures of a golden result."""
    totals, found = result["totals"], Figures()

    def fine(row: Mapping[str, Any], name: str) -> Decimal:
        return minor(row.get(name) or "0", decimals)

    def amount(row: Mapping[str, Any], name: str) -> int:
        return int(fine(row, name).quantize(Decimal(1), ROUND_HALF_UP))

    for line in result.get("lines") or []:
        if "total" in line:
            charges = sum(fine(c, "amount") for c in line.get("charges") or [])
            discounts = sum(fine(c, "amount") for c in line.get("discounts") or [])
            change = Decimal(charges - discounts)
            found.lines.append((fine(line, "sum"), change, fine(line, "total")))
    for part in ("discounts", "charges"):
        found.changes += [fine(change, "amount") for change in result.get(part) or []]
    found.totals = {ours: amount(totals, name) for name, ours in TOTALS.items()}
    if "due" not in totals:
        found.totals["due"] = found.totals["payable"]
    included = (result.get("tax") or {}).get("prices_include")
    for category in (totals.get("taxes") or {}).get("categories") or []:
        kind = "retained" if category.get("retained") else "added"
        kind = "informative" if category.get("informative") else kind
        for rate in category["rates"]:
            extra = rate.get("surcharge") or {}
            found.groups.append(
                Group(
                    category["code"],
                    kind,
                    category["code"] == included,
                    gobl_rates.percent(rate.get("percent") or "0"),
                    gobl_rates.percent(extra.get("percent") or "0"),
                    amount(rate, "base"),
                    amount(rate, "amount"),
                    amount(extra, "amount"),
                )
            )
    payment = result.get("payment") or {}
    dues = (payment.get("terms") or {}).get("due_dates") or []
    found.payments = [amount(p, "amount") for p in [*(payment.get("advances") or []), *dues]]
    return found


def reckoned(answer: reckon.Reckoned, sheet: reckon.Sheet) -> dict[int, Figures]:
    """Return the figures of every reckoned bill."""
    included = dict(sheet.bills.select("bill", "included").iter_rows())
    found: dict[int, Figures] = {}
    for row in answer.bills.iter_rows(named=True):
        totals = {ours: row[f"{ours}_minor"] for ours in TOTALS.values()}
        found[row["bill"]] = Figures(totals)
    changes: Counter[tuple[int, int]] = Counter()
    charges = sheet.adjustments.select("bill", "adjustment", "charge")
    joined = answer.adjustments.join(charges, on=["bill", "adjustment"], maintain_order="left")
    for row in joined.sort("bill", "adjustment").iter_rows(named=True):
        if row["row"] is None:
            found[row["bill"]].changes.append(Decimal(row["amount_minor"]))
        else:
            sign = 1 if row["charge"] else -1
            changes[row["bill"], row["row"]] += sign * row["amount_minor"]
    for row in answer.rows.filter(answer.rows["part_of"].is_null()).iter_rows(named=True):
        change = changes[row["bill"], row["row"]]
        line = (row["sum_minor"], change, row["total_minor"])
        found[row["bill"]].lines.append(tuple(Decimal(amount) for amount in line))
    for row in answer.groups.iter_rows(named=True):
        found[row["bill"]].groups.append(
            Group(
                row["tax"],
                row["kind"],
                row["tax"] == included[row["bill"]],
                row["percent_e6"] or 0,
                row["surcharge_e6"] or 0,
                row["base_minor"],
                row["tax_minor"],
                row["surcharge_minor"],
            )
        )
    for row in answer.payments.sort("bill", "payment").iter_rows(named=True):
        found[row["bill"]].payments.append(row["amount_minor"])
    return found


def differences(ours: Figures, theirs: Figures) -> list[str]:
    """Return where two documents differ, one text per figure."""
    found = [
        f"{name}: {ours.totals[name]} ≠ {theirs.totals[name]}"
        for name in TOTALS.values()
        if ours.totals[name] != theirs.totals[name]
    ]
    found += _rowwise("line", ours.lines, theirs.lines, _close)
    changes = [[(a,) for a in figures.changes if a] for figures in (ours, theirs)]
    found += _rowwise("discount or charge", *changes, _close)
    if len(ours.groups) == len(theirs.groups):
        found += _rowwise("tax row", _tax_rows(ours.groups), _tax_rows(theirs.groups))
    else:
        found += _recut(ours.groups, theirs.groups)
    return found + _rowwise("payment", ours.payments, theirs.payments)


def regrouped(ours: Figures, theirs: Figures) -> str:
    """Return how the tax rows are cut differently; empty where both have as many.

    GOBL keeps rows apart by country and extension codes, we by country and reason: the sums of one
    rate must be equal all the same.
    """
    if len(ours.groups) == len(theirs.groups):
        return ""
    return f"{len(ours.groups)} tax rows here, {len(theirs.groups)} there; equal sums per rate"


def _tax_rows(groups: Iterable[Group]) -> list[str]:
    """Return the tax rows as text, in one order."""
    rows = ((*_rate_of(g), g.base, g.amount, g.surcharge) for g in groups)
    return [
        f"{tax} {_percent(rate)} of {base} is {amount}"
        + (f", and {_percent(extra)} is {surcharge}" if extra else "")
        for tax, rate, extra, base, amount, surcharge in sorted(rows)
    ]


def _rate_of(group: Group) -> tuple[str, int, int]:
    return group.tax, group.percent_e6, group.surcharge_e6


def _by_rate(groups: Iterable[Group]) -> dict[tuple[str, int, int], list[tuple[int, int, int]]]:
    """Return the amounts of the tax rows of each rate."""
    found: dict[tuple[str, int, int], list[tuple[int, int, int]]] = {}
    for group in groups:
        amounts = (group.base, group.amount, group.surcharge)
        found.setdefault(_rate_of(group), []).append(amounts)
    return found


def _recut(ours: Sequence[Group], theirs: Sequence[Group]) -> list[str]:
    """Compare rows that are cut differently, by rate.

    Each printed row is rounded for itself, so that the sums of several rows and of one may be a
    minor unit apart for each row more; the totals of the document must be equal all the same.
    """
    mine, golden = _by_rate(ours), _by_rate(theirs)
    if mine.keys() != golden.keys():
        return ["tax row: other rates"]
    found = []
    for rate, rows in mine.items():
        for a, b in zip(_sums(rows), _sums(golden[rate]), strict=True):
            if abs(a - b) > abs(len(rows) - len(golden[rate])):
                found.append(f"tax row: {rate[0]} {_percent(rate[1])}: {a} ≠ {b}")
    return found


def _sums(rows: Sequence[tuple[int, int, int]]) -> list[int]:
    return [sum(column) for column in zip(*rows, strict=True)]


def _percent(e6: int) -> str:
    return f"{(Decimal(e6) / E6).normalize():f} %"


def _close(ours: Sequence[Decimal], theirs: Sequence[Decimal]) -> bool:
    """Whether amounts are theirs, to the minor unit where theirs have more digits.

    The adjustments of a line are a sum of several printed ones, each with its own digits.
    """
    return all(
        a == b or (b % 1 != 0 and abs(a - b) <= HALF) for a, b in zip(ours, theirs, strict=True)
    )


def _rowwise(
    what: str,
    ours: Sequence[Any],
    theirs: Sequence[Any],
    same: Callable[[Any, Any], bool] = operator.eq,
) -> list[str]:
    if len(ours) != len(theirs):
        return [f"{len(ours)} × {what} ≠ {len(theirs)}"]
    return [
        f"{what} {place}: {_plain(a)} ≠ {_plain(b)}"
        for place, (a, b) in enumerate(zip(ours, theirs, strict=True), 1)
        if not same(a, b)
    ]


def _plain(figure: Any) -> str:
    return ", ".join(str(part) for part in figure) if isinstance(figure, tuple) else str(figure)
