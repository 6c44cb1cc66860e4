"""Work that may fail in a part: the part at fault is found by halving, the others are done.

What data can cause is caught here and nothing else; a lack of memory is nobody's data.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from polars.exceptions import PanicException, PolarsError

K = TypeVar("K")
V = TypeVar("V")

FAULTS = (PolarsError, PanicException, ArithmeticError, LookupError, TypeError, ValueError)
"""What data can cause. Polars' panics are no ``Exception``."""


def attempted(
    tasks: Sequence[K], done: Callable[[Sequence[K]], Mapping[K, V]]
) -> tuple[dict[K, V], dict[K, BaseException]]:
    """Return what ``done`` gives for all tasks at once; where that fails, for its halves.

    The second mapping has the tasks that fail even alone, with their errors.
    """
    if not tasks:
        return {}, {}
    try:
        return dict(done(tasks)), {}
    except FAULTS as error:
        if len(tasks) == 1:
            return {}, {tasks[0]: error}
    middle = len(tasks) // 2
    first, first_failed = attempted(tasks[:middle], done)
    second, second_failed = attempted(tasks[middle:], done)
    return first | second, first_failed | second_failed


def told(error: BaseException) -> str:
    """Return the first line of an error, without its neighbourhood."""
    lines = str(error).strip().splitlines() or [""]
    return f"{type(error).__name__}: {lines[0]}"[:300]
