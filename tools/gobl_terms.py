"""GOBL documents in our terms: rows, adjustments, taxes and payments of a sheet to be reckoned."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import InvalidOperation
from fractions import Fraction
from pathlib import Path
from typing import Any

import polars as pl
from tools import gobl_prices, gobl_rates
from tools.gobl_documents import Example
from tools.gobl_prices import amount_e8
from tools.gobl_rates import Found

from cleanbill.cycle.tax import reckon
from cleanbill.cycle.tax.reckon import sheet as schemas
from cleanbill.engine.exact import rounded
from cleanbill.nouns.currency import decimals_of
from cleanbill.nouns.scales import (
    AMOUNT_MAX_MINOR,
    PRICE_DECIMALS,
    PRICE_MAX_E8,
    QUANTITY_DECIMALS,
    QUANTITY_MAX_E6,
    scaled,
)

CARRIED = ("precise", "sum-then-round")
ROUNDED = ("currency", "round-then-sum")


@dataclass(slots=True)
class Terms:
    """What documents say, in rows of our tables; and what happened to them on the way."""

    rows: dict[str, list[dict[str, Any]]] = field(
        default_factory=lambda: {name: [] for name in schemas.TABLES}
    )
    features: Counter[str] = field(default_factory=Counter)
    sources: Counter[str] = field(default_factory=Counter)
    notes: dict[int, list[str]] = field(default_factory=dict)
    failed: dict[int, str] = field(default_factory=dict)

    def sheet(self, sums: str | None = None, inclusive: str | None = None) -> reckon.Sheet:
        """Return the tables; with ``sums``, every bill follows that rule instead of its own."""
        own = _sheet(self.rows)
        if sums is None:
            return own
        parted = pl.lit(inclusive, dtype=pl.String).alias("inclusive")
        return replace(own, bills=own.bills.with_columns(pl.lit(sums).alias("sums"), parted))


def _sheet(rows: Mapping[str, list[dict[str, Any]]]) -> reckon.Sheet:
    return reckon.Sheet(
        **{
            name: pl.DataFrame(rows[name], schema=dict(schema), orient="row")
            for name, schema in schemas.TABLES.items()
        }
    )


def _percent(text: str | None) -> int | None:
    return gobl_rates.percent(text) if text else None


def expressed(documents: Sequence[Example], regimes: Path) -> Terms:
    """Return all documents in our terms; one that cannot be expressed is named with the reason."""
    terms = Terms()
    for bill, example in enumerate(documents):
        try:
            one = _Bill(bill, example, regimes)
            one.read()
            schemas.checked(_sheet(one.tables))
        except KeyError as missing:
            terms.failed[bill] = f"cannot be expressed: {missing} is missing"
            continue
        except InvalidOperation:
            terms.failed[bill] = "cannot be expressed: an amount or a quantity is no number"
            continue
        except (ValueError, ArithmeticError, TypeError, AttributeError) as problem:
            terms.failed[bill] = f"cannot be expressed: {problem}"
            continue
        for name, rows in one.tables.items():
            terms.rows[name] += rows
        terms.features.update(one.features)
        terms.sources.update(one.sources)
        if one.notes:
            terms.notes[bill] = one.notes
    return terms


class _Bill:
    """One document on its way into our tables."""

    def __init__(self, bill: int, example: Example, regimes: Path) -> None:
        written = example.written
        self.bill, self.written, self.regimes = bill, written, regimes
        self.decimals, self.kinds = example.decimals, example.kinds
        self.tables: dict[str, list[dict[str, Any]]] = {name: [] for name in schemas.TABLES}
        self.features: set[str] = set()
        self.sources: Counter[str] = Counter()
        self.notes: list[str] = []
        supplier = written.get("supplier") or {}
        identity = supplier.get("tax_id") or {}
        self.country = written.get("$regime") or identity.get("country") or ""
        self.home = gobl_rates.regime(regimes, self.country)
        self.currency = written.get("currency") or self.home.get("currency") or ""
        self.tax = written.get("tax") or {}
        self.day = date.fromisoformat(str(written.get("value_date") or written["issue_date"])[:10])
        self.next_row = 0

    def read(self) -> None:
        """Fill the tables from the document."""
        included = self.tax.get("prices_include")
        rule = gobl_rates.rounding_rule(self.written, self.home)
        if rule not in CARRIED + ROUNDED:
            raise ValueError(f"unknown rounding rule {rule!r}")
        self._note(included, f"prices include {included}")
        self._note(rule in ROUNDED, "each figure rounded (`currency`)")
        given = self.written.get("rounding")
        decimals = self.decimals
        if decimals != decimals_of(self.currency):
            listed = decimals_of(self.currency)
            self.notes.append(f"{self.currency} with {decimals} decimals; ISO 4217 lists {listed}")
        self._note(given, "rounding amount")
        self._add(
            "bills",
            decimals=decimals,
            sums=str(reckon.Sums.ROUNDED if rule in ROUNDED else reckon.Sums.CARRIED),
            included=included,
            inclusive=None,
            rounding_minor=scaled(given, decimals, AMOUNT_MAX_MINOR) if given else None,
            cash_unit_minor=None,
        )
        for line in self.written.get("lines") or []:
            self._line(line)
        for charge in (False, True):
            for change in self.written.get("charges" if charge else "discounts") or []:
                self._note(True, "document charge" if charge else "document discount")
                place = self._adjustment(change, None, charge)
                self._taxes(change.get("taxes") or [], None, place)
        self._payments()

    def _note(self, there: object, feature: str) -> None:
        if there:
            self.features.add(feature)

    def _add(self, table: str, **values: Any) -> None:
        self.tables[table].append({"bill": self.bill, **values})

    def _line(self, line: Mapping[str, Any], part_of: int | None = None) -> None:
        """Take over a line, its parts, adjustments and taxes; one without a price asks nothing."""
        parts = [part for part in line.get("breakdown") or [] if self._is_priced(part)]
        price = self._price(line.get("item") or {})
        if price is None and not parts:
            self._note(True, "line without a price")
            return
        self.next_row += 1
        row = self.next_row
        quantity = line["quantity"]
        own = None if parts else price
        quantity_e6, price_e8 = gobl_prices.factors(quantity, own)
        if gobl_prices.is_finer(quantity, own):
            self.notes.append(gobl_prices.FINER)
        self._add("rows", row=row, part_of=part_of, quantity_e6=quantity_e6, price_e8=price_e8)
        for part in parts:
            self._note(True, "breakdown of a line")
            self._line(part, row)
        for charge in (False, True):
            for change in line.get("charges" if charge else "discounts") or []:
                self._note(True, "line charge" if charge else "line discount")
                self._note(change.get("rate"), "charge per unit")
                change = gobl_prices.per_unit(change, quantity, self.decimals)
                self._adjustment(change, row, charge)
        taxes = line.get("taxes") or []
        self._note(len(taxes) > 1, "several taxes on a line")
        self._taxes(taxes, row, None)
        self._note(line.get("substituted"), "substituted lines (informative)")

    def _is_priced(self, part: Mapping[str, Any]) -> bool:
        return self._price(part.get("item") or {}) is not None

    def _price(self, item: Mapping[str, Any]) -> str | None:
        """Return the price in the bill's currency: alternative price, or at the exchange rate."""
        theirs = item.get("currency") or self.currency
        text: str | None = item.get("price")
        if text is None or theirs == self.currency:
            return text
        for other in item.get("alt_prices") or []:
            if other.get("currency") == self.currency:
                self._note(True, "price in several currencies")
                return str(other["value"])
        for rate in self.written.get("exchange_rates") or []:
            if (rate["from"], rate["to"]) == (theirs, self.currency):
                self._note(True, "price at an exchange rate")
                return gobl_prices.exchanged(text, rate["amount"], self.decimals)
        raise ValueError(f"no exchange rate from {theirs} to {self.currency}")

    def _adjustment(self, change: Mapping[str, Any], row: int | None, charge: bool) -> int:
        place = len(self.tables["adjustments"]) + 1
        quantity = change.get("quantity")
        self._add(
            "adjustments",
            adjustment=place,
            row=row,
            charge=charge,
            percent_e6=_percent(change.get("percent")),
            base_e8=amount_e8(change.get("base")),
            rate_e8=amount_e8(change.get("rate")),
            quantity_e6=scaled(quantity, QUANTITY_DECIMALS, QUANTITY_MAX_E6) if quantity else None,
            amount_e8=amount_e8(change.get("amount")),
        )
        return place

    def _taxes(
        self, taxes: Iterable[Mapping[str, Any]], row: int | None, adjustment: int | None
    ) -> None:
        for tax in taxes:
            known = self._found(tax)
            self.sources[known.source] += 1
            self._note(known.kind == "retained", "retained tax")
            self._note(known.kind == "informative", "informative tax")
            self._note(known.surcharge_e6, "surcharge")
            self._note(known.percent_e6 is None, "exempt, reverse charge, export, outside scope")
            self._note(tax.get("country"), "rate of the customer's country")
            if known.note:
                self.notes.append(known.note)
            self._add(
                "taxes",
                row=row,
                adjustment=adjustment,
                tax=known.tax,
                kind=known.kind,
                mark=known.mark,
                percent_e6=known.percent_e6,
                surcharge_e6=known.surcharge_e6,
            )

    def _found(self, tax: Mapping[str, Any]) -> Found:
        tags = [*(self.written.get("$tags") or []), *(self.tax.get("tags") or [])]
        customer = ((self.written.get("customer") or {}).get("tax_id") or {}).get("country")
        if "customer-rates" in tags and customer:
            tax = {**tax, "country": customer}
        known = gobl_rates.found(
            tax, self.country, self.day, self.regimes, self.tax.get("ext") or {}
        )
        if known.kind is None:
            # A country that the descriptions lack: what the tax does, the document's totals say.
            return replace(known, kind=self.kinds.get(tax["cat"], "added"))
        return known

    def _paid(self, amount: str) -> int:
        """Return what somebody paid or is to pay in minor units; GOBL rounds what is finer."""
        exact = Fraction(scaled(amount, PRICE_DECIMALS, PRICE_MAX_E8), 10**PRICE_DECIMALS)
        return rounded(exact * 10**self.decimals)

    def _payments(self) -> None:
        payment = self.written.get("payment") or {}
        advances = payment.get("advances") or []
        dues = (payment.get("terms") or {}).get("due_dates") or []
        self._note(advances, "prepaid")
        self._note(dues, "instalments")
        for place, one in enumerate([*advances, *dues]):
            share, amount = _percent(one.get("percent")), one.get("amount")
            self._add(
                "payments",
                payment=place,
                prepaid=place < len(advances),
                percent_e6=share,
                amount_minor=self._paid(amount) if amount and not share else None,
            )
