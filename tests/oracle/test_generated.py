"""The generator makes what it promises, the same for the same seed."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

from tests.oracle.bill import invoices
from tests.oracle.credits import Ledger, bills, credit_notes, reversed_exactly
from tests.oracle.facts import DECIMALS
from tests.oracle.generated import batches
from tests.oracle.pricing import agreement_for, price_for, stepped, tier_for

BATCHES = list(batches(2026, 1000))


def test_equal_seeds_give_equal_batches() -> None:
    assert list(batches(5, 60)) == list(batches(5, 60))
    assert list(batches(5, 60)) != list(batches(6, 60))


def test_every_model_method_currency_and_category_occurs() -> None:
    made = [bill for batch in BATCHES for bill in bills(batch)]
    lines = [line for bill in made for line in bill.lines]
    models = Counter(line.priced.model for line in lines)
    assert min(models[m] for m in ("unit", "flat", "graduated", "volume", "package")) > 50
    assert models["percentage"] > 50
    assert {line.tax.category for line in lines} == {"S", "Z", "E", "AE", "K", "G", "O"}
    assert {bill.currency for bill in made} == set(DECIMALS)
    assert {DECIMALS[bill.currency] for bill in made} == {0, 2, 3, 4}
    assert {batch.seller.tax_method for batch in BATCHES} == {"per_group", "per_line"}
    assert any(bill.totals.rounding for bill in made)
    assert max(abs(line.priced.gross) for line in lines) > 10**15
    sizes = {len(bill.lines) for bill in made}
    assert 1 in sizes
    assert max(sizes) >= 40
    assert max(len(bill.groups) for bill in made) >= 3
    assert sum(bill.credit_note for bill in made) > 50


def test_every_term_of_a_price_occurs() -> None:
    met: Counter[str] = Counter()
    for batch in BATCHES:
        for line in (line for bill in invoices(batch) for line in bill.lines):
            agreement = agreement_for(line.charge, batch.agreements)
            plan = agreement.plan if agreement else None
            price = price_for(line.charge, plan, batch.prices)
            assert price is not None
            met[f"conditions {len(price.conditions)}"] += 1
            met[f"increment {price.increment_rounding}"] += price.increment is not None
            size = stepped(price, abs(line.charge.quantity))
            met["volume discount"] += bool(tier_for(price, size).volume_discount_percent)
            limits = (price.minimum, price.maximum)
            unit = Decimal(1).scaleb(-DECIMALS[line.charge.currency])
            met["held to a limit"] += abs(line.priced.gross) * unit in limits
            met["dynamic"] += price.model == "dynamic"
    assert min(met.values()) > 20, met
    assert len(met) == 10, met


def test_credits_in_any_steps_reverse_the_line_exactly() -> None:
    whole = 0
    for batch in BATCHES:
        issued = invoices(batch)
        ledger = Ledger(issued)
        notes = credit_notes(batch, batch.charges, ledger)
        notes += credit_notes(batch, batch.later, ledger)
        credited = [line for note in notes for line in note.lines if line.charge.cancels]
        for line in (line for bill in issued for line in bill.lines):
            name = line.charge.reference
            if ledger.gone[name] == line.charge.quantity:
                own = [credit for credit in credited if credit.charge.cancels == name]
                assert reversed_exactly(line, own)
                whole += 1
    assert whole > 100
