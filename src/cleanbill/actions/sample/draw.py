"""Drawing lots: the one seeded source of chance, in whole numbers only."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


class Draw:
    """Lots drawn from a seed and a topic; topics do not disturb each other.

    Only whole numbers are drawn, by a method whose results are the same in every Python from
    3.11 on and on every machine.
    """

    def __init__(self, seed: int, topic: str) -> None:
        self._random = random.Random(f"cleanbill sample {seed} {topic}")  # noqa: S311 - invented data, no secret

    def below(self, limit: int) -> int:
        """Return a whole number from 0 to before ``limit``."""
        return self._random.randrange(limit)

    def between(self, first: int, last: int) -> int:
        """Return a whole number from ``first`` to ``last``, both possible."""
        return first + self.below(last - first + 1)

    def chance(self, percent: int) -> bool:
        """Return true in ``percent`` of a hundred cases."""
        return self.below(100) < percent

    def pick(self, choices: Sequence[T]) -> T:
        """Return one of the choices, each as likely as the others."""
        return choices[self.below(len(choices))]

    def taken(self, choices: Sequence[T], count: int) -> list[T]:
        """Return up to ``count`` different choices in the order drawn."""
        rest = list(choices)
        found: list[T] = []
        while rest and len(found) < count:
            position = self.below(len(rest))
            rest[position], rest[-1] = rest[-1], rest[position]
            found.append(rest.pop())
        return found

    def shuffled(self, choices: Sequence[T]) -> list[T]:
        """Return all choices in a drawn order."""
        return self.taken(choices, len(choices))
