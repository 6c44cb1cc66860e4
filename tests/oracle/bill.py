"""Sections 2 to 5: lines become invoices with document discount, tax groups and totals.

Amounts are whole minor units with their true sign; ``printed`` shows them as a document does.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from tests.oracle import several
from tests.oracle.coupons import Purses, redeemed, use
from tests.oracle.facts import (
    DECIMALS,
    Agreement,
    Batch,
    Charge,
    FurtherTax,
    SellerFacts,
    TaxAnswer,
)
from tests.oracle.pricing import Priced, agreement_for, price_for, priced
from tests.oracle.rounding import amount_text, by_largest_remainder, rounded
from tests.oracle.several import Borne, added_of, identity
from tests.oracle.taxing import answer

ISSUED = date(2026, 11, 3)
"""The day of the first run."""


@dataclass(frozen=True, slots=True)
class Line:
    charge: Charge
    priced: Priced
    tax: TaxAnswer
    share: int = 0
    tax_share: int = 0
    coupons: tuple[tuple[str, int], ...] = ()
    """What coupons took, in their order; part of ``share``."""
    inclusive: bool = False
    bears: tuple[FurtherTax, ...] = ()
    """The taxes that the line bears beside its first."""
    included: int | None = None
    further: tuple[Borne, ...] = ()
    """The same taxes with their amounts."""

    @property
    def taxable(self) -> int:
        return self.priced.net - self.share - (self.included or 0)


@dataclass(frozen=True, slots=True)
class TaxGroup:
    answer: TaxAnswer
    base: int
    tax: int
    allowance: int
    further: FurtherTax | None = None


@dataclass(frozen=True, slots=True)
class Totals:
    lines_net: int
    document_discount: int
    net: int
    tax: int
    gross: int
    rounding: int
    payable: int
    tax_included: int | None = None
    withheld: int | None = None


@dataclass(frozen=True, slots=True)
class Bill:
    customer: str
    currency: str
    credit_note: bool
    lines: tuple[Line, ...]
    groups: tuple[TaxGroup, ...]
    totals: Totals
    discount_percent: Decimal | None = None

    @property
    def references(self) -> frozenset[str]:
        return frozenset(line.charge.reference for line in self.lines)


def discounted(lines: Sequence[Line], percent: Decimal | None) -> list[Line]:
    """Section 3: share the document discount over the lines by their nets."""
    nets = [line.priced.net for line in lines]
    discount = rounded(sum(nets) * Fraction(percent or 0) / 100)
    if sum(nets) == 0:
        return list(lines)
    exact = [Fraction(discount * net, sum(nets)) for net in nets]
    shares = by_largest_remainder(discount, exact)
    return [replace(line, share=share) for line, share in zip(lines, shares, strict=True)]


def group_tax(lines: Sequence[Line], tax_method: str) -> int:
    """Section 4: the tax of lines of one group, rounded once or once a line."""
    rate = Fraction(lines[0].tax.rate_percent) / 100
    if tax_method == "per_line":
        return sum(rounded(line.taxable * rate) for line in lines)
    return rounded(sum(line.taxable for line in lines) * rate)


def taxed(lines: Sequence[Line], tax_method: str) -> list[Line]:
    """Section 4: show on each line its rounded tax, or its part by largest remainder."""
    shown = list(lines)
    for group in groups_of(lines):
        rows = [number for number, line in enumerate(lines) if line.tax == group]
        members = [lines[row] for row in rows]
        rate = Fraction(group.rate_percent) / 100
        exact = [line.taxable * rate for line in members]
        if tax_method == "per_line":
            shares = [rounded(part) for part in exact]
        else:
            shares = by_largest_remainder(group_tax(members, tax_method), exact)
        for row, share in zip(rows, shares, strict=True):
            shown[row] = replace(lines[row], tax_share=share)
    return shown


def groups_of(lines: Sequence[Line]) -> list[TaxAnswer]:
    """Return one tax of each group of first taxes."""
    return list({identity(line.tax): line.tax for line in reversed(lines)}.values())[::-1]


def summed(lines: Sequence[Line]) -> tuple[TaxGroup, ...]:
    """Return the tax groups as the sums of their lines."""
    groups = []
    for tax in groups_of(lines):
        members = [line for line in lines if identity(line.tax) == identity(tax)]
        groups.append(
            TaxGroup(
                answer=tax,
                base=sum(line.taxable for line in members),
                tax=sum(line.tax_share for line in members),
                allowance=sum(line.share for line in members),
            )
        )
    every = [borne for line in lines for borne in line.further]
    for further in dict.fromkeys(borne.tax for borne in every):
        own = [borne for borne in every if borne.tax == further]
        base, amount = sum(b.base for b in own), sum(b.amount for b in own)
        what = TaxAnswer(further.category, further.rate_percent, further.rule, further.name)
        groups.append(TaxGroup(what, base, amount, 0, further))
    return tuple(groups)


def totals_of(lines: Sequence[Line], cash_unit_minor: int) -> Totals:
    """Section 5: add up, and round the gross to cash units."""
    lines_net = sum(line.priced.net for line in lines)
    discount = sum(line.share for line in lines)
    tax = sum(line.tax_share + added_of(line.further) for line in lines)
    inclusive = lines[0].included is not None
    included = sum(line.included or 0 for line in lines) if inclusive else None
    every = [borne for line in lines for borne in line.further]
    kept = [borne.amount for borne in every if borne.tax.kind == "retained"]
    withheld = sum(kept) if kept else None
    net = lines_net - discount - (included or 0)
    gross = net + tax
    asked = (lines_net - discount if inclusive else gross) - (withheld or 0)
    payable = rounded(Fraction(asked, cash_unit_minor)) * cash_unit_minor
    rounding = payable - gross + (withheld or 0)
    return Totals(lines_net, discount, net, tax, gross, rounding, payable, included, withheld)


def finished(
    lines: Sequence[Line], seller: SellerFacts, percent: Decimal | None, *, credit_note: bool
) -> Bill:
    """Return the bill whose lines carry all their shares already."""
    first = lines[0].charge
    totals = totals_of(lines, seller.cash_unit_minor)
    return Bill(
        first.customer, first.currency, credit_note, tuple(lines), summed(lines), totals, percent
    )


def bill_of(
    lines: Sequence[Line],
    seller: SellerFacts,
    percent: Decimal | None = None,
    *,
    credit_note: bool = False,
) -> Bill:
    """Return the bill of priced lines in the order in which they stand on it."""
    shown = with_taxes(discounted(lines, percent), seller)
    return finished(shown, seller, percent, credit_note=credit_note)


def with_taxes(lines: Sequence[Line], seller: SellerFacts) -> list[Line]:
    """Return the lines, less what is taken off them, with all of their taxes."""
    if any(line.inclusive or line.bears or line.tax.name for line in lines):
        return several.taxed(lines, seller)
    return taxed(lines, seller.tax_method)


def redeemed_bill(
    lines: Sequence[Line],
    seller: SellerFacts,
    percent: Decimal | None,
    purses: Purses,
    day: date,
) -> Bill:
    """Return the invoice with the customer's coupons; without, where they brought it below zero."""
    shown, used = redeemed(discounted(lines, percent), purses, day)
    bill = finished(with_taxes(shown, seller), seller, percent, credit_note=False)
    if used and (bill.totals.net < 0 or bill.totals.payable < 0):
        return bill_of(lines, seller, percent)
    return bill


@dataclass(slots=True)
class Gathering:
    """Section 2: the lines of one future bill and the terms it is under."""

    agreement: Agreement | None
    lines: list[Line] = field(default_factory=list)


def stretch(charge: Charge, key: str) -> object:
    """Return what a grouping key says about a charge: of a week or month, its first day."""
    day = charge.service_date
    match key:
        case "day":
            return day
        case "week":
            return day - timedelta(days=day.weekday())
        case "month":
            return day.replace(day=1)
    return getattr(charge, key)


def gathered(
    batch: Batch, charges: Iterable[Charge], inclusive_origins: dict[str, bool] | None = None
) -> list[Gathering]:
    """Gather charges by customer, currency, tax country and the keys of the agreement.

    Prices with and without tax are kept apart; what reverses a line stands with its like.
    """
    customers = {customer.customer: customer for customer in batch.customers}
    items = {item.item: item for item in batch.items}
    drafts: dict[tuple[object, ...], Gathering] = {}
    origin = inclusive_origins or {}
    for charge in charges:
        agreement = agreement_for(charge, batch.agreements)
        plan = agreement.plan if agreement else None
        price = priced(charge, price_for(charge, plan, batch.prices), batch.price_source)
        customer, item = customers[charge.customer], items[charge.item]
        tax = answer(batch.seller, customer, item, charge.service_date)
        tax = replace(tax, name=item.tax_name)
        chosen = price_for(charge, plan, batch.prices)
        included = chosen.includes_tax if chosen else None
        if included is None:
            included = batch.seller.prices_include_tax
        inclusive = included if charge.cancels is None else origin.get(charge.cancels, False)
        keys = agreement.grouping if agreement else ("order",)
        whole = (charge.customer, charge.currency, customer.country)
        parts = [str("" if p is None else p) for p in (stretch(charge, key) for key in keys)]
        draft = (*whole, "/".join(parts) + (" (prices include tax)" if inclusive else ""))
        line = Line(charge, price, tax, inclusive=inclusive, bears=item.further)
        drafts.setdefault(draft, Gathering(agreement)).lines.append(line)
    return [drafts[key] for key in sorted(drafts, key=issue_order)]


def issue_order(draft: tuple[object, ...]) -> tuple[str, ...]:
    """Section 6 says *already*: bills are issued in the order of their keys as text."""
    customer, currency, country, *keys = ("" if part is None else str(part) for part in draft)
    return customer, currency, country, "/".join(keys)


def percent_of(draft: Gathering) -> Decimal | None:
    """Return the discount of a bill: the agreement's, by the tier of its net where it has tiers."""
    agreement = draft.agreement
    if agreement is None or not agreement.tiers:
        return agreement.document_discount_percent if agreement else None
    decimals = DECIMALS[draft.lines[0].charge.currency]
    net = Fraction(sum(line.priced.net for line in draft.lines), 10**decimals)
    reached = [percent for percent, bound in agreement.tiers if Fraction(bound) <= net]
    return reached[-1] if reached else None


def invoices(batch: Batch, purses: Purses | None = None, day: date = ISSUED) -> list[Bill]:
    """Return the invoices of a batch's sales. One that came out negative is not sent."""
    sales = [charge for charge in batch.charges if charge.kind == "sale"]
    known = Purses(batch.coupons) if purses is None else purses
    sent = []
    for draft in gathered(batch, sales):
        bill = redeemed_bill(draft.lines, batch.seller, percent_of(draft), known, day)
        if bill.totals.payable >= 0:
            use(bill.lines, known, bill.lines[0].charge.reference)
            sent.append(bill)
    return sent


def reductions(bill: Bill) -> list[tuple[TaxAnswer, int]]:
    """Return what each reduction takes off each tax group: the discount, then every coupon."""
    found = []
    for group in bill.groups:
        if group.further:
            continue
        members = [line for line in bill.lines if identity(line.tax) == identity(group.answer)]
        keys = dict.fromkeys(key for line in members for key, _ in line.coupons)
        parts = [
            sum(amount for line in members for own, amount in line.coupons if own == key)
            for key in keys
        ]
        every = [group.allowance - sum(parts), *parts]
        found += [(group.answer, amount) for amount in every if amount]
    return found


def printed(bill: Bill) -> dict[str, Any]:
    """Return every figure as the document prints it; a credit note's amounts are positive."""
    sign = -1 if bill.credit_note else 1
    decimals = DECIMALS[bill.currency]

    def text(minor: int) -> str:
        return amount_text(sign * minor, decimals)

    lines = [
        {
            "reference": line.charge.reference,
            "quantity": abs(line.charge.quantity) if bill.credit_note else line.charge.quantity,
            "gross": text(line.priced.gross),
            "discount": text(line.priced.discount),
            "net": text(line.priced.net),
            "document_discount_share": text(line.share),
            "coupons": tuple(text(amount) for _, amount in line.coupons),
            "tax_share": text(line.tax_share),
            "category": line.tax.category,
            "rate_percent": line.tax.rate_percent,
            "name": line.tax.name,
            "tax_included": None if line.included is None else text(line.included),
            "further": [
                (b.tax.name, b.tax.kind, b.tax.rule, text(b.base), text(b.amount))
                for b in line.further
            ],
        }
        for line in bill.lines
    ]
    groups = sorted(
        (
            *(g.answer.category, g.answer.rate_percent, text(g.base), text(g.tax)),
            *(g.answer.name or "", g.further.kind if g.further else ""),
        )
        for g in bill.groups
    )
    allowances = sorted(
        (tax.category, tax.rate_percent, text(amount)) for tax, amount in reductions(bill)
    )
    names = Totals.__slots__
    totals = {
        name: text(value) for name in names if (value := getattr(bill.totals, name)) is not None
    }
    return {"lines": lines, "taxes": groups, "allowances": allowances, "totals": totals}
