"""Equal inputs give equal documents, however the rows lie and however the batch is cut."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Any

import pytest
from tests.laws.product import outcome
from tests.oracle.facts import Batch
from tests.oracle.generated import batches

BATCHES = list(batches(7, 60, 30))
NUMBERS = {"number", "payment", "preceding"}


def unnumbered(document: dict[str, Any]) -> str:
    """Return a document without what depends on its number."""
    lines = [
        {**line, "credits": line["credits"]["line"]} if "credits" in line else line
        for line in document["lines"]
    ]
    rest = {key: value for key, value in document.items() if key not in NUMBERS}
    return repr(sorted({**rest, "lines": lines}.items()))


def documents(batch: Batch) -> list[str]:
    return sorted(unnumbered(document) for document in outcome(batch).documents)


@pytest.mark.parametrize("batch", BATCHES, ids=["first", "second"])
def test_running_twice_gives_the_same_bytes(batch: Batch) -> None:
    assert outcome(batch).texts == outcome(batch).texts


@pytest.mark.parametrize("batch", BATCHES, ids=["first", "second"])
def test_the_order_of_rows_means_nothing(batch: Batch) -> None:
    rng = Random(3)
    mixed: dict[str, Any] = {
        name: tuple(rng.sample(rows, len(rows)))
        for name in ("charges", "customers", "items", "prices", "agreements", "later")
        if (rows := getattr(batch, name))
    }
    assert outcome(replace(batch, **mixed)).texts == outcome(batch).texts


@pytest.mark.parametrize("batch", BATCHES, ids=["first", "second"])
def test_a_batch_may_be_cut_by_customers(batch: Batch) -> None:
    names = sorted(customer.customer for customer in batch.customers)
    pieces = []
    for part in (names[::3], names[1::3], names[2::3]):
        own = set(part)
        piece = replace(
            batch,
            charges=tuple(c for c in batch.charges if c.customer in own),
            later=tuple(c for c in batch.later if c.customer in own),
        )
        pieces += documents(piece)
    assert sorted(pieces) == documents(batch)
