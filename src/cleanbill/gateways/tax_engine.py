"""The gateway to a tax engine: a small protocol that adapters fulfil."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from cleanbill.nouns.tax_engine import NoAnswer, TaxAnswer, TaxRequest, Trouble


class EngineFailure(Exception):
    """The engine answers nothing of what it was asked; ``told`` repeats no customer's data."""

    def __init__(self, trouble: Trouble, told: str) -> None:
        super().__init__(f"{trouble}: {told}")
        self.trouble, self.told = trouble, told


class TaxEngine(Protocol):
    """What tells the taxes of bills."""

    def answers(
        self, requests: Sequence[TaxRequest], timeout_seconds: int
    ) -> Sequence[TaxAnswer | NoAnswer]:
        """Return an answer, or why there is none, for each request in its place.

        It must only calculate, not record a sale. Raises EngineFailure where nothing is answered:
        ``unanswered`` (also once ``timeout_seconds`` are over), ``limited``, ``refused``.
        """
