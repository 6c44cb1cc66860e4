"""A billing run in a process of its own, which may be told to die: ``python -m`` this module.

Arguments: organisation id, idempotency key, chunk, and where to die (``nowhere``, or the name of a
fault point and how often it has been reached by then, as ``chunk.step.after:2``). The database
comes from ``CLEANBILL_DATABASE_URL``. It ends by SIGKILL: nothing of Python is run on the way out.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable


def dying(point: str, times: int) -> Callable[[str], None]:
    """Return what ends this process when the point is reached for the ``times``-th time."""
    reached = []

    def armed(name: str) -> None:
        if name == point:
            reached.append(name)
            if len(reached) == times:
                os.kill(os.getpid(), signal.SIGKILL)

    return armed


def main(organisation: int, key: str, chunk: int, death: str) -> None:
    """Run the billing as the organisation's administrator."""
    from cleanbill.store.connect import open_store

    open_store()
    from tests.actions.company import END

    from cleanbill.actions import run_billing
    from cleanbill.actions.access import ROLES, Actor
    from cleanbill.store import faults

    point, _, times = death.partition(":")
    if point != "nowhere":
        faults.armed = dying(point, int(times))
    actor = Actor(organisation, f"process {key}", ROLES["admin"])
    print("ready", flush=True)
    sys.stdin.readline()
    run_billing.run_billing(actor, until=END, issue_date=END, idempotency_key=key, chunk=chunk)
    print("done", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4])
