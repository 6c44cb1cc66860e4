"""Maintained totals: whatever is written, and whoever was quicker, they come to what there is."""

from __future__ import annotations

from datetime import date
from importlib import import_module

import polars as pl
from django.db import connection, transaction
from tests.actions.company import END, Company

from cleanbill.store import reading, totals
from cleanbill.store.finding_writing import renew_findings
from cleanbill.store.models import BillTotal, Finding, FindingTotal

MIGRATION = import_module("cleanbill.store.migrations.0031_maintained_totals")
DAYS = import_module("cleanbill.store.migrations.0035_days_to_the_bill")


def kept() -> tuple[list[object], list[object]]:
    bills = BillTotal.objects.order_by("kind", "issue_date", "currency")
    found = FindingTotal.objects.order_by("code", "severity", "currency", "opened_run_id")
    return (
        list(
            bills.values_list(
                "kind", "issue_date", "currency", "bills", "payable_minor", "waited_days"
            )
        ),
        list(found.values_list("code", "severity", "opened_run_id", "findings", "at_stake_minor")),
    )


def test_an_upgrade_adds_up_what_was_there_before(billed: Company):
    billed.credit("INV-000003")
    before = kept()
    assert ("credited", END, "EUR", 2, 0, 0) in before[0]
    assert len(before[1]) > 1
    BillTotal.objects.all().delete()
    FindingTotal.objects.all().delete()
    with connection.cursor() as cursor:
        for statement in MIGRATION.FILL:
            cursor.execute(statement)
    assert kept() != before
    with connection.cursor() as cursor:
        cursor.execute(DAYS.FILL.format(days=DAYS.DAYS[connection.vendor]))
    assert kept() == before


def test_an_invoice_waits_from_its_last_service_and_in_advance_not_at_all(billed: Company):
    (row,) = BillTotal.objects.filter(kind="invoice")
    # Days of each invoice's last service: 3, 4, 5, 6, 6, 7 and 8 October; all are of the 31st.
    assert (row.bills, row.issue_date) == (7, END)
    assert row.waited_days == 28 + 27 + 26 + 25 + 25 + 24 + 23
    billed.take(
        "charges",
        "reference,customer,item,quantity,currency,service_date,service_end,order\n"
        "W-1,GAMMA,BASE,1,EUR,2026-10-01,2026-10-30,C-8\n"
        "W-2,GAMMA,BASE,1,EUR,2026-10-31,2026-11-30,C-9\n",
        name="spans.csv",
    )
    billed.bill()
    (after,) = BillTotal.objects.filter(kind="invoice")
    assert (after.bills, after.waited_days) == (9, row.waited_days + 1)
    billed.credit("INV-000003")
    assert not BillTotal.objects.exclude(kind="invoice").exclude(waited_days=0).exists()
    assert billed.breaches() == []


def test_an_invoice_counts_once_as_credited_however_often_it_is(billed: Company):
    own = billed.actor.organisation_id
    once = "reference,customer,item,kind,quantity,currency,service_date,order,cancels\n"
    for n in (1, 2):
        row = f"X-{n},BETA,PACK,cancellation,{n},EUR,2026-10-21,B-2,S-06\n"
        billed.take("charges", once + row, name=f"back-{n}.csv")
        billed.bill()
        told = {day.kind: day.bills for day in totals.billed_since(own, date(2026, 1, 1))}
        assert told["credit_note"] == n + 1
        assert told["credited"] == 2
    assert billed.breaches() == []


def test_what_others_have_closed_meanwhile_is_not_closed_twice(billed: Company):
    own = billed.actor.organisation_id
    before = reading.open_findings(own)
    for _ in range(2):
        with transaction.atomic():
            renew_findings(own, 1, before.clear(), before, before.select("charge_id"))
    left = Finding.objects.filter(closed_run_id=None).count()
    assert left < before.height
    assert left == sum(n for _, _, _, n, _ in totals.open_counts(own))
    assert not FindingTotal.objects.filter(findings=0).exists()
    assert "FINDING-TOTALS" not in {law for law, _ in billed.breaches()}


def test_a_severity_that_changes_takes_its_findings_along(billed: Company):
    own = billed.actor.organisation_id
    code = reading.open_findings(own)["code"][0]
    whole = sum(n for c, _, _, n, _ in totals.open_counts(own) if c == code)
    for severity in ("warn", "deferred", "block"):
        before = reading.open_findings(own)
        found = before.drop("id").with_columns(pl.lit(severity).alias("severity"))
        with transaction.atomic():
            renew_findings(own, 1, found, before, before.select("charge_id").clear())
        told = [(s, n) for c, s, _, n, _ in totals.open_counts(own) if c == code]
        assert told == [(severity, whole)]
    assert billed.breaches() == []
