"""A seeded generator of whole bills with several taxes, for the oracle and for the engine."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from random import Random
from typing import Any

import polars as pl
from tests.oracle.reckoning import Bill, Change, Row, Tax

from cleanbill.cycle.tax.reckon import Sheet
from cleanbill.cycle.tax.reckon.sheet import TABLES

RATES = ("0", "4", "5.5", "6", "8.1", "9.975", "19", "21", "25.5", "100")


def _decimal(rng: Random, whole: int, places: int) -> Fraction:
    return Fraction(rng.randint(0, whole * 10**places), 10**places)


def _price(rng: Random) -> Fraction:
    places = rng.choice((0, 1, 2, 2, 2, 3, 4, 5, 8))
    return _decimal(rng, rng.choice((1, 20, 1000, 10**6)), places)


def _quantity(rng: Random) -> Fraction:
    size = rng.choice((Fraction(1), Fraction(rng.randint(1, 40)), _decimal(rng, 30, 6)))
    return -size if rng.random() < 0.2 else size


def _percent(rng: Random) -> Fraction:
    return rng.choice((Fraction(10), Fraction("33.333333"), _decimal(rng, 100, 6), Fraction(0)))


def _change(rng: Random, taxes: tuple[Tax, ...] = ()) -> Change:
    charge = rng.random() < 0.4
    match rng.randrange(4):
        case 0:
            return Change(charge, percent=_percent(rng), amount=_price(rng), taxes=taxes)
        case 1:
            return Change(charge, percent=Fraction(7), base=_price(rng), taxes=taxes)
        case 2:
            units = rng.choice((None, Fraction(3)))
            return Change(charge, per_unit=_price(rng), units=units, taxes=taxes)
        case _:
            return Change(charge, amount=_price(rng), taxes=taxes)


def _taxes(rng: Random, known: list[Tax]) -> tuple[Tax, ...]:
    """Return at most one VAT and some others."""
    main = [t for t in known if t.name == "VAT"]
    other = [t for t in known if t.name != "VAT"]
    chosen = [rng.choice(main)] if rng.random() < 0.9 else []
    if other and rng.random() < 0.4:
        chosen.append(rng.choice(other))
    return tuple(chosen)


def bill(rng: Random) -> Bill:
    """Return a bill; few of its kind have round figures."""
    known = [
        Tax("VAT", "added", rng.choice(("", "NL")), Fraction(rng.choice(RATES)), rng.choice(extra))
        for extra in ((None, None, Fraction("5.2")),) * 3
    ]
    known += [
        Tax("VAT", "added", "exempt", None),
        Tax("IRPF", "retained", "", Fraction(15)),
        Tax("ISS", "informative", "", Fraction(5)),
        Tax("CGST", "added", "", Fraction(9)),
    ]

    def row(parts: bool) -> Row:
        changes = tuple(_change(rng) for _ in range(rng.choice((0, 0, 0, 1, 2))))
        inner = ()
        if parts and rng.random() < 0.1:
            inner = tuple(row(False) for _ in range(rng.randint(1, 3)))
        return Row(_quantity(rng), _price(rng), changes, _taxes(rng, known), inner)

    rows = tuple(row(True) for _ in range(rng.choice((0, 1, 1, 2, 3, 5, 12))))
    changes = [_change(rng, _taxes(rng, known)) for _ in range(rng.choice((0, 0, 1, 2)))]
    payments = []
    for prepaid in (True, False):
        for _ in range(rng.choice((0, 0, 1, 3))):
            share = rng.choice((None, _percent(rng)))
            payments.append((prepaid, share, rng.randint(0, 5000)))
    return Bill(
        decimals=rng.choice((0, 2, 2, 2, 3, 4)),
        sums=rng.choice(("printed", "printed", "rounded", "carried")),
        included=rng.choice((None, "VAT")),
        inclusive=rng.choice((None, "rate", "net", "tax")),
        rounding=rng.choice((0, 0, 3, -2)),
        cash_unit=rng.choice((1, 1, 1, 5, 50)),
        rows=rows,
        changes=tuple(sorted(changes, key=lambda c: c.charge)),
        payments=tuple(payments),
    )


def _whole(value: Fraction | None, decimals: int) -> int | None:
    if value is None:
        return None
    scaled = value * 10**decimals
    assert scaled.denominator == 1
    return int(scaled)


class Tables:
    """Bills of the oracle as rows of the engine's tables."""

    def __init__(self) -> None:
        self.tables: dict[str, list[dict[str, Any]]] = {name: [] for name in TABLES}

    def add(self, number: int, made: Bill) -> None:
        self.number, self.row, self.place = number, 0, 0
        self._put(
            "bills",
            decimals=made.decimals,
            sums=made.sums,
            included=made.included,
            inclusive=made.inclusive,
            rounding_minor=made.rounding or None,
            cash_unit_minor=made.cash_unit,
        )
        for row in made.rows:
            self._row(row, None)
        for change in made.changes:
            self._change(change, None)
        for place, (prepaid, percent, amount) in enumerate(made.payments):
            share = _whole(percent, 6)
            self._put(
                "payments", payment=place, prepaid=prepaid, percent_e6=share, amount_minor=amount
            )

    def sheet(self) -> Sheet:
        """Return the tables as the engine takes them."""
        return Sheet(
            **{
                name: pl.DataFrame(self.tables[name], schema=dict(schema), orient="row")
                for name, schema in TABLES.items()
            }
        )

    def _put(self, table: str, **values: Any) -> None:
        self.tables[table].append({"bill": self.number, **values})

    def _row(self, row: Row, part_of: int | None) -> None:
        self.row += 1
        number = self.row
        price = None if row.parts else _whole(row.price, 8)
        quantity = _whole(row.quantity, 6)
        self._put("rows", row=number, part_of=part_of, quantity_e6=quantity, price_e8=price)
        for part in row.parts:
            self._row(part, number)
        for change in row.changes:
            self._change(change, number)
        if part_of is None:
            self._taxes(row.taxes, row=number)

    def _change(self, change: Change, row: int | None) -> None:
        self.place += 1
        self._put(
            "adjustments",
            adjustment=self.place,
            row=row,
            charge=change.charge,
            percent_e6=_whole(change.percent, 6),
            base_e8=_whole(change.base, 8),
            rate_e8=_whole(change.per_unit, 8),
            quantity_e6=_whole(change.units, 6),
            amount_e8=_whole(change.amount, 8),
        )
        self._taxes(change.taxes, adjustment=self.place)

    def _taxes(self, taxes: Iterable[Tax], **of: int) -> None:
        for tax in taxes:
            self._put(
                "taxes",
                **of,
                tax=tax.name,
                kind=tax.kind,
                mark=tax.mark,
                percent_e6=_whole(tax.percent, 6),
                surcharge_e6=_whole(tax.surcharge, 6),
            )


def sheet(bills: Iterable[tuple[int, Bill]]) -> Sheet:
    """Return numbered bills as a sheet."""
    tables = Tables()
    for number, made in bills:
        tables.add(number, made)
    return tables.sheet()
