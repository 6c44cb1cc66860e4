"""Books to open pages on: a month of bills, a long queue of findings, runs, imports, decisions.

Everything comes through the product's own engine: charges are billed by runs, the queue is what the
checks said of doubtful rows (a finding to ten bills), decisions and credits are those of people.
"""

from __future__ import annotations

import json
import sys
import time
from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl
from bench.books import MONTH_END, _charges, _source_file, founded
from bench.page_post import posted

LINES, ORDERS = 5, 2
"""Charges of an order, and orders of a customer in the month."""
RUNS, RUN_ORDERS, CREDITS, IMPORTS = 6, 40, 120, 30
DECIDED = 400
"""Findings that were put off, and as many that a colleague was asked about."""
EMAIL = "visitor@pages.test"
FILE = "reference,customer,item,quantity,currency,service_date,order\n"


def issue_day() -> date:
    """Return the day on which the month is billed: at the month's end, or two months ago."""
    return max(MONTH_END, datetime.now(UTC).date() - timedelta(days=60))


def filled(bills: int) -> dict[str, Any]:
    """Write the books; return what visitors have to know of them."""
    from cleanbill.actions.let_in import let_in
    from cleanbill.actions.run_billing import run_billing
    from cleanbill.actions.seal_parties import sealed_customers
    from cleanbill.store import reading

    begun = time.perf_counter()
    actor = founded("pages", "per_group", bills, LINES, ORDERS)
    own = actor.organisation_id
    _doubtful(own, bills // 18, bills)
    sealed_customers(own, reading.master_data(own).customers)
    _say(f"charges are written ({time.perf_counter() - begun:.0f} s)")
    begun = time.perf_counter()
    run_billing(actor, until=MONTH_END, issue_date=issue_day())
    seconds = time.perf_counter() - begun
    _say(f"the month is billed ({seconds:.0f} s)")
    for role in ("specialist", "admin"):
        let_in(actor, EMAIL, role)
    later = issue_day()
    for number in range(RUNS):
        _month_more(actor, number)
        later = issue_day() + timedelta(days=number + 1)
        run_billing(actor, until=later, issue_date=later)
        _say(f"run {number + 2} is done")
    _imported(actor)
    _decided(actor)
    _credited(actor, later)
    begun = time.perf_counter()
    posted(actor, _first_run(actor))
    _say(f"messages are written ({time.perf_counter() - begun:.0f} s)")
    _waiting(actor, later + timedelta(days=1))
    return {"bills": bills, "run_seconds": round(seconds, 1)}


def _say(text: str) -> None:
    print(f"  {text}", file=sys.stderr, flush=True)


def _doubtful(own: int, count: int, bills: int) -> None:
    """Charges with errors, as an import leaves them: most are held, a third is doubtful only."""
    from django.db import transaction

    from cleanbill.store.bulk import write
    from cleanbill.store.numbers import take_ids

    file = _source_file(own, datetime.now(UTC), count)
    kind, n = pl.col("row") % 6, pl.col("row")
    with transaction.atomic():
        rows = _charges(0, count, max(bills, count), 1, 1, own, take_ids("charge", count))
        rows = rows.with_columns(
            pl.lit(file).alias("source_file"),
            pl.lit("shop").alias("source"),
            pl.concat_str(pl.lit("W-"), pl.col("order")).alias("order"),
            pl.when(kind <= 1)
            .then(pl.format("NEW-{}", n % 97))
            .otherwise(pl.col("item"))
            .alias("item"),
            pl.when(kind == 2)
            .then(pl.format("X{}", n % 1013))
            .otherwise(pl.col("customer"))
            .alias("customer"),
            pl.when(kind == 3)
            .then(pl.lit(None, dtype=pl.Int64))
            .when(kind == 4)
            .then(pl.lit(0))
            .otherwise(pl.col("quantity_e6"))
            .alias("quantity_e6"),
            pl.when(kind == 5).then(pl.lit("USD")).otherwise(pl.col("currency")).alias("currency"),
            ((n * 7919 % 400_000) * 10**6).alias("unit_price_e8"),
        )
        write("charge", rows)


def _month_more(actor: Any, number: int) -> None:
    """A file of charges that come after the month, imported as people import."""
    day = issue_day() + timedelta(days=number + 1)
    rows = [
        f"M{number}-{n},C{n:07},ITEM-{n % 60 // 6 * 6:03},{n % 9 + 1},EUR,{day},M{number}-{n}"
        for n in range(RUN_ORDERS)
    ]
    _taken(actor, "charges", f"more-{number}.csv", FILE + "\n".join(rows) + "\n")


def _imported(actor: Any) -> None:
    head = "customer,name,kind,street,city,postcode,country,language\n"
    for n in range(IMPORTS):
        row = f"N{n:04},New customer {n} Ltd,business,Market Lane {n},Berlin,10115,DE,en\n"
        _taken(actor, "customers", f"customers-{n}.csv", head + row)


def _taken(actor: Any, kind: str, name: str, text: str) -> None:
    import tempfile
    from pathlib import Path

    from cleanbill.actions.import_file import import_file

    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / name
        place.write_text(text, encoding="utf-8")
        import_file(actor, kind, place)


def _decided(actor: Any) -> None:
    from cleanbill.actions import decide_findings
    from cleanbill.store.models import Finding

    own = Finding.objects.filter(organisation_id=actor.organisation_id, closed_run_id=None)
    until = datetime.now(UTC).date() + timedelta(days=30)
    ids = list(own.order_by("id").values_list("id", flat=True)[: 10 * DECIDED : 5])
    some, others = ids[:DECIDED], ids[DECIDED:]
    decide_findings.defer(actor, some[::2], reason="The customer looks into it.", until=until)
    decide_findings.waive(actor, some[1::2], reason="Agreed by telephone.", until=until)
    decide_findings.assign(actor, others, assignee=EMAIL, text="Please have a look.")
    decide_findings.comment(actor, others[:50], text="The file came twice.")
    decide_findings.confirm(actor, others[50:100])


def _credited(actor: Any, day: date) -> None:
    from cleanbill.actions.credit_bill import credit_bill
    from cleanbill.store.models import Bill

    own = Bill.objects.filter(organisation_id=actor.organisation_id, kind="invoice")
    first = own.order_by("series_id", "sequence").first()
    whole = own.filter(run_id=first.run_id, series_id=first.series_id).count()
    for n in range(CREDITS):
        place = first.sequence + n * (whole // CREDITS)
        number = own.get(series_id=first.series_id, sequence=place).number
        credit_bill(actor, number, issue_date=day, reason="Goods came back.")


def _first_run(actor: Any) -> int:
    from cleanbill.store.models import Run

    return int(Run.objects.filter(organisation_id=actor.organisation_id).earliest("id").pk)


def _waiting(actor: Any, day: date) -> None:
    """A run that waits for a second person; the papers of a run and a preview, made by a worker."""
    from cleanbill.actions import prepare_run, queue_job, steer_run, take_job
    from cleanbill.store.models import Organisation, Run

    papers = queue_job.queue_papers(actor, run=Run.objects.latest("id").pk)
    take_job.work_now(papers)
    own = Organisation.objects.get(pk=actor.organisation_id)
    own.policy = {**own.policy, "review_riskiest": RUN_ORDERS}
    own.save(update_fields=["policy"])
    _month_more(actor, RUNS)
    run = steer_run.queue_run(actor, until=day, issue_date=day)
    prepare_run.prepare_run(actor, run)
    take_job.work_now(queue_job.queue_preview(actor, until=day, issue_date=day))


def main(bills: int) -> None:
    """Fill the database of the environment; print what is there as JSON."""
    from cleanbill.store.connect import open_store

    open_store(migrate=True)
    from django.db import connection

    told = filled(bills)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE" if connection.vendor == "sqlite" else "VACUUM ANALYZE")
    print(json.dumps(told))


if __name__ == "__main__":
    main(int(sys.argv[1]))
