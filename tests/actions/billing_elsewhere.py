"""A billing run in a process of its own, which may be told to die: ``python -m`` this module.

Arguments: organisation id, idempotency key, chunk, and where to die (``nowhere``, or the name of a
step and how often it has been taken by then, as ``numbered:2``). The database comes from
``CLEANBILL_DATABASE_URL``. It ends by SIGKILL, so nothing of Python is run on the way out.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from typing import Any

STEPS = ("numbered", "written", "committed")
"""Inside a chunk's transaction, at the end of it, after it."""


def _dying(genuine: Callable[..., Any], times: int) -> Callable[..., Any]:
    taken = []

    def wrapped(*args: Any, **kwargs: Any) -> Any:
        answer = genuine(*args, **kwargs)
        taken.append(1)
        if len(taken) == times:
            os.kill(os.getpid(), signal.SIGKILL)
        return answer

    return wrapped


def main(organisation: int, key: str, chunk: int, death: str) -> None:
    """Run the billing as the organisation's administrator."""
    from cleanbill.store.connect import open_store

    open_store()
    from tests.actions.company import END

    from cleanbill.actions import run_billing
    from cleanbill.actions.access import ROLES, Actor

    step, _, times = death.partition(":")
    places = {"numbered": "take_numbers", "written": "_renewed", "committed": "_issue_chunk"}
    if step in places:
        name = places[step]
        setattr(run_billing, name, _dying(getattr(run_billing, name), int(times)))
    actor = Actor(organisation, f"process {key}", ROLES["admin"])
    print("ready", flush=True)
    sys.stdin.readline()
    run_billing.run_billing(actor, until=END, issue_date=END, idempotency_key=key, chunk=chunk)
    print("done", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4])
