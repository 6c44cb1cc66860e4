"""An engine that answers from files: for tests, for work offline, for looking at what was said.

A file is named by the hash of its request and holds both. Nothing is made up: what was never
recorded is not answered. With another engine behind it, it asks that once and writes the answer.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from cleanbill.formats.tax_engine_json import (
    UnreadableAnswer,
    answer_text,
    question_hash,
    read_answer,
    request_text,
)
from cleanbill.gateways.tax_engine import TaxEngine
from cleanbill.nouns.tax_engine import NoAnswer, TaxAnswer, TaxRequest, Trouble

RECORDED = "recorded"


class RecordedEngine:
    """Answers that lie in ``folder``; with ``behind``, those that it gives are recorded there."""

    def __init__(self, folder: Path, behind: TaxEngine | None = None) -> None:
        self.folder, self.behind = folder, behind

    def answers(
        self, requests: Sequence[TaxRequest], timeout_seconds: int
    ) -> Sequence[TaxAnswer | NoAnswer]:
        """Return what is recorded; ask the engine behind for the rest. Raises what that raises."""
        found = [self._recorded(request) for request in requests]
        missing = [place for place, answer in enumerate(found) if answer is None]
        if missing and self.behind is not None:
            asked = [requests[place] for place in missing]
            for place, answer in zip(
                missing, self.behind.answers(asked, timeout_seconds), strict=False
            ):
                found[place] = answer
                if isinstance(answer, TaxAnswer):
                    self.record(requests[place], answer)
        return [self._nothing(r) if a is None else a for r, a in zip(requests, found, strict=True)]

    def record(self, request: TaxRequest, answer: TaxAnswer) -> Path:
        """Write down what is answered to a request; return the file."""
        text = {
            "request": json.loads(request_text(request)),
            "answer": json.loads(answer_text(answer)),
        }
        self.folder.mkdir(parents=True, exist_ok=True)
        place = self._place(request)
        whole = json.dumps(text, indent=2, sort_keys=True, ensure_ascii=False)
        place.write_text(whole + "\n", encoding="utf-8")
        return place

    def _place(self, request: TaxRequest) -> Path:
        return self.folder / f"{question_hash(RECORDED, request_text(request))}.json"

    def _recorded(self, request: TaxRequest) -> TaxAnswer | NoAnswer | None:
        place = self._place(request)
        if not place.exists():
            return None
        try:
            said = json.loads(place.read_text(encoding="utf-8"))
            return read_answer(json.dumps(said["answer"]))
        except (UnreadableAnswer, ValueError, LookupError, TypeError) as error:
            return NoAnswer(Trouble.UNFIT, f"{place.name}: {error}")

    def _nothing(self, request: TaxRequest) -> NoAnswer:
        return NoAnswer(Trouble.UNANSWERED, f"nothing is recorded as {self._place(request).name}")
