"""Maintained totals: written in the transaction of what they count, and read instead of counting.

Every function must run inside the caller's transaction where it writes. What rows come to is added
to what their totals came to before, so that it does not matter who else has written meanwhile.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import polars as pl
from django.db import connection

from cleanbill.cycle.report.figures import BilledDay
from cleanbill.cycle.report.unbilled import waited_days
from cleanbill.engine.exact import total
from cleanbill.store.bill_rows import BillRows
from cleanbill.store.bulk import ids_in

FindingKey = tuple[str, str, str | None, int | None]
"""Code, severity, currency and the run that opened it."""
Sums = Mapping[FindingKey, tuple[int, int]]
"""How many more findings, and how much more money at stake; less where it is negative."""
_SUMS = (pl.col("payable_minor"), pl.col("waited_days"))


def count_bills(rows: BillRows) -> None:
    """Add bills that are about to be written to the totals of their days.

    Whoever calls holds the series of these bills; their lines are not in the database yet.
    """
    waited = pl.when(kind="invoice").then(waited_days("issue_date", "period_end")).otherwise(0)
    by_day = (
        rows.heads.with_columns(waited.alias("waited_days"))
        .group_by("issue_date", "kind", "currency")
        .agg(pl.len().cast(pl.Int64).alias("bills"), *map(total, _SUMS))
        .sort("issue_date", "kind", "currency")
    )
    _add_bills(rows, by_day.iter_rows())
    if "credit_note" in by_day["kind"]:
        _add_bills(rows, _newly_credited(rows))


def _add_bills(rows: BillRows, days: Iterable[tuple[Any, ...]]) -> None:
    own, seller = rows.scope.organisation_id, rows.scope.seller_id
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO bill_total (organisation_id, seller_id, issue_date, kind, currency, "
            "bills, payable_minor, waited_days) VALUES (%s, %s, %s, %s, %s, %s, %s, %s) "
            "ON CONFLICT (organisation_id, issue_date, kind, currency, seller_id) DO UPDATE "
            "SET bills = bill_total.bills + EXCLUDED.bills, "
            "payable_minor = bill_total.payable_minor + EXCLUDED.payable_minor, "
            "waited_days = bill_total.waited_days + EXCLUDED.waited_days",
            [(own, seller, str(day), *rest) for day, *rest in days],
        )


def _newly_credited(rows: BillRows) -> list[tuple[Any, ...]]:
    """Days of the invoices that no credit note has touched before these."""
    touched = rows.lines["credits_bill_id"].drop_nulls().unique().sort()
    if touched.is_empty():
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT o.issue_date, o.currency, COUNT(*) FROM bill o WHERE o.organisation_id = %s "
            f"AND {ids_in('o.id')} AND NOT EXISTS (SELECT 1 FROM bill_line n "
            "JOIN bill b ON b.id = n.bill_id WHERE n.credits_bill_id = o.id "
            "AND b.kind = 'credit_note') GROUP BY o.issue_date, o.currency "
            "ORDER BY o.issue_date, o.currency",
            [rows.scope.organisation_id, json.dumps(touched.to_list())],
        )
        return [(day, "credited", currency, n, 0, 0) for day, currency, n in cursor.fetchall()]


def billed_since(organisation_id: int, since: date) -> list[BilledDay]:
    """Return what each month from that of ``since`` on has, by kind and currency, the first first.

    Each has the first of its month as its day. ``credited`` are invoices of the month that a credit
    note has touched, whenever it did.
    """
    month = "SUBSTR(CAST(issue_date AS TEXT), 1, 7)"
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {month}, kind, currency, SUM(bills), SUM(payable_minor), SUM(waited_days) "
            "FROM bill_total WHERE organisation_id = %s AND issue_date >= %s "
            "GROUP BY 1, 2, 3 ORDER BY 1, 2, 3",
            [organisation_id, since.replace(day=1).isoformat()],
        )
        rows = cursor.fetchall()
    return [
        BilledDay(date.fromisoformat(f"{month}-01"), str(kind), str(currency), *map(int, sums))
        for month, kind, currency, *sums in rows
    ]


def count_findings(organisation_id: int, sums: Sums) -> None:
    """Add to the totals of open findings; rows of nothing are removed.

    Called last of what is written about findings: whoever holds a total then waits for nobody.
    """
    changed = {key: sum_ for key, sum_ in sums.items() if sum_ != (0, 0)}
    if not changed:
        return
    rows = sorted((c, s, cur or "", run or 0, *sum_) for (c, s, cur, run), sum_ in changed.items())
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO finding_total (organisation_id, code, severity, currency, opened_run_id, "
            "findings, at_stake_minor) VALUES (%s, %s, %s, %s, %s, %s, %s) "
            "ON CONFLICT (organisation_id, code, severity, currency, opened_run_id) DO UPDATE "
            "SET findings = finding_total.findings + EXCLUDED.findings, "
            "at_stake_minor = finding_total.at_stake_minor + EXCLUDED.at_stake_minor",
            [(organisation_id, *row) for row in rows],
        )
        if any(row[4] < 0 for row in rows):
            cursor.execute(
                "DELETE FROM finding_total WHERE organisation_id = %s AND findings = 0",
                [organisation_id],
            )


def open_counts(organisation_id: int) -> list[tuple[str, str, str | None, int, int]]:
    """Return code, severity, currency, count and money at stake of all open findings, by these."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT code, severity, NULLIF(currency, ''), SUM(findings), SUM(at_stake_minor) "
            "FROM finding_total WHERE organisation_id = %s AND findings <> 0 "
            "GROUP BY code, severity, currency ORDER BY code, severity, currency",
            [organisation_id],
        )
        return [(c, s, cur, int(n), int(m or 0)) for c, s, cur, n, m in cursor.fetchall()]


def runs_that_found(organisation_id: int) -> list[int]:
    """Return the runs whose findings are open."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT opened_run_id FROM finding_total WHERE organisation_id = %s "
            "AND findings <> 0 AND opened_run_id <> 0 ORDER BY opened_run_id",
            [organisation_id],
        )
        return [int(row[0]) for row in cursor.fetchall()]
