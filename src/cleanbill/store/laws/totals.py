"""Laws of maintained totals: they come to what the rows come to that they stand for."""

from __future__ import annotations

from cleanbill.store.laws.law import Law

_OWN = "WHERE organisation_id = %s"
_CREDITED = (
    "SELECT DISTINCT n.credits_bill_id FROM bill_line n JOIN bill b ON b.id = n.bill_id "
    "WHERE b.organisation_id = %s AND b.kind = 'credit_note' AND n.credits_bill_id IS NOT NULL"
)

TOTALS: tuple[Law, ...] = (
    Law(
        "FINDING-TOTALS",
        "The totals of open findings are what there is of them, and of which runs.",
        "SELECT 'total of ' || code || ' ' || severity || ' ' || currency || ', run ' || run FROM ("
        "SELECT code, severity, currency, opened_run_id AS run, findings, at_stake_minor "
        f"FROM finding_total {_OWN} UNION ALL SELECT code, severity, COALESCE(currency, ''), "
        f"COALESCE(opened_run_id, 0), -COUNT(*), -SUM(at_stake_minor) FROM finding {_OWN} "
        "AND closed_run_id IS NULL GROUP BY 1, 2, 3, 4) t GROUP BY code, severity, currency, run "
        "HAVING SUM(findings) <> 0 OR SUM(at_stake_minor) <> 0",
    ),
)


def bill_totals_law(vendor: str) -> Law:
    """Return the law of the totals by day, which counts days in a database's own words.

    How long invoices have waited comes from their charges, not from what wrote the total.
    """
    waited = "GREATEST(0, b.issue_date - s.served)"
    if vendor == "sqlite":
        waited = "MAX(0, CAST(julianday(b.issue_date) - julianday(s.served) AS INTEGER))"
    served = (
        "SELECT l.bill_id, MAX(COALESCE(c.service_end, c.service_date)) AS served "
        "FROM bill_line l JOIN charge c ON c.id = l.charge_id "
        "WHERE l.organisation_id = %s GROUP BY l.bill_id"
    )
    return Law(
        "BILL-TOTALS",
        "The totals of a day are what its bills come to, how long they waited, and say how many "
        "were credited.",
        "SELECT 'total of ' || issue_date || ' ' || kind || ' ' || currency FROM ("
        "SELECT seller_id, issue_date, kind, currency, bills, payable_minor, waited_days "
        f"FROM bill_total {_OWN} UNION ALL SELECT seller_id, issue_date, kind, currency, "
        f"-COUNT(*), -SUM(payable_minor), 0 FROM bill {_OWN} "
        "GROUP BY seller_id, issue_date, kind, currency "
        "UNION ALL SELECT o.seller_id, o.issue_date, 'credited', o.currency, -COUNT(*), 0, 0 "
        f"FROM bill o JOIN ({_CREDITED}) c ON c.credits_bill_id = o.id "
        "WHERE o.organisation_id = %s GROUP BY o.seller_id, o.issue_date, o.currency "
        f"UNION ALL SELECT b.seller_id, b.issue_date, b.kind, b.currency, 0, 0, -SUM({waited}) "
        f"FROM ({served}) s JOIN bill b ON b.id = s.bill_id WHERE b.organisation_id = %s "
        "AND b.kind = 'invoice' AND s.served IS NOT NULL "
        "GROUP BY b.seller_id, b.issue_date, b.kind, b.currency) t "
        "GROUP BY seller_id, issue_date, kind, currency "
        "HAVING SUM(bills) <> 0 OR SUM(payable_minor) <> 0 OR SUM(waited_days) <> 0",
    )
