"""Worked cases of bundles: the price shared over components, and credited to exactly nothing."""

from __future__ import annotations

from decimal import Decimal

import pytest
from tests.cases.test_prices import adds_up, chosen, total
from tests.cases.worked_bundles import answer, cases
from tests.cases.worked_prices import Case


@pytest.mark.parametrize("case", cases(), ids=lambda case: case["says"][:50])
def test_it_is_shared_as_told(case: Case) -> None:
    found, said = answer(case)
    assert said == case.get("refused", [])
    if "refused" in case:
        assert found.invoice is None
        return
    assert found.invoice is not None
    assert chosen(found.invoice, case["expect"]) == case["expect"]
    adds_up(found.invoice)
    notes = case.get("notes", [])
    assert len(found.notes) == len(notes)
    for note, wanted in zip(found.notes, notes, strict=True):
        assert chosen(note, wanted) == wanted
        adds_up(note)
    if notes:
        for word in ("sum", "net", "tax", "payable"):
            assert total([note[word] for note in found.notes]) == Decimal(found.invoice[word])
