"""Try again what only failed because somebody else was at work: deadlocks, locks, serialisation.

PostgreSQL ends one of two transactions that wait for each other; SQLite gives up when the database
stays locked for long. Nothing of such a transaction was kept, so that it may simply be repeated.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from django.db import OperationalError, connection

T = TypeVar("T")
TRIES = 12
_PASSING = {"40001", "40P01", "55P03"}
"""PostgreSQL's codes of a serialisation failure, a deadlock, and a lock that was not to be had."""


def passing(error: OperationalError) -> bool:
    """Tell whether the error says that others were at work, and nothing else is wrong."""
    if connection.vendor == "sqlite":
        return "locked" in str(error) or "busy" in str(error)
    return getattr(error.__cause__, "sqlstate", None) in _PASSING


def persistently(work: Callable[[], T], *, overtaken: tuple[type[Exception], ...] = ()) -> T:
    """Return what ``work``, a whole transaction, returns; repeat it while others are in its way.

    ``overtaken`` are errors that say the same in other words. Waits a little longer each time.
    Raises the error of the last of TRIES attempts, and at once any error that repeating cannot
    mend. Inside another transaction nothing is repeated.
    """
    for attempt in range(1, TRIES + 1):
        try:
            return work()
        except (OperationalError, *overtaken) as error:
            if attempt == TRIES or connection.in_atomic_block:
                raise
            if isinstance(error, OperationalError) and not passing(error):
                raise
            # Whoever waits for a lock has waited long already; this only parts the two that met.
            time.sleep(min(attempt * attempt, 50) / 100)
    raise AssertionError("the loop returns or raises")
