"""Equal inputs give equal documents, however the rows lie and however the batch is cut."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Any

import pytest
from tests.laws.cases import CHUNK, chunks
from tests.laws.product import outcome
from tests.oracle.facts import Batch
from tests.oracle.generated import batch as generated

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


@pytest.mark.parametrize("chunk", chunks())
def test_running_again_mixing_rows_and_cutting_change_nothing(chunk: int) -> None:
    """The same bytes again, in whatever order the rows lie; the same bills, however it is cut."""
    batch = generated(f"7-{chunk}", CHUNK, chunk)
    first = outcome(batch)
    assert len(first.texts) >= CHUNK
    assert outcome(batch).texts == first.texts
    assert outcome(mixed(batch, chunk)).texts == first.texts
    whole = sorted(unnumbered(document) for document in first.documents)
    pieces = [text for piece in cut(batch, 2 + chunk % 3) for text in documents(piece)]
    assert sorted(pieces) == whole


def mixed(batch: Batch, seed: int) -> Batch:
    """Return the batch with the rows of every table in another order."""
    rng = Random(seed)
    tables: dict[str, Any] = {
        name: tuple(rng.sample(rows, len(rows)))
        for name in ("charges", "customers", "items", "prices", "agreements", "later")
        if (rows := getattr(batch, name))
    }
    return replace(batch, **tables)


def cut(batch: Batch, count: int) -> list[Batch]:
    """Return the batch in so many pieces, by customers."""
    names = sorted(customer.customer for customer in batch.customers)
    pieces = []
    for place in range(count):
        own = set(names[place::count])
        sold = tuple(c for c in batch.charges if c.customer in own)
        later = tuple(c for c in batch.later if c.customer in own)
        pieces.append(replace(batch, charges=sold, later=later))
    return pieces
