"""How long a preview of one bill takes, warm: the pure cycle, and with reading the database.

    python bench/preview.py [rounds]

Prints JSON: median and 95th percentile in milliseconds. The same functions bill a million.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROUNDS = int(sys.argv[1]) if len(sys.argv) > 1 else 50


def timed(what: Callable[[], object]) -> dict[str, float]:
    """Return median and p95 of the rounds in milliseconds, after five warm-ups."""
    for _ in range(5):
        what()
    took = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        what()
        took.append((time.perf_counter() - begun) * 1000)
    took.sort()
    return {
        "median_ms": round(statistics.median(took), 1),
        "p95_ms": round(took[int(len(took) * 0.95)], 1),
    }


def main() -> None:
    """Set up the small sample company and preview one of its customers."""
    folder = Path(tempfile.mkdtemp())
    os.environ["CLEANBILL_DATABASE_URL"] = f"sqlite:///{folder / 'bench.sqlite3'}"
    from cleanbill.store.connect import open_store

    open_store(migrate=True)
    from cleanbill.actions import run_billing
    from cleanbill.actions.import_file import import_file
    from cleanbill.actions.sample import PERIOD, write_sample
    from cleanbill.actions.set_up_company import set_up_company
    from cleanbill.cycle import run
    from cleanbill.store import reading

    write_sample(folder, seed=1, size="small")
    actor = set_up_company((folder / "company.toml").read_text(encoding="utf-8"), "bench@localhost")
    for kind in ("customers", "items", "prices", "agreements", "charges"):
        import_file(actor, kind, folder / f"{kind}.csv")
    until = PERIOD.last_day
    last = reading.last_charge_id()
    charges = reading.open_charges(actor.organisation_id, last)
    busy = charges["customer"].drop_nulls().mode().sort()[0]
    own = charges.filter(charges["customer"] == busy)
    order = own.filter(own["order"] == own["order"].drop_nulls().mode().sort()[0])
    master = reading.master_data(actor.organisation_id)
    from cleanbill.store.companies import policy_of, seller_of
    from cleanbill.store.models import Organisation, SellerRecord

    seller = seller_of(SellerRecord.objects.get().profile)
    policy = policy_of(Organisation.objects.get().policy)

    sold = order.filter(order["kind"] == "sale")

    def one_bill() -> object:
        batch = run.bill(sold, master, seller, policy, until=until, issue_date=until)
        return written(batch)

    def written(batch: run.Batch) -> object:
        return run.issue_chunk(
            batch,
            0,
            1,
            prefix="PREVIEW-",
            first_number=1,
            seller=seller,
            policy=policy,
        )

    def bill_and_credit() -> object:
        return written(run.bill(order, master, seller, policy, until=until, issue_date=until))

    def stored() -> object:
        return run_billing.preview(actor, until=until, issue_date=until, customer=busy, documents=1)

    report = {
        "rounds": ROUNDS,
        "one_bill": {"lines": sold.height, **timed(one_bill)},
        "with_its_credit_note": {"lines": order.height, **timed(bill_and_credit)},
        "with_database": {"charges": own.height, **timed(stored)},
    }
    print(json.dumps(report, indent=2))


if __name__ == "__main__":
    main()
