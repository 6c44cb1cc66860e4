"""Every printed figure of generated bills agrees with the oracle, and every document adds up."""

from __future__ import annotations

from collections import Counter

import pytest
from tests.laws.agreement import disagreements, doubled, references
from tests.laws.arithmetic import wrong_sums
from tests.laws.cases import CHUNK, chunks, varied
from tests.laws.product import outcome
from tests.oracle.bill import Bill, invoices
from tests.oracle.credits import bills
from tests.oracle.facts import DECIMALS, Batch
from tests.oracle.generated import batch as generated
from tests.oracle.generated import batches
from tests.oracle.generated_taxes import taxed_batch

SHOWN, SMALL = 20, 25
TAX_KINDS = {
    **{"added": 30, "compound": 20, "withheld": 30},
    **{"inclusive": 8, "inclusive, several added": 3, "credited": 3},
}
KINDS = {
    "credit notes": 5,
    "several lines": 35,
    "several rates": 15,
    "line discounts": 15,
    "document discounts": 15,
    "tax shares of lines": 5,
    "untaxed": 20,
}
"""Of a hundred bills, how many have or are that at least."""


def problems(batch: Batch, due: list[Bill] | None = None) -> list[str]:
    """Return everything that is wrong with what the product makes of a batch."""
    result = outcome(batch)
    found = disagreements(bills(batch) if due is None else due, result.documents)
    found += [wrong for document in result.documents for wrong in wrong_sums(document)]
    found += [f"{name} is billed twice" for name in doubled(result.documents)]
    billed = {name for document in result.documents for name in references(document)}
    everything = {charge.reference for charge in (*batch.charges, *batch.later)}
    found += [f"{name} is lost" for name in sorted(everything - billed - set(result.held))]
    return found + [f"{name} is held by {code}" for name, code in unduly(batch, result.held)]


def unduly(batch: Batch, held: dict[str, str]) -> list[tuple[str, str]]:
    """Return the charges that were held though only negative invoices may be."""
    sent = {name for bill in invoices(batch) for name in bill.references}
    negative = {c.reference for c in batch.charges if c.kind == "sale"} - sent
    return [(name, code) for name, code in sorted(held.items()) if name not in negative]


def all_problems(seed: int, bill_count: int, size: int = 50) -> list[str]:
    found = []
    for number, batch in enumerate(batches(seed, bill_count, size)):
        terms = f"batch {number} ({batch.seller.country}, {batch.seller.tax_method})"
        found += [f"{terms}: {problem}" for problem in problems(batch)]
    return found


def report(found: list[str]) -> str:
    return "\n".join([f"{len(found)} problems", *found[:SHOWN]])


def kinds(made: list[Bill]) -> Counter[str]:
    """Return how many bills have what makes them hard."""
    found: Counter[str] = Counter()
    for bill in made:
        lines = bill.lines
        found["credit notes"] += bill.credit_note
        found["several lines"] += len(lines) > 1
        found["several rates"] += len(bill.groups) > 1
        found["line discounts"] += any(line.priced.discount for line in lines)
        found["document discounts"] += bill.totals.document_discount != 0
        found["tax shares of lines"] += sum(line.tax_share != 0 for line in lines) > 1
        found["untaxed"] += bill.totals.tax == 0
    return found


@pytest.mark.parametrize("chunk", chunks())
def test_generated_bills_agree_with_the_oracle(chunk: int) -> None:
    batch = generated(f"2026-{chunk}", CHUNK, chunk)
    due = bills(batch)
    found = problems(batch, due)
    assert not found, report(found)
    assert len(due) >= CHUNK
    varied(kinds(due), len(due), KINDS)


def test_the_chunks_are_of_all_sellers_and_currencies() -> None:
    made = [generated(f"2026-{number}", 10, 0) for number in range(40)]
    assert {batch.seller.country for batch in made} == {"DE", "GB"}
    assert {batch.seller.tax_method for batch in made} == {"per_group", "per_line"}
    assert {batch.seller.cash_unit_minor for batch in made} == {1, 5, 10}
    assert {charge.currency for batch in made for charge in batch.charges} == set(DECIMALS)


@pytest.mark.parametrize("chunk", chunks())
def test_bills_with_several_taxes_agree_with_the_oracle(chunk: int) -> None:
    found: list[str] = []
    made: list[Bill] = []
    # Rule, method and policy are the seller's: a few small batches have more of them than a large.
    for part in range(0, CHUNK, SMALL):
        batch = taxed_batch(f"2026-{chunk}-{part}", SMALL, chunk + part)
        due = bills(batch)
        made += due
        found += [f"{batch.seller}: {problem}" for problem in problems(batch, due)]
    assert not found, report(found)
    varied(tax_kinds(made), len(made), TAX_KINDS)


def tax_kinds(made: list[Bill]) -> Counter[str]:
    """Return how many bills have what makes their taxes hard."""
    found: Counter[str] = Counter()
    for bill in made:
        further = {borne.tax for line in bill.lines for borne in line.further}
        found["added"] += any(tax.kind == "added" for tax in further)
        found["compound"] += any(tax.compound for tax in further)
        found["withheld"] += bill.totals.withheld is not None
        found["inclusive"] += bill.totals.tax_included is not None
        found["inclusive, several added"] += bill.totals.tax_included is not None and any(
            tax.kind == "added" for tax in further
        )
        found["credited"] += bill.credit_note and bool(further)
    return found


@pytest.mark.slow
def test_ten_thousand_generated_bills_agree_with_the_oracle() -> None:
    found = all_problems(10, 10_000, 200)
    assert not found, report(found)
