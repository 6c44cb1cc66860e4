"""Documents keep their bytes: a month with credits, billed as the release before several taxes did.

``golden.jsonl`` was written by that release; it is never written anew.
"""

from __future__ import annotations

from pathlib import Path

from tests.actions.company import Company

GOLDEN = Path(__file__).with_name("golden.jsonl")


def test_documents_without_new_features_keep_their_exact_bytes(billed: Company):
    billed.credit("INV-000001")
    told = list(billed.bills().values())
    assert {'"kind":"invoice"' in text for text in told} == {True, False}
    assert told == GOLDEN.read_text("utf-8").splitlines()
