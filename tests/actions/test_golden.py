"""Documents keep their bytes: a month with credits, billed as the release before several taxes did.

``golden.jsonl`` was written by that release; it is never written anew. Since then a credit note
calls each line what its invoice called it; that is the only thing in which they differ.
"""

from __future__ import annotations

import json
from pathlib import Path

from tests.actions.company import Company

GOLDEN = Path(__file__).with_name("golden.jsonl")


def test_documents_without_new_features_keep_their_exact_bytes(billed: Company):
    billed.credit("INV-000001")
    told = list(billed.bills().values())
    assert {'"kind":"invoice"' in text for text in told} == {True, False}
    names = {
        line["item"]: line["description"]
        for text in told
        if '"kind":"invoice"' in text
        for line in json.loads(text)["lines"]
    }
    golden = GOLDEN.read_text("utf-8").splitlines()
    later = [text for text, before in zip(told, golden, strict=True) if text != before]
    assert len(later) == 1, "only what was credited by hand was called by its items' numbers"
    assert [_unnamed(t, names) if t in later else t for t in told] == golden


def _unnamed(text: str, names: dict[str, str]) -> str:
    """Return a credit note with its lines called by their items' numbers, as they were once."""
    for line in json.loads(text)["lines"]:
        assert line["description"] == names[line["item"]], "as on the invoice"
        called = json.dumps(line["description"], ensure_ascii=False)
        text = text.replace(f'"description":{called}', f'"description":"{line["item"]}"')
    return text
