"""Retainers in memory: a story in, the documents of its runs out.

What is funded and drawn is summed from lines and parts of issued bills, as a run reads them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl
from tests.laws.couponed import Books
from tests.oracle.facts import Batch, Charge, Customer, Item, SellerFacts
from tests.oracle.frames import table

from cleanbill.engine.coupon_tables import REDEEMABLE

CUSTOMER = "ACME"
BEGIN = date(2026, 1, 1)
ITEMS = (
    *(Item("ADVANCE", "service"), Item("DEPOSIT", "service", "reduced")),
    *(Item("HOUR", "service"), Item("TRIP", "service"), Item("BOOK", "goods", "reduced")),
)
"""Two items that are billed in advance, at 19 % and 7 %, and three that draw."""


@dataclass(frozen=True, slots=True)
class Retainer:
    """Terms of a retainer, as a person states them."""

    code: str
    item: str
    items: tuple[str, ...] = ()
    months: int | None = None
    keeps: bool = False
    valid_to: date | None = None


def sale(number: int, name: str, item: str, amount: Decimal, day: date) -> Charge:
    """Return a charge of one piece at its own price."""
    one = Decimal(1)
    return Charge(number, name, CUSTOMER, item, one, "EUR", day, unit_price=amount)


def back(number: int, name: str, of: Charge, part: Decimal, day: date) -> Charge:
    """Return a cancellation of a part of a charge."""
    return Charge(
        *(number, name, CUSTOMER, of.item, part, "EUR", day),
        kind="cancellation",
        unit_price=of.unit_price,
        cancels=of.reference,
    )


def company() -> Batch:
    """A German seller whose charges bring their prices."""
    return Batch(
        SellerFacts("DE", "EUR"),
        price_source="charge",
        customers=(Customer(CUSTOMER, "business", "DE"),),
        items=ITEMS,
    )


@dataclass
class Retained(Books):
    """Issued bills of a seller whose one customer has retainers."""

    retainers: tuple[Retainer, ...] = field(default=())

    def coupons(self) -> pl.DataFrame:
        """Return what runs read of retainers: a row per billed line that funded one."""
        rows = []
        for number, terms in enumerate(self.retainers, 1):
            own = [self._row(number, terms, line) for line in self._funding(terms)]
            rows += own or [self._row(number, terms, None)]
        return table(REDEEMABLE, rows)

    def _every(self) -> pl.DataFrame:
        return pl.concat(self.lines, how="diagonal_relaxed") if self.lines else pl.DataFrame()

    def _funding(self, terms: Retainer) -> list[dict[str, Any]]:
        every = self._every()
        if every.is_empty():
            return []
        sold = (pl.col("kind") == "invoice") & (pl.col("item") == terms.item)
        return every.filter(sold).to_dicts()

    def credited(self, charge: int) -> int:
        """Return what credit notes took back of a billed line."""
        every = self._every()
        if "original_id" not in every.columns:
            return 0
        notes = every.filter((pl.col("kind") == "credit_note") & (pl.col("original_id") == charge))
        return int((notes["net_minor"] - notes["share_minor"]).sum())

    def drawn(self, charge: int) -> int:
        """Return what is drawn of a billed line, less what came back."""
        parts = self.every_part().filter(pl.col("funding_id") == charge)
        return int(parts["used_minor"].sum())

    def _row(self, number: int, terms: Retainer, line: dict[str, Any] | None) -> dict[str, Any]:
        row: dict[str, Any] = {
            **{"redemption_id": number, "customer": CUSTOMER, "coupon": terms.code},
            **{"given_from": BEGIN, "valid_from": BEGIN, "given_to": terms.valid_to},
            **{"currency": "EUR", "items": ",".join(terms.items) or None, "priority": 0},
            **{"stacking": "together", "rest": "stays", "funded_by": terms.item},
            "credited": "keeps" if terms.keeps else "returns",
            **{"used_minor": 0, "uses": 0, "spent_minor": 0},
        }
        if line is None:
            return row
        day, charge = line["service_date"], line["charge_id"]
        if terms.months is not None:
            row["given_from"] = day
            end = pl.Series([day]).dt.offset_by(f"{terms.months}mo")[0]
            row["given_to"] = min(end, terms.valid_to or end)
        return {
            **row,
            **{"funding_id": charge, "prepaid_by": line["number"], "funded_on": day},
            "funded_minor": line["net_minor"] - line["share_minor"] - self.credited(charge),
            **{"funded_category": line["tax_category"], "funded_rate_e6": line["rate_percent_e6"]},
            **{"funded_tax": line.get("tax"), "funded_rule": line["tax_rule"]},
            **{"funded_inclusive": False, "funded_further": False},
            "used_minor": self.drawn(charge),
        }
