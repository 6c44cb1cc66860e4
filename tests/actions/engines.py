"""Engines for tests: one that calculates by a table, and ways in which one may go wrong."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from math import floor
from pathlib import Path

from tests.actions.company import Company
from tests.actions.test_taxed_places import CUSTOMERS, ITEMS, SELLER

from cleanbill.actions.set_up_company import set_up_company
from cleanbill.nouns.tax_engine import (
    AnsweredLine,
    AskedLine,
    EngineRounding,
    EngineTax,
    NoAnswer,
    TaxAnswer,
    TaxRequest,
    Ties,
    Untaxed,
)

RATES = {
    "NE": (("NE", "state", "Nebraska sales tax", "5.5"), ("Adams", "city", "City tax", "1.5")),
    "OH": (("OH", "state", "Ohio sales tax", "5.75"),),
}
Said = TaxAnswer | NoAnswer


CHARGES = """
reference,customer,item,quantity,unit_price,currency,service_date,order
1,SHOP,BOLT,100,1.11,USD,2026-10-01,A
2,SHOP,HOUR,1,50,USD,2026-10-01,A
3,EAST,BOLT,10,9.99,USD,2026-10-01,B
4,EAST,BOLT,7,3.33,USD,2026-10-02,B
"""


def engine_founded(folder: Path, policy: str = "", *, discount: bool = False) -> Company:
    """Set up a company in the open store that asks an engine about American sales."""
    folder.mkdir(parents=True, exist_ok=True)
    text = SELLER.format(
        currency="USD", postcode="68901", region="NE", country="US", registrations=""
    )
    company = Company(
        folder,
        set_up_company(text + policy + '[tax.engine]\nUS = "recorded"\n', "boss@plains.example"),
    )
    company.take("customers", CUSTOMERS)
    company.take("items", ITEMS)
    if discount:
        company.take(
            "agreements",
            "agreement,customer,valid_from,document_discount_percent\nA1,SHOP,2026-01-01,10\n",
        )
    return company


def half_up(exact: Fraction) -> int:
    size = floor(abs(exact) + Fraction(1, 2))
    return size if exact >= 0 else -size


def answer_to(request: TaxRequest) -> TaxAnswer:
    """Tax goods by their region, line by line; services and proven claims bear none."""
    proven = any(claim.certificate for claim in request.claims)
    lines = tuple(_line(line, proven) for line in request.lines)
    return TaxAnswer(
        *("Calculated", "7", f"T-{len(request.lines)}-{request.day}", request.currency),
        *(EngineRounding.LINE, Ties.HALF_UP, sum(line.tax_minor for line in lines), lines),
    )


def _line(line: AskedLine, proven: bool) -> AnsweredLine:
    if proven:
        return AnsweredLine(line.reference, 0, untaxed=Untaxed.EXEMPT)
    if line.item_kind != "goods":
        return AnsweredLine(line.reference, 0, untaxed=Untaxed.NOT_TAXED)
    rates = [(*names, Fraction(rate) / 100) for *names, rate in RATES[line.place.region]]
    net = Fraction(line.amount_minor)
    parts: list[int]
    if line.inclusive:
        whole = sum(rate for *_, rate in rates)
        tax = line.amount_minor - half_up(net / (1 + whole))
        base = line.amount_minor - tax
        parts = [half_up(base * rate) for *_, rate in rates[1:]]
        parts.insert(0, tax - sum(parts))
    else:
        base = line.amount_minor
        parts = [half_up(base * rate) for *_, rate in rates]
    taxes = tuple(
        EngineTax(place, kind, name, int(rate * 100 * 10**6), base, part)
        for (place, kind, name, rate), part in zip(rates, parts, strict=True)
    )
    return AnsweredLine(line.reference, sum(parts), taxes)


@dataclass
class Calculated:
    """An engine that remembers what it was asked; ``spoiled`` changes or withholds its answers."""

    spoiled: Callable[[TaxRequest, TaxAnswer], Said] = lambda request, answer: answer
    asked: list[TaxRequest] = field(default_factory=list)
    calls: int = 0
    failures: list[Exception] = field(default_factory=list)

    def answers(self, requests: Sequence[TaxRequest], timeout_seconds: int) -> list[Said]:
        self.calls += 1
        if self.failures:
            raise self.failures.pop(0)
        self.asked += requests
        return [self.spoiled(request, answer_to(request)) for request in requests]


def with_line(answer: TaxAnswer, **changes: object) -> TaxAnswer:
    """Return the answer with another first line."""
    first, *others = answer.lines
    return replace(answer, lines=(replace(first, **changes), *others))


def with_tax(answer: TaxAnswer, **changes: object) -> TaxAnswer:
    """Return the answer with another first tax of its first line."""
    first, *others = answer.lines[0].taxes
    return with_line(answer, taxes=(replace(first, **changes), *others))
