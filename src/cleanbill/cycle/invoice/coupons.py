"""Coupons: what they take off the lines of invoices, in which order, and what is left on them.

Bills stand in the order of their drafts, and what one uses the next no longer has. On a bill the
document discount comes first, then coupons by priority; of equal priority percents before amounts,
then by code. What was paid in advance (``retainer``) comes last. Each takes from what those before
it have left, never below zero: not of a line, of a tax group, or of the bill. The page on the
calculation (section 3) says the same.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from operator import itemgetter
from typing import Any

import polars as pl

from cleanbill.cycle.invoice.coupon import Bill, Coupon, Line, room, taken
from cleanbill.cycle.invoice.retainer import Prepaid, tax_of
from cleanbill.engine.coupon_tables import COUPON_PARTS
from cleanbill.engine.exact import percent_of
from cleanbill.engine.tables import empty

TAX_GROUP = ("tax_category", "rate_percent_e6", "tax", "_rule")
"""What lines of one tax group share; ``in_groups`` completes it."""
_LINE = ("line", "item", "item_kind", "service_date", "net_minor", "share_minor", *TAX_GROUP)
UNUSED = {
    "draft": pl.Int64,
    "coupon": pl.String,
    "redemption": pl.String,
    "why": pl.String,
    "ended": pl.Date,
    "currency": pl.String,
    "kept_minor": pl.Int64,
}
"""A coupon that a bill could not use: ``ended``, ``currency``, ``budget``, ``alone``, ``negative``,
or a retainer that was taxed otherwise or is in other money, ``unfit``;
``kept_minor`` is what the customer did not get, where that is known."""


@dataclass(frozen=True, slots=True)
class Redeemed:
    """Lines with coupons in their ``share_minor``; who took what; what could not be used."""

    lines: pl.DataFrame
    parts: pl.DataFrame
    unused: pl.DataFrame


def redeemed(
    lines: pl.DataFrame,
    coupons: pl.DataFrame,
    *,
    barred: Collection[int] = (),
    void: Collection[int] = (),
) -> Redeemed:
    """Return the lines of invoices with what coupons take off them.

    In: lines sorted by draft with ``share_minor`` of the document discount; ``coupons`` as
    REDEEMABLE. Drafts in ``barred`` get none; those in ``void`` will not go out: they show theirs,
    and the coupons keep it.
    """
    touched = lines.filter(pl.col("customer").is_in(coupons["customer"].unique().implode()))
    if touched.is_empty():
        return Redeemed(lines, empty(COUPON_PARTS), pl.DataFrame(schema=UNUSED))
    desk = _Desk(coupons, frozenset(barred), frozenset(void))
    for customer, bill in _bills(in_groups(touched)):
        desk.redeem(customer, bill)
    parts = pl.DataFrame(desk.parts, schema=dict(COUPON_PARTS), orient="row")
    taken = parts.group_by("draft", "line").agg(pl.col("amount_minor").sum().alias("_coupons"))
    shares = lines.select("draft", "line").join(
        taken.with_columns(pl.col("draft").cast(lines.schema["draft"])),
        on=["draft", "line"],
        how="left",
        maintain_order="left",
    )
    share = pl.col("share_minor") + shares["_coupons"].fill_null(0)
    return Redeemed(
        lines.with_columns(share.alias("share_minor")),
        parts.with_columns(pl.col("draft").cast(lines.schema["draft"])),
        pl.DataFrame(desk.unused, schema=UNUSED, orient="row").with_columns(
            pl.col("draft").cast(lines.schema["draft"])
        ),
    )


def in_groups(rows: pl.DataFrame) -> pl.DataFrame:
    """Return lines or tax rows with all of TAX_GROUP: that of value added tax is its category and
    rate, that of a tax by another name its name and rule as well.
    """
    if "tax" not in rows.columns:
        rows = rows.with_columns(pl.lit(None, dtype=pl.String).alias("tax"))
    rule = pl.when(pl.col("tax").is_not_null()).then(pl.col("tax_rule"))
    return rows.with_columns(rule.alias("_rule"))


def spent(coupons: pl.DataFrame, parts: pl.DataFrame) -> pl.DataFrame:
    """Return the coupons with what these parts of further invoices have used of them."""
    if parts.is_empty():
        return coupons
    amount = pl.col("amount_minor").sum()
    own = parts.group_by("redemption_id", "funding_id").agg(
        amount.alias("_used"), pl.col("draft").n_unique().cast(pl.Int32).alias("_uses")
    )
    whole = parts.group_by("coupon").agg(amount.alias("_spent"))
    return (
        coupons.join(
            own,
            on=["redemption_id", "funding_id"],
            how="left",
            nulls_equal=True,
            maintain_order="left",
        )
        .join(whole, on="coupon", how="left", maintain_order="left")
        .with_columns(
            pl.col("used_minor") + pl.col("_used").fill_null(0),
            pl.col("uses") + pl.col("_uses").fill_null(0),
            pl.col("spent_minor") + pl.col("_spent").fill_null(0),
        )
        .drop("_used", "_uses", "_spent")
    )


class _Desk:
    """Redeems coupons bill by bill and remembers what each has given."""

    def __init__(self, coupons: pl.DataFrame, barred: frozenset[int], void: frozenset[int]) -> None:
        rows = sorted(coupons.iter_rows(named=True), key=_turn)
        self.of: dict[str, list[Coupon]] = {}
        paying: dict[str, set[str]] = {}
        for row in rows:
            if row["funded_by"] is not None:
                paying.setdefault(row["customer"], set()).add(row["funded_by"])
        for row in rows:
            self.of.setdefault(row["customer"], []).append(_purse(row, paying))
        self.spent = {row["coupon"]: row["spent_minor"] for row in rows}
        self.barred, self.void = barred, void
        self.parts: list[tuple[Any, ...]] = []
        self.unused: list[tuple[Any, ...]] = []

    def redeem(self, customer: str, bill: Bill) -> None:
        """Let the customer's coupons take off the bill, one after the other."""
        place, alone = 0, False
        for coupon in self.of[customer]:
            wanted = self._wanted(coupon, bill)
            if not wanted:
                continue
            exclusive = coupon.terms["stacking"] == "alone"
            if not isinstance(coupon, Prepaid) and (alone or (exclusive and place)):
                self._refused(bill, coupon, "alone")
                continue
            allowed = self._allowed(coupon, bill, wanted)
            shares = list(taken(coupon, bill.lines, allowed))
            if not shares:
                continue
            place, alone = place + 1, exclusive
            self._give(coupon, bill, place, shares)
        if bill.draft not in self.barred:
            for coupon in self.of[customer]:
                kept = coupon.unfit(bill.lines, bill.currency) if isinstance(coupon, Prepaid) else 0
                if kept:
                    self._refused(bill, coupon, "unfit", kept)

    def _wanted(self, coupon: Coupon, bill: Bill) -> int:
        """What the coupon would take, whatever the bill and the budget have left."""
        left, end = coupon.left(), coupon.end()
        if left == 0 or not coupon.begun(bill.day):
            return 0
        if end is not None and end <= bill.day:
            if bill.first_service < end:
                self._refused(bill, coupon, "ended", left)
            return 0
        currency = coupon.terms["currency"]
        if currency != bill.currency:
            if not isinstance(coupon, Prepaid):
                self._refused(bill, coupon, "currency", left)
            return 0
        base = sum(line.left for line in bill.lines if coupon.aims_at(line))
        if base <= 0:
            return 0
        if bill.draft in self.barred:
            self._refused(bill, coupon, "negative")
            return 0
        return percent_of(base, coupon.terms["percent_e6"]) if left is None else left

    def _allowed(self, coupon: Coupon, bill: Bill, wanted: int) -> int:
        """What the budget of all customers together allows of it."""
        budget: int | None = coupon.terms["budget_minor"]
        if budget is None:
            return wanted
        allowed: int = max(0, min(wanted, budget - self.spent[coupon.terms["coupon"]]))
        possible = min(wanted, room(coupon, bill.lines)[1])
        if allowed < possible:
            self._refused(bill, coupon, "budget", possible - allowed)
        return allowed

    def _give(self, coupon: Coupon, bill: Bill, place: int, shares: list[tuple[Line, int]]) -> None:
        terms = coupon.terms
        names = (terms["redemption_id"], terms["coupon"], terms["redemption"], terms["name"])
        how = (terms["percent_e6"], terms["credited"] == "returns")
        given = sum(amount for _, amount in shares)
        rest = coupon.left() - given if isinstance(coupon, Prepaid) else None
        paid = (terms["funding_id"], terms["prepaid_by"], rest)
        for line, amount in shares:
            line.left -= amount
            self.parts.append((bill.draft, line.line, place, *names, *how, amount, *paid))
        if bill.draft not in self.void:
            coupon.used += given
            coupon.uses += 1
            self.spent[terms["coupon"]] += given

    def _refused(self, bill: Bill, coupon: Coupon, why: str, kept: int | None = None) -> None:
        terms = coupon.terms
        names = (terms["coupon"], terms["redemption"])
        self.unused.append((bill.draft, *names, why, coupon.end(), terms["currency"], kept))


def _turn(row: dict[str, Any]) -> tuple[Any, ...]:
    """The place of a coupon among those of its customer."""
    kind = 0 if row["amount_minor"] is None else 1
    own = (row["given_from"], row["redemption"] or "", row["redemption_id"])
    if row["funded_by"] is None:
        return (0, row["priority"], kind, row["coupon"], *own)
    # What ends first is drawn first, of that what was billed first.
    end, day = row["given_to"] or date.max, row["funded_on"] or date.max
    return (1, end, day, row["coupon"], *own, row["funding_id"] or 0)


def _purse(row: dict[str, Any], paying: dict[str, set[str]]) -> Coupon:
    if row["funded_by"] is None:
        return Coupon.of(row)
    return Prepaid.on(row, frozenset(paying[row["customer"]]))


def _bills(lines: pl.DataFrame) -> Iterator[tuple[str, Bill]]:
    """The bills of the lines, in order; those with an amount out of bounds are left out."""
    columns = ("draft", "customer", "currency", "issue_date", *_LINE)
    several = pl.lit(False)
    if "further_taxes" in lines.columns:
        several = pl.col("further_taxes").list.len().fill_null(0) > 0
    inside = pl.col("inclusive").fill_null(False) if "inclusive" in lines.columns else pl.lit(False)
    told = (pl.col("tax_rule").alias("_own_rule"), inside.alias("_in"), several.alias("_further"))
    rows: Iterable[tuple[Any, ...]] = lines.select(*columns, *told).iter_rows()
    for draft, members in groupby(rows, itemgetter(0)):
        own, first_service, whole = [], date.max, True
        for member in members:
            _, customer, currency, day, line, item, kind, service, net, share, *group = member
            *group, rule, inclusive, further = group
            if net is None or share is None:
                whole = False
                continue
            first_service = min(first_service, service)
            tax = tax_of(inclusive, group[0], group[1], group[2], rule, further)
            own.append(Line(line, item, kind, net - share, tuple(group), service, tax))
        if whole:
            yield customer, Bill(draft, currency, day, first_service, own)
