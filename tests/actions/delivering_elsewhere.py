"""Asks for a run's bills to be sent and delivers them, in a process of its own.

    python -m tests.actions.delivering_elsewhere ORGANISATION DEATH

It gets ready, says so, and waits for a line. At DEATH (``outbox.answer.before:2``, or ``-``) it
ends by SIGKILL. Database and mail server are those of the environment.
"""

from __future__ import annotations

import sys

from tools.storm_work import dying, killed

from cleanbill.store.connect import open_store

open_store()

from cleanbill.actions.access import ROLES, Actor  # noqa: E402
from cleanbill.actions.deliver_mail import deliver  # noqa: E402
from cleanbill.actions.send_bills import send_run  # noqa: E402
from cleanbill.store import faults  # noqa: E402


def main() -> None:
    """Do it."""
    organisation, death = int(sys.argv[1]), sys.argv[2]
    actor = Actor(organisation, "elsewhere@acme.example", ROLES["admin"])
    print("ready", flush=True)
    sys.stdin.readline()
    if death != "-":
        point, _, times = death.partition(":")
        faults.armed = dying(point, int(times), killed)
    send_run(actor, 1)
    done = deliver(actor)
    print(sum(done.states.values()), flush=True)


if __name__ == "__main__":
    main()
