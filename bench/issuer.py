"""Issue single bills, customer by customer: ``python -m bench.issuer ORGANISATION FIRST N``.

Each is a run of its own over one customer with one bill, and one durable commit. Prints seconds.
"""

from __future__ import annotations

import sys
import time

from bench.books import MONTH_END


def main(organisation: int, first: int, count: int) -> None:
    """Bill the customers from the ``first`` on."""
    from cleanbill.store.connect import open_store

    open_store()
    from cleanbill.actions.access import ROLES, Actor
    from cleanbill.actions.run_billing import run_billing

    actor = Actor(organisation, "bench", ROLES["admin"])

    def issue(place: int) -> None:
        outcome = run_billing(actor, until=MONTH_END, issue_date=MONTH_END, customer=f"C{place:07}")
        if outcome.bills["count"].sum() != 1:
            raise SystemExit(f"customer {place} got {outcome.bills}")

    for place in range(first, first + 3):
        issue(place)
    begun = time.perf_counter()
    for place in range(first + 3, first + 3 + count):
        issue(place)
    print(time.perf_counter() - begun)


if __name__ == "__main__":
    main(*(int(word) for word in sys.argv[1:4]))
