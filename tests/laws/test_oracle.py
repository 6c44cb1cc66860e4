"""Every printed figure of generated bills agrees with the oracle, and every document adds up."""

from __future__ import annotations

import os

import pytest
from tests.laws.agreement import disagreements, doubled, references
from tests.laws.arithmetic import wrong_sums
from tests.laws.product import outcome
from tests.oracle.bill import invoices
from tests.oracle.credits import bills
from tests.oracle.facts import Batch
from tests.oracle.generated import batches

FAST_BILLS = int(os.environ.get("CLEANBILL_ORACLE_BILLS", "1000"))
SHOWN = 20


def problems(batch: Batch) -> list[str]:
    """Return everything that is wrong with what the product makes of a batch."""
    result = outcome(batch)
    found = disagreements(bills(batch), result.documents)
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


def test_generated_bills_agree_with_the_oracle() -> None:
    found = all_problems(2026, FAST_BILLS)
    assert not found, report(found)


@pytest.mark.slow
def test_ten_thousand_generated_bills_agree_with_the_oracle() -> None:
    found = all_problems(10, 10_000, 200)
    assert not found, report(found)
