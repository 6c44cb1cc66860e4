"""What is wrong in a plan file: where, what, what was expected. All of it at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, and where."""

    place: str
    """As people find it: ``price 3 (HOUR), tier 2``."""
    what: str

    def __str__(self) -> str:
        return f"{self.place}: {self.what}"


class PlanFileError(ValueError):
    """The plan file cannot be used; names everything that is wrong with it."""

    def __init__(self, name: str, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        count = len(self.problems)
        head = f"{name} has {count} problem{'s' if count > 1 else ''}; nothing was taken from it:"
        super().__init__("\n".join([head, *(f"  {problem}" for problem in self.problems)]))
